//! What happens on a session.

use std::fmt;

use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::chunk;

/// Which request a reply belongs to; 0 asks for no reply (RTMP 1.0 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransactionId(pub u32);

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
    /// Audio, video, or several of them in one (an aggregate message).
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

/// A report: the information object of `onStatus` and of `_error` (RTMP 1.0 §7.2.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// `status`, `warning` or `error`.
    pub level: String,
    /// What happened, such as `NetStream.Play.Start`.
    pub code: String,
    /// The same for people.
    pub description: String,
    /// The object as it came.
    pub information: Value,
}

impl Status {
    /// Reads the members that each report has; those that are missing are empty.
    pub(super) fn new(information: Value) -> Self {
        let text =
            |name| information.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            level: text("level"),
            code: text("code"),
            description: text("description"),
            information,
        }
    }

    /// Whether it reports a failure.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.level == "error"
    }

    /// Whether it says that a stream has been played to its end, or that its publisher has left.
    #[must_use]
    pub fn is_end_of_stream(&self) -> bool {
        matches!(
            self.code.as_str(),
            "NetStream.Play.Stop" | "NetStream.Play.Complete" | "NetStream.Play.UnpublishNotify"
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.description.as_str()) {
            ("", "") => f.write_str("no reason given"),
            (code, "") => f.write_str(code),
            ("", description) => f.write_str(description),
            (code, description) => write!(f, "{description} ({code})"),
        }
    }
}
