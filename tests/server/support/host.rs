//! A server on a free port.

use std::net::SocketAddr;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rendercast::amf::{Object, Value};
use rendercast::{ConnectEventHandler, Connection, HandlerResult, Server, ServerConfig, Stream};

use super::Client;

/// Tests that measure time, count threads or load the whole machine run alone.
static TURN: RwLock<()> = RwLock::new(());

/// A server of one test on a free port. The end of the test shuts it down.
pub(crate) struct Host {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    _turn: Turn,
}

/// Dropped after the server.
#[allow(dead_code, reason = "what matters is how long they live")]
enum Turn {
    Shared(RwLockReadGuard<'static, ()>),
    Alone(RwLockWriteGuard<'static, ()>),
}

impl Host {
    pub(crate) fn start(handler: impl ConnectEventHandler + 'static) -> Self {
        Self::start_with(ServerConfig::default(), handler)
    }

    pub(crate) fn start_with(
        config: ServerConfig,
        handler: impl ConnectEventHandler + 'static,
    ) -> Self {
        let host = Self::start_empty(config);
        host.server.install(handler);
        host
    }

    /// Starts a server without a connect handler.
    pub(crate) fn start_empty(config: ServerConfig) -> Self {
        let turn = Turn::Shared(TURN.read().unwrap_or_else(PoisonError::into_inner));
        Self::new(config, turn)
    }

    /// Starts a server while no other test runs.
    pub(crate) fn start_alone(
        config: ServerConfig,
        handler: impl ConnectEventHandler + 'static,
    ) -> Self {
        let turn = Turn::Alone(TURN.write().unwrap_or_else(PoisonError::into_inner));
        let host = Self::new(config, turn);
        host.server.install(handler);
        host
    }

    fn new(config: ServerConfig, turn: Turn) -> Self {
        let server = Server::new(config);
        server.start("127.0.0.1:0").expect("a free port");
        let address = server.listen_addresses()[0].socket_address().expect("TCP");
        Self { server, address, _turn: turn }
    }

    /// Returns a client that is connected.
    #[track_caller]
    pub(crate) fn client(&self) -> Client {
        let mut client = Client::open(self.address);
        client.connect("live", &[]).expect("the connection is claimed");
        client
    }

    /// Returns a client that is connected, with a small receive buffer.
    pub(crate) fn narrow_client(&self) -> Client {
        let mut client = Client::open_narrow(self.address);
        client.connect("live", &[]).expect("the connection is claimed");
        client
    }
}

/// A connect handler that accepts every connection, and sets up each of its streams.
pub(crate) fn on_streams(
    set_up: impl Fn(&Stream) + Clone + Send + Sync + 'static,
) -> impl ConnectEventHandler {
    move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let set_up = set_up.clone();
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            set_up(stream);
            Ok(true)
        });
        Ok(true)
    }
}
