//! What the handles ask of the server that they belong to.

use std::fmt;

use super::{CallError, Statistics};
use crate::hub::LiveStream;
use crate::protocol::amf::Value;

/// Told the outcome of a call to the client, once.
pub(crate) type ReplyHandler = Box<dyn FnOnce(Result<Value, CallError>) + Send>;

/// The server's side of a connection.
pub(crate) trait ConnectionBackend: Send + Sync + fmt::Debug {
    /// Sends a call to the client; without a reply handler none is asked for.
    fn call(
        &self,
        procedure_name: &str,
        arguments: &[Value],
        reply: Option<ReplyHandler>,
    ) -> Result<(), CallError>;

    /// Ends the connection; returns before it has ended.
    fn close(&self);

    fn is_open(&self) -> bool;

    fn append_statistics(&self, statistics: &mut Statistics);
}

/// The server's side of a stream.
pub(crate) trait StreamBackend: Send + Sync + fmt::Debug {
    /// A handler or a property that the loops go by has changed.
    fn loops_changed(&self);

    /// The frame loop is to tick at once.
    fn request_frame(&self);

    /// Replaces the live stream that the stream shows while it plays. `None` shows none.
    fn watch(&self, live_stream: Option<LiveStream>);

    fn append_statistics(&self, statistics: &mut Statistics);
}
