//! The client plays and stops.

use crate::handler::{HandlerResult, MediaOut, PlayOut, PlayRequest, Stream, Transition};

/// Called when the client plays a stream and when the playing ends. Optional: without one, every
/// play is allowed.
///
/// A closure of [`play`](Self::play)'s shape serves where the stop does not matter.
///
/// ```
/// use rendercast::{HandlerResult, MediaOut, PlayEventHandler, PlayOut, Refusal, Stream};
///
/// /// Lets the scene be played, and sends its decoder's header first.
/// struct Scene {
///     sequence_header: Vec<u8>,
/// }
///
/// impl PlayEventHandler for Scene {
///     fn play(&mut self, stream: &Stream, out: &mut PlayOut) -> HandlerResult {
///         if stream.stream_name() != "scene" {
///             return Err(Refusal::stream_not_found(&stream.stream_name()).into());
///         }
///         out.video(self.sequence_header.clone());
///         Ok(true)
///     }
///
///     fn stop(&mut self, stream: &Stream, _out: &mut MediaOut) -> HandlerResult {
///         println!("{} was watched", stream.stream_name());
///         Ok(true)
///     }
/// }
/// ```
#[doc(alias = "IPlay_event_handler")]
pub trait PlayEventHandler: Send {
    /// The client asks for [`Stream::stream_name`]; called on the connection's thread.
    ///
    /// `Ok(true)`: the client is told so (`NetStream.Play.Start`), what was put into `out` (a
    /// sequence header, say) is sent, and the loops start. `Ok(false)`: nothing changes, and the
    /// client is told `NetStream.Play.Failed`. May block: only this client waits.
    ///
    /// # Errors
    /// As `Ok(false)`; a [`Refusal`](crate::Refusal) chooses the code that the client is told.
    fn play(&mut self, stream: &Stream, out: &mut PlayOut) -> HandlerResult;

    /// While it plays a stream, the client asks for `request` to join that instead of replacing it;
    /// called on the connection's thread, and the frame handler is not called until it returns.
    ///
    /// `Ok(true)`: the handlers see to it, and say [`FrameOut::begin`] when it begins; that tells
    /// the client, which until then is told nothing of an append, and `NetStream.Play.Transition`
    /// of a switch. Once there is nothing left to play the answer must be `Ok(false)`.
    ///
    /// `Ok(false)`, the default: it replaces what is playing, which is told to
    /// [`stop`](Self::stop), and then [`play`](Self::play) is called as usual.
    ///
    /// # Errors
    /// The client is told as with [`play`](Self::play), and what is playing goes on.
    fn transition(
        &mut self,
        stream: &Stream,
        request: &PlayRequest,
        transition: Transition,
    ) -> HandlerResult {
        let _ = (stream, request, transition);
        Ok(false)
    }

    /// The playing is to end: the client closed or deleted the stream, plays something else or is
    /// gone (called on the connection's thread), or a loop's handler ended it (called on the frame
    /// thread, or on the render thread where there is no other). What is put into `out` is still sent where there is anybody left to send it to.
    ///
    /// `Ok(false)` keeps the loops running, where the client asked to close the stream; it is
    /// ignored in all other cases.
    ///
    /// # Errors
    /// An error is logged, and the playing ends.
    fn stop(&mut self, stream: &Stream, out: &mut MediaOut) -> HandlerResult {
        let _ = (stream, out);
        Ok(true)
    }
}

impl<F> PlayEventHandler for F
where
    F: FnMut(&Stream, &mut PlayOut) -> HandlerResult + Send,
{
    fn play(&mut self, stream: &Stream, out: &mut PlayOut) -> HandlerResult {
        self(stream, out)
    }
}
