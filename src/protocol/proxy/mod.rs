//! The header that a proxy puts in front of what it relays, by which a server learns who the client
//! is: the PROXY protocol of HAProxy, versions 1 and 2.
//!
//! A server either requires the header or refuses it, and never guesses. If it took a header
//! whenever there is one, a client behind a proxy that sends none could send one itself, and claim
//! any address.

mod error;
mod reader;
mod v1;
mod v2;

use std::net::SocketAddr;

pub use error::Error;
pub use reader::Reader;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The address of the client. `None` if the proxy speaks for itself (its health checks do),
    /// does not know the client, or was reached over a Unix socket.
    pub client: Option<SocketAddr>,
}

/// How far a header has come.
enum Progress {
    /// At least one more byte must come.
    More,
    /// The client is known. So many bytes of the header follow, which are skipped.
    Known { client: Option<SocketAddr>, skip: usize },
}
