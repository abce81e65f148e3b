//! Statuses: what a server reports to a client about its connection and its streams.

use std::borrow::Cow;
use std::fmt;

use super::{Command, ObjectEncoding};
use crate::protocol::amf::amf0::{self, ObjectWriter};
use crate::protocol::amf::{Object, Value};
use crate::protocol::chunk::Message;
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// A report to the client: a code for the program and a description for its user.
///
/// ```
/// use rendercast::protocol::message::Status;
/// use rendercast::protocol::message::status::code;
///
/// let status = Status::error(code::PLAY_FAILED, "The disk is full.");
/// assert_eq!(status.info().get("level"), Some(&"error".into()));
/// assert_eq!(status.info().get("code"), Some(&"NetStream.Play.Failed".into()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The severity. ffmpeg gives up at the first error.
    pub level: Level,
    /// One of the [`code`]s, or a code of the application's own.
    pub code: Cow<'static, str>,
    /// An explanation for people. ffmpeg waits for ever if an `_error` has none.
    pub description: String,
    /// Further members, such as `details` or `objectEncoding`.
    pub more: Object,
}

/// The severity of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// A success.
    Status,
    /// A problem that did not end the operation.
    Warning,
    /// A failure.
    Error,
}

impl Status {
    /// Creates a status of level "status".
    #[must_use]
    pub fn new(code: impl Into<Cow<'static, str>>, description: impl Into<String>) -> Self {
        Self::of_level(Level::Status, code, description)
    }

    /// Creates a status of level "error".
    #[must_use]
    pub fn error(code: impl Into<Cow<'static, str>>, description: impl Into<String>) -> Self {
        Self::of_level(Level::Error, code, description)
    }

    fn of_level(
        level: Level,
        code: impl Into<Cow<'static, str>>,
        description: impl Into<String>,
    ) -> Self {
        let (code, description) = (code.into(), description.into());
        Self { level, code, description, more: Object::new() }
    }

    /// Adds a member to [`Self::more`].
    #[must_use]
    pub fn with<'a>(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Value>) -> Self {
        self.more.push(name, value);
        self
    }

    /// Reads the information object of a command. A missing code or description is empty. A missing
    /// or unknown level is `default`. A string instead of an object is the description.
    #[must_use]
    pub fn from_info(info: &Value, default: Level) -> Self {
        let text = |name| info.get(name).and_then(Value::as_str);
        let level = text("level").and_then(Level::from_name).unwrap_or(default);
        let description = text("description").or_else(|| info.as_str()).unwrap_or_default();
        let mut status =
            Self::of_level(level, text("code").unwrap_or_default().to_owned(), description);
        for (name, value) in info.as_object().iter().flat_map(|object| object.iter()) {
            if !matches!(name, "level" | "code" | "description") {
                status.more.push(name, value.clone());
            }
        }
        status
    }

    /// Returns whether it reports a failure.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// Returns whether it reports the end of a stream: all is played, or its publisher has stopped.
    #[must_use]
    pub fn is_end_of_stream(&self) -> bool {
        [code::PLAY_STOP, code::PLAY_COMPLETE, code::PLAY_UNPUBLISH_NOTIFY]
            .contains(&self.code.as_ref())
    }

    /// Returns the information object for a command.
    #[must_use]
    pub fn info(&self) -> Object {
        let mut info = Object::with_capacity(self.more.len().saturating_add(3))
            .with("level", self.level.name())
            .with("code", self.code.as_ref())
            .with("description", self.description.as_str());
        for (name, value) in self.more.iter() {
            info.push(name, value.clone());
        }
        info
    }

    /// Writes what [`Self::info`] returns. Further members may follow.
    pub(in crate::protocol) fn begin_info<'a>(&self, out: &'a mut Vec<u8>) -> ObjectWriter<'a> {
        ObjectWriter::new(out)
            .text("level", self.level.name())
            .text("code", &self.code)
            .text("description", &self.description)
            .members(&self.more)
    }

    /// Returns the message of [`Self::command`].
    pub(in crate::protocol) fn message(
        &self,
        chunk_stream_id: ChunkStreamId,
        message_stream_id: MessageStreamId,
        encoding: ObjectEncoding,
    ) -> Message {
        let (message_type, payload) = Command::written("onStatus", 0.0, encoding, |payload| {
            amf0::encode(&Value::Null, payload);
            self.begin_info(payload).end();
        });
        let timestamp = Timestamp(0);
        Message { chunk_stream_id, message_stream_id, timestamp, message_type, payload }
    }

    /// Returns the `onStatus` command that reports it. Send it on the stream that it is about.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::notification("onStatus", vec![Value::from(self.info())])
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_ref(), self.description.as_str()) {
            ("", "") => f.write_str("no reason given"),
            (code, "") => f.write_str(code),
            ("", description) => f.write_str(description),
            (code, description) => write!(f, "{description} ({code})"),
        }
    }
}

impl Level {
    /// Returns the level with that name in an information object.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Status, Self::Warning, Self::Error].into_iter().find(|level| level.name() == name)
    }

    /// Returns its name in an information object.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The status codes of Flash Media Server that this server sends.
pub mod code {
    /// The connection is accepted.
    pub const CONNECT_SUCCESS: &str = "NetConnection.Connect.Success";
    /// The server refuses this client.
    pub const CONNECT_REJECTED: &str = "NetConnection.Connect.Rejected";
    /// The client should connect again, at the member `tcUrl` if there is one (Enhanced RTMP v2).
    pub const CONNECT_RECONNECT_REQUEST: &str = "NetConnection.Connect.ReconnectRequest";
    /// A remote procedure call failed.
    pub const CALL_FAILED: &str = "NetConnection.Call.Failed";

    /// Another failure of a stream. librtmp and OBS give up.
    pub const STREAM_FAILED: &str = "NetStream.Failed";
    /// A new playlist starts.
    pub const PLAY_RESET: &str = "NetStream.Play.Reset";
    /// Playback starts. ffmpeg and librtmp discard what comes before it.
    pub const PLAY_START: &str = "NetStream.Play.Start";
    /// Playback is over. ffmpeg hangs at the end without it.
    pub const PLAY_STOP: &str = "NetStream.Play.Stop";
    /// Everything has been played. Sent as `onPlayStatus`.
    pub const PLAY_COMPLETE: &str = "NetStream.Play.Complete";
    /// Playback has switched to another stream. Sent as `onPlayStatus`.
    pub const PLAY_SWITCH: &str = "NetStream.Play.Switch";
    /// A `play2` was accepted.
    pub const PLAY_TRANSITION: &str = "NetStream.Play.Transition";
    /// A `play2` has taken effect. Sent as `onPlayStatus`.
    pub const PLAY_TRANSITION_COMPLETE: &str = "NetStream.Play.TransitionComplete";
    /// Playback failed.
    pub const PLAY_FAILED: &str = "NetStream.Play.Failed";
    /// There is no such stream. Every client gives up.
    pub const PLAY_STREAM_NOT_FOUND: &str = "NetStream.Play.StreamNotFound";
    /// A live stream starts.
    pub const PLAY_PUBLISH_NOTIFY: &str = "NetStream.Play.PublishNotify";
    /// A live stream has ended.
    pub const PLAY_UNPUBLISH_NOTIFY: &str = "NetStream.Play.UnpublishNotify";
    /// Playback is paused.
    pub const PAUSE_NOTIFY: &str = "NetStream.Pause.Notify";
    /// Playback is resumed.
    pub const UNPAUSE_NOTIFY: &str = "NetStream.Unpause.Notify";
    /// Playback continues at another position. ffmpeg drops everything between its `seek` and this.
    pub const SEEK_NOTIFY: &str = "NetStream.Seek.Notify";
    /// Publishing may start.
    pub const PUBLISH_START: &str = "NetStream.Publish.Start";
    /// The name cannot be published, or is in use. OBS reports an invalid stream key.
    pub const PUBLISH_BAD_NAME: &str = "NetStream.Publish.BadName";
    /// Publishing is not allowed. OBS reports an invalid stream key.
    pub const PUBLISH_DENIED: &str = "NetStream.Publish.Denied";
    /// The application refuses the publisher. OBS reports an invalid stream key.
    pub const PUBLISH_REJECTED: &str = "NetStream.Publish.Rejected";
    /// Publishing was stopped because no data came.
    pub const PUBLISH_IDLE: &str = "NetStream.Publish.Idle";
    /// Publishing is over.
    pub const UNPUBLISH_SUCCESS: &str = "NetStream.Unpublish.Success";
}

#[cfg(test)]
mod tests {
    use super::{Level, Status, code};
    use crate::protocol::amf::{Object, Value};

    #[test]
    fn a_status_is_read_as_it_is_written() {
        for status in [
            Status::new(code::PLAY_START, "Started playing sea."),
            Status { level: Level::Warning, ..Status::new(code::PLAY_FAILED, "The disk is slow.") },
            Status::error(code::CALL_FAILED, "").with("details", "sea").with("clientid", 7),
        ] {
            let info = Value::from(status.info());
            assert_eq!(Status::from_info(&info, Level::Status), status);
        }
    }

    #[test]
    fn missing_members_of_a_status_have_defaults() {
        let odd = Object::new().with("level", "finish").with("code", 7);
        for (info, description) in [
            (Value::from(odd), ""),
            (Value::Null, ""),
            (Value::from("The disk is full."), "The disk is full."),
        ] {
            let status = Status::from_info(&info, Level::Error);
            assert_eq!((status.level, status.code.as_ref()), (Level::Error, ""), "{info:?}");
            assert_eq!(status.description, description, "{info:?}");
        }
    }

    #[test]
    fn a_status_is_shown_as_description_and_code_if_it_has_them() {
        for (code, description, shown) in [
            ("", "", "no reason given"),
            ("A.B", "", "A.B"),
            ("", "Because.", "Because."),
            ("A.B", "Because.", "Because. (A.B)"),
        ] {
            assert_eq!(Status::new(code, description).to_string(), shown);
        }
    }

    #[test]
    fn an_on_status_has_no_transaction_and_says_level_code_and_description() {
        let command = Status::error(code::PLAY_STREAM_NOT_FOUND, "There is no sea.").command();
        assert_eq!(command.name, "onStatus");
        assert_eq!(command.transaction_id, 0.0);
        assert_eq!(command.command_object, Value::Null);
        let info = &command.arguments[0];
        assert_eq!(info.get("level").and_then(Value::as_str), Some("error"));
        assert_eq!(info.get("code").and_then(Value::as_str), Some("NetStream.Play.StreamNotFound"));
        assert_eq!(info.get("description").and_then(Value::as_str), Some("There is no sea."));
    }
}
