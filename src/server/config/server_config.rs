//! The settings of a server.

#[cfg(feature = "web")]
use super::WebConfig;
use super::{ConnectionLimits, Queues};
use crate::handler::PeerAddress;
#[cfg(any(feature = "tunnel", feature = "web"))]
use crate::protocol::http;
use crate::protocol::server_session;
#[cfg(feature = "tunnel")]
use crate::protocol::tunnel;
use crate::server::listen::proxy_address::ProxyAddress;
#[cfg(feature = "tls")]
use crate::transport::tls::Certificates;

/// The settings of a [`Server`](crate::Server), in groups. The groups are in
/// [`config`](crate::config).
///
/// ```
/// use rendercast::config::ConnectionLimits;
/// use rendercast::{Server, ServerConfig};
///
/// let limits = ConnectionLimits::default().total(500);
/// let server = Server::new(ServerConfig::default().connections(limits));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ServerConfig {
    pub(crate) connections: ConnectionLimits,
    pub(crate) queues: Queues,
    pub(crate) session: server_session::Config,
    #[cfg(any(feature = "tunnel", feature = "web"))]
    pub(crate) http: http::Limits,
    #[cfg(feature = "web")]
    pub(crate) web: WebConfig,
    #[cfg(feature = "tunnel")]
    pub(crate) tunnel: tunnel::Config,
    #[cfg(feature = "tls")]
    pub(crate) certificates: Option<Certificates>,
    pub(crate) proxies: Vec<ProxyAddress>,
    pub(crate) stack_bytes: usize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            connections: ConnectionLimits::default(),
            queues: Queues::default(),
            session: server_session::Config::default(),
            #[cfg(any(feature = "tunnel", feature = "web"))]
            http: http::Limits::default(),
            #[cfg(feature = "web")]
            web: WebConfig::default(),
            #[cfg(feature = "tunnel")]
            tunnel: tunnel::Config::default(),
            #[cfg(feature = "tls")]
            certificates: None,
            proxies: Vec::new(),
            stack_bytes: 256 << 10,
        }
    }
}

/// The stack that each level of nesting must have: twice what one takes in debug builds, so that
/// handlers have the other half.
const STACK_BYTES_PER_AMF_LEVEL: usize = 8 << 10;

/// What the server itself may need of a stack in debug builds.
const MIN_STACK_BYTES: usize = 64 << 10;

impl ServerConfig {
    /// Returns these settings, with those that could end the process brought into range.
    pub(crate) fn sanitized(mut self) -> Self {
        self.stack_bytes = self.stack_bytes.max(MIN_STACK_BYTES);
        let levels = self.stack_bytes / STACK_BYTES_PER_AMF_LEVEL;
        self.session.amf.depth = self.session.amf.depth.min(levels);
        self
    }

    /// Sets the limits of the number of connections.
    pub const fn connections(mut self, limits: ConnectionLimits) -> Self {
        self.connections = limits;
        self
    }

    /// Sets the bounds of what waits to be sent to a client.
    pub const fn queues(mut self, queues: Queues) -> Self {
        self.queues = queues;
        self
    }

    /// Sets the timeouts of a client's session, and the limits of its messages.
    ///
    /// A level of nesting may take up to 4 KiB of stack. The [depth](crate::config::AmfLimits) of
    /// values is so limited to one level for each 8 KiB of [`stack_bytes`](Self::stack_bytes).
    pub fn session(mut self, config: server_session::Config) -> Self {
        self.session = config;
        self
    }

    /// Sets what browsers and other clients of HTTP get.
    #[cfg(feature = "web")]
    pub fn web(mut self, config: WebConfig) -> Self {
        self.web = config;
        self
    }

    /// Sets the limits of HTTP requests.
    #[cfg(any(feature = "tunnel", feature = "web"))]
    pub const fn http(mut self, limits: http::Limits) -> Self {
        self.http = limits;
        self
    }

    /// Sets the buffers and timeouts of each RTMPT tunnel.
    #[cfg(feature = "tunnel")]
    pub const fn tunnel(mut self, config: tunnel::Config) -> Self {
        self.tunnel = config;
        self
    }

    /// Sets the certificates for `rtmps://`, `rtmpts://`, and TLS on `auto://`. Defaults to none:
    /// the first two do not start then, and a client that speaks TLS on the third is closed.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, certificates: Certificates) -> Self {
        self.certificates = Some(certificates);
        self
    }

    /// Sets the proxies that announce each client with a PROXY header (HAProxy's PROXY protocol,
    /// version 1 or 2), in front of any other byte. Defaults to none.
    ///
    /// The client's address is then the one in the header, for
    /// [`peer_address`](crate::Connection::peer_address), the limits and the log. It is the proxy's
    /// own if the proxy speaks for itself or does not know the client.
    ///
    /// A connection from a listed proxy that does not begin with a header is closed and logged. If
    /// headers were optional, a client behind a proxy that sends none could write its own, and
    /// claim any address. A header from any other peer is not understood. The header must arrive
    /// within the [`handshake_timeout`](crate::config::SessionConfig::handshake_timeout).
    pub fn proxies(mut self, proxies: impl IntoIterator<Item = ProxyAddress>) -> Self {
        self.proxies = proxies.into_iter().collect();
        self
    }

    pub(crate) fn is_proxy(&self, peer: PeerAddress) -> bool {
        self.proxies.iter().any(|proxy| proxy.contains(peer))
    }

    /// Sets the size of the stack of each of the server's threads, in bytes of address space.
    /// Memory is used only for pages that are touched. Defaults to 256 KiB, and is at least 64 KiB.
    ///
    /// Handlers run on it. A renderer or an encoder that recurses, or keeps large arrays on the
    /// stack, needs more. A handler that overflows the stack ends the process.
    pub const fn stack_bytes(mut self, bytes: usize) -> Self {
        self.stack_bytes = bytes;
        self
    }
}
