//! The reasons for which a connection ends.

use std::io;

use crate::handler::PeerAddress;
use crate::peer_log::peer_log;
use crate::protocol::server_session;
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
    #[error("the connection could not be set up: {0}")]
    SetUp(io::Error),
    #[error("{0}")]
    Session(#[from] server_session::Error),
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
    pub(crate) fn log(&self, peer: PeerAddress) {
        match self {
            Self::ByPeer | Self::ByUs => peer_log!(Info, peer, "{self}"),
            Self::Panicked | Self::Bug(_) => peer_log!(Error, peer, "{self}"),
            _ => peer_log!(Warn, peer, "{self}"),
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
