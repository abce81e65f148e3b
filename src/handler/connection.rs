//! The connection of one client, as its handlers see it.

use std::mem;
use std::sync::{Arc, Mutex};

use super::backend::ConnectionBackend;
use super::connection_state::{Argument, ConnectionState};
use super::slot::Shared;
use super::{
    CallError, CallEventHandler, ConnectionFigures, ConnectionHandle, DeferredReply, HandlerResult,
    PeerAddress, PropertyError, Slot, Statistics, StreamEventHandler,
};
use crate::panics::Caught;
use crate::protocol::Carrier;
use crate::protocol::amf::{Object, Value};
use crate::protocol::sorted_map::SortedMap;
use crate::sync::lock;

/// The connection of one client (NetConnection). Handlers borrow it for the length of a call. Keep
/// a [`handle`](Self::handle) to use it later.
///
/// ```
/// use rendercast::amf::{Object, Value};
/// use rendercast::{Connection, HandlerResult};
///
/// fn connect(connection: &Connection, arguments: &Object, _: &[Value]) -> HandlerResult {
///     let player = arguments.get("flashVer").and_then(Value::as_str).unwrap_or("somebody");
///     println!("{}: {player} asks for {}", connection.peer_address(), connection.app());
///     connection.set_property("user_name", "guest")?;
///     Ok(true)
/// }
/// ```
#[doc(alias = "IConnection")]
#[derive(Debug)]
pub struct Connection {
    state: Arc<ConnectionState>,
    streams: Slot<dyn StreamEventHandler>,
    calls: CallTable,
    backend: Arc<dyn ConnectionBackend>,
}

#[derive(Default)]
struct CallTable(Mutex<CallHandlers>);

/// Call handlers by the name of their procedure.
#[derive(Default)]
struct CallHandlers {
    named: SortedMap<Box<str>, Shared<dyn CallEventHandler>>,
    /// The handler of procedures that have none of their own.
    default: Option<Shared<dyn CallEventHandler>>,
}

impl Connection {
    pub(crate) fn new(
        peer_address: PeerAddress,
        transport: Carrier,
        backend: Arc<dyn ConnectionBackend>,
    ) -> Self {
        Self {
            state: Arc::new(ConnectionState::new(peer_address, transport)),
            streams: Slot::new(),
            calls: CallTable::default(),
            backend,
        }
    }

    /// Returns the address of the client. Behind a proxy of
    /// [`ServerConfig::proxies`](crate::ServerConfig::proxies), it is the address that the proxy
    /// named.
    #[doc(alias = "get_peer_address")]
    #[must_use]
    pub fn peer_address(&self) -> PeerAddress {
        self.state.peer_address
    }

    /// Returns the application that the client asked for: the path of its URL without the stream
    /// name.
    #[must_use]
    pub fn app(&self) -> &str {
        self.state.text_argument(Argument::App)
    }

    /// Returns the URL that the client says it connected to. Returns an empty string if it says
    /// none.
    #[must_use]
    pub fn tc_url(&self) -> &str {
        self.state.text_argument(Argument::TcUrl)
    }

    /// Returns the object of the client's connect command: `app`, `tcUrl`, `flashVer`, ... Its
    /// values are made at the first call, and kept.
    #[must_use]
    pub fn command_arguments(&self) -> &Object {
        self.state.command_arguments(|bytes| self.backend.take_memory(bytes))
    }

    /// Registers the handler of the streams of this connection, in place of the former one.
    pub fn register_stream_event_handler(&self, handler: impl StreamEventHandler + 'static) {
        self.streams.set(Some(Arc::new(Mutex::new(handler))));
    }

    /// Removes the handler of the streams of this connection. Further streams are created without
    /// one.
    pub fn unregister_stream_event_handler(&self) {
        self.streams.set(None);
    }

    /// Registers the handler of a procedure that the client may call, in place of the former one.
    ///
    /// Without a name it becomes the default handler, for procedures that have none of their own.
    ///
    /// ```
    /// # use rendercast::{Connection, HandlerResult, amf::Value};
    /// # fn claim(connection: &Connection) {
    /// connection.register_remote_call_handler(
    ///     "move_camera",
    ///     |_: &Connection, _: &str, _: &Value, arguments: &[Value]| -> HandlerResult<Value> {
    ///         let [dx, dy] = arguments else { return Err("move_camera takes dx and dy".into()) };
    ///         println!("the camera moves by {dx}, {dy}");
    ///         Ok(Value::Null)
    ///     },
    /// );
    /// # }
    /// ```
    pub fn register_remote_call_handler<'a>(
        &self,
        procedure_name: impl Into<Option<&'a str>>,
        handler: impl CallEventHandler + 'static,
    ) {
        self.calls.set(procedure_name.into(), Some(Arc::new(Mutex::new(handler))));
    }

    /// Removes the handler of a procedure. Without a name, removes the default handler.
    pub fn unregister_remote_call_handler<'a>(&self, procedure_name: impl Into<Option<&'a str>>) {
        self.calls.set(procedure_name.into(), None);
    }

    /// Calls a procedure of the client. Does not block.
    ///
    /// `reply` is called once, on the thread of this connection. It gets the client's `_result` or
    /// `_error`, or [`CallError::Closed`] if the connection closes before.
    ///
    /// # Errors
    /// [`CallError::TooMany`] or [`CallError::Congested`]. `reply` is not called then.
    ///
    /// ```
    /// # use rendercast::{CallError, Connection};
    /// # fn f(connection: &Connection) -> Result<(), CallError> {
    /// connection.call("set_title", &["Scene 7".into()], |reply| match reply {
    ///     Ok(value) => println!("the client says {value}"),
    ///     Err(error) => eprintln!("set_title: {error}"),
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call(
        &self,
        procedure_name: &str,
        arguments: &[Value],
        reply: impl FnOnce(Result<Value, CallError>) + Send + 'static,
    ) -> Result<(), CallError> {
        self.handle().call(procedure_name, arguments, reply)
    }

    /// Leaves the answer of a client's call to a later moment and to any thread. Only a call
    /// handler may ask for it, on the thread that called it. What that handler returns is not sent
    /// then.
    ///
    /// # Errors
    /// A [`Refusal`](super::Refusal) if
    /// [`Queues::deferred_replies`](crate::config::Queues::deferred_replies) calls of this client
    /// wait for an answer already. Any other error if no call handler runs on this thread, or it
    /// has deferred the answer before.
    pub fn defer_reply(&self) -> HandlerResult<DeferredReply> {
        DeferredReply::new(&self.backend)
    }

    /// Ends the connection once the running handler has returned.
    pub fn close(&self) {
        self.backend.close();
    }

    /// Returns a handle that may be kept and used from any thread.
    #[must_use]
    pub fn handle(&self) -> ConnectionHandle {
        ConnectionHandle::new(&self.backend, &self.state)
    }

    /// Returns the figures of this connection by name: the client, bytes and messages in and out,
    /// drops, queues.
    #[doc(alias = "get_statistics")]
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.state.statistics(self.backend.figures())
    }

    /// Returns the figures of this connection as numbers.
    #[must_use]
    pub fn figures(&self) -> ConnectionFigures {
        self.state.figures(self.backend.figures())
    }

    /// Returns what carries the bytes between the client and the server.
    ///
    /// The property `"transport"` has the same as text.
    #[must_use]
    pub fn transport(&self) -> Carrier {
        self.state.transport
    }

    /// Sets a property of the application. Its name must begin with `user_`.
    ///
    /// # Errors
    /// [`PropertyError::NoSuchProperty`] for any other name (the SDK's -1).
    ///
    /// ```
    /// # use rendercast::{Connection, PropertyError};
    /// # fn f(connection: &Connection) -> Result<(), PropertyError> {
    /// connection.set_property("user_visits", 3)?;
    /// assert_eq!(connection.property("user_visits"), Some(3.into()));
    /// assert!(connection.set_property("visits", 3).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_property(&self, key: &str, value: impl Into<Value>) -> Result<(), PropertyError> {
        self.state.set_property(key, value.into())
    }

    /// Returns a property that [`set_property`](Self::set_property) has set, or `"transport"`: the
    /// name of what carries the bytes, which is "rtmp" (TCP), "rtmps" (TLS), "rtmpt" (HTTP),
    /// "rtmpts" (HTTP in TLS) or "unix".
    #[doc(alias = "get_property")]
    #[must_use]
    pub fn property(&self, key: &str) -> Option<Value> {
        self.state.property(key)
    }

    pub(crate) fn set_command_arguments(&self, arguments: &Object) {
        self.state.set_command_arguments(arguments);
    }

    /// Returns how much memory the arguments of the client's connect command take, roughly, without
    /// what [`command_arguments`](Self::command_arguments) has made of them.
    pub(crate) fn arguments_bytes(&self) -> usize {
        self.state.arguments_bytes()
    }

    pub(crate) fn stream_event_handler(&self) -> Option<Shared<dyn StreamEventHandler>> {
        self.streams.get()
    }

    /// The handler of that very name.
    pub(crate) fn named_call_handler(&self, name: &str) -> Option<Shared<dyn CallEventHandler>> {
        self.calls.get(Some(name))
    }

    /// The handler of names that have none of their own.
    pub(crate) fn default_call_handler(&self) -> Option<Shared<dyn CallEventHandler>> {
        self.calls.get(None)
    }
}

impl CallTable {
    fn get(&self, name: Option<&str>) -> Option<Shared<dyn CallEventHandler>> {
        let handlers = lock(&self.0);
        match name {
            Some(name) => handlers.named.get(name).cloned(),
            None => handlers.default.clone(),
        }
    }

    fn set(&self, name: Option<&str>, handler: Option<Arc<Mutex<dyn CallEventHandler>>>) {
        let handler = handler.map(Caught::new);
        let mut handlers = lock(&self.0);
        let former = match (name, handler) {
            (Some(name), Some(handler)) => handlers.named.insert(name.into(), handler),
            (Some(name), None) => handlers.named.remove(name),
            (None, handler) => mem::replace(&mut handlers.default, handler),
        };
        drop(handlers);
        // Dropped without the lock: a handler's own drop may use this table.
        drop(former);
    }
}

impl std::fmt::Debug for CallTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(lock(&self.0).named.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, CallTable, Connection, Mutex, Value, lock};
    use crate::handler::HandlerResult;

    #[test]
    fn each_name_has_the_handler_that_was_registered_last() {
        let table = CallTable::default();
        let handler = || {
            let echo = |_: &Connection, _: &str, _: &Value, _: &[Value]| -> HandlerResult<Value> {
                Ok(Value::Null)
            };
            Some(Arc::new(Mutex::new(echo)) as _)
        };
        for name in [Some("b"), None, Some("a"), Some("c"), Some("b")] {
            table.set(name, handler());
        }
        let names = lock(&table.0).named.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names, ["a".into(), "b".into(), "c".into()]);
        table.set(Some("b"), None);
        table.set(Some("d"), None);
        let is_known = |name| table.get(name).is_some();
        assert_eq!(
            [None, Some("a"), Some("b"), Some("c")].map(is_known),
            [true, true, false, true]
        );
    }
}
