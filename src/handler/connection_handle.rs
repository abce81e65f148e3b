//! A connection, from outside its handlers.

use std::fmt;
use std::sync::{Arc, Weak};

use super::CallError;
use super::backend::{ConnectionBackend, ReplyHandler};
use crate::protocol::amf::Value;

/// A connection to keep and to use from any thread; it becomes inert when the connection is gone.
/// Cheap to clone.
///
/// ```
/// use std::sync::Mutex;
///
/// use rendercast::amf::{Object, Value};
/// use rendercast::{Connection, ConnectionHandle, HandlerResult};
///
/// /// Everybody who is there.
/// static AUDIENCE: Mutex<Vec<ConnectionHandle>> = Mutex::new(Vec::new());
///
/// fn connect(connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
///     AUDIENCE.lock().map_err(|_| "poisoned")?.push(connection.handle());
///     Ok(true)
/// }
///
/// /// From any thread of the application's.
/// fn announce(text: &str) {
///     let mut audience = AUDIENCE.lock().unwrap();
///     audience.retain(ConnectionHandle::is_open);
///     for viewer in audience.iter() {
///         // Whoever does not read goes without.
///         let _ = viewer.notify("announce", &[text.into()]);
///     }
/// }
/// ```
#[derive(Clone)]
pub struct ConnectionHandle {
    link: Weak<dyn ConnectionBackend>,
}

impl ConnectionHandle {
    pub(crate) fn new(link: &Arc<dyn ConnectionBackend>) -> Self {
        Self { link: Arc::downgrade(link) }
    }

    /// Whether the connection is still there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.link.upgrade().is_some_and(|link| link.is_open())
    }

    /// Calls a procedure of the client's; see [`Connection::call`](crate::Connection::call).
    ///
    /// # Errors
    /// [`CallError::Closed`], [`CallError::TooMany`] or [`CallError::Congested`]; `reply` is not
    /// called then.
    pub fn call(
        &self,
        procedure_name: &str,
        arguments: &[Value],
        reply: impl FnOnce(Result<Value, CallError>) + Send + 'static,
    ) -> Result<(), CallError> {
        self.send(procedure_name, arguments, Some(Box::new(reply)))
    }

    /// Calls a procedure of the client's and asks for no answer.
    ///
    /// # Errors
    /// [`CallError::Closed`] or [`CallError::Congested`].
    pub fn notify(&self, procedure_name: &str, arguments: &[Value]) -> Result<(), CallError> {
        self.send(procedure_name, arguments, None)
    }

    /// Ends the connection. Returns at once; handlers are told on the connection's thread.
    pub fn close(&self) {
        if let Some(link) = self.link.upgrade() {
            link.close();
        }
    }

    fn send(
        &self,
        procedure_name: &str,
        arguments: &[Value],
        reply: Option<ReplyHandler>,
    ) -> Result<(), CallError> {
        self.link.upgrade().ok_or(CallError::Closed)?.call(procedure_name, arguments, reply)
    }
}

impl fmt::Debug for ConnectionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionHandle").field("is_open", &self.is_open()).finish()
    }
}
