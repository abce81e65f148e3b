//! The client's side of the TLS handshake.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError as Refusal, ClientConnection};

use super::error::CertificateError;
use super::stream::{Fault, Tls};
use super::trust::Trust;
use crate::transport::{Input, READ_BYTES, Socket, Transport as _, is_disconnect, receive};

/// Says why a client has no TLS connection to a server, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The authorities of a [`Trust`] cannot be used.
    #[error(transparent)]
    Authorities(#[from] CertificateError),
    /// No certificate can bear the server's name.
    #[error("no certificate can bear the name \"{name}\": pass another to Trust::server_name")]
    ServerName {
        /// The host of the URL, or the name given to [`Trust::server_name`].
        name: String,
    },
    /// No authority that the client trusts has signed the certificate.
    #[error(
        "no authority that is trusted here has signed the certificate of {server}: if you know \
         the server, pass its authority, or its self-signed certificate, to \
         Trust::authorities_file"
    )]
    UnknownAuthority {
        /// The host of the URL.
        server: String,
    },
    /// The certificate bears other names.
    #[error(
        "{server} is not the server that the URL names: {cause}; connect to a name that the \
         certificate bears, or pass one to Trust::server_name"
    )]
    WrongName {
        /// The host of the URL.
        server: String,
        /// The names that were expected and found.
        cause: String,
    },
    /// The certificate has expired, is not valid yet, or is damaged.
    #[error("the certificate of {server} cannot be accepted: {cause}; its owner must renew it")]
    Certificate {
        /// The host of the URL.
        server: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The server does not speak TLS.
    #[error("{server} does not speak TLS on this port: use another port, or an rtmp:// URL")]
    NotTls {
        /// The host of the URL.
        server: String,
    },
    /// The server ended the handshake with an alert.
    #[error("{server} refuses the TLS connection with the alert {alert}")]
    Refused {
        /// The host of the URL.
        server: String,
        /// The name of the alert (RFC 8446 §6).
        alert: String,
    },
    /// The two sides cannot agree.
    #[error("the TLS handshake with {server} failed: {cause}")]
    Handshake {
        /// The host of the URL.
        server: String,
        /// The reason.
        cause: String,
    },
    /// The server closed the connection during the handshake.
    #[error("{server} closed the connection during the TLS handshake")]
    Closed {
        /// The host of the URL.
        server: String,
    },
    /// The deadline passed.
    #[error("{server} did not finish the TLS handshake in time")]
    TimedOut {
        /// The host of the URL.
        server: String,
    },
    /// The socket failed.
    #[error("reading or sending failed during the TLS handshake with {server}: {cause}")]
    Socket {
        /// The host of the URL.
        server: String,
        /// The system's error.
        cause: io::Error,
    },
}

/// Establishes TLS with `host` on a connected socket. Blocks until `deadline` at most.
pub(crate) fn connect(
    socket: Socket,
    host: &str,
    trust: &Trust,
    deadline: Instant,
) -> Result<Tls, TlsError> {
    let name = trust.expected_name(host);
    let server_name = ServerName::try_from(name.to_owned())
        .map_err(|_| TlsError::ServerName { name: name.to_owned() })?;
    let session = ClientConnection::new(trust.config()?, server_name)
        .map_err(|error| explain(host, &error))?;
    let tls = Tls::new(Arc::new(socket), session.into());
    let mut buffer = [0; READ_BYTES];
    while tls.ask(|tls| tls.is_handshaking()) {
        if tls.has_unsent() {
            let left = left(host, deadline)?;
            let flushed = tls.socket().with_write_timeout(left, || tls.flush());
            flushed.map_err(|error| explain_fault(host, Fault::Socket(error)))?;
        }
        let received = receive(tls.socket(), &mut buffer, left(host, deadline)?);
        match received.map_err(|error| explain_fault(host, Fault::Socket(error)))? {
            Input::Bytes(length) => tls
                .receive(buffer.get(..length).unwrap_or_default())
                .map_err(|fault| explain_fault(host, fault))?,
            Input::Nothing => {}
            Input::End => return Err(TlsError::Closed { server: host.to_owned() }),
        }
    }
    Ok(tls)
}

fn left(host: &str, deadline: Instant) -> Result<Duration, TlsError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(TlsError::TimedOut { server: host.to_owned() });
    }
    Ok(left)
}

fn explain_fault(host: &str, fault: Fault) -> TlsError {
    let server = host.to_owned();
    match fault {
        Fault::Tls(error) => explain(host, &error),
        Fault::Socket(error) if error.kind() == io::ErrorKind::TimedOut => {
            TlsError::TimedOut { server }
        }
        Fault::Socket(error) if is_disconnect(error.kind()) => TlsError::Closed { server },
        Fault::Socket(cause) => TlsError::Socket { server, cause },
    }
}

fn explain(host: &str, error: &rustls::Error) -> TlsError {
    let server = host.to_owned();
    match error {
        rustls::Error::InvalidCertificate(refusal) => match refusal {
            // The signature is bad if another authority has the name of a trusted one.
            Refusal::UnknownIssuer | Refusal::BadSignature => TlsError::UnknownAuthority { server },
            Refusal::NotValidForName | Refusal::NotValidForNameContext { .. } => {
                TlsError::WrongName { server, cause: refusal.to_string() }
            }
            refusal => TlsError::Certificate { server, cause: refusal.to_string() },
        },
        rustls::Error::InvalidMessage(_) => TlsError::NotTls { server },
        rustls::Error::AlertReceived(alert) => {
            TlsError::Refused { server, alert: alert_name(*alert) }
        }
        error => TlsError::Handshake { server, cause: error.to_string() },
    }
}

fn alert_name(alert: AlertDescription) -> String {
    alert.as_str().map_or_else(|| format!("{alert:?}"), str::to_owned)
}
