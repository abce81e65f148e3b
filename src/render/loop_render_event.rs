//! The renderer of a shared render loop.

use super::LoopCanvas;
use crate::handler::HandlerResult;

/// The renderer of a [`RenderLoop`](crate::RenderLoop). It is called at most at the rate of the
/// loop, on the render thread (`rtmp-loop-render-NAME`), for all viewers together.
///
/// A render that takes longer than a tick is followed by the next at once. The loop never catches
/// up in a burst. Meanwhile the last picture is encoded again, at the rate of the loop, on another
/// thread. Between two renders the loop runs the [commands](crate::LoopCommands) that wait.
///
/// ```
/// use rendercast::{HandlerResult, LoopCanvas, LoopRenderEventHandler};
///
/// /// A grey that grows brighter.
/// struct Dawn(u8);
///
/// impl LoopRenderEventHandler for Dawn {
///     fn render(&mut self, canvas: &mut LoopCanvas) -> HandlerResult {
///         self.0 = self.0.wrapping_add(1);
///         for row in 0..canvas.height() {
///             canvas.row_mut(row).fill(self.0);
///         }
///         Ok(true)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no render handler of a loop",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|canvas: &mut LoopCanvas| -> HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait LoopRenderEventHandler: Send {
    /// Draws the next picture. It must draw all of it, since `canvas` holds an older picture, which
    /// is not always the last, or say that it [keeps the last](LoopCanvas::keep_last). May block.
    /// After `Ok(true)` the picture is encoded and sent at once.
    ///
    /// `Ok(false)` is an error. The loop ends, and each viewer is told so (`NetStream.Play.Stop`
    /// and StreamEOF).
    ///
    /// # Errors
    /// An error ends the loop as `Ok(false)` does, and is logged.
    fn render(&mut self, canvas: &mut LoopCanvas) -> HandlerResult;
}

impl<F> LoopRenderEventHandler for F
where
    F: FnMut(&mut LoopCanvas) -> HandlerResult + Send,
{
    fn render(&mut self, canvas: &mut LoopCanvas) -> HandlerResult {
        self(canvas)
    }
}
