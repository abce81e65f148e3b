//! Why a server does not start.

use std::io;

use crate::protocol::url::UrlError;

/// Why a server does not start: the SDK's -1. The text of each says all, the system's words
/// included.
///
/// ```
/// use rendercast::{Server, ServerConfig, StartError};
///
/// let server = Server::new(ServerConfig::default());
/// let error = server.start("1935").unwrap_err();
/// assert!(matches!(error, StartError::Address { .. }));
/// println!("{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The text is not an address to listen on.
    #[error(
        "\"{address}\" is not an address to listen on: {cause}; write HOST:PORT, as in \
         0.0.0.0:1935, a URL, as in rtmps://0.0.0.0, or unix:PATH"
    )]
    Address {
        /// The text.
        address: String,
        /// What is wrong with it.
        cause: UrlError,
    },
    /// The host has no IP address.
    #[error("cannot listen on {address}: its host does not resolve: {cause}")]
    Resolve {
        /// The address that was given.
        address: String,
        /// The resolver's error.
        cause: io::Error,
    },
    /// The scheme needs a feature of this crate that is off.
    #[error(
        "cannot listen on {address}: this build of rendercast has no such scheme; \
         it needs the feature `{feature}`"
    )]
    MissingFeature {
        /// The address that was given.
        address: String,
        /// The feature to turn on in `Cargo.toml`.
        feature: &'static str,
    },
    /// The scheme needs certificates, and [`ServerConfig::tls`](crate::ServerConfig::tls) was not
    /// called.
    #[cfg(feature = "tls")]
    #[error("cannot listen on {address}: it needs certificates; set `ServerConfig::tls`")]
    NoCertificates {
        /// The address that was given.
        address: String,
    },
    /// The address is in use, not of this machine, or not allowed, or the system gives no thread.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address that was given.
        address: String,
        /// The system's error.
        cause: io::Error,
    },
    /// The server has been shut down; make another.
    #[error("the server has been shut down, and does not start again")]
    ShutDown,
}
