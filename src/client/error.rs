//! The errors of a client.

use std::fmt;
use std::io;
use std::time::Duration;

use super::{Scheme, UrlError};
use crate::protocol::client_session::{self, TooLong};
use crate::protocol::message::Status;
#[cfg(feature = "tls")]
use crate::transport::tls::TlsError;

/// Says why a client cannot connect, or cannot go on.
///
/// ```
/// use rendercast::client::{Error, Player, UrlError};
///
/// let error = Player::open("rtmp://localhost/live").unwrap_err();
/// assert!(matches!(error, Error::Url(UrlError::NoName)));
/// println!("{error}"); // the URL names no stream: write rtmp://HOST/APP/NAME
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not one of a stream or an application.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The client cannot connect to URLs of this scheme.
    #[error("this client cannot connect to {0}:// URLs: use rtmp://, rtmps:// or rtmpt://")]
    Scheme(Scheme),
    /// The scheme needs a feature of this crate that the build lacks.
    #[error("this build cannot connect to {scheme}:// URLs: turn on the feature `{feature}`")]
    MissingFeature {
        /// The scheme of the URL.
        scheme: Scheme,
        /// What to turn on in `Cargo.toml`.
        feature: &'static str,
    },
    /// The host of the URL has no IP address.
    #[error("the host {host} does not resolve: {cause}")]
    Resolve {
        /// The host of the URL.
        host: String,
        /// The resolver's error.
        cause: io::Error,
    },
    /// No address of the host took the connection.
    #[error("cannot connect to port {port} of {host}: {cause}")]
    Connect {
        /// The host of the URL.
        host: String,
        /// The port of the URL, or that of its scheme.
        port: u16,
        /// The error of the last address.
        cause: io::Error,
    },
    /// The server could not be trusted, or the TLS handshake failed.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The connection broke.
    #[error("the connection to the server broke: {0}")]
    Io(#[from] io::Error),
    /// What was to be sent is longer than a message of RTMP can be. Nothing was sent, and the
    /// connection goes on.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// A wait took too long.
    #[error("waited {} ms for {wait}", after.as_millis())]
    Timeout {
        /// What the client waited for.
        wait: Wait,
        /// How long it waited.
        after: Duration,
    },
    /// The server closed the connection before it answered. SRS refuses clients in this way.
    #[error("the server closed the connection before it answered, which may be a refusal")]
    Closed,
    /// The server closed the connection in the middle of a stream.
    #[error("the server closed the connection before the end of the stream")]
    Unfinished,
    /// The server sent more than [`Config::kept_bytes`](super::Config::kept_bytes) instead of an
    /// answer.
    #[error("the server sent more than {limit} bytes before it answered")]
    Flooded {
        /// How many bytes the client keeps.
        limit: usize,
    },
    /// The server violates the protocol, refuses a request, or does not answer one.
    #[error(transparent)]
    Session(#[from] client_session::Error),
    /// The server reports a failure.
    #[error("the server reports: {0}")]
    Status(Box<Status>),
}

/// What a client waits for.
///
/// ```
/// use rendercast::client::Wait;
///
/// assert_eq!(Wait::Silence.to_string(), "the server to send anything");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// The resolver, and TCP.
    Connection,
    /// The end of the RTMP handshake, or an answer.
    Answer,
    /// Anything from the server, pings included.
    Silence,
    /// The server to receive what is sent.
    Write,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "the server to take the connection",
            Self::Answer => "the server to answer",
            Self::Silence => "the server to send anything",
            Self::Write => "the server to receive what is sent",
        })
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}
