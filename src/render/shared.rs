//! What the threads and the handle of a render loop share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use super::config::RenderLoopConfig;
use super::frame_pace::FramePace;
use super::triple_buffer::TripleBuffer;
use crate::handler::{CodecSlot, LoopFigures, MediaOut, VideoCodec};
use crate::hub::End;
use crate::media::Canvas;
use crate::protocol::Timestamp;
use crate::sync::{lock, wait, wait_timeout};
use crate::ticker::Ticker;

/// What the threads and the handle of a render loop share. Its live stream may call
/// [`set_viewers`](Self::set_viewers) with its own lock held, so it is never called from here.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: String,
    /// The instant from which the loop's clock and its ticks are counted.
    origin: Instant,
    runs_without_viewers: bool,
    control: Mutex<Control>,
    changed: Condvar,
    /// The codec that encodes the pictures, if there is a renderer.
    codec: Arc<CodecSlot>,
    pub(crate) figures: Figures,
}

#[derive(Debug)]
struct Control {
    viewers: usize,
    rate: f64,
    /// `None` if the application encodes by itself.
    pictures: Option<TripleBuffer>,
    wants_key_frame: bool,
    ending: Option<End>,
}

/// What has been counted since the loop was made.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) renders: AtomicU64,
    pub(crate) frames: AtomicU64,
    pub(crate) repeated: AtomicU64,
    pub(crate) key_frames_asked_for: AtomicU64,
}

/// What the frame thread must do next.
#[derive(Debug)]
pub(crate) enum FrameOrder {
    /// Make a frame of `picture`.
    Make {
        picture: Option<Canvas<'static>>,
        /// Whether the picture was not sent before.
        is_new: bool,
    },
    /// Forget the past and wait, since nothing is watched.
    Rest,
    End(End),
}

impl Shared {
    /// Makes the state of a loop. `is_rendered` tells whether frames are made of pictures, by the
    /// codec in use in `codec`.
    pub(crate) fn new(config: &RenderLoopConfig, is_rendered: bool, codec: CodecSlot) -> Self {
        Self {
            name: config.name.clone(),
            origin: Instant::now(),
            runs_without_viewers: config.runs_without_viewers,
            control: Mutex::new(Control {
                viewers: 0,
                rate: config.rate,
                pictures: is_rendered.then(TripleBuffer::default),
                wants_key_frame: false,
                ending: None,
            }),
            changed: Condvar::new(),
            codec: Arc::new(codec),
            figures: Figures::default(),
        }
    }

    pub(crate) fn media_out(&self) -> MediaOut {
        // Timestamps wrap, so only the low bits count.
        #[allow(clippy::cast_possible_truncation, reason = "wraps as timestamps do")]
        let clock = Timestamp(self.origin.elapsed().as_millis() as u32);
        MediaOut::new(clock, Arc::clone(&self.codec))
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

    pub(crate) fn set_viewers(&self, viewers: usize) {
        self.change(|control| control.viewers = viewers);
    }

    pub(crate) fn has_ended(&self) -> bool {
        lock(&self.control).ending.is_some()
    }

    /// Tells both threads to end. The first call decides how the loop ends.
    pub(crate) fn end(&self, ending: End) {
        self.change(|control| {
            control.ending.get_or_insert(ending);
        });
    }

    pub(crate) fn force_key_frame(&self) {
        self.change(|control| control.wants_key_frame = true);
    }

    /// Returns whether the application asked for a key frame since the last call.
    pub(crate) fn take_forced_key_frame(&self) -> bool {
        std::mem::take(&mut lock(&self.control).wants_key_frame)
    }

    /// Waits until a frame is due. `last` is the picture of the last frame, which the next one
    /// shows again if there is no newer.
    pub(crate) fn wait_for_frame(
        &self,
        pace: &mut FramePace,
        rest_until: Option<Instant>,
        last: Option<Canvas<'static>>,
    ) -> FrameOrder {
        let mut control = lock(&self.control);
        loop {
            if let Some(ending) = control.ending {
                return FrameOrder::End(ending);
            }
            if !self.is_wanted(&control) {
                return FrameOrder::Rest;
            }
            let (now, ticker) = (Instant::now(), self.ticker(&control));
            let is_new = control.pictures.as_ref().is_none_or(TripleBuffer::has_new);
            let due = pace.due(ticker, now, is_new);
            let Some(due) = due.map(|due| rest_until.map_or(due, |rest| rest.max(due))) else {
                control = wait(&self.changed, control);
                continue;
            };
            if due <= now {
                pace.made(ticker, now, is_new);
                let picture = match &mut control.pictures {
                    Some(pictures) => pictures.take_newest(last),
                    None => None,
                };
                return FrameOrder::Make { picture, is_new };
            }
            control = wait_timeout(&self.changed, control, due - now);
        }
    }

    /// Forgets the newest picture, then waits until the loop is watched or ends.
    pub(crate) fn wait_for_viewers(&self) {
        let mut control = lock(&self.control);
        if let Some(pictures) = &mut control.pictures {
            pictures.forget_newest();
        }
        while control.ending.is_none() && !self.is_wanted(&control) {
            control = wait(&self.changed, control);
        }
    }

    /// Waits until a render is due. `last` is when the last one returned. Returns `false` if the
    /// loop ends.
    pub(crate) fn wait_for_render(&self, mut last: Option<Instant>) -> bool {
        let mut control = lock(&self.control);
        loop {
            if control.ending.is_some() {
                return false;
            }
            if !self.is_wanted(&control) {
                // The next viewer waits for a picture, so it is rendered at once.
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

    /// Takes a finished picture. Returns a canvas to draw on, or `None` if a new one is needed.
    pub(crate) fn show(&self, picture: Canvas<'static>) -> Option<Canvas<'static>> {
        self.figures.renders.fetch_add(1, Ordering::Relaxed);
        self.change(|control| control.pictures.as_mut().and_then(|pictures| pictures.show(picture)))
    }

    pub(crate) fn figures(&self) -> LoopFigures {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LoopFigures {
            viewers: self.viewers() as u64,
            rate: self.rate(),
            renders: count(&self.figures.renders),
            frames: count(&self.figures.frames),
            repeated_frames: count(&self.figures.repeated),
            key_frames_asked_for: count(&self.figures.key_frames_asked_for),
        }
    }

    const fn is_wanted(&self, control: &Control) -> bool {
        self.runs_without_viewers || control.viewers > 0
    }

    fn ticker(&self, control: &Control) -> Ticker {
        Ticker::new(self.origin, control.rate)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Control) -> T) -> T {
        let result = change(&mut lock(&self.control));
        self.changed.notify_all();
        result
    }
}
