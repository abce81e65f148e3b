//! The render loop of a stream (`rtmp-render-N/S`).

use super::control::{LoopKind, Order};
use super::pace::Pace;
use super::shared::StreamShared;
use crate::handler::call;
use crate::hub::End;

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
    let stream = &shared.stream;
    let verdict =
        call(&stream.handlers.render, shared, "render handler", |handler| handler.render(stream));
    #[cfg(feature = "web")]
    if let (Some(capture), Some(Ok(true))) = (stream.capture(), &verdict) {
        capture.note_drawn();
    }
    matches!(verdict, None | Some(Ok(true)))
}
