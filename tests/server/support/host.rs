//! A server on a free port.

use std::net::SocketAddr;
use std::panic;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use rendercast::amf::{Object, Value};
use rendercast::config::SessionConfig;
use rendercast::{ConnectEventHandler, Connection, HandlerResult, Server, ServerConfig, Stream};

use super::{Client, PATIENCE};

/// Which tests run. Those that measure time, count threads or load the whole machine run alone.
///
/// It is no `RwLock`: one that prefers writers would not let a test start its second server while
/// another test waits to run alone.
static RUNNING: Mutex<Running> = Mutex::new(Running { shared: Vec::new(), alone: None });
static ENDED: Condvar = Condvar::new();

struct Running {
    /// The thread of each turn that others may share. A test has one for each of its servers.
    shared: Vec<ThreadId>,
    /// The thread of the test that runs alone.
    alone: Option<ThreadId>,
}

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait_while(is_so: impl Fn(&Running) -> bool) -> MutexGuard<'static, Running> {
    let waited = ENDED.wait_while(running(), |running| is_so(running));
    waited.unwrap_or_else(PoisonError::into_inner)
}

/// A server of one test on a free port. The end of the test shuts it down.
pub(crate) struct Host {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    _turn: Turn,
}

/// Dropped after the server.
#[allow(dead_code, reason = "what matters is how long they live")]
enum Turn {
    Shared(SharedTurn),
    Alone(AloneTurn),
}

/// While it lives, no test runs alone. Tests need one for a server that is no [`Host`].
pub(crate) struct SharedTurn(ThreadId);

impl SharedTurn {
    #[track_caller]
    pub(crate) fn wait() -> Self {
        let own = thread::current().id();
        let waits_for_itself = running().alone == Some(own);
        assert!(!waits_for_itself, "this test has a server that runs alone, so it has no other");
        wait_while(|running| running.alone.is_some()).shared.push(own);
        Self(own)
    }
}

impl Drop for SharedTurn {
    fn drop(&mut self) {
        let mut running = running();
        let own = running.shared.iter().position(|thread| *thread == self.0);
        own.map(|own| running.shared.swap_remove(own));
        drop(running);
        ENDED.notify_all();
    }
}

/// While it lives, no other test runs.
struct AloneTurn(());

impl AloneTurn {
    #[track_caller]
    fn wait() -> Self {
        let own = thread::current().id();
        let is_own =
            |running: &Running| running.alone == Some(own) || running.shared.contains(&own);
        let waits_for_itself = is_own(&running());
        assert!(!waits_for_itself, "this test has a server already, so no further one runs alone");
        let is_taken = |running: &Running| running.alone.is_some() || !running.shared.is_empty();
        wait_while(is_taken).alone = Some(own);
        Self(())
    }
}

impl Drop for AloneTurn {
    fn drop(&mut self) {
        running().alone = None;
        ENDED.notify_all();
    }
}

impl Host {
    pub(crate) fn start(handler: impl ConnectEventHandler + 'static) -> Self {
        Self::start_with(patient(), handler)
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
    #[track_caller]
    pub(crate) fn start_empty(config: ServerConfig) -> Self {
        Self::new(config, Turn::Shared(SharedTurn::wait()))
    }

    /// Starts a server while no other test runs. It is the only one of its test.
    #[track_caller]
    pub(crate) fn start_alone(
        config: ServerConfig,
        handler: impl ConnectEventHandler + 'static,
    ) -> Self {
        let host = Self::new(config, Turn::Alone(AloneTurn::wait()));
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

/// The defaults, but for timeouts that are longer than a client of these tests waits. So a
/// connection that is closed has been closed for another reason.
pub(crate) fn patient() -> ServerConfig {
    let timeout = 4 * PATIENCE;
    let session = SessionConfig::default().handshake_timeout(timeout).connect_timeout(timeout);
    ServerConfig::default().session(session)
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

#[test]
fn a_test_that_would_wait_for_its_own_server_fails() {
    type Start = fn() -> Host;
    let alone: Start = || Host::start_alone(ServerConfig::default(), on_streams(|_| {}));
    let shared: Start = || Host::start_empty(ServerConfig::default());
    for (first, second, expected) in [
        (alone, alone, "this test has a server already, so no further one runs alone"),
        (shared, alone, "this test has a server already, so no further one runs alone"),
        (alone, shared, "this test has a server that runs alone, so it has no other"),
    ] {
        let first = first();
        let Err(panic) = panic::catch_unwind(second) else { panic!("two servers run") };
        assert_eq!(panic.downcast_ref(), Some(&expected));
        drop(first);
    }
    // What has ended is in nobody's way.
    drop(alone());
    let both = [shared(), shared()];
    assert_ne!(both[0].address, both[1].address);
}
