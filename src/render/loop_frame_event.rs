//! The frames of a shared render loop.

use super::LoopFrameOut;
use crate::handler::HandlerResult;

/// Makes the frames of a [`RenderLoop`](crate::RenderLoop) whose application encodes by itself. It
/// is called at the rate of the loop, on the frame thread (`rtmp-loop-frame-NAME`), for all viewers
/// together.
///
/// ```
/// use std::sync::mpsc::{Receiver, RecvTimeoutError};
/// use std::time::Duration;
///
/// use rendercast::{HandlerResult, LoopFrameEventHandler, LoopFrameOut};
///
/// /// Sends frames as soon as another thread has encoded them.
/// struct Encoded(Receiver<Vec<u8>>);
///
/// impl LoopFrameEventHandler for Encoded {
///     fn frame(&mut self, out: &mut LoopFrameOut, _key_frame_is_wanted: bool) -> HandlerResult {
///         match self.0.recv_timeout(Duration::from_millis(100)) {
///             Ok(frame) => out.video(frame),
///             Err(RecvTimeoutError::Timeout) => {}
///             Err(RecvTimeoutError::Disconnected) => out.end(),
///         }
///         Ok(true)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no frame handler of a loop",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be \
        `|out: &mut LoopFrameOut, key_frame_is_wanted: bool| -> HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait LoopFrameEventHandler: Send {
    /// Puts what all viewers are sent next into `out`: nothing, one frame, or as many as are due,
    /// of video, audio and data. It is sent when this returns. May block until there is something,
    /// since the thread is the loop's own.
    ///
    /// `key_frame_is_wanted` is `true` if a viewer can begin or go on only with a key frame. Put
    /// one if you can, in this call or a later one. It is asked for at a bounded rate (see
    /// [`RenderLoopConfig`](crate::RenderLoopConfig)).
    ///
    /// The clock of `out` is that of the loop: milliseconds since it was made. The timestamps that
    /// a viewer is sent begin with its own play.
    ///
    /// `Ok(false)` is an error. The loop ends, and each viewer is told so (`NetStream.Play.Stop`
    /// and StreamEOF).
    ///
    /// # Errors
    /// An error ends the loop as `Ok(false)` does, and is logged.
    fn frame(&mut self, out: &mut LoopFrameOut, key_frame_is_wanted: bool) -> HandlerResult;
}

impl<F> LoopFrameEventHandler for F
where
    F: FnMut(&mut LoopFrameOut, bool) -> HandlerResult + Send,
{
    fn frame(&mut self, out: &mut LoopFrameOut, key_frame_is_wanted: bool) -> HandlerResult {
        self(out, key_frame_is_wanted)
    }
}
