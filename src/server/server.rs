//! The server as applications hold it.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex};

use super::config::ServerConfig;
use super::error::Error;
use super::listener::Listener;
use super::shared::{HandlerId, Shared};
use crate::handler::{ConnectEventHandler, Statistics, lock};

/// Where a server listens that is not told where: all addresses of the machine, on RTMP's own port.
const DEFAULT_LISTEN_ADDRESS: &str = "0.0.0.0:1935";

/// An RTMP server: listens, accepts, and calls the installed handlers. Runs on threads of its own;
/// dropping it shuts it down.
///
/// ```
/// use rendercast::amf::{Object, Value};
/// use rendercast::{Connection, HandlerResult, Server, ServerConfig};
///
/// let server = Server::new(ServerConfig::default());
/// server.install(|connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
///     println!("{} is here", connection.peer_address());
///     Ok(true)
/// });
/// server.start("127.0.0.1:0")?;
/// println!("listening on {}", server.listen_addresses()[0]);
/// server.shutdown();
/// # Ok::<(), rendercast::Error>(())
/// ```
#[doc(alias = "IServer")]
pub struct Server {
    shared: Arc<Shared>,
    listeners: Mutex<Listeners>,
    /// Held by the shutdown that is under way.
    shutdown: Mutex<()>,
}

#[derive(Debug, Default)]
struct Listeners {
    running: Vec<Listener>,
    is_shut_down: bool,
}

impl Server {
    /// A server that does not listen yet. An application may have as many as it wants.
    #[doc(alias = "create_server")]
    #[must_use]
    pub fn new(config: ServerConfig) -> Self {
        Self {
            shared: Arc::new(Shared::new(config)),
            listeners: Mutex::default(),
            shutdown: Mutex::default(),
        }
    }

    /// Installs a connect handler, behind those that are installed already. Any number may be; with
    /// none, every client is refused.
    pub fn install(&self, handler: impl ConnectEventHandler + 'static) -> HandlerId {
        self.shared.install(Arc::new(handler))
    }

    /// Removes a connect handler; false: it is not installed. Connections that it has claimed stay,
    /// and it is still told of their close.
    ///
    /// ```
    /// # use rendercast::amf::{Object, Value};
    /// # use rendercast::{Connection, HandlerResult, Server, ServerConfig};
    /// # let server = Server::new(ServerConfig::default());
    /// let everybody =
    ///     server.install(|_: &Connection, _: &Object, _: &[Value]| -> HandlerResult { Ok(true) });
    /// assert!(server.remove(everybody)); // from now on nobody is let in
    /// assert!(!server.remove(everybody));
    /// ```
    pub fn remove(&self, handler: HandlerId) -> bool {
        self.shared.remove(handler)
    }

    /// Starts to listen on `listen_address`, `HOST:PORT`; empty means `0.0.0.0:1935`, and port 0 a
    /// free one. A name stands for the first address that it resolves to. May be called several
    /// times, for several addresses.
    ///
    /// Returns once the address is bound; clients are served on threads of the server's own.
    ///
    /// # Errors
    /// The SDK's -1: [`Error::Address`], [`Error::Listen`], or [`Error::ShutDown`] after a
    /// [`shutdown`](Self::shutdown).
    ///
    /// ```
    /// # use rendercast::{Server, ServerConfig};
    /// # let server = Server::new(ServerConfig::default());
    /// server.start("127.0.0.1:0")?;
    /// let [address] = server.listen_addresses()[..] else { panic!("one start, one address") };
    /// assert_ne!(address.port(), 0);
    ///
    /// let error = server.start(&address.to_string()).unwrap_err();
    /// println!("{error}"); // cannot listen on 127.0.0.1:...: Address already in use
    /// # Ok::<(), rendercast::Error>(())
    /// ```
    pub fn start(&self, listen_address: &str) -> Result<(), Error> {
        let address =
            if listen_address.is_empty() { DEFAULT_LISTEN_ADDRESS } else { listen_address };
        let resolved = resolve(address)?;
        let mut listeners = lock(&self.listeners);
        if listeners.is_shut_down {
            return Err(Error::ShutDown);
        }
        let listener = Listener::start(Arc::clone(&self.shared), resolved)
            .map_err(|cause| Error::Listen { address: address.to_owned(), cause })?;
        log::info!("listening on {}", listener.address());
        listeners.running.push(listener);
        Ok(())
    }

    /// Where the server listens, in the order of the starts, with the ports that it got.
    #[doc(alias = "get_listen_address")]
    #[must_use]
    pub fn listen_addresses(&self) -> Vec<SocketAddr> {
        lock(&self.listeners).running.iter().map(Listener::address).collect()
    }

    /// Stops accepting, tells every player that its stream has ended, and closes all connections;
    /// requests that are being handled are served to their end. Returns once every handler has been
    /// told and every thread has been joined, which takes as long as the slowest handler.
    ///
    /// May be called by several threads: each returns once all is done. Not to be called from a
    /// handler: it would wait for itself.
    pub fn shutdown(&self) {
        // A handler that does so all the same must not wait for those that wait for it.
        let is_handler = self.shared.registry.is_called_by_a_connection();
        let _turn = (!is_handler).then(|| lock(&self.shutdown));
        let listeners = {
            let mut listeners = lock(&self.listeners);
            listeners.is_shut_down = true;
            std::mem::take(&mut listeners.running)
        };
        for listener in listeners {
            listener.stop();
        }
        self.shared.registry.shut_down();
    }

    /// Figures of the server as a whole.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let figures = self.shared.registry.figures();
        let mut statistics = Statistics::default();
        statistics.push("uptime_seconds", self.shared.started.elapsed().as_secs_f64());
        statistics.push("connections", self.shared.registry.len() as f64);
        statistics.push("connections_in_all", self.shared.registry.opened_in_all() as f64);
        statistics.push("connections_refused", self.shared.registry.refused() as f64);
        statistics.push("bytes_in", figures.bytes_in as f64);
        statistics.push("bytes_out", figures.bytes_out as f64);
        statistics.push("dropped_frames", figures.dropped as f64);
        statistics
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("listen_addresses", &self.listen_addresses()).finish()
    }
}

fn resolve(address: &str) -> Result<SocketAddr, Error> {
    let failed = |cause| Error::Address { address: address.to_owned(), cause };
    let mut found = address.to_socket_addrs().map_err(|error| failed(Some(error)))?;
    found.next().ok_or_else(|| failed(None))
}
