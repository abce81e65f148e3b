//! What a player's session reports to its driver.

use super::TransactionId;
use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::chunk;
use crate::protocol::message::Status;

/// Something that the server did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The server accepted `connect`.
    Connected {
        /// What the server says of itself: `fmsVer`, `capabilities`.
        properties: Value,
        /// What the server says of the connection: `code`, `objectEncoding`.
        information: Value,
    },
    /// The server created a stream.
    StreamCreated(MessageStreamId),
    /// The server sent an `onStatus` command, or an `_error` that answers no request.
    Status {
        /// The stream. 0 means the connection.
        stream: MessageStreamId,
        /// The status.
        status: Status,
    },
    /// Audio or video. Aggregate messages arrive as their parts.
    Media(chunk::Message),
    /// Named values, such as `onMetaData`.
    Data {
        /// The handler's name: the first value.
        name: String,
        /// The later values, as far as they can be read and the limits allow.
        values: Vec<Value>,
        /// The message as it came.
        message: chunk::Message,
    },
    /// The server will send media on this stream (user control 0).
    StreamBegin(MessageStreamId),
    /// The server has sent all media of this stream (user control 1).
    StreamEof(MessageStreamId),
    /// The server has no more media of this stream for now (user control 2).
    StreamDry(MessageStreamId),
    /// This stream is recorded (user control 4).
    StreamIsRecorded(MessageStreamId),
    /// The server answered a [`call`](super::ClientSession::call).
    CallResult {
        /// The number of the call.
        transaction: TransactionId,
        /// The values returned, or the server's reason for returning none.
        outcome: Result<Vec<Value>, Status>,
    },
    /// The server calls a procedure. It waits for an answer unless the transaction is 0.
    Call {
        /// The number to pass to [`answer`](super::ClientSession::answer).
        transaction: TransactionId,
        /// The procedure, such as `onBWDone`.
        procedure: String,
        /// The arguments, without the command object.
        arguments: Vec<Value>,
    },
}
