//! The frame thread of a shared loop (`rtmp-loop-frame-NAME`): makes the frames, and sends them.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::canvas_pool::Picture;
use super::command_stages::Executed;
use super::config::RenderLoopConfig;
use super::frame_pace::FramePace;
use super::in_encoder::InEncoder;
use super::loop_clock::LoopClock;
use super::orders::FrameOrder;
use super::picture_choice::{Choice, Due, PictureChoice};
use super::shared::Shared;
use super::{LoopFrameEventHandler, LoopFrameOut};
use crate::handler::{HandlerResult, MediaOut, SteeredCodec, guard};
use crate::hub::{End, LiveStream};
use crate::media::Canvas;
use crate::peer_log::peer_log;
use crate::protocol::Timestamp;

/// How soon a renderer that draws the same picture again and again draws the next.
const REPEATS_WITHIN: Duration = Duration::from_millis(150);

/// Makes the frames of a loop.
pub(crate) trait FrameMaker: Send {
    /// Puts the next frame. `picture` is what it must show, or `None` without a renderer.
    fn make(
        &mut self,
        picture: Option<&Canvas<'static>>,
        out: &mut LoopFrameOut,
        wanted: Wanted,
    ) -> HandlerResult;

    /// Puts what is left when the loop ends.
    fn close(&mut self, _out: &mut MediaOut) -> HandlerResult {
        Ok(true)
    }
}

/// What a frame should be, if the encoder can make it so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) key_frame: bool,
    /// As good as possible: the picture stands still.
    pub(crate) refinement: bool,
}

/// An application that encodes by itself.
pub(crate) struct Application<H>(pub(crate) H);

impl<H: LoopFrameEventHandler> FrameMaker for Application<H> {
    fn make(
        &mut self,
        _: Option<&Canvas<'static>>,
        out: &mut LoopFrameOut,
        wanted: Wanted,
    ) -> HandlerResult {
        self.0.frame(out, wanted.key_frame)
    }
}

/// What the frame thread of a loop works with.
pub(crate) struct FrameThread<'a> {
    shared: &'a Shared,
    live_stream: &'a LiveStream,
    maker: &'a mut dyn FrameMaker,
    clock: LoopClock,
    choice: PictureChoice,
    /// The encoder, if its parameters follow the viewers' lines.
    steered: Option<SteeredCodec>,
    /// What a line must take to be followed, in bytes per second.
    least: f64,
    /// When there last was a new picture that was the same as the one before.
    repeated_at: Option<Instant>,
    in_encoder: InEncoder,
}

/// A frame that is due.
struct Frame {
    now: Instant,
    picture: Option<Picture>,
    is_new: bool,
    is_changed: bool,
    is_settled: bool,
}

impl<'a> FrameThread<'a> {
    pub(crate) fn new(
        config: &RenderLoopConfig,
        shared: &'a Shared,
        live_stream: &'a LiveStream,
        maker: &'a mut dyn FrameMaker,
    ) -> Self {
        Self {
            shared,
            live_stream,
            maker,
            clock: LoopClock::new(shared.origin),
            choice: PictureChoice::new(config.idle_rate),
            steered: config.quality.map(SteeredCodec::new),
            least: config.quality.map_or(0.0, |quality| quality.least_bytes_per_second()),
            repeated_at: None,
            in_encoder: InEncoder::default(),
        }
    }

    /// Makes and sends frames until the loop ends, then tells all viewers of the end.
    pub(crate) fn run(&mut self) {
        let shared = self.shared;
        let mut pace = FramePace::default();
        let mut last = None;
        let mut rest_until = None;
        let ending = loop {
            match shared.wait_for_frame(&mut pace, rest_until, last.take()) {
                FrameOrder::End(ending) => break ending,
                FrameOrder::Rest { unshown } => {
                    self.live_stream.forget_past();
                    self.in_encoder.forget_commands();
                    answer(shared, unshown, None);
                    shared.wait_for_viewers();
                    pace.restart();
                }
                FrameOrder::Make { picture, replaced, is_new, is_settled, shows } => {
                    let is_changed = is_new && (picture.is_none() || picture != replaced);
                    shared.give_up(replaced);
                    last.clone_from(&picture);
                    let now = Instant::now();
                    if is_new {
                        self.repeated_at = (!is_changed).then_some(now);
                    }
                    // A slow renderer is at work on another picture, even if it was the same once.
                    let repeats = |then| now.saturating_duration_since(then) < REPEATS_WITHIN;
                    let is_settled = is_settled || self.repeated_at.is_some_and(repeats);
                    let frame = Frame { now, picture, is_new, is_changed, is_settled };
                    self.in_encoder.note(shows);
                    match self.frame(frame) {
                        Ok(rest) => rest_until = rest,
                        Err(ending) => break ending,
                    }
                }
            }
        };
        self.finish(ending);
    }

    /// Makes and sends a frame. Returns the instant up to which the maker wants to rest, or how the
    /// loop ends.
    fn frame(&mut self, frame: Frame) -> Result<Option<Instant>, End> {
        let shared = self.shared;
        let wanted = self.wanted(&frame);
        let Frame { now, picture, is_new, .. } = frame;
        let time = self.clock.next(now);
        let in_encoder = std::mem::take(&mut self.in_encoder);
        let mut out = LoopFrameOut::new(shared.media_out(time), in_encoder);
        let who = format_args!("render loop {:?}", shared.name);
        let sound = guard(&who, "sound handler", || shared.sound.put(&mut out, shared.origin, now));
        let verdict = sound.and_then(|_| match wanted {
            Some(wanted) => {
                let picture = picture.as_deref();
                guard(&who, "frame", || self.maker.make(picture, &mut out, wanted))
            }
            None => Ok(true),
        });
        if !matches!(verdict, Ok(true)) {
            return Err(End::Failed);
        }
        self.live_stream.send(out.take_tags(), Instant::now());
        if wanted.is_some() {
            shared.figures.frames.fetch_add(1, Ordering::Relaxed);
            shared.figures.repeated.fetch_add((!is_new).into(), Ordering::Relaxed);
        }
        answer(shared, shared.take_shown(&out.take_shown()), Some(time));
        self.in_encoder = std::mem::take(&mut out.in_encoder);
        if out.is_ended() { Err(End::Complete) } else { Ok(out.rest_until()) }
    }

    /// Returns what the frame should be, or `None` if the picture is left out.
    fn wanted(&mut self, frame: &Frame) -> Option<Wanted> {
        let (now, rate) = (frame.now, self.shared.rate());
        let steered = self.steered.as_mut().zip(self.shared.video_codec());
        let steered = steered.map(|(steered, codec)| {
            steered.steer(&codec, now, self.live_stream.worst_line(now, self.least), rate)
        });
        let is_late = steered.is_some_and(|steered| steered.leaves_out);
        self.shared.figures.late.fetch_add(is_late.into(), Ordering::Relaxed);
        // Both are asked, so that neither request is left for the next frame.
        let key_frame =
            !is_late && self.live_stream.wants_key_frame(now) | self.shared.take_forced_key_frame();
        self.shared.figures.key_frames_asked_for.fetch_add(key_frame.into(), Ordering::Relaxed);
        if frame.picture.is_none() {
            return Some(Wanted { key_frame, refinement: false });
        }
        let due = Due {
            now,
            is_changed: frame.is_changed,
            is_settled: frame.is_settled,
            is_awaited: key_frame || self.in_encoder.has_commands(),
        };
        match self.choice.choose(due, rate, steered) {
            Choice::Encode => Some(Wanted { key_frame, refinement: false }),
            Choice::Refine => Some(Wanted { key_frame, refinement: true }),
            Choice::LeaveOut => None,
        }
    }

    fn finish(&mut self, ending: End) {
        let (shared, live_stream) = (self.shared, self.live_stream);
        shared.end(ending);
        let mut out = shared.media_out(self.clock.next(Instant::now()));
        let who = format_args!("render loop {:?}", shared.name);
        let sound = guard(&who, "closing of the sound", || shared.sound.close(&mut out));
        if sound.is_ok() && guard(&who, "closing", || self.maker.close(&mut out)).is_ok() {
            live_stream.send(out.take_tags(), Instant::now());
        }
        peer_log!(Info, who, "ends with {} viewers", live_stream.subscribers());
        live_stream.end(ending);
        shared.refuse_commands();
    }
}

fn answer(shared: &Shared, executed: Vec<Executed>, frame: Option<Timestamp>) {
    for executed in executed {
        executed.answer(&shared.name, frame);
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::RenderLoopConfig;
    use super::super::frame_pace::FramePace;
    use super::super::orders::{FrameOrder, RenderOrder, RenderPace};
    use super::Shared;
    use crate::handler::CodecSlot;
    use crate::media::codec::VideoCodecFactory;
    use crate::media::{Canvas, PixelType};

    fn shared() -> Shared {
        let codec = CodecSlot::new(VideoCodecFactory::default());
        Shared::new(&RenderLoopConfig::new("rests"), true, codec)
    }

    #[test]
    fn what_is_drawn_for_a_viewer_that_comes_at_the_rest_is_sent() {
        let (shared, mut pace) = (shared(), FramePace::default());
        let order = shared.wait_for_frame(&mut pace, None, None);
        assert!(matches!(order, FrameOrder::Rest { .. }), "{order:?}");
        shared.set_viewers(1);
        shared.show(Canvas::from_vec(1, 1, PixelType::Grey8, vec![7]).unwrap());
        shared.wait_for_viewers();
        let order = shared.wait_for_frame(&mut pace, None, None);
        let FrameOrder::Make { picture: Some(picture), is_new: true, .. } = order else {
            panic!("{order:?}")
        };
        assert_eq!(picture.bytes(), [7]);
    }

    #[test]
    fn a_renderer_that_has_finished_is_called_for_a_viewer_that_comes_back_at_once() {
        let (shared, mut pace) = (shared(), RenderPace::default());
        for _ in 0..2 {
            shared.set_viewers(1);
            let order = shared.wait_for_render(&mut pace);
            assert!(matches!(order, RenderOrder::Render { .. }), "{order:?}");
            pace.is_finished = true;
            // Neither thread notices it.
            shared.set_viewers(0);
        }
    }
}
