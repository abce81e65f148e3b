//! How far a header has come.

use std::net::SocketAddr;

/// How far a header has come.
pub(super) enum Progress {
    /// Another byte has to come.
    More,
    /// All that counts is there; so many bytes are to be skipped.
    Known { client: Option<SocketAddr>, skip: usize },
}
