//! RTMPS: RTMP in TLS, by rustls. Takes the feature `tls`.
//!
//! A client of `rtmps://` URLs takes a [`Trust`], which says whose certificates it accepts.
//!
//! [`Certificates`] are loaded, given to [`ServerConfig::tls`](crate::ServerConfig::tls), and
//! exchanged while the server runs. Where it listens on `rtmps://` or `auto://` it then speaks TLS
//! 1.2 and 1.3.

mod any_certificate;
mod certificates;
mod connect;
mod error;
mod handshake;
mod pem;
mod resolver;
mod source;
mod stream;
#[cfg(all(test, feature = "self-signed"))]
mod tests;
mod trust;

pub use certificates::{Certificate, Certificates};
pub use connect::TlsError;
pub(crate) use connect::connect;
pub use error::CertificateError;
pub(crate) use handshake::{HandshakeError, accept};
pub(crate) use stream::Tls;
pub use trust::Trust;
