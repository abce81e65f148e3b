//! The client pauses and resumes.

use crate::handler::{HandlerResult, Stream};

/// Called when the client pauses a stream and when it goes on; lighter than stop and play. Called
/// on the connection's thread. Optional: without one, every pause is allowed.
///
/// Not every player says that it pauses: mpv just stops reading.
///
/// A closure of [`pause`](Self::pause)'s shape serves where every resume is allowed.
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
pub trait PauseEventHandler: Send {
    /// `Ok(true)`: the loops are suspended and the client is told `NetStream.Pause.Notify`.
    /// `Ok(false)`: the pause is ignored.
    ///
    /// # Errors
    /// As `Ok(false)`, and logged.
    fn pause(&mut self, stream: &Stream) -> HandlerResult;

    /// `Ok(true)`: the loops go on and the client is told `NetStream.Unpause.Notify`. `Ok(false)`:
    /// they stay suspended.
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
