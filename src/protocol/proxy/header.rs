//! What a header says.

use std::net::SocketAddr;

/// The header of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The client's address. `None` if the proxy speaks for itself (as in its health checks), does
    /// not know the client, or was reached over a Unix socket.
    pub client: Option<SocketAddr>,
}
