//! What a loop's threads share with each other and with its viewers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::audience::Audience;
use super::canvases::Canvases;
use super::config::RenderLoopConfig;
use super::pace::FramePace;
use crate::handler::link::{Broadcast, Seat, Viewer};
use crate::handler::{CodecSlot, End, FrameOut, Statistics, VideoCodec, lock};
use crate::media::{Canvas, Tag};
use crate::protocol::Timestamp;
use crate::server::ticker::Ticker;

/// What a loop's threads share. Where both locks are taken, `audience` is first.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) name: String,
    /// Where the loop's clock and its ticks are counted from.
    origin: Instant,
    runs_without_viewers: bool,
    /// Held while a frame is sent to all: whoever has left is sent nothing more.
    audience: Mutex<Audience>,
    control: Mutex<Control>,
    changed: Condvar,
    /// The codec that frames are encoded by, where the loop does that.
    codec: Arc<CodecSlot>,
    pub(super) figures: Figures,
}

/// What the threads go by.
#[derive(Debug)]
struct Control {
    viewers: usize,
    rate: f64,
    /// None where the application encodes by itself.
    canvases: Option<Canvases>,
    wants_key_frame: bool,
    ending: Option<Ending>,
}

/// How a loop ends: in order, or not.
pub(super) type Ending = Option<End>;

/// What has happened so far.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) renders: AtomicU64,
    pub(super) frames: AtomicU64,
    pub(super) repeated: AtomicU64,
    pub(super) key_frames_asked_for: AtomicU64,
}

/// What the frame thread is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FrameOrder {
    /// Make a frame; `is_new`: of a picture that was not sent yet.
    Make {
        is_new: bool,
    },
    /// Forget the pictures: nobody has watched for a while.
    Restart,
    End(Ending),
}

impl Stage {
    /// Frames are made of pictures where `is_rendered`, by the codec that is in use in `codec`.
    pub(super) fn new(config: &RenderLoopConfig, is_rendered: bool, codec: CodecSlot) -> Self {
        Self {
            name: config.name.clone(),
            origin: Instant::now(),
            runs_without_viewers: config.runs_without_viewers,
            audience: Mutex::new(Audience::new(config.cache_limits(), config.distances())),
            control: Mutex::new(Control {
                viewers: 0,
                rate: config.rate,
                canvases: is_rendered.then(Canvases::default),
                wants_key_frame: false,
                ending: None,
            }),
            changed: Condvar::new(),
            codec: Arc::new(codec),
            figures: Figures::default(),
        }
    }

    /// Milliseconds since the loop was made.
    fn clock(&self) -> Timestamp {
        // The time line wraps (Timestamp), so the low bits are what is wanted.
        #[allow(clippy::cast_possible_truncation, reason = "wraps as the time line does")]
        Timestamp(self.origin.elapsed().as_millis() as u32)
    }

    pub(super) fn frame_out(&self) -> FrameOut {
        FrameOut::new(self.clock(), usize::MAX, Arc::clone(&self.codec))
    }

    pub(super) fn video_codec(&self) -> Option<VideoCodec> {
        self.codec.encoder()
    }

    pub(super) fn rate(&self) -> f64 {
        lock(&self.control).rate
    }

    pub(super) fn set_rate(&self, rate: f64) {
        self.change(|control| control.rate = rate);
    }

    pub(super) fn viewers(&self) -> usize {
        lock(&self.control).viewers
    }

    pub(super) fn has_ended(&self) -> bool {
        lock(&self.control).ending.is_some()
    }

    /// Has both threads end; the first to say so says how.
    pub(super) fn end(&self, ending: Ending) {
        self.change(|control| {
            control.ending.get_or_insert(ending);
        });
    }

    pub(super) fn force_key_frame(&self) {
        self.change(|control| control.wants_key_frame = true);
    }

    /// Whether the encoder is to be asked for a key frame now.
    pub(super) fn asks_for_key_frame(&self, now: Instant) -> bool {
        let application_asks = std::mem::take(&mut lock(&self.control).wants_key_frame);
        let viewers_ask = lock(&self.audience).asks_for_key_frame(now);
        let asks = application_asks || viewers_ask;
        self.figures.key_frames_asked_for.fetch_add(asks.into(), Ordering::Relaxed);
        asks
    }

    /// Sends tags to all viewers, without waiting for any.
    pub(super) fn send(&self, tags: &[Tag]) {
        let mut audience = lock(&self.audience);
        audience.send(tags, Instant::now());
        self.count(&audience);
    }

    /// Takes in nobody any more, and returns who was there.
    pub(super) fn clear_seats(&self) -> Vec<Arc<dyn Viewer>> {
        let mut audience = lock(&self.audience);
        let viewers = audience.end();
        self.count(&audience);
        viewers
    }

    /// Waits until a frame is due.
    pub(super) fn wait_for_frame(
        &self,
        pace: &mut FramePace,
        rest_until: Option<Instant>,
        front: &mut Option<Canvas<'static>>,
    ) -> FrameOrder {
        let mut control = lock(&self.control);
        loop {
            if let Some(ending) = control.ending {
                return FrameOrder::End(ending);
            }
            if !self.is_wanted(&control) {
                drop(control);
                self.wait_for_viewers();
                return FrameOrder::Restart;
            }
            let (now, ticker) = (Instant::now(), self.ticker(&control));
            let is_new = control.canvases.as_ref().is_none_or(Canvases::has_news);
            let due = pace.due(ticker, now, is_new);
            let Some(due) = due.map(|due| rest_until.map_or(due, |rest| rest.max(due))) else {
                control = self.wait(control);
                continue;
            };
            if due <= now {
                pace.made(ticker, now, is_new);
                if let Some(canvases) = &mut control.canvases {
                    canvases.take(front);
                }
                return FrameOrder::Make { is_new };
            }
            control = self.wait_at_most(control, due - now);
        }
    }

    /// Waits until a render is due, the last one having returned then; false: no more are.
    pub(super) fn wait_for_render(&self, mut last: Option<Instant>) -> bool {
        let mut control = lock(&self.control);
        loop {
            if control.ending.is_some() {
                return false;
            }
            if !self.is_wanted(&control) {
                // Whoever comes next waits for a picture.
                last = None;
                control = self.wait(control);
                continue;
            }
            let Some(last) = last else { return true };
            let due = self.ticker(&control).next_after(last);
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            control = self.wait_at_most(control, left);
        }
    }

    /// Takes a picture that is finished, and returns a canvas to draw on; none: a new one is needed.
    pub(super) fn show(&self, picture: Canvas<'static>) -> Option<Canvas<'static>> {
        self.figures.renders.fetch_add(1, Ordering::Relaxed);
        self.change(|control| control.canvases.as_mut().and_then(|canvases| canvases.show(picture)))
    }

    pub(super) fn append_statistics(&self, statistics: &mut Statistics) {
        let figure = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        statistics.push("viewers", self.viewers() as f64);
        statistics.push("rate", self.rate());
        statistics.push("renders", figure(&self.figures.renders));
        statistics.push("frames", figure(&self.figures.frames));
        statistics.push("repeated_frames", figure(&self.figures.repeated));
        statistics.push("key_frames_asked_for", figure(&self.figures.key_frames_asked_for));
    }

    /// Forgets what is of the past, and waits until somebody watches or the loop ends.
    fn wait_for_viewers(&self) {
        {
            let mut audience = lock(&self.audience);
            if audience.len() == 0 {
                audience.forget_past();
                if let Some(canvases) = &mut lock(&self.control).canvases {
                    canvases.forget();
                }
            }
        }
        let mut control = lock(&self.control);
        while control.ending.is_none() && !self.is_wanted(&control) {
            control = self.wait(control);
        }
    }

    const fn is_wanted(&self, control: &Control) -> bool {
        self.runs_without_viewers || control.viewers > 0
    }

    fn ticker(&self, control: &Control) -> Ticker {
        Ticker::new(self.origin, control.rate)
    }

    fn count(&self, audience: &Audience) {
        let viewers = audience.len();
        let mut control = lock(&self.control);
        if control.viewers != viewers {
            control.viewers = viewers;
            self.changed.notify_all();
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Control) -> T) -> T {
        let result = change(&mut lock(&self.control));
        self.changed.notify_all();
        result
    }

    fn wait<'a>(&self, control: MutexGuard<'a, Control>) -> MutexGuard<'a, Control> {
        self.changed.wait(control).unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_at_most<'a>(
        &self,
        control: MutexGuard<'a, Control>,
        timeout: std::time::Duration,
    ) -> MutexGuard<'a, Control> {
        self.changed.wait_timeout(control, timeout).unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Broadcast for Stage {
    fn join(&self, viewer: Arc<dyn Viewer>) -> Option<Seat> {
        let mut audience = lock(&self.audience);
        let seat = audience.join(viewer, self.clock());
        self.count(&audience);
        seat
    }

    fn leave(&self, seat: Seat) {
        let mut audience = lock(&self.audience);
        audience.leave(seat);
        self.count(&audience);
    }
}
