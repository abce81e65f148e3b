//! Statuses: what a server tells a client about its connection and its streams, and the codes that
//! clients look for.

use std::borrow::Cow;

use super::Command;
use crate::protocol::amf::{Object, Value};

/// What a status is about, for the program at the other end and for its user.
///
/// ```
/// use rendercast::protocol::message::Status;
/// use rendercast::protocol::message::status::code;
///
/// let status = Status::error(code::PLAY_FAILED, "The disk is full.");
/// assert_eq!(status.info().get("level"), Some(&"error".into()));
/// assert_eq!(status.info().get("code"), Some(&"NetStream.Play.Failed".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// How bad it is. ffmpeg gives up at the first error.
    pub level: Level,
    /// One of the [`code`]s, or a code of the application's own.
    pub code: Cow<'static, str>,
    /// The same for people. ffmpeg waits for ever if an `_error` has none.
    pub description: String,
}

/// How bad a status is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// It went well.
    Status,
    /// It went on.
    Warning,
    /// It failed.
    Error,
}

impl Status {
    /// A status of level "status".
    #[must_use]
    pub fn new(code: impl Into<Cow<'static, str>>, description: impl Into<String>) -> Self {
        Self { level: Level::Status, code: code.into(), description: description.into() }
    }

    /// A status of level "error".
    #[must_use]
    pub fn error(code: impl Into<Cow<'static, str>>, description: impl Into<String>) -> Self {
        Self { level: Level::Error, code: code.into(), description: description.into() }
    }

    /// The object that stands for it in commands.
    #[must_use]
    pub fn info(&self) -> Object {
        Object::new()
            .with("level", self.level.name())
            .with("code", self.code.as_ref())
            .with("description", self.description.as_str())
    }

    /// The `onStatus` command that reports it; its message stream says which stream is meant.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::notification("onStatus", vec![Value::from(self.info())])
    }
}

impl Level {
    /// Its name in an info object.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The codes of Flash Media Server that this server sends, by the object they are about.
pub mod code {
    /// The connection is there.
    pub const CONNECT_SUCCESS: &str = "NetConnection.Connect.Success";
    /// The server does not want this client.
    pub const CONNECT_REJECTED: &str = "NetConnection.Connect.Rejected";
    /// There is no such application; librtmp and OBS give up.
    pub const CONNECT_INVALID_APP: &str = "NetConnection.Connect.InvalidApp";
    /// The server is going down.
    pub const CONNECT_APP_SHUTDOWN: &str = "NetConnection.Connect.AppShutdown";
    /// The client is asked to connect anew, perhaps elsewhere (Enhanced RTMP v2).
    pub const CONNECT_RECONNECT_REQUEST: &str = "NetConnection.Connect.ReconnectRequest";
    /// A remote procedure call failed.
    pub const CALL_FAILED: &str = "NetConnection.Call.Failed";

    /// Something else went wrong with a stream; librtmp and OBS give up.
    pub const STREAM_FAILED: &str = "NetStream.Failed";
    /// A new playlist begins.
    pub const PLAY_RESET: &str = "NetStream.Play.Reset";
    /// Playback begins; ffmpeg and librtmp throw away what comes before it.
    pub const PLAY_START: &str = "NetStream.Play.Start";
    /// Playback is over; ffmpeg hangs at the end without it.
    pub const PLAY_STOP: &str = "NetStream.Play.Stop";
    /// Everything has been played; sent as `onPlayStatus`.
    pub const PLAY_COMPLETE: &str = "NetStream.Play.Complete";
    /// Playback has moved on to another stream; sent as `onPlayStatus`.
    pub const PLAY_SWITCH: &str = "NetStream.Play.Switch";
    /// A `play2` was accepted.
    pub const PLAY_TRANSITION: &str = "NetStream.Play.Transition";
    /// Playback has come to where a `play2` takes effect; sent as `onPlayStatus`.
    pub const PLAY_TRANSITION_COMPLETE: &str = "NetStream.Play.TransitionComplete";
    /// Playback failed.
    pub const PLAY_FAILED: &str = "NetStream.Play.Failed";
    /// There is no such stream; every client gives up.
    pub const PLAY_STREAM_NOT_FOUND: &str = "NetStream.Play.StreamNotFound";
    /// The client cannot keep up.
    pub const PLAY_INSUFFICIENT_BANDWIDTH: &str = "NetStream.Play.InsufficientBW";
    /// A live stream begins.
    pub const PLAY_PUBLISH_NOTIFY: &str = "NetStream.Play.PublishNotify";
    /// A live stream has ended.
    pub const PLAY_UNPUBLISH_NOTIFY: &str = "NetStream.Play.UnpublishNotify";
    /// Playback is paused.
    pub const PAUSE_NOTIFY: &str = "NetStream.Pause.Notify";
    /// Playback goes on.
    pub const UNPAUSE_NOTIFY: &str = "NetStream.Unpause.Notify";
    /// Playback goes on elsewhere; ffmpeg drops everything between its `seek` and this.
    pub const SEEK_NOTIFY: &str = "NetStream.Seek.Notify";
    /// Publishing may begin.
    pub const PUBLISH_START: &str = "NetStream.Publish.Start";
    /// Another one publishes under that name; OBS calls it an invalid stream key.
    pub const PUBLISH_BAD_NAME: &str = "NetStream.Publish.BadName";
    /// Publishing is not allowed; OBS calls it an invalid stream key.
    pub const PUBLISH_DENIED: &str = "NetStream.Publish.Denied";
    /// Publishing was stopped for want of data.
    pub const PUBLISH_IDLE: &str = "NetStream.Publish.Idle";
    /// Publishing is over.
    pub const UNPUBLISH_SUCCESS: &str = "NetStream.Unpublish.Success";
}

#[cfg(test)]
mod tests {
    use super::{Status, code};
    use crate::protocol::amf::Value;

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
