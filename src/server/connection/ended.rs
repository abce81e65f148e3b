//! The reasons for which a connection ends.

use std::io;

use crate::handler::PeerAddress;
use crate::peer_log::peer_log;
use crate::protocol::server_session;
#[cfg(feature = "web")]
use crate::protocol::web_session;
use crate::server::eviction::Eviction;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("the client closed the connection")]
    ByPeer,
    #[error("the application or the shutdown of the server closed the connection")]
    ByUs,
    #[error("closed to save memory: {0}")]
    Evicted(Eviction),
    #[error("the client was refused: {0}")]
    Refused(String),
    /// The play for which the connection was made has ended.
    #[error("the client has received all that it asked for")]
    Complete,
    #[error("the connection could not be set up: {0}")]
    SetUp(io::Error),
    #[error("{0}")]
    Session(#[from] server_session::Error),
    #[cfg(feature = "web")]
    #[error("{0}")]
    Web(web_session::Error),
    #[cfg(feature = "web")]
    #[error("the client sent more than {0} bytes while it was sent a moving picture")]
    SendsTooMuch(usize),
    #[error("reading failed: {0}")]
    Read(io::Error),
    #[error("sending failed: {}", failure(.0))]
    Send(Option<io::ErrorKind>),
    #[error("a handler panicked, which ends the connection")]
    Panicked,
    #[error("the connection's thread panicked, which is a bug of rendercast: {0}")]
    Bug(String),
}

impl Ended {
    /// Returns whether the client is given time to read the last bytes.
    pub(crate) const fn lets_client_read(&self) -> bool {
        match self {
            Self::ByUs | Self::Refused(_) | Self::Complete => true,
            #[cfg(feature = "web")]
            Self::Web(_) => true,
            _ => false,
        }
    }

    pub(crate) fn log(&self, peer: PeerAddress) {
        match self {
            Self::ByPeer | Self::ByUs | Self::Complete => peer_log!(Info, peer, "{self}"),
            Self::Panicked | Self::Bug(_) => peer_log!(Error, peer, "{self}"),
            _ => peer_log!(Warn, peer, "{self}"),
        }
    }
}

#[cfg(feature = "web")]
impl From<web_session::Error> for Ended {
    fn from(error: web_session::Error) -> Self {
        match error {
            web_session::Error::Closed => Self::ByPeer,
            web_session::Error::Refused(description) => Self::Refused(description),
            error => Self::Web(error),
        }
    }
}

fn failure(kind: &Option<io::ErrorKind>) -> String {
    match kind {
        Some(io::ErrorKind::TimedOut) => {
            "the client took nothing for as long as write_timeout allows".to_owned()
        }
        Some(kind) => kind.to_string(),
        None => "the connection is closed".to_owned(),
    }
}
