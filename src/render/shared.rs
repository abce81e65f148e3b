//! What a loop's threads share with each other and with its viewers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use super::config::RenderLoopConfig;
use super::frame_pace::FramePace;
use super::triple_buffer::TripleBuffer;
use crate::handler::{CodecSlot, MediaOut, Statistics, VideoCodec};
use crate::hub::Subscribers;
use crate::hub::{Broadcast, End, Subscriber, SubscriptionId};
use crate::media::{Canvas, Tag};
use crate::protocol::Timestamp;
use crate::sync::{lock, wait, wait_timeout};
use crate::ticker::Ticker;

/// What a loop's threads share. Where both locks are taken, `audience` is first.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: String,
    /// Where the loop's clock and its ticks are counted from.
    origin: Instant,
    runs_without_viewers: bool,
    /// Held while a frame is sent to all: whoever has left is sent nothing more.
    audience: Mutex<Subscribers>,
    control: Mutex<Control>,
    changed: Condvar,
    /// The codec that frames are encoded by, where the loop does that.
    codec: Arc<CodecSlot>,
    pub(crate) figures: Figures,
}

/// What the threads go by.
#[derive(Debug)]
struct Control {
    viewers: usize,
    rate: f64,
    /// None where the application encodes by itself.
    canvases: Option<TripleBuffer>,
    wants_key_frame: bool,
    ending: Option<End>,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) renders: AtomicU64,
    pub(crate) frames: AtomicU64,
    pub(crate) repeated: AtomicU64,
    pub(crate) key_frames_asked_for: AtomicU64,
}

/// What the frame thread is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FrameOrder {
    /// Make a frame; `is_new`: of a picture that was not sent yet.
    Make {
        is_new: bool,
    },
    /// Forget the pictures: nobody has watched for a while.
    Restart,
    End(End),
}

impl Shared {
    /// Frames are made of pictures where `is_rendered`, by the codec that is in use in `codec`.
    pub(crate) fn new(config: &RenderLoopConfig, is_rendered: bool, codec: CodecSlot) -> Self {
        Self {
            name: config.name.clone(),
            origin: Instant::now(),
            runs_without_viewers: config.runs_without_viewers,
            audience: Mutex::new(Subscribers::new(config.cache_limits(), config.distances())),
            control: Mutex::new(Control {
                viewers: 0,
                rate: config.rate,
                canvases: is_rendered.then(TripleBuffer::default),
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

    pub(crate) fn media_out(&self) -> MediaOut {
        MediaOut::new(self.clock(), Arc::clone(&self.codec))
    }

    pub(crate) fn video_codec(&self) -> Option<VideoCodec> {
        self.codec.encoder()
    }

    pub(crate) fn rate(&self) -> f64 {
        lock(&self.control).rate
    }

    pub(crate) fn set_rate(&self, rate: f64) {
        self.change(|control| control.rate = rate);
    }

    pub(crate) fn viewers(&self) -> usize {
        lock(&self.control).viewers
    }

    pub(crate) fn has_ended(&self) -> bool {
        lock(&self.control).ending.is_some()
    }

    /// Has both threads end; the first to say so says how.
    pub(crate) fn end(&self, ending: End) {
        self.change(|control| {
            control.ending.get_or_insert(ending);
        });
    }

    pub(crate) fn force_key_frame(&self) {
        self.change(|control| control.wants_key_frame = true);
    }

    /// Whether the encoder is to be asked for a key frame now.
    pub(crate) fn asks_for_key_frame(&self, now: Instant) -> bool {
        let application_asks = std::mem::take(&mut lock(&self.control).wants_key_frame);
        let viewers_ask = lock(&self.audience).asks_for_key_frame(now);
        let asks = application_asks || viewers_ask;
        self.figures.key_frames_asked_for.fetch_add(asks.into(), Ordering::Relaxed);
        asks
    }

    /// Sends tags to all viewers, without waiting for any.
    pub(crate) fn send(&self, tags: &[Tag]) {
        let mut audience = lock(&self.audience);
        audience.send(tags, Instant::now());
        self.count(&audience);
    }

    /// Takes in nobody any more, and returns who was there.
    pub(crate) fn clear_seats(&self) -> Vec<Arc<dyn Subscriber>> {
        let mut audience = lock(&self.audience);
        let viewers = audience.end();
        self.count(&audience);
        viewers
    }

    /// Waits until a frame is due.
    pub(crate) fn wait_for_frame(
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
            let is_new = control.canvases.as_ref().is_none_or(TripleBuffer::has_news);
            let due = pace.due(ticker, now, is_new);
            let Some(due) = due.map(|due| rest_until.map_or(due, |rest| rest.max(due))) else {
                control = wait(&self.changed, control);
                continue;
            };
            if due <= now {
                pace.made(ticker, now, is_new);
                if let Some(canvases) = &mut control.canvases {
                    canvases.take(front);
                }
                return FrameOrder::Make { is_new };
            }
            control = wait_timeout(&self.changed, control, due - now);
        }
    }

    /// Waits until a render is due, the last one having returned then; false: no more are.
    pub(crate) fn wait_for_render(&self, mut last: Option<Instant>) -> bool {
        let mut control = lock(&self.control);
        loop {
            if control.ending.is_some() {
                return false;
            }
            if !self.is_wanted(&control) {
                // Whoever comes next waits for a picture.
                last = None;
                control = wait(&self.changed, control);
                continue;
            }
            let Some(last) = last else { return true };
            let due = self.ticker(&control).next_after(last);
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            control = wait_timeout(&self.changed, control, left);
        }
    }

    /// Takes a picture that is finished, and returns a canvas to draw on; none: a new one is needed.
    pub(crate) fn show(&self, picture: Canvas<'static>) -> Option<Canvas<'static>> {
        self.figures.renders.fetch_add(1, Ordering::Relaxed);
        self.change(|control| control.canvases.as_mut().and_then(|canvases| canvases.show(picture)))
    }

    pub(crate) fn append_statistics(&self, statistics: &mut Statistics) {
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
            control = wait(&self.changed, control);
        }
    }

    const fn is_wanted(&self, control: &Control) -> bool {
        self.runs_without_viewers || control.viewers > 0
    }

    fn ticker(&self, control: &Control) -> Ticker {
        Ticker::new(self.origin, control.rate)
    }

    fn count(&self, audience: &Subscribers) {
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
}

impl Broadcast for Shared {
    fn subscribe(&self, subscriber: Arc<dyn Subscriber>) -> Option<SubscriptionId> {
        let mut audience = lock(&self.audience);
        let seat = audience.join(subscriber, self.clock());
        self.count(&audience);
        seat
    }

    fn unsubscribe(&self, id: SubscriptionId) {
        let mut audience = lock(&self.audience);
        audience.leave(id);
        self.count(&audience);
    }
}
