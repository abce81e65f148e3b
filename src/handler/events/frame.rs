//! The frame loop.

use crate::handler::{FrameOut, HandlerResult, Stream};

/// The frame loop: called as often as the stream's `render_rate` says while it plays, on the
/// stream's frame thread (`rtmp-frame-N/S`), so that long renders do not harm the frame rate.
///
/// A call that takes longer than its tick makes the loop skip ticks, never catch up in a burst.
///
/// ```
/// use rendercast::{FrameEventHandler, FrameOut, HandlerResult, Stream};
///
/// /// Sends encoded frames as another thread makes them.
/// struct Frames(std::sync::mpsc::Receiver<Vec<u8>>);
///
/// impl FrameEventHandler for Frames {
///     fn frame(
///         &mut self,
///         _: &Stream,
///         out: &mut FrameOut,
///         outqueue_is_full: bool,
///     ) -> HandlerResult {
///         for frame in self.0.try_iter() {
///             // Each is a video tag: its first byte says whether it is a key frame.
///             let is_key_frame = frame.first().is_some_and(|byte| byte >> 4 == 1);
///             if is_key_frame || !outqueue_is_full {
///                 out.video(frame);
///             }
///         }
///         Ok(true)
///     }
/// }
/// ```
#[doc(alias = "IFrame_event_handler")]
pub trait FrameEventHandler: Send {
    /// Puts what is due into `out`: no message, one frame, or as many as are due. Should need less
    /// than a tick (40 ms by default).
    ///
    /// `outqueue_is_full`: the bounded channel to this client is full, because of its bandwidth or
    /// because it does not read. A new large frame would only queue up and harm interactivity: put
    /// nothing, or the old picture encoded again (a tiny frame). What does not fit any more is
    /// dropped, all that one call has put; its messages, and the frames that cannot be decoded without
    /// them, are counted as `dropped_frames`. The video goes on at the next key frame, and sequence
    /// headers that were dropped come before it.
    ///
    /// `Ok(false)` is an error: the stream is stopped, and the client told so
    /// (`NetStream.Play.Stop` and StreamEOF). To end a stream in order, say [`FrameOut::end`].
    ///
    /// # Errors
    /// As `Ok(false)`, and logged.
    fn frame(
        &mut self,
        stream: &Stream,
        out: &mut FrameOut,
        outqueue_is_full: bool,
    ) -> HandlerResult;

    /// Returns whether [`frame`](Self::frame) is also called while the client has paused. The default
    /// is `false`. Called once, when the handler is registered.
    ///
    /// A handler of files returns `true` and continues to fill the client's buffer. ffplay does not
    /// get out of a pause otherwise (measured).
    fn runs_while_paused(&self) -> bool {
        false
    }
}

impl<F> FrameEventHandler for F
where
    F: FnMut(&Stream, &mut FrameOut, bool) -> HandlerResult + Send,
{
    fn frame(
        &mut self,
        stream: &Stream,
        out: &mut FrameOut,
        outqueue_is_full: bool,
    ) -> HandlerResult {
        self(stream, out, outqueue_is_full)
    }
}
