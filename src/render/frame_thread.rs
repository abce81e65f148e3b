//! The frame thread of a shared loop (`rtmp-loop-frame-NAME`): makes the frames, and sends them.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::frame_pace::FramePace;
use super::shared::{FrameOrder, Shared};
use super::{LoopFrameEventHandler, LoopFrameOut};
use crate::handler::{HandlerResult, MediaOut, guard};
use crate::hub::{End, LiveStream};
use crate::media::Canvas;

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
    let mut last = None;
    let mut rest_until = None;
    let ending = loop {
        match shared.wait_for_frame(&mut pace, rest_until, last.take()) {
            FrameOrder::End(ending) => break ending,
            FrameOrder::Rest => {
                live_stream.forget_past();
                shared.wait_for_viewers();
                pace.restart();
            }
            FrameOrder::Make { picture, is_new } => {
                match frame(shared, live_stream, maker, picture.as_ref()) {
                    Ok(rest) => rest_until = rest,
                    Err(ending) => break ending,
                }
                shared.figures.repeated.fetch_add((!is_new).into(), Ordering::Relaxed);
                last = picture;
            }
        }
    };
    finish(shared, live_stream, maker, ending);
}

/// Makes and sends a frame. Returns the instant up to which the maker wants to rest, or how the
/// loop ends.
fn frame(
    shared: &Shared,
    live_stream: &LiveStream,
    maker: &mut dyn FrameMaker,
    picture: Option<&Canvas<'static>>,
) -> Result<Option<Instant>, End> {
    let mut out = LoopFrameOut::new(shared.media_out());
    // Both are asked, so that neither request is left for the next frame.
    let is_wanted = live_stream.wants_key_frame(Instant::now()) | shared.take_forced_key_frame();
    shared.figures.key_frames_asked_for.fetch_add(is_wanted.into(), Ordering::Relaxed);
    let who = format_args!("render loop {:?}", shared.name);
    let verdict = guard(&who, "frame", || maker.make(picture, &mut out, is_wanted));
    if !matches!(verdict, Ok(true)) {
        return Err(End::Failed);
    }
    live_stream.send(out.take_tags(), Instant::now());
    shared.figures.frames.fetch_add(1, Ordering::Relaxed);
    if out.is_ended() { Err(End::Complete) } else { Ok(out.rest_until()) }
}

fn finish(shared: &Shared, live_stream: &LiveStream, maker: &mut dyn FrameMaker, ending: End) {
    shared.end(ending);
    let mut out = shared.media_out();
    let who = format_args!("render loop {:?}", shared.name);
    if guard(&who, "closing", || maker.close(&mut out)).is_ok() {
        live_stream.send(out.take_tags(), Instant::now());
    }
    log::info!("render loop {:?} ends with {} viewers", shared.name, live_stream.subscribers());
    live_stream.end(ending);
}
