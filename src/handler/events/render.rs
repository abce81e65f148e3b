//! The render loop.

use crate::handler::{HandlerResult, Stream};

/// The render loop: called as often as the stream's `render_rate` says while it plays, on the
/// stream's render thread (`rtmp-render-N/S`), which exists only where this handler is registered.
///
/// A render that takes longer than its tick makes the loop skip ticks, never catch up in a burst;
/// the frame loop runs on another thread and does not notice.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use rendercast::{HandlerResult, Stream};
///
/// # fn create(stream: &Stream) {
/// // The frame handler, which runs on another thread, has a clone of it.
/// let last_canvas = Arc::new(Mutex::new(Vec::new()));
/// stream.register_render_event_handler(move |_: &Stream| -> HandlerResult {
///     let canvas = vec![0; 640 * 360 * 3]; // rendered without holding the lock
///     *last_canvas.lock().map_err(|_| "the frame handler panicked")? = canvas;
///     Ok(true)
/// });
/// # }
/// ```
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
