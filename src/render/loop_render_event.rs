//! The renderer of a shared render loop.

use crate::handler::HandlerResult;
use crate::media::Canvas;

/// The renderer of a [`RenderLoop`](crate::RenderLoop). It is called at most at the rate of the
/// loop, on the render thread (`rtmp-loop-render-NAME`), for all viewers together.
///
/// After a render that takes longer than a tick, the loop skips ticks. It never catches up in a
/// burst. Meanwhile the last picture is encoded again, at the rate of the loop, on another thread.
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
    /// Draws the next picture. It must draw all of it, since `canvas` holds an older picture, which
    /// is not always the last. May block. After `Ok(true)` the picture is encoded and sent at once.
    ///
    /// `Ok(false)` is an error. The loop ends, and each viewer is told so (`NetStream.Play.Stop`
    /// and StreamEOF).
    ///
    /// # Errors
    /// An error ends the loop as `Ok(false)` does, and is logged.
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
