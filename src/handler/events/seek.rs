//! The client seeks.

use crate::handler::{HandlerResult, Stream};
use crate::protocol::Timestamp;

/// Called on the connection's thread when the client seeks. The SDK has no such event, because its
/// streams are live. Without this handler a seek changes nothing.
///
/// The client is told `NetStream.Seek.Notify` in any case. ffmpeg drops every packet until it gets
/// that, and would drop them for ever after a refusal (measured).
///
/// ```
/// use rendercast::protocol::Timestamp;
/// use rendercast::{HandlerResult, Stream};
///
/// # fn create(stream: &Stream) {
/// stream.register_seek_event_handler(
///     |_: &Stream, position: Timestamp| -> HandlerResult<Option<Timestamp>> {
///         // Key frames lie two seconds apart; the frame handler is told to go on there.
///         Ok(Some(Timestamp(position.0 / 2000 * 2000)))
///     },
/// );
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no seek handler",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|stream: &Stream, position: Timestamp| -> \
            HandlerResult<Option<Timestamp>>`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait SeekEventHandler: Send {
    /// Moves the stream to `position`, which is never negative. The frame handler is not called
    /// until this returns.
    ///
    /// Returns where the stream continues, usually at a key frame at or before `position`. The
    /// media in its queue are then dropped. `None` changes nothing.
    ///
    /// It may also be called after the frame handler has ended the stream, until the client closes
    /// it. A position then starts the loops again. The play handler is not asked, but told of the
    /// next stop. (ffmpeg cannot seek back so: it reads nothing after the end.)
    ///
    /// # Errors
    /// As `None`, and logged.
    fn seek(&mut self, stream: &Stream, position: Timestamp) -> HandlerResult<Option<Timestamp>>;
}

impl<F> SeekEventHandler for F
where
    F: FnMut(&Stream, Timestamp) -> HandlerResult<Option<Timestamp>> + Send,
{
    fn seek(&mut self, stream: &Stream, position: Timestamp) -> HandlerResult<Option<Timestamp>> {
        self(stream, position)
    }
}
