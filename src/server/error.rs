//! Why a server does not start.

use std::io;

/// Why a server does not start: the SDK's -1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The listen address is not one.
    #[error(
        "\"{address}\" is not an address to listen on; it takes HOST:PORT, as \"0.0.0.0:1935\""
    )]
    Address {
        /// What was given.
        address: String,
        /// What the resolver said, where it was asked.
        source: Option<io::Error>,
    },
    /// The address is in use, not this machine's, or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// What was given.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no thread.
    #[error("cannot start a thread to accept connections on {address}: {source}")]
    Thread {
        /// What was given.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The server has been shut down; make another.
    #[error("the server has been shut down, and does not start again")]
    ShutDown,
}
