//! The settings for browsers.

/// The settings for browsers and for other clients of HTTP.
///
/// ```
/// use rendercast::ServerConfig;
/// use rendercast::config::{Operators, WebConfig};
///
/// let web = WebConfig::default()
///     .allow_origin("https://lab.example")
///     .operators(Operators::Nobody);
/// let config = ServerConfig::default().web(web);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct WebConfig {
    pub(crate) origins: Vec<String>,
    pub(crate) operators: Operators,
    pub(crate) has_pages: bool,
    pub(crate) message_bytes: usize,
    pub(crate) response_bytes: usize,
}

/// Which clients may read the figures of a server: `/metrics`, `/statistics` and their page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operators {
    /// No client.
    Nobody,
    /// Clients on this machine, unless a proxy passes the request on.
    #[default]
    Loopback,
    /// Every client that reaches the server.
    Everybody,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            operators: Operators::default(),
            has_pages: true,
            message_bytes: 64 << 10,
            response_bytes: 16 << 20,
        }
    }
}

impl WebConfig {
    /// Lets the scripts of another site use this server: its WebSockets, and FLV over HTTP.
    ///
    /// `origin` is what browsers send, as in `https://lab.example` or `http://localhost:8080`.
    /// `*` means every site. Without any, only the server's own pages may, and clients that are no
    /// browsers.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Sets which clients may read the figures of the server. Defaults to those on this machine.
    /// A [handler](crate::Server::register_operator_handler) decides instead, if there is one.
    pub const fn operators(mut self, operators: Operators) -> Self {
        self.operators = operators;
        self
    }

    /// Sets whether the server has pages: the list of streams at `/`, and a player at the path of
    /// each stream. Defaults to `true`.
    pub const fn pages(mut self, has_pages: bool) -> Self {
        self.has_pages = has_pages;
        self
    }

    /// Sets the length of the longest message of a WebSocket's client, in bytes. The connection
    /// of a client that sends a longer one is closed. Defaults to 64 KiB.
    pub const fn message_bytes(mut self, bytes: usize) -> Self {
        self.message_bytes = bytes;
        self
    }

    /// Sets the length of the longest body that a handler of HTTP requests may return, in bytes.
    /// A longer one is replaced by status 500, and logged. Defaults to 16 MiB.
    pub const fn response_bytes(mut self, bytes: usize) -> Self {
        self.response_bytes = bytes;
        self
    }
}
