//! What happens on a session.

use super::TransactionId;
use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::chunk;
use crate::protocol::message::Status;

/// Something that the server did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The server took `connect`.
    Connected {
        /// What it says of itself: `fmsVer`, `capabilities`.
        properties: Value,
        /// What it says of the connection: `code`, `objectEncoding`.
        information: Value,
    },
    /// The server made a stream.
    StreamCreated(MessageStreamId),
    /// The server reports on a stream: what `onStatus` says.
    Status {
        /// The stream; 0 is the connection.
        stream: MessageStreamId,
        /// The report.
        status: Status,
    },
    /// Audio or video. Those that came together in an aggregate message are told one by one.
    Media(chunk::Message),
    /// Named values, such as `onMetaData`.
    Data {
        /// The handler that they are meant for: the first value.
        name: String,
        /// The values after it, as far as they can be read and the limits allow.
        values: Vec<Value>,
        /// The message as it came.
        message: chunk::Message,
    },
    /// Media of this stream follows (user control 0).
    StreamBegin(MessageStreamId),
    /// Media of this stream has ended (user control 1).
    StreamEof(MessageStreamId),
    /// There is no more media of this stream for now (user control 2).
    StreamDry(MessageStreamId),
    /// This stream is a recorded one (user control 4).
    StreamIsRecorded(MessageStreamId),
    /// A [`call`](super::ClientSession::call) was answered.
    CallResult {
        /// Which call.
        transaction: TransactionId,
        /// The values returned, or the server's reason for returning none.
        outcome: Result<Vec<Value>, Status>,
    },
    /// The server calls us, and waits for an answer unless the transaction is 0.
    Call {
        /// What [`answer`](super::ClientSession::answer) is told.
        transaction: TransactionId,
        /// The procedure called, such as `onBWDone`.
        procedure: String,
        /// What it is called with, the command object not counted.
        arguments: Vec<Value>,
    },
}
