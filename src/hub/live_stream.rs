//! A stream of media from one source to any number of subscribers.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "web")]
use std::sync::OnceLock;
use std::thread::ThreadId;
use std::time::Instant;

use super::config::LiveStreamConfig;
use super::distribution::Distribution;
use super::fan_out_thread::FanOutThread;
use super::held_bytes::HeldBytes;
use super::line::Line;
use super::send_queue::Sending;
#[cfg(feature = "web")]
use super::still::{CanvasSource, Still};
use super::subscriber::{End, Subscriber, SubscriptionId};
use crate::media::{MediaDescription, Tag};

/// A stream of media from one source to any number of subscribers, which may be clients of several
/// servers. A stream of a connection subscribes with [`Stream::watch`](crate::Stream::watch).
///
/// The thread that calls [`send`](Self::send) writes to the sockets of the subscribers, or a thread
/// of the stream does. A subscriber that does not keep up goes on with the next key frame. It holds
/// up neither the source nor the others.
///
/// A new subscriber is sent the metadata and the headers of the decoders, then the last key frame
/// and all that followed it. If that is too much to keep, it waits for the next key frame.
///
/// Its clones are handles of the same stream.
///
/// ```
/// use std::time::Instant;
///
/// use rendercast::amf::{Object, Value};
/// use rendercast::media::{Tag, TagKind};
/// use rendercast::{
///     Connection, End, HandlerResult, LiveStream, LiveStreamConfig, Server, ServerConfig, Stream,
///     Timestamp,
/// };
///
/// let live = LiveStream::new(LiveStreamConfig::default());
/// let shown = live.clone();
/// let server = Server::new(ServerConfig::default());
/// server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
///     let shown = shown.clone();
///     connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
///         stream.watch(&shown);
///         Ok(true)
///     });
///     Ok(true)
/// });
/// server.start("127.0.0.1:0")?;
///
/// let payload = vec![0x17, 1, 0, 0, 0 /* , a picture */].into();
/// live.send(vec![Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload }], Instant::now());
/// live.end(End::Complete);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LiveStream(Arc<Inner>);

struct Inner {
    distribution: Arc<Distribution>,
    thread: FanOutThread,
    #[cfg(feature = "web")]
    rendered: OnceLock<Rendered>,
}

/// The renderer of a stream, and its still picture.
#[cfg(feature = "web")]
#[derive(Clone)]
pub(crate) struct Rendered {
    pub(crate) source: Arc<dyn CanvasSource>,
    pub(crate) still: Arc<Still>,
}

impl LiveStream {
    /// Makes a stream without subscribers.
    #[must_use]
    pub fn new(config: LiveStreamConfig) -> Self {
        Self::observed(config, |_| ())
    }

    /// Makes a stream that calls `on_count` with the number of subscribers whenever that changes.
    /// `on_count` must not call the stream.
    pub(crate) fn observed(
        config: LiveStreamConfig,
        on_count: impl Fn(usize) + Send + Sync + 'static,
    ) -> Self {
        let distribution = Arc::new(Distribution::new(&config, on_count));
        let thread = FanOutThread::new(Arc::clone(&distribution));
        Self(Arc::new(Inner {
            distribution,
            thread,
            #[cfg(feature = "web")]
            rendered: OnceLock::new(),
        }))
    }

    /// Sends tags to all subscribers, without waiting for any. `now` is the present instant.
    ///
    /// With a [latency](LiveStreamConfig::latency) or more than 32 subscribers, the stream's own
    /// thread sends them, together with what else has come by then. Otherwise this thread does. If
    /// more than 4 MiB or 4,096 tags wait, this thread sends all of them at once.
    ///
    /// The thread of a connection that [publishes to](crate::Stream::publish_to) the stream sends
    /// to up to 256 subscribers, with and without latency. That is so for RTMP and RTMPS over TCP
    /// on Linux.
    ///
    /// A frame that is timed up to a second before its predecessor of the same kind is moved to
    /// that one's time. One that is timed earlier begins another timeline, which follows the first.
    ///
    /// A tag of more than [`Tag::MAX_PAYLOAD_BYTES`] is left out, and the first one is logged. The
    /// video then goes on at the next key frame. Without effect once the stream has ended.
    pub fn send(&self, tags: Vec<Tag>, now: Instant) {
        if tags.is_empty() {
            return;
        }
        match self.0.distribution.queue(tags, now) {
            Sending::Direct => self.send_queued(),
            Sending::BySource => {}
            Sending::ByThread => self.start_thread(),
        }
    }

    /// Returns whether the source should make a key frame now, because a subscriber needs one. A
    /// source that makes key frames asks before each frame. The answer is `true` at most as often
    /// as [`LiveStreamConfig`] allows.
    #[must_use]
    pub fn wants_key_frame(&self, now: Instant) -> bool {
        self.0.distribution.wants_key_frame(now)
    }

    /// Tells all subscribers that a publisher has come: `NetStream.Play.PublishNotify`. Call it
    /// when the first media of a stream are about to be sent. Waits while frames are sent to all.
    pub fn tell_published(&self) {
        self.0.distribution.tell_published();
    }

    /// Returns how many timestamps were changed because they went back, by this stream or by its
    /// publisher's handler.
    #[must_use]
    pub fn repaired_timestamps(&self) -> u64 {
        self.0.distribution.repaired_timestamps()
    }

    /// Returns how the worst of the subscribers' lines keeps up. Those that have long taken less
    /// than `least` bytes per second do not count. Call it before each frame, or never. Waits while
    /// frames are sent to all.
    pub(crate) fn worst_line(&self, now: Instant, least: f64) -> Line {
        self.0.distribution.worst_line(now, least)
    }

    /// Sends what waits for the [latency](LiveStreamConfig::latency).
    pub(crate) fn send_queued(&self) {
        self.0.distribution.send_queued();
    }

    /// Returns when a source's thread must call [`send_due`](Self::send_due).
    pub(super) fn due_at(&self, source: ThreadId) -> Option<Instant> {
        self.0.distribution.send_queue().due_at(source)
    }

    /// Makes room for another source. The stream's own thread sends what was left to this one.
    pub(super) fn forget_source(&self, source: ThreadId) {
        if self.0.distribution.send_queue().forget_source(source) {
            self.start_thread();
        }
    }

    pub(super) fn has_latency(&self) -> bool {
        self.0.distribution.send_queue().has_latency()
    }

    /// Sends what is due: on this thread, or on the stream's own if the subscribers are many.
    pub(super) fn send_due(&self) {
        let distribution = &self.0.distribution;
        if !distribution.has_many_subscribers() {
            distribution.send_queued();
        } else if distribution.send_queue().leave_to_thread() {
            self.start_thread();
        }
    }

    /// Starts the stream's own thread, unless it runs. Sends what is queued on this thread if the
    /// system has no room for it.
    fn start_thread(&self) {
        if !self.0.thread.start() {
            self.send_queued();
        }
    }

    /// Sets how many timestamps were changed before they came here.
    pub(crate) fn set_earlier_repairs(&self, repairs: u64) {
        self.0.distribution.set_earlier_repairs(repairs);
    }

    /// Ends the stream, and tells all subscribers. Sends what waits for the
    /// [latency](LiveStreamConfig::latency) before. Their play handlers are called on this thread.
    /// Without effect if the stream has ended.
    pub fn end(&self, end: End) {
        self.0.distribution.end(end);
    }

    /// Returns whether both are handles of the same stream.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns whether the stream has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.distribution.has_ended()
    }

    /// Returns the name that viewers use (`live/camera`), if a
    /// [`LiveHandler`](crate::live::LiveHandler) has the stream.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.distribution.name()
    }

    /// Returns the number of subscribers.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.0.distribution.subscribers()
    }

    /// Returns what the stream carries, as far as its metadata, its headers and its frames say.
    #[must_use]
    pub fn description(&self) -> MediaDescription {
        self.0.distribution.description()
    }

    /// Returns how many bytes the media of the stream take, beside those that wait for viewers.
    pub(crate) fn held(&self) -> &HeldBytes {
        self.0.distribution.held()
    }

    /// Forgets the frames that were sent, if there is no subscriber. For a source that rests while
    /// nothing is watched: its next frame is the first that a subscriber is sent.
    pub fn forget_past(&self) {
        self.0.distribution.forget_past();
    }

    /// Returns what draws the pictures, if they are drawn by this process.
    #[cfg(feature = "web")]
    pub(crate) fn rendered(&self) -> Option<&Rendered> {
        self.0.rendered.get()
    }

    /// Says what draws the pictures. Has no effect if it is known.
    #[cfg(feature = "web")]
    pub(crate) fn set_rendered(&self, rendered: Rendered) {
        let _ = self.0.rendered.set(rendered);
    }

    /// Adds a subscriber, and sends it what a decoder begins with. Does not wait while frames are
    /// sent to the others.
    ///
    /// # Errors
    /// Returns how the stream has ended meanwhile, or [`End::Failed`] if it had before.
    pub(crate) fn subscribe(&self, subscriber: Arc<dyn Subscriber>) -> Result<SubscriptionId, End> {
        self.0.distribution.subscribe(subscriber)
    }

    /// Removes a subscriber. Nothing is sent to it once this has returned. Waits while frames are
    /// sent to all.
    pub(crate) fn unsubscribe(&self, id: SubscriptionId) {
        self.0.distribution.unsubscribe(id);
    }
}

impl fmt::Debug for LiveStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveStream")
            .field("subscribers", &self.subscribers())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
