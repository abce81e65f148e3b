//! One stream of a connection at run time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::control::{LoopControl, LoopKind};
use super::ending::{self, LastMessages};
use super::shared::StreamShared;
use super::subscription::Subscription;
use super::threads::LoopThreads;
use super::{frame_loop, render_loop};
use crate::handler::backend::StreamBackend;
use crate::handler::{Connection, InsideHandler, PropertyError, Stream, StreamFigures};
use crate::hub::{End, Frames, Line, LiveStream, Reception, Subscriber};
use crate::media::codec::VideoCodecFactory;
use crate::peer_log::peer_log;
use crate::protocol::amf::Value;
use crate::protocol::message::in_band;
use crate::protocol::{MessageStreamId, Timestamp};
use crate::server::send::stream_sender::StreamSender;
use crate::threads::{Panicked, ThreadPool};

/// One stream of a connection at run time: what its threads share, and its loops.
#[derive(Debug)]
pub(crate) struct ServerStream {
    shared: StreamShared,
    threads: LoopThreads,
    connection_id: u64,
    pool: Arc<ThreadPool>,
    this: Weak<Self>,
}

/// What a stream needs to know of its server.
#[derive(Debug)]
pub(crate) struct StreamSettings {
    pub(crate) connection_id: u64,
    /// The instant from which the ticks of all loops of the server are counted.
    pub(crate) tick_origin: Instant,
    /// Gives the threads of the loops.
    pub(crate) pool: Arc<ThreadPool>,
}

impl ServerStream {
    pub(crate) fn new(
        id: MessageStreamId,
        connection: Arc<Connection>,
        sender: StreamSender,
        video_codecs: VideoCodecFactory,
        settings: StreamSettings,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this: &Weak<Self>| Self {
            shared: StreamShared {
                stream: Stream::new(id, connection, video_codecs, this.clone()),
                sender,
                control: LoopControl::new(settings.tick_origin),
                gate: std::sync::Mutex::default(),
                is_recorded: AtomicBool::new(false),
                is_unwanted: AtomicBool::new(false),
                subscription: Subscription::default(),
            },
            threads: LoopThreads::default(),
            connection_id: settings.connection_id,
            pool: settings.pool,
            this: this.clone(),
        })
    }

    pub(crate) const fn shared(&self) -> &StreamShared {
        &self.shared
    }

    pub(crate) const fn handle(&self) -> &Stream {
        &self.shared.stream
    }

    pub(crate) const fn sender(&self) -> &StreamSender {
        &self.shared.sender
    }

    pub(crate) fn is_playing(&self) -> bool {
        self.shared.control.is_playing()
    }

    pub(crate) fn has_completed(&self) -> bool {
        self.shared.control.has_completed()
    }

    /// Records whether what plays is a recording, which waits for a player that does not read.
    pub(crate) fn set_recorded(&self, is_recorded: bool) {
        self.shared.is_recorded.store(is_recorded, Ordering::Relaxed);
    }

    /// Returns whether a player of this stream may rest without a word: it is paused or at its end,
    /// or plays a recording.
    pub(crate) fn may_pause_unread(&self) -> bool {
        let is_at_rest = || self.handle().is_paused() || self.shared.is_recorded();
        self.has_completed() || self.is_playing() && is_at_rest()
    }

    /// Lets the client publish from now on.
    pub(crate) fn want(&self) {
        self.shared.is_unwanted.store(false, Ordering::Relaxed);
    }

    /// Returns whether the application has ended what the client publishes.
    pub(crate) fn is_unwanted(&self) -> bool {
        self.shared.is_unwanted.load(Ordering::Relaxed)
    }

    /// Returns the live stream that is shown.
    #[cfg(feature = "web")]
    pub(crate) fn source(&self) -> Option<LiveStream> {
        self.shared.subscription.source()
    }

    /// Returns whether the handlers of this stream draw and encode pictures.
    #[cfg(feature = "web")]
    pub(crate) fn draws(&self) -> bool {
        self.handle().has_codec() && self.handle().handlers.frame.is_set()
    }

    pub(crate) fn clock(&self) -> Timestamp {
        self.shared.control.clock()
    }

    /// Starts the loops for which there are handlers, and the subscription if there is a source.
    pub(crate) fn start(&self) {
        self.join();
        self.shared.control.start();
        self.handle().set_paused(false);
        self.sender().rewind();
        if !self.spawn_missing() {
            // No loop may be left to end the playback.
            return self.finish_at_once(End::Failed);
        }
        self.renew_subscription();
    }

    /// Starts a playback again that has completed. It stays paused if it was.
    pub(crate) fn start_again(&self) {
        let is_paused = self.handle().is_paused();
        self.start();
        if is_paused {
            self.set_paused(true);
        }
    }

    /// Ends the playback because the client asks for that, or is gone. Joins the loops.
    ///
    /// Returns `false` if `may_refuse` and the play handler refuses.
    pub(crate) fn stop(&self, may_refuse: bool) -> bool {
        let shared = &self.shared;
        if shared.control.claim_stop() {
            let mut out = shared.media_out();
            let is_refused = !ending::call_stop_handler(shared, &mut out);
            if may_refuse && is_refused && shared.control.withdraw_stop() {
                return false;
            }
            ending::end_loops(shared);
            // Before the encoder is closed: the frame handler may be using it.
            self.join();
            out.video(ending::retire_encoder(shared));
            // A client that is gone does not need it.
            let _ = shared.sender.send(out.take_tags());
        }
        self.join();
        shared.control.clear_ending();
        true
    }

    /// Tells the play handler that a play which it granted ends before it began.
    pub(crate) fn end_before_start(&self) {
        let mut out = self.shared.media_out();
        ending::call_stop_handler(&self.shared, &mut out);
        self.discard_encoder();
    }

    /// Ends the playback from a loop's own thread, and tells the client. Waits for room to tell it.
    fn finish(&self, ending: End) {
        if let Some(LastMessages { media, notices }) = self.end_from_loop(ending) {
            let sent = self.sender().send_last(media);
            let _ = sent.and_then(|()| self.sender().send_notices(&notices));
            self.sender().complete();
        }
    }

    /// Ends the playback from a thread that must not wait for this client. A client that does not
    /// keep up loses what is queued. Leaves it to [`end_transition`](Self::end_transition) if the
    /// play handler is asked about a transition, which such a thread must not wait for either.
    fn finish_at_once(&self, ending: End) {
        if self.shared.control.is_put_off(ending) {
            return;
        }
        if let Some(LastMessages { media, notices }) = self.end_from_loop(ending) {
            let sent = self.sender().send_last(media);
            let _ = sent.and_then(|()| self.sender().send_notices_at_once(&notices));
            self.sender().complete();
        }
    }

    /// Begins to ask the play handler about a transition.
    pub(crate) fn begin_transition(&self) {
        self.shared.control.begin_transition();
    }

    /// Notes that the play handler has answered about a transition. Ends the playback if its source
    /// has ended meanwhile and `goes_on`.
    pub(crate) fn end_transition(&self, goes_on: bool) {
        let ending = self.shared.control.end_transition();
        if let Some(ending) = ending.filter(|_| goes_on) {
            self.finish_at_once(ending);
        }
    }

    fn end_from_loop(&self, ending: End) -> Option<LastMessages> {
        ending::end_from_loop(&self.shared, ending)
    }

    pub(crate) fn set_paused(&self, is_paused: bool) {
        self.handle().set_paused(is_paused);
        self.shared.control.set_paused(is_paused);
        if is_paused {
            self.shared.subscription.end();
        } else {
            self.renew_subscription();
        }
    }

    /// Lets the loops tick at once: the client waits for what follows its seek.
    pub(crate) fn wake_loops(&self) {
        self.shared.control.wake_loops();
    }

    /// Records how much the client buffers. The loops tick at once if that has changed.
    pub(crate) fn set_buffer_length(&self, milliseconds: u32) {
        if self.handle().set_buffer_length(milliseconds) {
            self.wake_loops();
        }
    }

    /// Closes the encoder of a playback that was refused, or of a stream that is removed.
    pub(crate) fn discard_encoder(&self) {
        let _ = ending::retire_encoder(&self.shared);
    }

    /// Begins the subscription anew, with a key frame, while the stream plays and is not paused.
    pub(crate) fn renew_subscription(&self) {
        let Some(this) = self.this.upgrade() else { return };
        let is_wanted = || self.is_playing() && !self.handle().is_paused();
        let subscriber = |number| Arc::new(Ticket { stream: this, number }) as _;
        if let Err(end) = self.shared.subscription.renew(subscriber, is_wanted) {
            self.finish_at_once(end);
        }
    }

    /// Waits until both loops have returned.
    pub(crate) fn join(&self) {
        if self.threads.join() == Err(Panicked) {
            peer_log!(Error, self.shared, "a loop panicked; this is a bug of rendercast");
        }
    }

    /// Starts the loops for which there are handlers. Returns `false` if the system gives no
    /// thread.
    fn spawn_missing(&self) -> bool {
        let handlers = &self.handle().handlers;
        let has_frame_loop = !handlers.frame.is_set() || self.spawn(LoopKind::Frame);
        has_frame_loop && (!handlers.render.is_set() || self.spawn(LoopKind::Render))
    }

    fn spawn(&self, kind: LoopKind) -> bool {
        let Some(this) = self.this.upgrade() else { return true };
        let kind_name = match kind {
            LoopKind::Frame => "frame",
            LoopKind::Render => "render",
        };
        let (connection, stream) = (self.connection_id, self.handle().id());
        let spawn = || {
            let name = format_args!("rtmp-{kind_name}-{connection}/{stream}");
            self.pool.spawn_task(name, move || this.run(kind))
        };
        let spawned = self.threads.spawn_missing(kind, || self.is_playing(), spawn);
        if let Err(error) = &spawned {
            peer_log!(Error, self.shared, "cannot start the {kind_name} thread: {error}");
            self.shared.control.set_ending(End::Failed);
        }
        spawned.is_ok()
    }

    fn run(self: Arc<Self>, kind: LoopKind) {
        let _inside = InsideHandler::enter();
        let ending = match kind {
            LoopKind::Frame => frame_loop::run(&self.shared),
            // If there is a frame thread, it ends the playback, after its last frame.
            LoopKind::Render => {
                render_loop::run(&self.shared).filter(|_| !self.threads.has_frame_thread())
            }
        };
        if let Some(ending) = ending {
            self.finish(ending);
        }
        // Inside too: with the stream, its handlers may go.
        drop(self);
    }
}

impl StreamBackend for ServerStream {
    fn id(&self) -> u32 {
        self.handle().id()
    }

    fn stream_name(&self) -> String {
        self.handle().stream_name()
    }

    fn property(&self, key: &str) -> Option<Value> {
        self.handle().property(key)
    }

    fn set_property(&self, key: &str, value: Value) -> Result<(), PropertyError> {
        self.handle().set_property(key, value)
    }

    fn publishes_to(&self) -> Option<LiveStream> {
        self.handle().publishes_to()
    }

    fn is_watching(&self, live_stream: &LiveStream) -> bool {
        self.shared.subscription.is_to(live_stream)
    }

    fn close(&self) {
        self.shared.is_unwanted.store(true, Ordering::Relaxed);
        self.finish_at_once(End::Failed);
    }

    fn request_frame(&self) {
        self.shared.control.wake_frame_loop();
    }

    fn loops_changed(&self) {
        // A loop that runs ends the playback if another cannot start.
        if !self.spawn_missing() && !self.threads.is_running() {
            self.finish_at_once(End::Failed);
        }
        self.shared.control.recheck();
    }

    fn watch(&self, source: Option<LiveStream>) {
        self.shared.subscription.set_source(source);
        self.renew_subscription();
    }

    fn set_max_bitrate(&self, bits_per_second: Option<u32>) {
        self.sender().limit_rate(bits_per_second);
    }

    fn figures(&self) -> StreamFigures {
        let live = self.handle().publishes_to().or_else(|| self.shared.subscription.source());
        StreamFigures {
            render_rate: self.handle().render_rate(),
            is_playing: self.is_playing(),
            is_publishing: self.handle().is_publishing(),
            media: live.as_ref().map(LiveStream::description).unwrap_or_default(),
            repaired_timestamps: live.as_ref().map_or(0, LiveStream::repaired_timestamps),
            skipped_bytes: self.handle().skipped_bytes(),
            clock: Duration::from_millis(self.clock().0.into()),
            ..self.sender().figures()
        }
    }
}

/// One subscription of a stream. A source ends its subscribers one after the other. If the stream
/// shows another source by then, the late end must not end that.
#[derive(Debug)]
struct Ticket {
    stream: Arc<ServerStream>,
    number: u64,
}

impl Subscriber for Ticket {
    fn position(&self) -> Timestamp {
        let (clock, reached) = (self.stream.clock(), self.stream.sender().reached());
        if clock.since(reached) < 0 { reached } else { clock }
    }

    fn prefetch(&self) {
        self.stream.sender().prefetch();
    }

    fn send(&self, frames: &Frames, offset: u32) -> Reception {
        self.stream.sender().send_shared(frames, offset)
    }

    fn line(&self, now: Instant) -> Option<Line> {
        Some(self.stream.sender().line(now))
    }

    fn await_key_frame(&self) {
        self.stream.sender().await_key_frame();
    }

    fn published(&self) {
        let notice = in_band::publish_notify(
            self.stream.handle().message_stream_id(),
            &self.stream.handle().stream_name(),
        );
        // A client that is gone does not need it.
        let _ = self.stream.sender().send_notices_at_once(&[notice]);
    }

    fn ended(&self, end: End) {
        if self.stream.shared.subscription.is_current(self.number) {
            self.stream.finish_at_once(end);
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
