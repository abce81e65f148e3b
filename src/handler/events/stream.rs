//! The client creates and removes streams.

use crate::handler::{HandlerResult, Stream};
use crate::protocol::amf::Value;

/// Called when the client creates a stream (NetStream) on its connection and when that stream is
/// removed, on the connection's thread.
///
/// A closure of the shape of [`create`](Self::create) is enough if the removal does not matter.
///
/// ```
/// use rendercast::amf::Value;
/// use rendercast::{FrameOut, HandlerResult, Stream, StreamEventHandler};
///
/// struct Streams;
///
/// impl StreamEventHandler for Streams {
///     fn create(&mut self, stream: &Stream, _command_arguments: &Value) -> HandlerResult {
///         stream.set_property("render_rate", 30)?;
///         stream.register_frame_event_handler(
///             |_: &Stream, _out: &mut FrameOut, _: bool| -> HandlerResult { Ok(true) },
///         );
///         Ok(true)
///     }
///
///     fn remove(&mut self, stream: &Stream) {
///         println!("stream {} is gone:\n{}", stream.id(), stream.statistics());
///     }
/// }
/// ```
#[doc(alias = "IStream_event_handler")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no stream handler",
    label = "not a closure of the shape that the note shows, with all types written out",
    note = "a closure must be `|stream: &Stream, command: &Value| -> HandlerResult`",
    note = "its captures must be `Send`, and must not borrow: write `move` in front of it"
)]
pub trait StreamEventHandler: Send {
    /// Called before a stream is created. Register its handlers here. `Ok(false)` refuses the
    /// stream.
    /// `command_arguments` is the command object of createStream, usually null. May block: only
    /// this client waits.
    ///
    /// # Errors
    /// Any error refuses the stream, and is logged.
    fn create(&mut self, stream: &Stream, command_arguments: &Value) -> HandlerResult;

    /// Called when the client has deleted the stream, or its connection has closed. Its loops have
    /// ended.
    fn remove(&mut self, stream: &Stream) {
        let _ = stream;
    }
}

impl<F> StreamEventHandler for F
where
    F: FnMut(&Stream, &Value) -> HandlerResult + Send,
{
    fn create(&mut self, stream: &Stream, command_arguments: &Value) -> HandlerResult {
        self(stream, command_arguments)
    }
}
