//! What a header says, and how far it has come.

use std::net::SocketAddr;

/// The header of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The client's address. `None` if the proxy speaks for itself (as in its health checks), does
    /// not know the client, or was reached over a Unix socket.
    pub client: Option<SocketAddr>,
}

/// How far a header has come.
pub(super) enum Progress {
    /// At least one more byte must come.
    More,
    /// The client is known. So many bytes of the header follow, which are skipped.
    Known { client: Option<SocketAddr>, skip: usize },
}
