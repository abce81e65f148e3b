//! The error of a call to the client.

use crate::protocol::amf::Value;

/// Says why a call to the client has no result.
///
/// ```
/// use rendercast::{CallError, ConnectionHandle};
///
/// fn ask(viewer: &ConnectionHandle) {
///     match viewer.call("is_ready", &[], |reply| println!("{reply:?}")) {
///         Ok(()) => {}
///         Err(CallError::Closed) => println!("gone"),
///         Err(error) => println!("not now: {error}"),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The client answered `_error` with this value, mostly an object with level, code and
    /// description.
    #[error("the client answered with an error: {0}")]
    Failed(Value),
    /// The connection closed before the answer came, or before the call.
    #[error("the connection is closed")]
    Closed,
    /// More calls are waiting for an answer than
    /// [`Queues::calls_in_flight`](crate::config::Queues::calls_in_flight) allows.
    #[error("too many calls to this client are waiting for an answer")]
    TooMany,
    /// The call is longer than a message of RTMP can be: 16 MiB less one byte.
    #[error("the call takes {bytes} bytes, but a message has at most 16777215")]
    TooLong {
        /// The length of the call, in bytes.
        bytes: usize,
    },
    /// The client plays FLV over HTTP or a WebSocket, and is sent nothing else.
    #[error("the client plays media alone, and takes no calls")]
    MediaOnly,
    /// The client does not read, and its queue is full.
    #[error("the client does not read, and its queue is full")]
    Congested,
}
