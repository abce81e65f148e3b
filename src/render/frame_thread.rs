//! The frame thread of a shared loop (`rtmp-loop-frame-NAME`): makes the frames, and sends them.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::frame_pace::FramePace;
use super::shared::{FrameOrder, Shared};
use super::{LoopFrameEventHandler, LoopFrameOut};
use crate::handler::{HandlerResult, MediaOut, guard};
use crate::hub::End;
use crate::media::Canvas;

/// What frames are made by.
pub(crate) trait FrameMaker: Send {
    /// Puts the next frame, of `picture` where there is a renderer.
    fn make(
        &mut self,
        picture: Option<&Canvas<'static>>,
        out: &mut LoopFrameOut,
        key_frame_is_wanted: bool,
    ) -> HandlerResult;

    /// Puts what is left at the end.
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

/// Makes and sends frames until the loop ends, and tells all viewers of the end.
pub(crate) fn run(shared: &Shared, maker: &mut dyn FrameMaker) {
    let mut pace = FramePace::default();
    let mut picture = None;
    let mut rest_until = None;
    let ending = loop {
        match shared.wait_for_frame(&mut pace, rest_until, &mut picture) {
            FrameOrder::End(ending) => break ending,
            FrameOrder::Restart => {
                pace.restart();
                picture = None;
            }
            FrameOrder::Make { is_new } => match frame(shared, maker, picture.as_ref(), is_new) {
                Ok(rest) => rest_until = rest,
                Err(ending) => break ending,
            },
        }
    };
    finish(shared, maker, ending);
}

/// Makes and sends a frame; until when the maker wants to rest, or how the loop ends.
fn frame(
    shared: &Shared,
    maker: &mut dyn FrameMaker,
    picture: Option<&Canvas<'static>>,
    is_new: bool,
) -> Result<Option<Instant>, End> {
    let mut out = LoopFrameOut::new(shared.media_out());
    let key_frame_is_wanted = shared.asks_for_key_frame(Instant::now());
    let who = format_args!("render loop {:?}", shared.name);
    let verdict = guard(&who, "frame", || maker.make(picture, &mut out, key_frame_is_wanted));
    if !matches!(verdict, Ok(true)) {
        return Err(End::Failed);
    }
    shared.send(&out.take_tags());
    shared.figures.frames.fetch_add(1, Ordering::Relaxed);
    shared.figures.repeated.fetch_add((!is_new).into(), Ordering::Relaxed);
    if out.is_ended() { Err(End::Complete) } else { Ok(out.rest_until()) }
}

fn finish(shared: &Shared, maker: &mut dyn FrameMaker, ending: End) {
    shared.end(ending);
    let mut out = shared.media_out();
    let who = format_args!("render loop {:?}", shared.name);
    if guard(&who, "closing", || maker.close(&mut out)).is_ok() {
        shared.send(&out.take_tags());
    }
    let viewers = shared.clear_seats();
    log::info!("render loop {:?} ends with {} viewers", shared.name, viewers.len());
    for viewer in viewers {
        viewer.ended(ending);
    }
}
