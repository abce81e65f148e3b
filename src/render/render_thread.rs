//! The render thread of a shared loop (`rtmp-loop-render-NAME`).

use std::sync::Arc;

use super::LoopRenderEventHandler;
use super::loop_canvas::LoopCanvas;
use super::orders::{RenderOrder, RenderPace};
use super::shared::Shared;
use crate::handler::guard;
use crate::hub::End;
use crate::media::Canvas;

/// Runs commands, and calls the renderer at the rate of the loop, until the loop ends. New canvases
/// are copies of `blank`.
pub(crate) fn run(
    shared: &Arc<Shared>,
    renderer: &mut dyn LoopRenderEventHandler,
    blank: Canvas<'static>,
) {
    let mut pace = RenderPace::default();
    // Whether the renderer has finished, and whether it has nothing more to draw at present.
    let (mut has_finished, mut is_settled) = (false, false);
    let mut canvas = LoopCanvas::new(blank, Arc::clone(shared));
    loop {
        match shared.wait_for_render(&mut pace) {
            RenderOrder::End => break,
            RenderOrder::Run(waiting) => {
                let executed = waiting.into_iter().map(|waiting| waiting.run(&shared.name));
                for executed in shared.note_executed(executed.collect()) {
                    executed.answer(&shared.name, None);
                }
            }
            RenderOrder::Render { starts_over, blank, properties } => {
                if std::mem::take(&mut has_finished) {
                    is_settled = false;
                    shared.settle(is_settled);
                }
                canvas.begin(starts_over, blank, properties);
                let who = format_args!("render loop {:?}", shared.name);
                let verdict = guard(&who, "render handler", || renderer.render(&mut canvas));
                if !matches!(verdict, Ok(true)) {
                    shared.end(End::Failed);
                    break;
                }
                let says = canvas.end();
                (pace.is_finished, has_finished) = (says.is_finished, says.is_finished);
                if (says.is_finished || says.keeps_last) != is_settled {
                    is_settled = !is_settled;
                    shared.settle(is_settled);
                }
            }
        }
    }
    shared.refuse_commands();
}
