//! The frame loop.

use crate::handler::{FrameOut, HandlerResult, Stream};

/// Called at the stream's `render_rate` while it plays, on its frame thread (`rtmp-frame-N/S`).
/// Long renders run on another thread and do not reduce the frame rate.
///
/// A call that takes longer than a tick makes the loop skip ticks. It never catches up in a burst.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no frame handler",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|stream: &Stream, out: &mut FrameOut, outqueue_is_full: bool| -> \
            HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait FrameEventHandler: Send {
    /// Puts the media that are due into `out`: nothing, one frame, or several. Should need less
    /// than a tick (40 ms by default).
    ///
    /// `outqueue_is_full` says that the bounded channel to this client is full, because its network
    /// is slow or it does not read. A large frame would only wait there and add delay. Put nothing,
    /// or the last picture encoded again, which is tiny. A stream with an encoder of its own is
    /// told so as soon as a frame would be late ([`AdaptiveQuality`](crate::AdaptiveQuality)).
    ///
    /// If the media of one call do not fit, all of them are dropped. They and the frames that
    /// cannot be decoded without them count as `dropped_frames`. Video continues at the next key
    /// frame, after the sequence headers that were dropped.
    ///
    /// `Ok(false)` is an error: the stream stops, and the client is told `NetStream.Play.Stop` and
    /// StreamEOF. To end a stream in order, call [`FrameOut::end`].
    ///
    /// # Errors
    /// As `Ok(false)`, and logged.
    fn frame(
        &mut self,
        stream: &Stream,
        out: &mut FrameOut,
        outqueue_is_full: bool,
    ) -> HandlerResult;

    /// Returns whether [`frame`](Self::frame) is also called while the client has paused. The
    /// default is `false`. Called once, when the handler is registered.
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
