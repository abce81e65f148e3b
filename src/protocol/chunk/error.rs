//! Errors in a peer's chunks.

use crate::protocol::ChunkStreamId;

/// The reason why later chunks cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A chunk stream's first header repeats fields of an earlier one.
    #[error(
        "chunk stream {} starts with a type {format} header, which repeats an earlier one: \
         bytes were lost, or the peer does not speak RTMP",
        chunk_stream_id.0
    )]
    NoPreviousHeader {
        /// The chunk stream.
        chunk_stream_id: ChunkStreamId,
        /// The type of its first header: 2 or 3.
        format: u8,
    },
    /// A header announces a longer message than the limits allow.
    #[error("a message of {size} bytes was announced, at most {max} are allowed (`message_bytes`)")]
    MessageTooLong {
        /// The announced length, in bytes.
        size: usize,
        /// [`message_bytes`](super::Limits::message_bytes).
        max: usize,
    },
    /// Unfinished messages have more bytes than the limits allow.
    #[error("unfinished messages have {size} bytes, at most {max} are allowed (`partial_bytes`)")]
    PartialsTooLong {
        /// Their bytes, the chunk that just began included.
        size: usize,
        /// [`partial_bytes`](super::Limits::partial_bytes).
        max: usize,
    },
    /// The peer uses more chunk streams than the limits allow.
    #[error("{size} chunk streams are in use, at most {max} are allowed (`chunk_streams`)")]
    TooManyChunkStreams {
        /// Their number, the one that just started included.
        size: usize,
        /// [`chunk_streams`](super::Limits::chunk_streams).
        max: usize,
    },
    /// The peer announces a chunk size of 0.
    #[error("the peer set its chunk size to 0, which RTMP forbids: at least 1 is needed")]
    ZeroChunkSize,
    /// A set-chunk-size or abort message is too short.
    #[error("a message of type {message_type} needs 4 bytes, this one has {size}")]
    ControlTooShort {
        /// The message's type id: 1 or 2.
        message_type: u8,
        /// Its length, in bytes.
        size: usize,
    },
}
