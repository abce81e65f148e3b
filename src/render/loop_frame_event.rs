//! The frames of a shared render loop.

use super::LoopFrameOut;
use crate::handler::HandlerResult;

/// Where a [`RenderLoop`](crate::RenderLoop) whose application encodes by itself gets its frames:
/// called as often as the loop's rate says, on the loop's frame thread (`rtmp-loop-frame-NAME`), for
/// all viewers together.
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
pub trait LoopFrameEventHandler: Send {
    /// Puts what all viewers get next into `out`: no message, one frame, or as many as are due, video,
    /// audio and data. It is sent as soon as this returns. May block until there is something: the
    /// thread is the loop's own.
    ///
    /// `key_frame_is_wanted`: a viewer came that cannot be given the last key frame with all that
    /// followed it, or one that did not keep up can go on. Put a key frame if you can, in this call
    /// or a later one; it is asked for at a bounded rate (see
    /// [`RenderLoopConfig`](crate::RenderLoopConfig)).
    ///
    /// The clock of `out` is that of the loop: milliseconds since it was made. The server moves each
    /// timestamp to the clock of each viewer's own play.
    ///
    /// `Ok(false)` is an error: the loop ends, and each of its viewers is told so
    /// (`NetStream.Play.Stop` and StreamEOF).
    ///
    /// # Errors
    /// As `Ok(false)`, and logged.
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
