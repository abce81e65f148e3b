//! The client pauses and resumes.

use crate::handler::{HandlerResult, Stream};

/// Called on the connection's thread when the client pauses or resumes a stream. Without this
/// handler every pause is allowed.
///
/// Not every player reports a pause: mpv only stops reading.
///
/// A closure of the shape of [`pause`](Self::pause) is enough if every resume is allowed.
///
/// ```
/// use rendercast::{HandlerResult, Stream};
///
/// # fn create(stream: &Stream) {
/// // A live picture has no pause.
/// stream.register_pause_event_handler(|_: &Stream| -> HandlerResult { Ok(false) });
/// # }
/// ```
#[doc(alias = "IPause_event_handler")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no pause handler",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|stream: &Stream| -> HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait PauseEventHandler: Send {
    /// `Ok(true)` suspends the loops, and the client is told `NetStream.Pause.Notify`. `Ok(false)`
    /// ignores the pause.
    ///
    /// # Errors
    /// As `Ok(false)`, and logged.
    fn pause(&mut self, stream: &Stream) -> HandlerResult;

    /// `Ok(true)` lets the loops continue, and the client is told `NetStream.Unpause.Notify`.
    /// `Ok(false)` leaves them suspended.
    ///
    /// # Errors
    /// As `Ok(false)`, and logged.
    fn resume(&mut self, stream: &Stream) -> HandlerResult {
        let _ = stream;
        Ok(true)
    }
}

impl<F> PauseEventHandler for F
where
    F: FnMut(&Stream) -> HandlerResult + Send,
{
    fn pause(&mut self, stream: &Stream) -> HandlerResult {
        self(stream)
    }
}
