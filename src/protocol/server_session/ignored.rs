//! What a peer sent in vain.

use crate::protocol::MessageStreamId;
use crate::protocol::message;

/// Why a message had no effect. The connection goes on; where the peer waits for an answer, it has
/// been refused one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Ignored {
    /// The message is malformed.
    #[error(transparent)]
    Malformed(#[from] message::Error),
    /// It needs an accepted `connect` before it.
    #[error("{message:?} came before the connection was accepted")]
    NotConnected {
        /// What was sent.
        message: String,
    },
    /// One `connect` is enough.
    #[error("the peer sent another connect command")]
    ConnectedAlready,
    /// It is about a stream that was never created, or is deleted.
    #[error("{message:?} is about stream {stream}, which does not exist")]
    UnknownStream {
        /// What was sent.
        message: String,
        /// The stream it is about.
        stream: MessageStreamId,
    },
    /// A stream's name is longer than [`Config::stream_name_bytes`](super::Config::stream_name_bytes).
    #[error(
        "the peer names a stream in {size} bytes, at most {max} are allowed (`stream_name_bytes`)"
    )]
    NameTooLong {
        /// Its length, in bytes.
        size: usize,
        /// How long it may be.
        max: usize,
    },
    /// There are as many streams as [`Config::streams`](super::Config::streams) allows.
    #[error("the peer wants more than {limit} streams")]
    TooManyStreams {
        /// How many there may be.
        limit: usize,
    },
}

impl Ignored {
    pub(super) fn not_connected(message: &str) -> Self {
        Self::NotConnected { message: shortened(message) }
    }

    pub(super) fn unknown_stream(message: &str, stream: MessageStreamId) -> Self {
        Self::UnknownStream { message: shortened(message), stream }
    }
}

/// A name for a log: peers may send names of megabytes.
fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}
