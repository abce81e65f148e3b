//! The frame thread of a shared loop (`rtmp-loop-frame-NAME`): makes the frames, and sends them.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::command_stages::Executed;
use super::frame_pace::FramePace;
use super::loop_clock::LoopClock;
use super::orders::FrameOrder;
use super::shared::Shared;
use super::{LoopFrameEventHandler, LoopFrameOut};
use crate::handler::{HandlerResult, MediaOut, guard};
use crate::hub::{End, LiveStream};
use crate::media::Canvas;
use crate::peer_log::peer_log;
use crate::protocol::Timestamp;

/// Makes the frames of a loop.
pub(crate) trait FrameMaker: Send {
    /// Puts the next frame. `picture` is what it must show, or `None` without a renderer.
    fn make(
        &mut self,
        picture: Option<&Canvas<'static>>,
        out: &mut LoopFrameOut,
        key_frame_is_wanted: bool,
    ) -> HandlerResult;

    /// Puts what is left when the loop ends.
    fn close(&mut self, _out: &mut MediaOut) -> HandlerResult {
        Ok(true)
    }
}

/// An application that encodes by itself.
pub(crate) struct Application<H>(pub(crate) H);

impl<H: LoopFrameEventHandler> FrameMaker for Application<H> {
    fn make(
        &mut self,
        _: Option<&Canvas<'static>>,
        out: &mut LoopFrameOut,
        key_frame_is_wanted: bool,
    ) -> HandlerResult {
        self.0.frame(out, key_frame_is_wanted)
    }
}

/// Makes and sends frames until the loop ends, then tells all viewers of the end.
pub(crate) fn run(shared: &Shared, live_stream: &LiveStream, maker: &mut dyn FrameMaker) {
    let mut pace = FramePace::default();
    let mut clock = LoopClock::new(shared.origin);
    let mut last = None;
    let mut rest_until = None;
    let ending = loop {
        match shared.wait_for_frame(&mut pace, rest_until, last.take()) {
            FrameOrder::End(ending) => break ending,
            FrameOrder::Rest { unshown } => {
                live_stream.forget_past();
                answer(shared, unshown, None);
                shared.wait_for_viewers();
                pace.restart();
            }
            FrameOrder::Make { picture, is_new, shows } => {
                let now = Instant::now();
                let media = shared.media_out(clock.next(now));
                match frame(shared, live_stream, maker, picture.as_deref(), (now, media), shows) {
                    Ok(rest) => rest_until = rest,
                    Err(ending) => break ending,
                }
                shared.figures.repeated.fetch_add((!is_new).into(), Ordering::Relaxed);
                last = picture;
            }
        }
    };
    finish(shared, live_stream, maker, shared.media_out(clock.next(Instant::now())), ending);
}

/// Makes and sends a frame. Returns the instant up to which the maker wants to rest, or how the
/// loop ends.
fn frame(
    shared: &Shared,
    live_stream: &LiveStream,
    maker: &mut dyn FrameMaker,
    picture: Option<&Canvas<'static>>,
    (now, media): (Instant, MediaOut),
    shows: Vec<Executed>,
) -> Result<Option<Instant>, End> {
    let time = media.clock();
    let mut out = LoopFrameOut::new(media, shows.iter().map(|executed| executed.id).collect());
    // Both are asked, so that neither request is left for the next frame.
    let is_wanted = live_stream.wants_key_frame(now) | shared.take_forced_key_frame();
    shared.figures.key_frames_asked_for.fetch_add(is_wanted.into(), Ordering::Relaxed);
    let who = format_args!("render loop {:?}", shared.name);
    let sound = guard(&who, "sound handler", || shared.sound.put(&mut out, shared.origin, now));
    let verdict =
        sound.and_then(|_| guard(&who, "frame", || maker.make(picture, &mut out, is_wanted)));
    if !matches!(verdict, Ok(true)) {
        shared.put_back(shows);
        return Err(End::Failed);
    }
    live_stream.send(out.take_tags(), Instant::now());
    shared.figures.frames.fetch_add(1, Ordering::Relaxed);
    if out.has_picture() {
        answer(shared, shows, Some(time));
    } else {
        // The encoder left the picture out. The next frame shows them.
        shared.put_back(shows);
    }
    if out.is_ended() { Err(End::Complete) } else { Ok(out.rest_until()) }
}

fn answer(shared: &Shared, executed: Vec<Executed>, frame: Option<Timestamp>) {
    for executed in executed {
        executed.answer(&shared.name, frame);
    }
}

fn finish(
    shared: &Shared,
    live_stream: &LiveStream,
    maker: &mut dyn FrameMaker,
    mut out: MediaOut,
    ending: End,
) {
    shared.end(ending);
    let who = format_args!("render loop {:?}", shared.name);
    let sound = guard(&who, "closing of the sound", || shared.sound.close(&mut out));
    if sound.is_ok() && guard(&who, "closing", || maker.close(&mut out)).is_ok() {
        live_stream.send(out.take_tags(), Instant::now());
    }
    peer_log!(Info, who, "ends with {} viewers", live_stream.subscribers());
    live_stream.end(ending);
    shared.refuse_commands();
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
