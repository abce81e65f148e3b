//! The answer to a client's call that is given later.

use std::fmt;
use std::sync::{Arc, Weak};

use super::backend::{ConnectionBackend, Deferral};
use super::{HandlerResult, Refusal};
use crate::protocol::amf::Value;

/// The answer to a client's call, to give later and from any thread. A call handler gets it from
/// [`Connection::defer_reply`](crate::Connection::defer_reply), and returns without waiting.
///
/// Dropped without an answer, it tells the client that the call has failed. Dropped before its call
/// handler has returned, on the same thread, it leaves the answer to the handler.
///
/// ```
/// use std::thread;
///
/// use rendercast::amf::Value;
/// use rendercast::{Connection, HandlerResult};
///
/// fn export(connection: &Connection, _: &str, _: &Value, _: &[Value]) -> HandlerResult<Value> {
///     let reply = connection.defer_reply()?;
///     thread::spawn(move || reply.answer(Ok("scene.obj".into())));
///     Ok(Value::Null) // is not sent
/// }
/// ```
#[must_use = "dropping it tells the client that the call has failed"]
pub struct DeferredReply {
    backend: Weak<dyn ConnectionBackend>,
    /// `None` once the call is answered.
    deferral: Option<Deferral>,
}

impl DeferredReply {
    pub(super) fn new(backend: &Arc<dyn ConnectionBackend>) -> HandlerResult<Self> {
        let deferral = backend.defer_reply()?;
        Ok(Self { backend: Arc::downgrade(backend), deferral: Some(deferral) })
    }

    /// Sends the answer, as if the call handler returned it: `_result`, or `_error` with the code
    /// and the description of a [`Refusal`]. Does not block. Without effect if the client is gone.
    pub fn answer(mut self, answer: HandlerResult<Value>) {
        let deferral = self.deferral.take();
        if let (Some(backend), Some(deferral)) = (self.backend.upgrade(), deferral) {
            backend.answer_deferred(deferral, answer);
        }
    }

    /// Returns whether the connection is still open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.backend.upgrade().is_some_and(|backend| backend.is_open())
    }
}

impl Drop for DeferredReply {
    fn drop(&mut self) {
        let Some(deferral) = self.deferral.take() else { return };
        let Some(backend) = self.backend.upgrade() else { return };
        if !backend.withdraw_deferral(deferral) {
            let error = Refusal::call_failed("The application gave no answer.");
            backend.answer_deferred(deferral, Err(error.into()));
        }
    }
}

impl fmt::Debug for DeferredReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeferredReply").field("is_open", &self.is_open()).finish()
    }
}
