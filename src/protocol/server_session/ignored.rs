//! Messages without effect.

use crate::protocol::MessageStreamId;
use crate::protocol::message;

/// Why a message had no effect. The connection goes on. If the peer waits for an answer, it got a
/// refusal.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Ignored {
    /// The message is malformed.
    #[error(transparent)]
    Malformed(#[from] message::Error),
    /// It came before `connect` was accepted.
    #[error("{message:?} came before the connection was accepted")]
    NotConnected {
        /// The command's name, or "media".
        message: String,
    },
    /// The peer sent a second `connect`.
    #[error("the peer sent another connect command")]
    ConnectedAlready,
    /// It names a stream that was never created, or was deleted.
    #[error("{message:?} is about stream {stream}, which does not exist")]
    UnknownStream {
        /// The command's name, or "media".
        message: String,
        /// The stream it is about.
        stream: MessageStreamId,
    },
    /// A stream's name is longer than
    /// [`Config::stream_name_bytes`](super::Config::stream_name_bytes).
    #[error(
        "the peer names a stream in {size} bytes, at most {max} are allowed (`stream_name_bytes`)"
    )]
    NameTooLong {
        /// Its length, in bytes.
        size: usize,
        /// The longest allowed, in bytes.
        max: usize,
    },
    /// There are as many streams as [`Config::streams`](super::Config::streams) allows.
    #[error("the peer wants more than {limit} streams")]
    TooManyStreams {
        /// The most allowed.
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

/// Cuts a name for the log: peers may send names of megabytes.
fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}
