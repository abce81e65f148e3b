//! What can keep a client from its aims.

use std::fmt;
use std::io;
use std::time::Duration;

use super::{Scheme, UrlError};
use crate::protocol::client_session;
use crate::protocol::message::Status;

/// Why nothing is played, or nothing more.
///
/// ```
/// use rendercast::client::{Error, Player, UrlError};
///
/// let error = Player::open("rtmp://localhost/live").unwrap_err();
/// assert!(matches!(error, Error::Url(UrlError::NoName)));
/// println!("{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not one of a stream.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The player cannot play what is carried so.
    #[error("a player for {0} URLs is not built in")]
    Scheme(Scheme),
    /// The server cannot be reached, or the connection to it broke.
    #[error("the connection to the server failed")]
    Io(#[from] io::Error),
    /// The server let us wait.
    #[error("waited {} ms for {wait}", after.as_millis())]
    Timeout {
        /// What was waited for.
        wait: Wait,
        /// How long.
        after: Duration,
    },
    /// The server closed the connection while an answer was outstanding.
    #[error("the server closed the connection before it answered")]
    Closed,
    /// The server sent more than [`Options::waiting_bytes`](super::Options) instead of the answer.
    #[error("the server sent more than {limit} bytes before it answered")]
    Flooded {
        /// How many bytes are kept.
        limit: usize,
    },
    /// The server does not speak RTMP as we know it, or refuses us.
    #[error(transparent)]
    Session(#[from] client_session::Error),
    /// The server reports a failure.
    #[error("the server reports: {0}")]
    Status(Box<Status>),
}

/// What a player waits for.
///
/// ```
/// use rendercast::client::Wait;
///
/// assert_eq!(Wait::Silence.to_string(), "anything at all from the server");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// The TCP connection.
    Connection,
    /// Anything at all from the server.
    Silence,
    /// The server to take what we send.
    Write,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "the server to take the connection",
            Self::Silence => "anything at all from the server",
            Self::Write => "the server to take what is sent",
        })
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}
