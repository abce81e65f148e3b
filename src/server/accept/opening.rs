//! Opens an accepted connection: finds out who the client is and what it speaks.
//!
//! All of this runs on the connection's thread (`rtmp-conn-N`), before the deadline of the
//! handshake.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::handler::PeerAddress;
use crate::protocol::detect::PeerProtocol;
use crate::protocol::proxy;
use crate::protocol::url::Scheme;
use crate::server::config::ServerConfig;
use crate::server::connection::{Opened, Spoken};
use crate::server::connections::Refused;
use crate::server::listen::scheme;
#[cfg(feature = "tls")]
use crate::transport::tls;
use crate::transport::{self, Input, READ_BYTES, Socket, Transport, receive};

/// A connection as it was accepted.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) socket: socket2::Socket,
    pub(crate) kind: transport::Kind,
    /// Whether the socket has its options.
    pub(crate) is_set: bool,
    pub(crate) peer: PeerAddress,
    /// The scheme of the listener.
    pub(crate) scheme: Scheme,
    /// When it was accepted. The deadline of the handshake counts from here.
    pub(crate) at: Instant,
}

/// A connection whose protocol is known.
#[derive(Debug)]
pub(crate) enum Ready {
    Rtmp(Opened),
    #[cfg(any(feature = "tunnel", feature = "web"))]
    Http(Opened),
}

/// Why a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("the client closed the connection")]
    ByPeer,
    #[error("the peer did not finish the handshake in time")]
    TooLate,
    #[error("the shutdown of the server closed the connection")]
    ShutDown,
    #[error("the connection could not be set up: {0}")]
    SetUp(io::Error),
    #[error("reading failed: {0}")]
    Read(io::Error),
    #[error("{0}")]
    Announcement(#[from] proxy::Error),
    /// The limits do not admit the client that a proxy announced.
    #[error("closed at once: {0}")]
    Refused(#[from] Refused),
    #[cfg(not(all(feature = "tls", any(feature = "tunnel", feature = "web"))))]
    #[error(
        "the peer speaks {protocol}, which this build of rendercast does not: \
         build it with the feature `{feature}`"
    )]
    MissingFeature { protocol: PeerProtocol, feature: &'static str },
    #[cfg(feature = "tls")]
    #[error("the peer speaks TLS, but the server has no certificates: set `ServerConfig::tls`")]
    NoCertificates,
    #[error("the peer speaks TLS inside TLS")]
    TlsInTls,
    #[cfg(feature = "tls")]
    #[error("{0}")]
    Tls(#[from] tls::HandshakeError),
}

/// When the handshake of a connection must be over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    since: Instant,
    timeout: Duration,
}

impl Deadline {
    pub(crate) const fn new(since: Instant, timeout: Duration) -> Self {
        Self { since, timeout }
    }

    /// Returns the time that is left, or `None` if there is none.
    fn left(self) -> Option<Duration> {
        self.timeout.checked_sub(self.since.elapsed()).filter(|left| !left.is_zero())
    }
}

/// Reads the header of a proxy. Blocks up to the deadline.
///
/// Returns the client's address, if the header has it, and the bytes that followed the header.
pub(crate) fn announcement(
    transport: &dyn Transport,
    deadline: Deadline,
) -> Result<(Option<PeerAddress>, Vec<u8>), OpenError> {
    let mut reader = proxy::Reader::default();
    let mut buffer = [0; READ_BYTES];
    loop {
        let length = read(transport, &mut buffer, deadline)?;
        let mut input = buffer.get(..length).unwrap_or_default();
        if let Some(header) = reader.read(&mut input)? {
            return Ok((header.client.map(PeerAddress::from), input.to_vec()));
        }
    }
}

/// Finds out what the peer speaks, and shakes hands for TLS if it speaks that. Blocks up to the
/// deadline.
///
/// `received` are bytes of the peer that have been read already.
pub(crate) fn open(
    config: &ServerConfig,
    socket: Arc<Socket>,
    mut received: Vec<u8>,
    scheme: Scheme,
    deadline: Deadline,
) -> Result<Ready, OpenError> {
    let protocol = match scheme::first_protocol(scheme) {
        Some(protocol) => protocol,
        None => detect(&*socket, &mut received, deadline)?,
    };
    if protocol == PeerProtocol::Tls {
        socket.acknowledge_with_answers(false);
        socket.acknowledge();
        let secured = secure(config, socket, &received, deadline)?;
        received.clear();
        let protocol = match scheme::protocol_in_tls(scheme) {
            Some(protocol) => protocol,
            None => detect(&*secured, &mut received, deadline)?,
        };
        return ready(protocol, secured, received);
    }
    ready(protocol, socket, received)
}

/// Sorts a connection by its innermost protocol. What is no known protocol counts as RTMP, whose
/// handshake refuses it and says why.
fn ready(
    protocol: PeerProtocol,
    transport: Arc<dyn Transport>,
    received: Vec<u8>,
) -> Result<Ready, OpenError> {
    let opened = Opened { transport, received, spoken: Spoken::Rtmp };
    match protocol {
        #[cfg(any(feature = "tunnel", feature = "web"))]
        PeerProtocol::Http => Ok(Ready::Http(opened)),
        #[cfg(not(any(feature = "tunnel", feature = "web")))]
        PeerProtocol::Http => Err(OpenError::MissingFeature { protocol, feature: "web" }),
        PeerProtocol::Tls => Err(OpenError::TlsInTls),
        _ => Ok(Ready::Rtmp(opened)),
    }
}

/// Shakes hands for TLS with a peer that has sent `received` so far.
#[cfg(feature = "tls")]
fn secure(
    config: &ServerConfig,
    socket: Arc<Socket>,
    received: &[u8],
    deadline: Deadline,
) -> Result<Arc<dyn Transport>, OpenError> {
    let certificates = config.certificates.as_ref().ok_or(OpenError::NoCertificates)?;
    let left = deadline.left().ok_or(OpenError::TooLate)?;
    Ok(Arc::new(tls::accept(socket, received, certificates, left)?))
}

#[cfg(not(feature = "tls"))]
fn secure(
    _config: &ServerConfig,
    _socket: Arc<Socket>,
    _received: &[u8],
    _deadline: Deadline,
) -> Result<Arc<dyn Transport>, OpenError> {
    Err(OpenError::MissingFeature { protocol: PeerProtocol::Tls, feature: "tls" })
}

/// Tells what the peer speaks by its first byte, which is read if nothing was `received` yet. Later
/// bytes do not count, so the outcome does not depend on how they are split.
fn detect(
    transport: &dyn Transport,
    received: &mut Vec<u8>,
    deadline: Deadline,
) -> Result<PeerProtocol, OpenError> {
    if received.is_empty() {
        transport.acknowledge_with_answers(true);
        let mut buffer = [0; READ_BYTES];
        let length = read(transport, &mut buffer, deadline)?;
        received.extend_from_slice(buffer.get(..length).unwrap_or_default());
    }
    Ok(PeerProtocol::detect(received.get(..1).unwrap_or_default()))
}

/// Reads at least one byte.
fn read(
    transport: &dyn Transport,
    buffer: &mut [u8],
    deadline: Deadline,
) -> Result<usize, OpenError> {
    loop {
        let left = deadline.left().ok_or(OpenError::TooLate)?;
        match receive(transport, buffer, left).map_err(OpenError::Read)? {
            Input::Bytes(length) => return Ok(length),
            Input::Nothing => {}
            Input::End => return Err(OpenError::ByPeer),
        }
    }
}
