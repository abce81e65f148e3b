//! The TLS handshake of a server.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{AlertDescription, Connection, ServerConnection};

use super::certificates::Certificates;
use super::stream::{Fault, Tls};
use crate::protocol::detect::PeerProtocol;
use crate::transport::{
    Input, LINGER_TIMEOUT, READ_BYTES, Socket, Transport as _, is_disconnect, linger, receive,
};

/// How many of a peer's first bytes are kept, for the error that says what it speaks.
const FIRST_BYTES: usize = 8;

/// Why a TLS connection was not established.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    #[error("the client closed the connection")]
    Closed,
    #[error("the client closed the connection in the middle of the TLS handshake, {0}")]
    CutOff(Progress),
    #[error("the peer did not finish the TLS handshake in time: it stopped {0}")]
    TooLate(Progress),
    #[error("the peer speaks {0} where TLS is spoken")]
    NotTls(FirstBytes),
    #[error("the client does not want the TLS connection: {}", complaint(.0))]
    Refused(AlertDescription),
    #[error("the TLS handshake failed: {0}")]
    Tls(rustls::Error),
    #[error("reading or sending failed in the TLS handshake: {0}")]
    Socket(io::Error),
}

/// How far a handshake got.
#[derive(Debug)]
pub(crate) struct Progress {
    bytes: usize,
    /// The server name that the client asked for. `None` if no ClientHello was whole, or it named
    /// none.
    server_name: Option<String>,
}

/// The first bytes of a peer that does not speak TLS.
#[derive(Debug)]
pub(crate) struct FirstBytes(Vec<u8>);

/// Shakes hands with a peer that has sent `received` so far. Blocks for at most `timeout`, and lets
/// a peer that fails read the alert, for at most [`LINGER_TIMEOUT`] of it.
pub(crate) fn accept(
    socket: Arc<Socket>,
    received: &[u8],
    certificates: &Certificates,
    timeout: Duration,
) -> Result<Tls, HandshakeError> {
    let session = ServerConnection::new(certificates.config()).map_err(HandshakeError::Tls)?;
    let tls = Tls::new(socket, session.into());
    let mut handshake = Handshake {
        tls: &tls,
        started: Instant::now(),
        timeout,
        bytes: 0,
        first_bytes: Vec::with_capacity(FIRST_BYTES),
    };
    match handshake.run(received) {
        Ok(()) => Ok(tls),
        Err(error) => {
            if matches!(error, HandshakeError::NotTls(_) | HandshakeError::Tls(_)) {
                // The alert says why, so the peer gets the time to read it.
                let left = handshake.left().unwrap_or_default().min(LINGER_TIMEOUT);
                linger(tls.socket(), Instant::now() + left, || true);
            }
            Err(error)
        }
    }
}

/// A handshake under way.
struct Handshake<'a> {
    tls: &'a Tls,
    started: Instant,
    timeout: Duration,
    bytes: usize,
    first_bytes: Vec<u8>,
}

impl Handshake<'_> {
    fn run(&mut self, received: &[u8]) -> Result<(), HandshakeError> {
        for piece in received.chunks(READ_BYTES) {
            self.take(piece)?;
        }
        let mut buffer = [0; READ_BYTES];
        while self.tls.ask(|tls| tls.is_handshaking()) {
            let length = self.read(&mut buffer)?;
            self.take(buffer.get(..length).unwrap_or_default())?;
        }
        Ok(())
    }

    fn read(&self, buffer: &mut [u8]) -> Result<usize, HandshakeError> {
        loop {
            let left = self.left().ok_or_else(|| HandshakeError::TooLate(self.progress()))?;
            match receive(self.tls.socket(), buffer, left).map_err(HandshakeError::Socket)? {
                Input::Bytes(length) => return Ok(length),
                Input::Nothing => {}
                Input::End => return Err(self.cut_off()),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), HandshakeError> {
        let missing = FIRST_BYTES - self.first_bytes.len();
        self.first_bytes.extend(bytes.iter().take(missing));
        self.bytes += bytes.len();
        self.tls.receive(bytes).map_err(|fault| self.explain(fault))?;
        if !self.tls.has_unsent() {
            return Ok(());
        }
        // A client that does not read gets no more time than one that does not write.
        let left = self.left().ok_or_else(|| HandshakeError::TooLate(self.progress()))?;
        let flushed = self.tls.socket().with_write_timeout(left, || self.tls.flush());
        flushed.map_err(|error| match error.kind() {
            ErrorKind::TimedOut => HandshakeError::TooLate(self.progress()),
            _ => self.explain(Fault::Socket(error)),
        })
    }

    fn left(&self) -> Option<Duration> {
        self.timeout.checked_sub(self.started.elapsed()).filter(|left| !left.is_zero())
    }

    fn explain(&self, fault: Fault) -> HandshakeError {
        match fault {
            Fault::Socket(error) if is_disconnect(error.kind()) => self.cut_off(),
            Fault::Socket(error) => HandshakeError::Socket(error),
            Fault::Tls(rustls::Error::AlertReceived(alert)) => HandshakeError::Refused(alert),
            Fault::Tls(_) if PeerProtocol::detect(&self.first_bytes) != PeerProtocol::Tls => {
                HandshakeError::NotTls(FirstBytes(self.first_bytes.clone()))
            }
            Fault::Tls(error) => HandshakeError::Tls(error),
        }
    }

    fn cut_off(&self) -> HandshakeError {
        match self.bytes {
            0 => HandshakeError::Closed,
            _ => HandshakeError::CutOff(self.progress()),
        }
    }

    fn progress(&self) -> Progress {
        let server_name = self.tls.ask(|tls| match tls {
            Connection::Server(tls) => tls.server_name().map(str::to_owned),
            Connection::Client(_) => None,
        });
        Progress { bytes: self.bytes, server_name }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} bytes", self.bytes)?;
        match &self.server_name {
            // The peer chose this text. The quotes keep it apart from ours.
            Some(name) => write!(f, ", having asked for {name:?}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for FirstBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = PeerProtocol::detect(&self.0);
        if protocol != PeerProtocol::Unknown {
            return protocol.fmt(f);
        }
        f.write_str("neither RTMP nor HTTP (its first bytes are")?;
        for byte in &self.0 {
            write!(f, " {byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// Says what the alert of a client means to the operator of the server.
fn complaint(alert: &AlertDescription) -> String {
    let meaning = match alert {
        AlertDescription::UnknownCA => {
            ": it does not know who signed the server's certificate; if its user trusts it all the \
             same, set the player to accept it"
        }
        AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate => {
            ": it does not trust the server's certificate"
        }
        AlertDescription::CertificateExpired => ": the server's certificate has expired",
        AlertDescription::CertificateRevoked => ": the server's certificate has been revoked",
        _ => "",
    };
    format!("{alert:?}{meaning}")
}
