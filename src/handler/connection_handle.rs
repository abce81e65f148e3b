//! A connection, as other threads of the application see it.

use std::fmt;
use std::sync::{Arc, Weak};

use super::backend::{ConnectionBackend, ReplyHandler};
use super::connection_state::{Argument, ConnectionState};
use super::{CallError, ConnectionFigures, PeerAddress, PropertyError, Statistics, StreamHandle};
use crate::protocol::Carrier;
use crate::protocol::amf::Value;

/// A handle of a connection, which may be kept and used from any thread. It does not keep the
/// connection open. Cheap to clone.
///
/// ```
/// use std::sync::Mutex;
///
/// use rendercast::amf::{Object, Value};
/// use rendercast::{Connection, ConnectionHandle, HandlerResult};
///
/// /// The connections that are open.
/// static VIEWERS: Mutex<Vec<ConnectionHandle>> = Mutex::new(Vec::new());
///
/// fn connect(connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
///     VIEWERS.lock().map_err(|_| "poisoned")?.push(connection.handle());
///     Ok(true)
/// }
///
/// /// Works on any thread of the application.
/// fn announce(text: &str) {
///     let mut viewers = VIEWERS.lock().unwrap();
///     viewers.retain(ConnectionHandle::is_open);
///     for viewer in viewers.iter() {
///         // A client that does not read misses it.
///         let _ = viewer.notify("announce", &[text.into()]);
///     }
/// }
/// ```
#[derive(Clone)]
pub struct ConnectionHandle {
    backend: Weak<dyn ConnectionBackend>,
    state: Weak<ConnectionState>,
    peer_address: PeerAddress,
}

impl ConnectionHandle {
    pub(crate) fn new(backend: &Arc<dyn ConnectionBackend>, state: &Arc<ConnectionState>) -> Self {
        Self {
            backend: Arc::downgrade(backend),
            state: Arc::downgrade(state),
            peer_address: state.peer_address,
        }
    }

    /// Returns the address of the client, also when the connection is gone.
    #[must_use]
    pub const fn peer_address(&self) -> PeerAddress {
        self.peer_address
    }

    /// Returns the application that the client asked for. Returns an empty string once the
    /// connection is gone.
    #[must_use]
    pub fn app(&self) -> String {
        let state = self.state.upgrade();
        state.map_or_else(String::new, |state| state.text_argument(Argument::App).to_owned())
    }

    /// Returns the carrier of the connection. Returns `None` once the connection is gone.
    #[must_use]
    pub fn transport(&self) -> Option<Carrier> {
        Some(self.state.upgrade()?.transport)
    }

    /// Returns the streams of the connection. Returns none once it is gone.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamHandle> {
        let streams = self.backend.upgrade().map(|backend| backend.streams());
        streams.into_iter().flatten().map(StreamHandle::new).collect()
    }

    /// Returns a property, as [`Connection::property`](crate::Connection::property) does. Returns
    /// `None` once the connection is gone.
    #[must_use]
    pub fn property(&self, key: &str) -> Option<Value> {
        self.state.upgrade()?.property(key)
    }

    /// Sets a property, as [`Connection::set_property`](crate::Connection::set_property) does. Has
    /// no effect once the connection is gone.
    ///
    /// # Errors
    /// [`PropertyError::NoSuchProperty`] if the name does not begin with `user_`.
    pub fn set_property(&self, key: &str, value: impl Into<Value>) -> Result<(), PropertyError> {
        self.state.upgrade().map_or(Ok(()), |state| state.set_property(key, value.into()))
    }

    /// Returns the figures of the connection. Returns `None` once it is gone.
    #[must_use]
    pub fn figures(&self) -> Option<ConnectionFigures> {
        Some(self.state.upgrade()?.figures(self.backend.upgrade()?.figures()))
    }

    /// Returns the figures of the connection by name, as
    /// [`Connection::statistics`](crate::Connection::statistics) does. Returns `None` once it is
    /// gone.
    #[must_use]
    pub fn statistics(&self) -> Option<Statistics> {
        Some(self.state.upgrade()?.statistics(self.backend.upgrade()?.figures()))
    }

    /// Returns whether the connection is still open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.backend.upgrade().is_some_and(|backend| backend.is_open())
    }

    /// Returns whether both are handles of the same connection.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.backend.ptr_eq(&other.backend)
    }

    /// Calls a procedure of the client, as [`Connection::call`](crate::Connection::call) does.
    ///
    /// # Errors
    /// [`CallError::Closed`], [`CallError::TooMany`] or [`CallError::Congested`]. `reply` is not
    /// called then.
    pub fn call(
        &self,
        procedure_name: &str,
        arguments: &[Value],
        reply: impl FnOnce(Result<Value, CallError>) + Send + 'static,
    ) -> Result<(), CallError> {
        self.send(procedure_name, arguments, Some(Box::new(reply)))
    }

    /// Calls a procedure of the client without asking for an answer. Does not block.
    ///
    /// # Errors
    /// [`CallError::Closed`] or [`CallError::Congested`].
    pub fn notify(&self, procedure_name: &str, arguments: &[Value]) -> Result<(), CallError> {
        self.send(procedure_name, arguments, None)
    }

    /// Ends the connection. Returns at once. Its handlers are told on its own thread.
    pub fn close(&self) {
        if let Some(backend) = self.backend.upgrade() {
            backend.close();
        }
    }

    /// Asks the client to connect again, for example before this server goes down. `tc_url` is
    /// where: a whole URL (`rtmp://host/app`), or the part that differs (`//host/app`, `/app`).
    /// `None` means here. Serve the client on: it leaves when it likes. Does not block.
    ///
    /// Returns `false` if the client has not announced that it knows the request (`capsEx` of
    /// Enhanced RTMP), or takes no messages now. The player, the publisher and the relays of this
    /// crate obey it. [`Server::shutdown`](crate::Server::shutdown) sends it by itself.
    pub fn ask_to_reconnect(&self, tc_url: Option<&str>, description: &str) -> bool {
        let backend = self.backend.upgrade();
        backend.is_some_and(|backend| backend.ask_to_reconnect(tc_url, description))
    }

    fn send(
        &self,
        procedure_name: &str,
        arguments: &[Value],
        reply: Option<ReplyHandler>,
    ) -> Result<(), CallError> {
        self.backend.upgrade().ok_or(CallError::Closed)?.call(procedure_name, arguments, reply)
    }
}

impl fmt::Debug for ConnectionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionHandle")
            .field("peer_address", &self.peer_address)
            .field("is_open", &self.is_open())
            .finish()
    }
}
