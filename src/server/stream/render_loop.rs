//! The render loop of a stream (`rtmp-render-N/S`).

use super::pace::Pace;
use super::stream::{LoopKind, Order, ServerStream};
use crate::handler::guarded;
use crate::sync::lock;

/// Calls the render handler at the stream's rate until the playing ends.
pub(crate) fn run(playback: &ServerStream) {
    let mut pace = Pace::new(playback, LoopKind::Render);
    loop {
        match pace.wait(|| is_suspended(playback)) {
            Order::Return => return,
            // Where there is a frame thread, the stop goes out behind its last frame.
            Order::End(_) if playback.has_frame_thread() => return,
            Order::End(ending) => return playback.finish(ending),
            Order::Tick { .. } => {}
        }
        if !tick(playback) {
            playback.fail();
        }
        pace.ran(None);
    }
}

fn is_suspended(playback: &ServerStream) -> bool {
    playback.stream.is_paused() || !playback.stream.handlers.render.is_set()
}

fn tick(playback: &ServerStream) -> bool {
    let Some(handler) = playback.stream.handlers.render.get() else { return true };
    guarded(|| lock(&handler).render(&playback.stream)).unwrap_or_else(|error| {
        log::warn!("{}: render handler: {error}", playback.log_name());
        false
    })
}
