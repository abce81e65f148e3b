//! What the handles ask of the server that they belong to.

use std::fmt;
use std::sync::Arc;

use super::{CallError, End, Statistics};
use crate::media::Tag;
use crate::protocol::Timestamp;
use crate::protocol::amf::Value;

/// Told the outcome of a call to the client, once.
pub(crate) type ReplyHandler = Box<dyn FnOnce(Result<Value, CallError>) + Send>;

/// The server's side of a connection.
pub(crate) trait ConnectionLink: Send + Sync + fmt::Debug {
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
pub(crate) trait StreamLink: Send + Sync + fmt::Debug {
    /// A handler or a property that the loops go by has changed.
    fn loops_changed(&self);

    /// The frame loop is to tick at once.
    fn request_frame(&self);

    /// What the stream shares with others while it plays, in place of what it shared before.
    fn share(&self, broadcast: Option<Arc<dyn Broadcast>>);

    fn append_statistics(&self, statistics: &mut Statistics);
}

/// What many streams are sent alike.
pub(crate) trait Broadcast: Send + Sync + fmt::Debug {
    /// Sends it to `viewer` too from now on, beginning with what a decoder begins with; none: it is
    /// over. Never blocks for long.
    fn join(&self, viewer: Arc<dyn Viewer>) -> Option<Seat>;

    /// Sends nothing more to whoever was given `seat`, from the return of this on.
    fn leave(&self, seat: Seat);
}

/// A viewer's place in a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat(pub(crate) u64);

/// A stream that shares with others what it is sent. No call of it blocks.
pub(crate) trait Viewer: Send + Sync + fmt::Debug {
    /// Where its time line is; nothing that is sent may lie before.
    fn clock(&self) -> Timestamp;

    /// Sends tags; false: its client is gone.
    fn send(&self, tags: Vec<Tag>) -> bool;

    /// Has video begin with the next key frame.
    fn await_key_frame(&self);

    /// Whether it waits for a key frame, and has room for one.
    fn misses_key_frame(&self) -> bool;

    /// The broadcast is over: in order, or because something failed. Runs the play handler.
    fn ended(&self, end: Option<End>);
}
