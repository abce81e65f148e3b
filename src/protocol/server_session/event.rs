//! What a server's session reports to its driver.

use super::{Call, CreateStream, Ignored, Play, Play2, Publish};
use crate::protocol::amf::Value;
use crate::protocol::chunk::Message;
use crate::protocol::{MessageStreamId, Timestamp};

/// Something that the client wants or did. Events that want an answer name it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The client connects. Arises at most once. Answer with
    /// [`accept_connect`](super::ServerSession::accept_connect) or
    /// [`refuse_connect`](super::ServerSession::refuse_connect). Until then, other commands are
    /// refused.
    Connect(Connect),
    /// The client wants a stream. Answer with
    /// [`accept_create_stream`](super::ServerSession::accept_create_stream) or
    /// [`refuse_create_stream`](super::ServerSession::refuse_create_stream).
    CreateStream(CreateStream),
    /// The client deleted a stream. The next stream may have the same id.
    DeleteStream(MessageStreamId),
    /// The client ends what it plays or publishes on a stream. The stream stays.
    CloseStream(MessageStreamId),
    /// The client wants to play. Answer with [`start_play`](super::ServerSession::start_play) or
    /// [`refuse_play`](super::ServerSession::refuse_play).
    Play(Play),
    /// The client wants to switch to another stream, or to another rendition of the same.
    Play2(Play2),
    /// The client pauses or resumes. Answer with
    /// [`notify_pause`](super::ServerSession::notify_pause).
    Pause {
        /// The stream.
        stream: MessageStreamId,
        /// True to pause, false to resume.
        paused: bool,
        /// The client's position.
        position: Timestamp,
    },
    /// The client seeks. Always answer with [`notify_seek`](super::ServerSession::notify_seek),
    /// even for a live stream: ffmpeg drops every packet until then.
    Seek {
        /// The stream.
        stream: MessageStreamId,
        /// The new position. Negative ones, which ffplay sends, are 0.
        position: Timestamp,
    },
    /// The client turns audio on or off.
    ReceiveAudio {
        /// The stream.
        stream: MessageStreamId,
        /// True if the client wants it.
        on: bool,
    },
    /// The client turns video on or off.
    ReceiveVideo {
        /// The stream.
        stream: MessageStreamId,
        /// True if the client wants it.
        on: bool,
    },
    /// The client wants to publish. Answer with
    /// [`start_publish`](super::ServerSession::start_publish) or
    /// [`refuse_publish`](super::ServerSession::refuse_publish).
    Publish(Publish),
    /// The client tells its buffer length. rtmpdump asks for ten hours.
    BufferLength {
        /// The stream.
        stream: MessageStreamId,
        /// The buffer length.
        milliseconds: u32,
    },
    /// Any other command. Answer with [`answer_call`](super::ServerSession::answer_call), or with
    /// [`answer_by_default`](super::ServerSession::answer_by_default) if the application does not
    /// know it.
    Call(Call),
    /// The client's answer to a call of ours.
    CallResult {
        /// The call's transaction number.
        transaction_id: f64,
        /// The value returned, or the information object of the error.
        result: Result<Value, Value>,
    },
    /// Audio, video or data of a publisher. Aggregate messages arrive as their parts.
    ///
    /// Data arrive as players must get them: without the `@setDataFrame` before their name, and
    /// with AMF0 values.
    Media(Message),
    /// A message without effect, for the log.
    Ignored(Ignored),
}

/// A `connect` command (RTMP 1.0 §7.2.1.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Connect {
    /// What the client says of itself: `app`, `tcUrl`, `flashVer` and others.
    ///
    /// Clients disagree on where `app` ends: it may be empty, end in a slash or carry a query. OBS
    /// puts the whole path of its URL there. Some clients send no `tcUrl`.
    pub command_object: Value,
    /// What the application on the client's side added, such as credentials.
    pub arguments: Vec<Value>,
}
