//! What ends a player's session.

use std::time::Duration;

use crate::protocol::message::{self, Status};
use crate::protocol::{chunk, handshake};

/// The error of a call that no message can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of {bytes} bytes cannot be sent: RTMP carries at most 16777215")]
pub struct TooLong {
    /// The length of the call, in bytes.
    pub bytes: usize,
}

/// The reason why a session cannot go on. Do not call `read` after it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server's handshake failed.
    #[error("the server's handshake failed")]
    Handshake(#[from] handshake::Error),
    /// The server's chunks cannot be read.
    #[error("the server's chunks cannot be read")]
    Chunk(#[from] chunk::Error),
    /// A message of the server is malformed.
    #[error("a message of the server cannot be read")]
    Message(#[from] message::Error),
    /// An answer lacks what was requested.
    #[error("the server sent {what}")]
    Malformed {
        /// What was sent instead.
        what: &'static str,
    },
    /// The server refused a request.
    #[error("the server refused {procedure}: {status}")]
    Refused {
        /// The procedure that was requested.
        procedure: &'static str,
        /// The server's reason, empty if it gave none.
        status: Box<Status>,
    },
    /// The server did not answer a request in time.
    #[error("the server did not answer {procedure} within {} ms", after.as_millis())]
    NoReply {
        /// The procedure that was requested.
        procedure: String,
        /// How long the session waited.
        after: Duration,
    },
}
