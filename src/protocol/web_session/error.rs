//! What ends a session.

use crate::protocol::server_session::Timeout;
use crate::protocol::websocket;

/// The reason to close a connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client closed the WebSocket.
    #[error("the client closed the WebSocket")]
    Closed,
    /// The client was refused what it asked for in its first request.
    #[error("{0}")]
    Refused(String),
    /// The client's frames cannot be read.
    #[error("{0}")]
    Frame(#[from] websocket::Error),
    /// The client sent bytes where a text is expected.
    #[error("the client sent a message of bytes, which has no meaning here")]
    Binary,
    /// The client took too long.
    #[error("{0}")]
    Timeout(#[from] Timeout),
}
