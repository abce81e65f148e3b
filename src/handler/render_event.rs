//! The render loop.

use super::{HandlerResult, Stream};

/// The render loop: called as often as the stream's `render_rate` says while it plays, on the
/// stream's render thread (`rtmp-render-N/S`), which exists only where this handler is registered.
///
/// A render that takes longer than its tick makes the loop skip ticks, never catch up in a burst;
/// the frame loop runs on another thread and does not notice.
#[doc(alias = "IRender_event_handler")]
pub trait RenderEventHandler: Send {
    /// Renders, and keeps the result where the frame handler finds it. May block.
    ///
    /// `Ok(false)` is an error: the stream is stopped, and the client told so
    /// (`NetStream.Play.Stop` and StreamEOF).
    ///
    /// # Errors
    /// As `Ok(false)`, and logged.
    fn render(&mut self, stream: &Stream) -> HandlerResult;
}

impl<F> RenderEventHandler for F
where
    F: FnMut(&Stream) -> HandlerResult + Send,
{
    fn render(&mut self, stream: &Stream) -> HandlerResult {
        self(stream)
    }
}
