//! What can end a player's session.

use std::time::Duration;

use crate::protocol::message::{self, Status};
use crate::protocol::{chunk, handshake};

/// Why a session cannot go on; nothing may be read after it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server's handshake is none.
    #[error("the server's handshake failed")]
    Handshake(#[from] handshake::Error),
    /// The server's chunks cannot be read.
    #[error("the server's chunks cannot be read")]
    Chunk(#[from] chunk::Error),
    /// A message does not say what its type promises.
    #[error("a message of the server cannot be read")]
    Message(#[from] message::Error),
    /// An answer lacks what was asked for.
    #[error("the server sent {what}")]
    Malformed {
        /// What was sent instead.
        what: &'static str,
    },
    /// The server said no, with a status where it gave one.
    #[error("the server refused {procedure}: {status}")]
    Refused {
        /// What was asked for.
        procedure: &'static str,
        /// The server's reason.
        status: Box<Status>,
    },
    /// The server is connected but does not answer.
    #[error("the server did not answer {procedure} within {} ms", after.as_millis())]
    NoReply {
        /// What was asked for.
        procedure: String,
        /// How long was waited.
        after: Duration,
    },
}
