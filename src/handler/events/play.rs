//! The client plays and stops.

use crate::handler::{HandlerResult, MediaOut, PlayOut, PlayRequest, Stream, Transition};

/// Called when the client plays a stream, and when that play ends. Without this handler every play
/// is allowed.
///
/// A closure of the shape of [`play`](Self::play) is enough if the stop does not matter.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no play handler",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|stream: &Stream, out: &mut PlayOut| -> HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait PlayEventHandler: Send {
    /// Called on the connection's thread when the client asks for [`Stream::stream_name`]. May
    /// block: only this client waits.
    ///
    /// `Ok(true)` grants the play. The client is told `NetStream.Play.Start`, the media in `out`
    /// are sent (a sequence header, for example), and the loops start. `Ok(false)` refuses it, and
    /// the client is told `NetStream.Play.Failed`.
    ///
    /// # Errors
    /// As `Ok(false)`; a [`Refusal`](crate::Refusal) chooses the code that the client is told.
    fn play(&mut self, stream: &Stream, out: &mut PlayOut) -> HandlerResult;

    /// Called on the connection's thread when the client asks that `request` join what is playing,
    /// instead of replacing it. The frame handler is not called until this returns, so it must not
    /// block for long. A shared loop that ends meanwhile waits for it too.
    ///
    /// `Ok(true)` accepts. The frame handler then calls [`FrameOut::begin`](crate::FrameOut::begin)
    /// when the request begins to play, and the client is told. Of a switch it is told
    /// `NetStream.Play.Transition` at once. Once nothing is left to play, return `Ok(false)`.
    ///
    /// `Ok(false)`, the default, lets the request replace what is playing: [`stop`](Self::stop) and
    /// then [`play`](Self::play) are called.
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

    /// Called when the play ends. The media in `out` are still sent, unless the client is gone.
    ///
    /// If the client closes or deletes the stream, plays something else or is gone, this is called
    /// on the connection's thread. If a loop ends the stream, it is called on the frame thread, or
    /// on the render thread if there is no frame thread. If a shared loop ends, it is called on the
    /// frame thread of that loop, and must not block.
    ///
    /// `Ok(false)` keeps the stream playing if the client asked to close it. It is ignored
    /// otherwise.
    ///
    /// # Errors
    /// An error is logged, and the play ends.
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
