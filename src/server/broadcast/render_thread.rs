//! The render thread of a shared loop (`rtmp-loop-render-NAME`).

use std::time::Instant;

use super::stage::Stage;
use crate::handler::LoopRenderEventHandler;
use crate::media::Canvas;
use crate::server::guard::guarded;

/// Calls the renderer at the loop's rate until the loop ends. `blank` is what new canvases look
/// like.
pub(super) fn run(
    stage: &Stage,
    renderer: &mut dyn LoopRenderEventHandler,
    blank: &Canvas<'static>,
) {
    let mut last = None;
    let mut canvas = blank.clone();
    while stage.wait_for_render(last) {
        let verdict = guarded(|| renderer.render(&mut canvas));
        if let Err(error) = &verdict {
            log::warn!("render loop {:?}: render handler: {error}", stage.name);
        }
        if !matches!(verdict, Ok(true)) {
            return stage.end(None);
        }
        canvas = stage.show(canvas).unwrap_or_else(|| blank.clone());
        last = Some(Instant::now());
    }
}
