//! What a server's session tells its driver.

use super::{Call, CreateStream, Ignored, Play, Play2, Publish};
use crate::protocol::amf::Value;
use crate::protocol::chunk::Message;
use crate::protocol::{MessageStreamId, Timestamp};

/// Something that the peer wants or does. Those that want an answer name it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The client introduces itself; it arises once. Answer with
    /// [`accept_connect`](super::ServerSession::accept_connect) or
    /// [`refuse_connect`](super::ServerSession::refuse_connect); until then, other commands are
    /// refused.
    Connect(Connect),
    /// The client wants a stream. Answer with
    /// [`accept_create_stream`](super::ServerSession::accept_create_stream) or
    /// [`refuse_create_stream`](super::ServerSession::refuse_create_stream).
    CreateStream(CreateStream),
    /// The client has done with a stream. Its id is free again, and may come back at once.
    DeleteStream(MessageStreamId),
    /// The client ends what it plays or publishes on a stream, which stays.
    CloseStream(MessageStreamId),
    /// The client wants to watch. Answer with [`start_play`](super::ServerSession::start_play) or
    /// [`refuse_play`](super::ServerSession::refuse_play).
    Play(Play),
    /// The client wants to move on to another stream or another rendition of the same.
    Play2(Play2),
    /// The client pauses, or goes on. Answer with
    /// [`notify_pause`](super::ServerSession::notify_pause).
    Pause {
        /// The stream.
        stream: MessageStreamId,
        /// Whether it is to stand still.
        paused: bool,
        /// Where the client stands.
        position: Timestamp,
    },
    /// The client moves. Always answer with [`notify_seek`](super::ServerSession::notify_seek), of
    /// a live stream too: ffmpeg drops every packet until then.
    Seek {
        /// The stream.
        stream: MessageStreamId,
        /// Where to; ffplay's negative positions are 0 here.
        position: Timestamp,
    },
    /// The client wants audio, or no more audio.
    ReceiveAudio {
        /// The stream.
        stream: MessageStreamId,
        /// Whether it wants any.
        on: bool,
    },
    /// The client wants video, or no more video.
    ReceiveVideo {
        /// The stream.
        stream: MessageStreamId,
        /// Whether it wants any.
        on: bool,
    },
    /// The client wants to publish. Answer with
    /// [`start_publish`](super::ServerSession::start_publish), or with an error by
    /// [`send_status`](super::ServerSession::send_status).
    Publish(Publish),
    /// How much the client buffers before it plays; rtmpdump asks for ten hours.
    BufferLength {
        /// The stream.
        stream: MessageStreamId,
        /// How much.
        milliseconds: u32,
    },
    /// Any other command. Answer with [`answer_call`](super::ServerSession::answer_call) or, where
    /// the application knows nothing of it,
    /// [`answer_by_default`](super::ServerSession::answer_by_default).
    Call(Call),
    /// The client's answer to a call of ours.
    CallResult {
        /// The transaction that the call bore.
        transaction_id: f64,
        /// What it returned, or the information object of the error.
        result: Result<Value, Value>,
    },
    /// Audio, video or data of a publisher; aggregate messages are taken apart.
    Media(Message),
    /// A message that has no effect, for the log.
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
