//! The renderer of a shared render loop.

use crate::handler::HandlerResult;
use crate::media::Canvas;

/// The renderer of a [`RenderLoop`](crate::RenderLoop): called as often as the loop's rate says, on
/// the loop's render thread (`rtmp-loop-render-NAME`), for all viewers together.
///
/// A render that takes longer than its tick makes the loop skip ticks, never catch up in a burst;
/// the pictures before it are encoded again meanwhile, at the loop's rate, on another thread.
///
/// ```
/// use rendercast::media::Canvas;
/// use rendercast::{HandlerResult, LoopRenderEventHandler};
///
/// /// A grey that grows brighter.
/// struct Dawn(u8);
///
/// impl LoopRenderEventHandler for Dawn {
///     fn render(&mut self, canvas: &mut Canvas<'static>) -> HandlerResult {
///         self.0 = self.0.wrapping_add(1);
///         for row in 0..canvas.height() {
///             canvas.row_mut(row).fill(self.0);
///         }
///         Ok(true)
///     }
/// }
/// ```
pub trait LoopRenderEventHandler: Send {
    /// Draws the next picture, all of it: `canvas` holds an older one, not always the last. May
    /// block. What it returns `Ok(true)` for is encoded and sent at once.
    ///
    /// `Ok(false)` is an error: the loop ends, and each of its viewers is told so
    /// (`NetStream.Play.Stop` and StreamEOF).
    ///
    /// # Errors
    /// As `Ok(false)`, and logged.
    fn render(&mut self, canvas: &mut Canvas<'static>) -> HandlerResult;
}

impl<F> LoopRenderEventHandler for F
where
    F: FnMut(&mut Canvas<'static>) -> HandlerResult + Send,
{
    fn render(&mut self, canvas: &mut Canvas<'static>) -> HandlerResult {
        self(canvas)
    }
}
