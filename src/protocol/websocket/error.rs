//! What can be wrong with a client's frames.

use super::CloseCode;

/// Why the frames of a client cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A reserved bit is set. No extension was agreed on.
    #[error("the client set a reserved bit of a WebSocket frame")]
    ReservedBit,
    /// The kind of a frame is not in the specification.
    #[error("the client sent a WebSocket frame of the unknown kind {0}")]
    Opcode(u8),
    /// A client must mask its frames.
    #[error("the client sent a WebSocket frame without a mask")]
    Unmasked,
    /// A ping, a pong or a close is longer than 125 bytes, or in parts.
    #[error("the client sent a ping, a pong or a close that is too long or in parts")]
    Control,
    /// A part follows no first part, or a message begins within another.
    #[error("the client sent the parts of a WebSocket message in the wrong order")]
    Fragments,
    /// A message is longer than the limit.
    #[error("the client sent a WebSocket message of more than {max} bytes")]
    TooLong {
        /// The limit, in bytes.
        max: usize,
    },
    /// A text is not UTF-8.
    #[error("the client sent a WebSocket text that is not UTF-8")]
    NotText,
    /// The payload of a close is a single byte.
    #[error("the client sent a WebSocket close without a whole code")]
    CloseCode,
}

impl Error {
    /// Returns the code to close the connection with.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::TooLong { .. } => CloseCode::TOO_BIG,
            Self::NotText => CloseCode::INVALID_TEXT,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}
