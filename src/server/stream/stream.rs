//! One stream of a connection at run time: its loops, and what they go by.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::clock::Clock;
use super::subscription::Subscription;
use super::{frame_loop, render_loop};
use crate::handler::backend::StreamBackend;
use crate::handler::guarded;
use crate::handler::{Connection, FrameOut, HandlerResult, Statistics, Stream};
use crate::hub::{Broadcast, End};
use crate::media::Tag;
use crate::media::codec::{CodecError, VideoCodecFactory, VideoData};
use crate::protocol::chunk::Message;
use crate::protocol::message::in_band;
use crate::protocol::{MessageStreamId, Timestamp};
use crate::server::send::stream_sender::StreamSender;
use crate::sync::{lock, wait, wait_timeout};

/// One stream of a connection at run time.
#[derive(Debug)]
pub(crate) struct ServerStream {
    pub(crate) stream: Stream,
    pub(crate) outlet: StreamSender,
    /// Held while the frame handler runs and while what it put is sent, so that nothing of it comes
    /// after a seek.
    pub(crate) gate: Mutex<()>,
    pub(crate) subscription: Subscription,
    control: Mutex<Control>,
    changed: Condvar,
    threads: Mutex<Threads>,
    settings: LoopSettings,
    this: Weak<Self>,
}

/// What the loops need to know of their server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoopSettings {
    pub(crate) connection_id: u64,
    /// Where the ticks of all loops are counted from.
    pub(crate) tick_origin: Instant,
    pub(crate) stack_bytes: usize,
}

/// What the loops are told.
#[derive(Debug)]
struct Control {
    is_playing: bool,
    /// Somebody is ending the playing: nobody else shall.
    is_stopping: bool,
    ending: Option<End>,
    clock: Clock,
    /// Counts what calls for a tick of both loops at once: pause, resume, seek.
    jolts: u64,
    /// Counts what calls for a tick of the frame loop at once: a canvas that is done.
    frame_requests: u64,
}

/// Which of a stream's loops it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopKind {
    Frame,
    Render,
}

#[derive(Debug, Default)]
struct Threads {
    frame: Option<JoinHandle<()>>,
    render: Option<JoinHandle<()>>,
}

/// What a client is sent at the end.
struct Farewell {
    /// What the play handler put.
    closing: Vec<Tag>,
    notices: Vec<Message>,
}

/// What a loop is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Run once; so many calls for a tick at once have been counted so far.
    Tick { jolts: u64 },
    /// End the playing.
    End(End),
    /// Return: somebody else ended the playing.
    Return,
}

impl ServerStream {
    pub(crate) fn new(
        id: MessageStreamId,
        connection: Arc<Connection>,
        outlet: StreamSender,
        video_codecs: VideoCodecFactory,
        settings: LoopSettings,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this: &Weak<Self>| Self {
            stream: Stream::new(id, connection, video_codecs, this.clone()),
            outlet,
            gate: Mutex::default(),
            subscription: Subscription::default(),
            control: Mutex::new(Control {
                is_playing: false,
                is_stopping: false,
                ending: None,
                clock: Clock::start(Instant::now()),
                jolts: 0,
                frame_requests: 0,
            }),
            changed: Condvar::new(),
            threads: Mutex::default(),
            settings,
            this: this.clone(),
        })
    }

    pub(crate) fn is_playing(&self) -> bool {
        lock(&self.control).is_playing
    }

    /// Whether the frame handler has said that this was all, and nobody stopped it before or since:
    /// a seek can make it go on.
    pub(crate) fn has_completed(&self) -> bool {
        lock(&self.control).ending == Some(End::Complete)
    }

    /// The frame handler says how the playing ends.
    pub(crate) fn set_ending(&self, ending: End) {
        lock(&self.control).ending.get_or_insert(ending);
    }

    /// Starts again what has ended, paused as it was.
    pub(crate) fn start_again(&self) {
        let is_paused = self.stream.is_paused();
        self.start();
        if is_paused {
            self.set_paused(true);
        }
    }

    /// Starts the loops for which there are handlers.
    pub(crate) fn start(&self) {
        self.join();
        {
            let mut control = lock(&self.control);
            control.is_playing = true;
            control.is_stopping = false;
            control.ending = None;
            control.clock = Clock::start(Instant::now());
        }
        self.stream.set_paused(false);
        self.rewind();
        self.spawn_missing();
        self.take_seat();
    }

    /// Ends the playing because the client wants it so, or is gone. False: the play handler would
    /// not have it, where `may_refuse`.
    pub(crate) fn stop(&self, may_refuse: bool) -> bool {
        if self.claim_stop() {
            let mut out = self.frame_out();
            let verdict = self.call_stop(&mut out);
            if may_refuse && matches!(verdict, Ok(false)) && self.withdraw_stop() {
                return false;
            }
            self.end_loops();
            // Before the encoder is closed: the frame handler may be using it.
            self.join();
            self.close_codec(&mut out);
            // Whoever is gone does not need the closing data.
            let _ = self.outlet.send(out.take_tags());
        }
        self.join();
        lock(&self.control).ending = None;
        true
    }

    /// Ends the playing from a loop's own thread, and tells the client.
    pub(crate) fn finish(&self, ending: End) {
        if let Some(farewell) = self.end_playing(ending) {
            let sent = self.outlet.send(farewell.closing);
            let _ = sent.and_then(|()| self.outlet.send_notices(&farewell.notices));
        }
    }

    /// The same from a thread that must not wait for this client. One that does not keep up loses
    /// what is queued.
    pub(crate) fn finish_at_once(&self, ending: End) {
        if let Some(farewell) = self.end_playing(ending) {
            let sent = self.outlet.send(farewell.closing);
            let _ = sent.and_then(|()| self.outlet.send_notices_at_once(&farewell.notices));
        }
    }

    /// Ends the loops; none: somebody else does.
    fn end_playing(&self, ending: End) -> Option<Farewell> {
        if !self.claim_stop() {
            return None;
        }
        let mut out = self.frame_out();
        // The refusal of a stop is for clients that ask for it; here there is nothing left to play.
        let _ = self.call_stop(&mut out);
        let clock = out.clock();
        self.end_loops();
        self.close_codec(&mut out);
        let stream = self.stream.message_stream_id();
        let name = self.stream.stream_name();
        let mut notices = Vec::with_capacity(3);
        if ending == End::Complete {
            let duration = std::time::Duration::from_millis(clock.0.into());
            let bytes = self.outlet.bytes_sent();
            notices.push(in_band::play_complete(stream, clock, &name, duration, bytes));
        }
        notices.push(in_band::play_stop(stream, &name));
        notices.push(in_band::stream_eof(stream));
        Some(Farewell { closing: out.take_tags(), notices })
    }

    /// Has the loops end the playing by themselves: a handler failed.
    pub(crate) fn fail(&self) {
        let mut control = lock(&self.control);
        control.ending.get_or_insert(End::Failed);
        self.changed.notify_all();
    }

    pub(crate) fn set_paused(&self, is_paused: bool) {
        self.stream.set_paused(is_paused);
        {
            let mut control = lock(&self.control);
            let now = Instant::now();
            if is_paused {
                control.clock.pause(now);
            } else {
                control.clock.resume(now);
            }
            control.jolts += 1;
            self.changed.notify_all();
        }
        if is_paused {
            self.leave_seat();
        } else {
            self.take_seat();
        }
    }

    /// Has the loops tick at once: the client waits for what comes after its seek.
    pub(crate) fn jolt(&self) {
        lock(&self.control).jolts += 1;
        self.changed.notify_all();
    }

    /// The client says how much it buffers; the loops tick where that is news.
    pub(crate) fn set_buffer_length(&self, milliseconds: u32) {
        if self.stream.set_buffer_length(milliseconds) {
            self.jolt();
        }
    }

    pub(crate) fn clock(&self) -> Timestamp {
        lock(&self.control).clock.read(Instant::now())
    }

    pub(crate) fn frame_out(&self) -> FrameOut {
        self.stream.frame_out(self.clock(), self.outlet.room_bytes())
    }

    /// Waits until `next` has come and `is_suspended` does not hold. `next` is told how often a tick
    /// at once was called for, and is asked anew after each change, since it may depend on what
    /// changed.
    pub(crate) fn wait_for_order(
        &self,
        kind: LoopKind,
        next: impl Fn(u64) -> Instant,
        is_suspended: impl Fn() -> bool,
    ) -> Order {
        let mut control = lock(&self.control);
        loop {
            if !control.is_playing {
                return Order::Return;
            }
            if let Some(ending) = control.ending {
                return Order::End(ending);
            }
            if is_suspended() {
                control = wait(&self.changed, control);
                continue;
            }
            let jolts = control.jolts_of(kind);
            let left = next(jolts).saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Order::Tick { jolts };
            }
            control = wait_timeout(&self.changed, control, left);
        }
    }

    pub(crate) const fn tick_origin(&self) -> Instant {
        self.settings.tick_origin
    }

    pub(crate) fn has_frame_thread(&self) -> bool {
        lock(&self.threads).frame.is_some()
    }

    /// `connection/stream`, as the names of the loops' threads end.
    pub(crate) fn label(&self) -> String {
        format!("{}/{}", self.settings.connection_id, self.stream.id())
    }

    fn claim_stop(&self) -> bool {
        let mut control = lock(&self.control);
        let is_ours = control.is_playing && !control.is_stopping;
        control.is_stopping |= is_ours;
        is_ours
    }

    /// Lets the playing go on; false where a loop has ended it by itself meanwhile.
    fn withdraw_stop(&self) -> bool {
        let mut control = lock(&self.control);
        control.is_stopping = control.ending.is_some();
        !control.is_stopping
    }

    fn end_loops(&self) {
        {
            let mut control = lock(&self.control);
            control.is_playing = false;
            self.changed.notify_all();
        }
        self.leave_seat();
    }

    fn call_stop(&self, out: &mut FrameOut) -> HandlerResult {
        let Some(handler) = self.stream.handlers.play.get() else { return Ok(true) };
        let verdict = guarded(|| lock(&handler).stop(&self.stream, out));
        if let Err(error) = &verdict {
            log::warn!("{}: play handler, at the stop: {error}", self.log_name());
        }
        verdict
    }

    /// Closes the encoder of a playing that has ended, and puts what it has left.
    fn close_codec(&self, out: &mut FrameOut) {
        out.video(self.retire_codec());
    }

    /// Closes the encoder of a playing that never began, or never will.
    pub(crate) fn discard_codec(&self) {
        let _ = self.retire_codec();
    }

    fn retire_codec(&self) -> Option<VideoData> {
        let codec = self.stream.retire_codec()?;
        match guarded(|| Ok(codec.close())) {
            Ok(Ok(left)) => return left,
            // The application has closed it, or never begun.
            Ok(Err(CodecError::NotInitialised)) => {}
            Ok(Err(error)) => log::warn!("{}: closing {codec:?}: {error}", self.log_name()),
            Err(panic) => log::error!("{}: closing {codec:?}: {panic}", self.log_name()),
        }
        None
    }

    pub(crate) fn log_name(&self) -> String {
        format!(
            "{} stream {} {:?}",
            self.stream.connection().peer_address(),
            self.stream.id(),
            self.stream.stream_name()
        )
    }

    pub(crate) fn this(&self) -> Option<Arc<Self>> {
        self.this.upgrade()
    }

    fn spawn_missing(&self) {
        let Some(this) = self.this() else { return };
        let mut threads = lock(&self.threads);
        if !self.is_playing() {
            return;
        }
        if threads.frame.is_none() && self.stream.handlers.frame.is_set() {
            threads.frame = self.spawn("frame", &this, frame_loop::run);
        }
        if threads.render.is_none() && self.stream.handlers.render.is_set() {
            threads.render = self.spawn("render", &this, render_loop::run);
        }
    }

    fn spawn(&self, kind: &str, this: &Arc<Self>, run: fn(&Self)) -> Option<JoinHandle<()>> {
        let this = Arc::clone(this);
        thread::Builder::new()
            .name(format!("rtmp-{kind}-{}", self.label()))
            .stack_size(self.settings.stack_bytes)
            .spawn(move || run(&this))
            .inspect_err(|error| {
                log::error!("{}: no {kind} thread: {error}", self.log_name());
                self.fail();
            })
            .ok()
    }

    pub(crate) fn join(&self) {
        let Threads { frame, render } = std::mem::take(&mut *lock(&self.threads));
        for thread in [frame, render].into_iter().flatten() {
            if thread.join().is_err() {
                log::error!("{}: a loop panicked; this is a bug of rendercast's", self.log_name());
            }
        }
    }
}

impl Control {
    const fn jolts_of(&self, kind: LoopKind) -> u64 {
        match kind {
            LoopKind::Frame => self.jolts.wrapping_add(self.frame_requests),
            LoopKind::Render => self.jolts,
        }
    }
}

impl StreamBackend for ServerStream {
    fn request_frame(&self) {
        let mut control = lock(&self.control);
        control.frame_requests = control.frame_requests.wrapping_add(1);
        self.changed.notify_all();
    }

    fn loops_changed(&self) {
        self.spawn_missing();
        let _control: MutexGuard<'_, Control> = lock(&self.control);
        self.changed.notify_all();
    }

    fn share(&self, broadcast: Option<Arc<dyn Broadcast>>) {
        self.change_broadcast(broadcast);
    }

    fn append_statistics(&self, statistics: &mut Statistics) {
        statistics.push("is_playing", self.is_playing());
        statistics.push("clock_seconds", f64::from(self.clock().0) / 1000.0);
        self.outlet.append_statistics(statistics);
    }
}
