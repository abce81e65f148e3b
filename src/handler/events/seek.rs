//! The client seeks.

use crate::handler::{HandlerResult, Stream};
use crate::protocol::Timestamp;

/// Called when the client seeks, on the connection's thread. The SDK has no such event: its streams
/// are live. Optional: without one, a seek changes nothing.
///
/// The client is told `NetStream.Seek.Notify` in any case: ffmpeg drops every packet until it is,
/// and a refusal would make it drop them for ever (measured).
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
pub trait SeekEventHandler: Send {
    /// The client wants to go on at `position`; negative positions have become 0. The frame handler
    /// is not called until this returns.
    ///
    /// Returns where the stream goes on, mostly a key frame at or before `position`; what was queued
    /// for it is dropped then. None: nothing changes.
    ///
    /// It may also come once the frame handler has ended the stream, as long as the client has not
    /// closed it: what is returned then starts the loops again, for viewers that seek back at the
    /// end (ffmpeg's cannot: it reads nothing more behind the end). The play handler is not asked
    /// again, but told of the next stop.
    ///
    /// # Errors
    /// As none, and logged.
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
