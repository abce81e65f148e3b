//! What can keep a player from playing.

use std::fmt;
use std::io;
use std::time::Duration;

use super::UrlError;
use crate::protocol::client_session;
use crate::protocol::message::Status;

/// Why nothing is played, or nothing more.
///
/// ```
/// use rendercast::client::{Error, Player, UrlError};
///
/// let error = Player::open("rtmp://localhost").unwrap_err();
/// assert!(matches!(error, Error::Url(UrlError::Name)));
/// println!("{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not one of a stream.
    #[error(transparent)]
    Url(#[from] UrlError),
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
    /// The server said more than may be kept while an answer was outstanding.
    #[error(
        "the server sent {size} bytes of other things while its answer was waited for, \
         and at most {max} are kept (`kept_bytes`)"
    )]
    TooMuchKept {
        /// How much would have been kept.
        size: usize,
        /// [`Options::kept_bytes`](super::Options::kept_bytes).
        max: usize,
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
