//! The server as `Connection` and `Stream` see it.

use std::fmt;
use std::sync::Arc;

use super::{CallError, Statistics};
use crate::hub::Broadcast;
use crate::protocol::amf::Value;

/// Gets the outcome of a call of the client's procedure, once.
pub(crate) type ReplyHandler = Box<dyn FnOnce(Result<Value, CallError>) + Send>;

/// A connection, as its server implements it.
pub(crate) trait ConnectionBackend: Send + Sync + fmt::Debug {
    /// Sends a call to the client. Asks for an answer if there is a reply handler. Does not block.
    fn call(
        &self,
        procedure_name: &str,
        arguments: &[Value],
        reply: Option<ReplyHandler>,
    ) -> Result<(), CallError>;

    /// Ends the connection. Returns before it has ended.
    fn close(&self);

    fn is_open(&self) -> bool;

    fn append_statistics(&self, statistics: &mut Statistics);
}

/// A stream, as its server implements it.
pub(crate) trait StreamBackend: Send + Sync + fmt::Debug {
    /// Reports that a handler or the rate of the loops has changed.
    fn loops_changed(&self);

    /// Lets the frame loop tick at once.
    fn request_frame(&self);

    /// Changes the source of the media that the stream receives together with others.
    fn share(&self, broadcast: Option<Arc<dyn Broadcast>>);

    fn append_statistics(&self, statistics: &mut Statistics);
}
