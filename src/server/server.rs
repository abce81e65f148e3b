//! The server, as applications hold it.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::accept::acceptor::Acceptor;
use super::config::ServerConfig;
#[cfg(feature = "web")]
use super::http::http_handlers::{HttpPathError, OperatorAccess};
#[cfg(feature = "web")]
use super::http::http_request::HttpRequest;
#[cfg(feature = "web")]
use super::http::http_response::HttpResponse;
use super::listen::ListenAddress;
#[cfg(feature = "tls")]
use super::listen::scheme::first_protocol;
use super::start_error::StartError;
use super::state::{HandlerId, ServerState};
#[cfg(feature = "web")]
use super::stream_list::StreamEntry;
#[cfg(feature = "web")]
use crate::handler::HandlerResult;
use crate::handler::{
    ConnectEventHandler, ConnectionHandle, InsideHandler, ServerFigures, Statistics,
};
use crate::media::codec::VideoCodecFactory;
use crate::media::codec::sound::AudioCodecFactory;
use crate::peer_log::{self, KeptThread, peer_log};
#[cfg(feature = "tls")]
use crate::protocol::detect::PeerProtocol;
use crate::render::RenderLoops;
use crate::sync::{Condition, lock, wait};

/// How long the end of a server waits for the logger.
const LOG_TIMEOUT: Duration = Duration::from_secs(1);

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
/// # Ok::<(), rendercast::StartError>(())
/// ```
#[doc(alias = "IServer")]
pub struct Server {
    shared: Arc<ServerState>,
    listeners: Mutex<Listeners>,
    /// Notified when all listeners have stopped because of a shutdown.
    stopped: Condition,
    /// Held while the threads are joined.
    joining: Mutex<()>,
}

#[derive(Debug, Default)]
struct Listeners {
    running: Vec<Acceptor>,
    is_shut_down: bool,
    /// Whether the shutdown has told all connections to close.
    are_stopped: bool,
    log: Option<KeptThread>,
}

impl Server {
    /// Makes a server that does not listen yet. An application may have several.
    #[doc(alias = "create_server")]
    #[must_use]
    pub fn new(config: ServerConfig) -> Self {
        Self {
            shared: Arc::new(ServerState::new(config)),
            listeners: Mutex::default(),
            stopped: Condition::new(),
            joining: Mutex::default(),
        }
    }

    /// Installs a connect handler after those that are installed. Without one, every client is
    /// refused.
    pub fn install(&self, handler: impl ConnectEventHandler + 'static) -> HandlerId {
        self.shared.install(Arc::new(handler))
    }

    /// Removes a connect handler. Returns `false` if it is not installed. The connections that it
    /// accepted stay open, and it is still told of their close.
    ///
    /// ```
    /// # use rendercast::amf::{Object, Value};
    /// # use rendercast::{Connection, HandlerResult, Server, ServerConfig};
    /// # let server = Server::new(ServerConfig::default());
    /// let handler =
    ///     server.install(|_: &Connection, _: &Object, _: &[Value]| -> HandlerResult { Ok(true) });
    /// assert!(server.remove(handler)); // every further client is refused
    /// assert!(!server.remove(handler));
    /// ```
    pub fn remove(&self, handler: HandlerId) -> bool {
        self.shared.remove(handler)
    }

    /// Starts to listen on `listen_address`. May be called several times, for several addresses.
    ///
    /// | address | protocol | default port |
    /// |---|---|---|
    /// | `HOST:PORT`, `auto://HOST:PORT` | all of these, told apart by the first byte | 1935 |
    /// | `rtmp://HOST:PORT` | RTMP | 1935 |
    /// | `rtmps://HOST:PORT` | RTMP in TLS | 443 |
    /// | `rtmpt://HOST:PORT` | RTMP in HTTP | 80 |
    /// | `rtmpts://HOST:PORT` | RTMP in HTTP in TLS | 443 |
    /// | `http://HOST:PORT` | pages, FLV and WebSockets, RTMP in HTTP | 80 |
    /// | `https://HOST:PORT` | the same in TLS | 443 |
    /// | `unix:/PATH` | RTMP over a Unix socket | |
    ///
    /// An empty address means `0.0.0.0:1935`. Port 0 lets the system choose one. `[::]` means every
    /// address of this machine, IPv4 included, and `0.0.0.0` every IPv4 address. A name means the
    /// first address to which it resolves.
    ///
    /// The umask of the process decides who may use the file of a Unix socket. The
    /// [`shutdown`](Self::shutdown) removes the file. A socket file that a dead process has left is
    /// replaced. Any other file is left as it is, and the start fails.
    ///
    /// Blocks for the resolver, and returns once the address is bound. Clients are served on
    /// threads of the server.
    ///
    /// # Errors
    /// [`StartError::Address`], [`StartError::Resolve`], [`StartError::MissingFeature`] or
    /// [`StartError::Listen`]. [`StartError::ShutDown`] after a [`shutdown`](Self::shutdown). They
    /// are the SDK's -1.
    ///
    /// ```
    /// # use rendercast::{Server, ServerConfig};
    /// # let server = Server::new(ServerConfig::default());
    /// server.start("127.0.0.1:0")?;
    /// let [address] = &server.listen_addresses()[..] else { panic!("one start, one address") };
    /// assert_ne!(address.port(), Some(0));
    ///
    /// let error = server.start(&address.to_string()).unwrap_err();
    /// println!("{error}"); // cannot listen on rtmp://127.0.0.1:...: Address already in use
    /// # Ok::<(), rendercast::StartError>(())
    /// ```
    pub fn start(&self, listen_address: &str) -> Result<(), StartError> {
        let resolved = ListenAddress::resolve(listen_address)?;
        #[cfg(feature = "tls")]
        if first_protocol(resolved.scheme()) == Some(PeerProtocol::Tls)
            && self.shared.config.certificates.is_none()
        {
            return Err(StartError::NoCertificates { address: listen_address.to_owned() });
        }
        let mut listeners = lock(&self.listeners);
        if listeners.is_shut_down {
            return Err(StartError::ShutDown);
        }
        let listener = Acceptor::start(Arc::clone(&self.shared), &resolved).map_err(|cause| {
            let address = match listen_address {
                "" => resolved.to_string(),
                given => given.to_owned(),
            };
            StartError::Listen { address, cause }
        })?;
        if listeners.log.is_none() {
            listeners.log = KeptThread::new();
        }
        peer_log!(Info, "the server", "listening on {}", listener.address());
        listeners.running.push(listener);
        Ok(())
    }

    /// Returns the addresses on which the server listens, in the order of the starts, with their
    /// ports.
    #[doc(alias = "get_listen_address")]
    #[must_use]
    pub fn listen_addresses(&self) -> Vec<ListenAddress> {
        lock(&self.listeners).running.iter().map(|listener| listener.address().clone()).collect()
    }

    /// Stops accepting, tells every player that its stream has ended, and closes all connections.
    /// Then ends the [render loops](Self::render_loops). Handlers that run are not interrupted, but
    /// for a renderer that asks whether it is [cancelled](crate::LoopCanvas::is_cancelled). Several
    /// threads may call it.
    ///
    /// Blocks until every handler has been told and every thread has been joined, which takes as
    /// long as the slowest handler.
    ///
    /// A handler of any kind may call it too, or drop the server. It then returns at once, since
    /// the threads that it would wait for may wait for the handler. The connections close when the
    /// handler has returned. Call it or [`wait`](Self::wait) on another thread to join the threads.
    /// If a handler drops the server, they end by themselves.
    pub fn shutdown(&self) {
        self.begin_shutdown();
        if InsideHandler::is_this_thread() {
            self.shared.render_loops.list().iter().for_each(|render_loop| render_loop.end());
        } else {
            self.wait();
        }
    }

    /// Blocks until the server has been shut down by another thread or a handler, and every thread
    /// has been joined. Connections come and go meanwhile.
    ///
    /// Returns at once in a handler, with an error in the log: it would wait for itself.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::thread;
    ///
    /// use rendercast::{Server, ServerConfig};
    ///
    /// let server = Arc::new(Server::new(ServerConfig::default()));
    /// server.start("127.0.0.1:0")?;
    /// let handle = Arc::clone(&server);
    /// // In an application, the handler of Ctrl-C.
    /// let other = thread::spawn(move || handle.shutdown());
    /// server.wait();
    /// # other.join().unwrap();
    /// # Ok::<(), rendercast::StartError>(())
    /// ```
    pub fn wait(&self) {
        if InsideHandler::is_this_thread() {
            peer_log!(Error, "a handler", "called `Server::wait`, which would wait for it");
            return;
        }
        let mut listeners = lock(&self.listeners);
        while !listeners.are_stopped {
            listeners = wait(&self.stopped, listeners);
        }
        drop(listeners);
        {
            let _turn = lock(&self.joining);
            self.shared.pool.join();
            self.shared.render_loops.shut_down();
        }
        drop(lock(&self.listeners).log.take());
        peer_log::finish(LOG_TIMEOUT);
    }

    /// Stops accepting, and lets all connections close. Waits for no handler.
    fn begin_shutdown(&self) {
        let running = {
            let mut listeners = lock(&self.listeners);
            if std::mem::replace(&mut listeners.is_shut_down, true) {
                return;
            }
            std::mem::take(&mut listeners.running)
        };
        running.into_iter().for_each(Acceptor::stop);
        self.shared.connections.shut_down();
        lock(&self.listeners).are_stopped = true;
        self.stopped.notify_all();
    }

    /// Returns the codecs that streams may [use](crate::Stream::use_codec): those of the library,
    /// and those that the application adds.
    #[must_use]
    pub fn video_codec_factory(&self) -> &VideoCodecFactory {
        &self.shared.video_codecs
    }

    /// Returns the connections that connect handlers have accepted and that are open, the oldest
    /// first. Their [streams](ConnectionHandle::streams) are lists too.
    #[must_use]
    pub fn connections(&self) -> Vec<ConnectionHandle> {
        self.shared.connections.handles()
    }

    /// Adds streams to the list that every client can read, at `/streams` and on the first page.
    /// `lister` is called for each request, on the thread of its connection, and should not block.
    ///
    /// Streams that are played but not listed are shown to
    /// [operators](crate::config::Operators) alone.
    #[cfg(feature = "web")]
    pub fn list_streams(&self, lister: impl Fn() -> Vec<StreamEntry> + Send + Sync + 'static) {
        self.shared.stream_list.add(lister);
    }

    /// Serves a path of HTTP. If `path` ends with a slash, `handler` serves all paths below too,
    /// unless they have handlers of their own. A path has no query and no escapes.
    ///
    /// The server's own paths come first: `/streams`, `/metrics`, `/statistics`, all below `/_/`,
    /// `/` if there are [pages](crate::config::WebConfig::pages), WebSockets, and paths that end
    /// with `.flv` or `.png`. Players are found only at paths that have no handler.
    ///
    /// `handler` is called on the thread of the connection, and may block it. Several connections
    /// may call it at once. An error or a panic is logged and answered with status 500, a
    /// [`Refusal`](crate::Refusal) with 403 and its description. Requests of pages of other sites
    /// are refused, unless [`WebConfig::allow_origin`](crate::config::WebConfig::allow_origin)
    /// lists them.
    ///
    /// ```
    /// use rendercast::{HttpMethod, HttpRequest, HttpResponse, Server, ServerConfig};
    ///
    /// let server = Server::new(ServerConfig::default());
    /// server.register_http_handler("/api/scene", |request: &HttpRequest<'_>| {
    ///     Ok(match request.method() {
    ///         HttpMethod::Get => HttpResponse::json(r#"{"objects":3}"#),
    ///         _ => HttpResponse::text("this path takes GET and HEAD").status(405),
    ///     })
    /// })?;
    /// # Ok::<(), rendercast::HttpPathError>(())
    /// ```
    ///
    /// # Errors
    /// [`HttpPathError`]. The handler is not registered then.
    #[cfg(feature = "web")]
    pub fn register_http_handler(
        &self,
        path: &str,
        handler: impl Fn(&HttpRequest<'_>) -> HandlerResult<HttpResponse> + Send + Sync + 'static,
    ) -> Result<(), HttpPathError> {
        self.shared.http_handlers.register(path, Arc::new(handler))
    }

    /// Removes the handler of a path. Returns `false` if there is none. Calls that run go on.
    #[cfg(feature = "web")]
    pub fn unregister_http_handler(&self, path: &str) -> bool {
        self.shared.http_handlers.unregister(path)
    }

    /// Lets `handler` decide who may see `/metrics`, `/statistics`, the page of figures and the
    /// streams that are not listed, instead of
    /// [`WebConfig::operators`](crate::config::WebConfig::operators). Replaces a former one.
    ///
    /// It is called for each such request, on the thread of its connection, and should not block.
    /// If it fails or panics, the client is refused.
    ///
    /// ```
    /// use rendercast::{HttpRequest, OperatorAccess, Server, ServerConfig};
    ///
    /// let server = Server::new(ServerConfig::default());
    /// server.register_operator_handler(|request: &HttpRequest<'_>| {
    ///     let is_known = request.header("Authorization") == Some("Bearer 3f7a...");
    ///     Ok(if is_known { OperatorAccess::Granted } else { OperatorAccess::Refused })
    /// });
    /// ```
    #[cfg(feature = "web")]
    pub fn register_operator_handler(
        &self,
        handler: impl Fn(&HttpRequest<'_>) -> HandlerResult<OperatorAccess> + Send + Sync + 'static,
    ) {
        self.shared.http_handlers.set_operators(Some(Arc::new(handler)));
    }

    /// Removes the handler that decides who may see the figures. The settings decide then.
    #[cfg(feature = "web")]
    pub fn unregister_operator_handler(&self) {
        self.shared.http_handlers.set_operators(None);
    }

    /// Returns the audio codecs for the sound of render loops: `"pcm"`, and those that the
    /// application adds.
    #[must_use]
    pub fn audio_codec_factory(&self) -> &AudioCodecFactory {
        &self.shared.audio_codecs
    }

    /// Returns the render loops of the server by name. They end with its
    /// [`shutdown`](Self::shutdown).
    #[must_use]
    pub fn render_loops(&self) -> &RenderLoops {
        &self.shared.render_loops
    }

    /// Returns the figures of the whole server by name.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.figures().into()
    }

    /// Returns the figures of the whole server as numbers, for a page of metrics.
    #[must_use]
    pub fn figures(&self) -> ServerFigures {
        self.shared.figures()
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
