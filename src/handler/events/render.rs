//! The render loop.

use crate::handler::{HandlerResult, Stream};

/// Called at the stream's `render_rate` while it plays, on its render thread (`rtmp-render-N/S`).
/// The thread exists only if this handler is registered.
///
/// A render that takes longer than a tick makes the loop skip ticks. It never catches up in a
/// burst. The frame loop runs on another thread and is not delayed.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no render handler",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|stream: &Stream| -> HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait RenderEventHandler: Send {
    /// Renders, and stores the result for the frame handler. May block.
    ///
    /// `Ok(false)` is an error: the stream stops, and the client is told `NetStream.Play.Stop` and
    /// StreamEOF.
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
