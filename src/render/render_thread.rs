//! The render thread of a shared loop (`rtmp-loop-render-NAME`).

use std::time::Instant;

use super::LoopRenderEventHandler;
use super::shared::Shared;
use crate::handler::guard;
use crate::hub::End;
use crate::media::Canvas;

/// Calls the renderer at the rate of the loop until the loop ends. New canvases are copies of
/// `blank`.
pub(crate) fn run(
    shared: &Shared,
    renderer: &mut dyn LoopRenderEventHandler,
    blank: &Canvas<'static>,
) {
    let mut last = None;
    let mut canvas = blank.clone();
    while shared.wait_for_render(last) {
        let who = format_args!("render loop {:?}", shared.name);
        let verdict = guard(&who, "render handler", || renderer.render(&mut canvas));
        if !matches!(verdict, Ok(true)) {
            return shared.end(End::Failed);
        }
        canvas = shared.show(canvas).unwrap_or_else(|| blank.clone());
        last = Some(Instant::now());
    }
}
