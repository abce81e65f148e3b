//! Streams come and go.

use super::{HandlerResult, Stream};
use crate::protocol::amf::Value;

/// Called when the client creates a stream (NetStream) on its connection and when that stream is
/// removed, on the connection's thread.
///
/// A closure of [`create`](Self::create)'s shape serves where the removal does not matter.
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
