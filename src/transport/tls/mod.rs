//! RTMPS: RTMP in TLS, by rustls. Takes the feature `tls`.
//!
//! [`Certificates`] are loaded, given to [`ServerConfig::tls`](crate::ServerConfig::tls), and exchanged
//! while the server runs. Where it listens on `rtmps://` or `auto://` it then speaks TLS 1.2 and 1.3.

mod certificates;
mod error;
mod handshake;
mod pem;
mod resolver;
mod stream;
#[cfg(all(test, feature = "self-signed"))]
mod tests;

pub use certificates::{Certificate, Certificates};
pub use error::CertificateError;
pub(crate) use handshake::{HandshakeError, accept};
