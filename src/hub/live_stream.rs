//! A stream of media from one source to any number of subscribers.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::config::LiveStreamConfig;
use super::frame::{Frame, Frames};
use super::gop_cache::GopCache;
use super::key_frame_requests::KeyFrameRequests;
use super::stream_headers::StreamHeaders;
use super::subscriber::{End, Subscriber, SubscriptionId};
use super::subscribers::Subscribers;
use super::timeline::{Replay, Timeline, replay};
use crate::media::{MediaDescription, Tag, TagClass};
use crate::sync::lock;

/// A stream of media from one source to any number of subscribers, which may be clients of several
/// servers. A stream of a connection subscribes with [`Stream::watch`](crate::Stream::watch).
///
/// It has no thread. The thread that calls [`send`](Self::send) writes to the sockets of all
/// subscribers. A subscriber that does not keep up goes on with the next key frame. It holds up
/// neither the source nor the others.
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
    replay: Replay,
    makes_key_frames: bool,
    /// Held while frames are sent to all: once a subscription has ended, nothing more is sent to
    /// it.
    state: Mutex<State>,
    /// Called with the new number of subscribers, with the lock of `state` held.
    on_count: Box<dyn Fn(usize) + Send + Sync>,
}

struct State {
    subscribers: Subscribers,
    headers: StreamHeaders,
    cache: GopCache,
    timeline: Timeline,
    requests: KeyFrameRequests,
    /// What a new subscriber is sent first. Made for the first one that joins between two frames.
    replay: Option<Frames>,
    has_ended: bool,
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
        Self(Arc::new(Inner {
            replay: config.replay,
            makes_key_frames: config.makes_key_frames,
            state: Mutex::new(State {
                subscribers: Subscribers::default(),
                headers: StreamHeaders::default(),
                cache: GopCache::new(config.cache),
                timeline: Timeline::default(),
                requests: KeyFrameRequests::new(config.intervals),
                replay: None,
                has_ended: false,
            }),
            on_count: Box::new(on_count),
        }))
    }

    /// Sends tags to all subscribers, without waiting for any. `now` is the present instant.
    ///
    /// A tag that is timed before its predecessor of the same kind is moved to that one's time.
    /// Without effect once the stream has ended.
    pub fn send(&self, tags: Vec<Tag>, now: Instant) {
        if tags.is_empty() {
            return;
        }
        let frames: Vec<Frame> = tags.into_iter().map(Frame::from).collect();
        self.update(|state| {
            if !state.has_ended {
                state.send(frames, now);
            }
        });
    }

    /// Returns whether the source should make a key frame now, because a subscriber needs one. A
    /// source that makes key frames asks before each frame. The answer is `true` at most as often
    /// as [`LiveStreamConfig`] allows.
    #[must_use]
    pub fn wants_key_frame(&self, now: Instant) -> bool {
        self.0.makes_key_frames && lock(&self.0.state).requests.ask(now)
    }

    /// Ends the stream, and tells all subscribers. Their play handlers are called on this thread.
    /// Without effect if the stream has ended.
    pub fn end(&self, end: End) {
        let subscribers = self.update(|state| {
            state.has_ended = true;
            state.forget_past();
            state.subscribers.take()
        });
        for subscriber in subscribers {
            subscriber.ended(end);
        }
    }

    /// Returns whether the stream has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        lock(&self.0.state).has_ended
    }

    /// Returns the number of subscribers.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        lock(&self.0.state).subscribers.len()
    }

    /// Returns what the stream carries, as far as its metadata, its headers and its last frames say.
    #[must_use]
    pub fn description(&self) -> MediaDescription {
        let state = lock(&self.0.state);
        let frames = state.cache.frames().iter().chain(state.headers.iter());
        MediaDescription::of(frames.map(|frame| &frame.tag))
    }

    /// Forgets the frames that were sent, if there is no subscriber. For a source that rests while
    /// nothing is watched: its next frame is the first that a subscriber is sent.
    pub fn forget_past(&self) {
        let mut state = lock(&self.0.state);
        if state.subscribers.len() == 0 {
            state.forget_past();
        }
    }

    /// Adds a subscriber, and sends it what a decoder begins with. Returns `None` if the stream has
    /// ended.
    pub(crate) fn subscribe(&self, subscriber: Arc<dyn Subscriber>) -> Option<SubscriptionId> {
        self.update(|state| (!state.has_ended).then(|| state.subscribe(subscriber, self.0.replay)))
    }

    /// Removes a subscriber. Nothing is sent to it once this has returned.
    pub(crate) fn unsubscribe(&self, id: SubscriptionId) {
        self.update(|state| state.subscribers.remove(id));
    }

    fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.0.state);
        let before = state.subscribers.len();
        let result = change(&mut state);
        let after = state.subscribers.len();
        if after != before {
            (self.0.on_count)(after);
        }
        result
    }
}

impl State {
    fn send(&mut self, mut frames: Vec<Frame>, now: Instant) {
        for frame in &mut frames {
            self.timeline.repair(frame);
            if self.headers.note(frame) {
                // The cached frames are of the header before.
                self.cache.clear();
            }
            self.cache.note(frame);
            if frame.class == TagClass::KeyFrame {
                self.requests.key_frame_sent(now);
            }
        }
        self.replay = None;
        let misses_key_frame = self.subscribers.send(&frames.into());
        self.requests.set_fallen_behind(misses_key_frame);
    }

    fn subscribe(&mut self, subscriber: Arc<dyn Subscriber>, policy: Replay) -> SubscriptionId {
        let has_frames = !self.cache.frames().is_empty();
        if !has_frames {
            subscriber.await_key_frame();
            self.requests.joined();
        }
        let (headers, cache) = (&self.headers, &self.cache);
        let replay = self
            .replay
            .get_or_insert_with(|| replay(policy, headers.iter(), cache.frames()).into());
        self.subscribers.add(subscriber, replay, has_frames)
    }

    fn forget_past(&mut self) {
        self.cache.clear();
        self.replay = None;
        self.requests.reset_interval();
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
