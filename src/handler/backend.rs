//! The server as `Connection` and `Stream` see it.

use std::fmt;
use std::sync::Weak;

use super::{CallError, ConnectionFigures, HandlerResult, PropertyError, StreamFigures};
use crate::hub::LiveStream;
use crate::protocol::amf::Value;

/// Gets the outcome of a call of the client's procedure, once.
pub(crate) type ReplyHandler = Box<dyn FnOnce(Result<Value, CallError>) + Send>;

/// A call that is answered later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Deferral {
    /// Unique to its connection.
    pub(crate) id: u64,
    /// The number that the client gave the call.
    pub(crate) transaction: f64,
}

/// A connection, as its server implements it.
pub(crate) trait ConnectionBackend: Send + Sync + fmt::Debug {
    /// Sends a call to the client. Asks for an answer if there is a reply handler. Does not block.
    fn call(
        &self,
        procedure_name: &str,
        arguments: &[Value],
        reply: Option<ReplyHandler>,
    ) -> Result<(), CallError>;

    /// Leaves the answer of the call whose handler runs on this thread to a later
    /// [`answer_deferred`](Self::answer_deferred).
    fn defer_reply(&self) -> HandlerResult<Deferral>;

    /// Leaves the answer to the handler again. Returns `false` if it has returned, or runs on
    /// another thread.
    fn withdraw_deferral(&self, deferral: Deferral) -> bool;

    /// Sends the answer of a deferred call, once. Does not block.
    fn answer_deferred(&self, deferral: Deferral, answer: HandlerResult<Value>);

    /// Ends the connection. Returns before it has ended.
    fn close(&self);

    /// Asks the client to connect again. Returns `false` if it does not know such a request.
    fn ask_to_reconnect(&self, tc_url: Option<&str>, description: &str) -> bool;

    fn is_open(&self) -> bool;

    /// Counts memory that the connection takes from now on until it ends, in bytes.
    fn take_memory(&self, bytes: usize);

    /// Returns the streams.
    fn streams(&self) -> Vec<Weak<dyn StreamBackend>>;

    /// Returns the figures, all but the uptime.
    fn figures(&self) -> ConnectionFigures;
}

/// A stream, as its server implements it.
pub(crate) trait StreamBackend: Send + Sync + fmt::Debug {
    fn id(&self) -> u32;

    fn stream_name(&self) -> String;

    fn property(&self, key: &str) -> Option<Value>;

    fn set_property(&self, key: &str, value: Value) -> Result<(), PropertyError>;

    /// Returns whether the stream shows a live stream now.
    fn is_watching(&self, live_stream: &LiveStream) -> bool;

    /// Returns the live stream that the client feeds.
    fn publishes_to(&self) -> Option<LiveStream>;

    /// Ends what the stream plays or publishes. Does not wait for the client.
    fn close(&self);

    /// Reports that a handler or the rate of the loops has changed.
    fn loops_changed(&self);

    /// Lets the frame loop tick at once.
    fn request_frame(&self);

    /// Replaces the live stream that the stream shows while it plays. `None` shows none.
    fn watch(&self, live_stream: Option<LiveStream>);

    /// Limits what the stream is sent. `None` ends the limit.
    fn set_max_bitrate(&self, bits_per_second: Option<u32>);

    /// Returns the figures.
    fn figures(&self) -> StreamFigures;
}
