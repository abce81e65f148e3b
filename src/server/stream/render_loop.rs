//! The render loop of a stream (`rtmp-render-N/S`).

use super::control::{LoopKind, Order};
use super::pace::Pace;
use super::shared::StreamShared;
use crate::handler::guarded;
use crate::hub::End;
use crate::sync::lock;

/// Calls the render handler at the stream's rate.
///
/// Returns how the playback must end. Returns `None` if another thread ends it.
pub(crate) fn run(shared: &StreamShared) -> Option<End> {
    let mut pace = Pace::new(&shared.control, &shared.stream, LoopKind::Render);
    loop {
        match pace.wait(|| is_suspended(shared)) {
            Order::Return => return None,
            Order::End(ending) => return Some(ending),
            Order::Tick { .. } => {}
        }
        if !tick(shared) {
            shared.control.set_ending(End::Failed);
        }
        pace.ran(None);
    }
}

fn is_suspended(shared: &StreamShared) -> bool {
    shared.stream.is_paused() || !shared.stream.handlers.render.is_set()
}

fn tick(shared: &StreamShared) -> bool {
    let Some(handler) = shared.stream.handlers.render.get() else { return true };
    guarded(|| lock(&handler).render(&shared.stream)).unwrap_or_else(|error| {
        log::warn!("{}: render handler: {error}", shared.log_name());
        false
    })
}
