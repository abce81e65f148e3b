//! Streams come and go.

use crate::handler::{HandlerResult, Stream};
use crate::protocol::amf::Value;

/// Called when the client creates a stream (NetStream) on its connection and when that stream is
/// removed, on the connection's thread.
///
/// A closure of [`create`](Self::create)'s shape serves where the removal does not matter.
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
pub trait StreamEventHandler: Send {
    /// A stream is to be created: the place to register its render, frame, play and pause handlers.
    /// `Ok(false)`: it is not created. `command_arguments` is the command object of createStream,
    /// mostly null. May block: only this client waits.
    ///
    /// # Errors
    /// Any error refuses the stream, and is logged.
    fn create(&mut self, stream: &Stream, command_arguments: &Value) -> HandlerResult;

    /// The stream is gone: deleted by the client, or its connection closed. Its loops have ended.
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
