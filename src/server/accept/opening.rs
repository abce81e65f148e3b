//! A connection's beginning: who the client is and what it speaks, on the connection's thread and
//! under the handshake's deadline.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::handler::PeerAddress;
use crate::protocol::proxy;
use crate::protocol::url::Scheme;
use crate::server::config::ServerConfig;
use crate::server::connection::Opened;
use crate::server::connections::Refused;
use crate::server::listen::scheme::Speech;
#[cfg(feature = "tls")]
use crate::transport::tls;
use crate::transport::{self, Input, READ_BYTES, Socket, Transport, receive};

/// A connection as it was accepted.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) socket: socket2::Socket,
    pub(crate) kind: transport::Kind,
    pub(crate) peer: PeerAddress,
    /// What the listener is for.
    pub(crate) scheme: Scheme,
    /// When it was accepted: what the handshake's deadline is counted from.
    pub(crate) at: Instant,
}

/// A connection of which it is known what is spoken on it from now on.
#[derive(Debug)]
pub(crate) enum Spoken {
    Rtmp(Opened),
    #[cfg(feature = "tunnel")]
    Http(Opened),
}

/// Why a connection did not come to speak RTMP.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unopened {
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
    /// The client that a proxy announced.
    #[error("closed at once: {0}")]
    Refused(#[from] Refused),
    #[cfg(not(all(feature = "tls", feature = "tunnel")))]
    #[error(
        "the peer speaks {speech}, which this build of rendercast does not: \
         it takes the feature `{feature}`"
    )]
    MissingFeature { speech: Speech, feature: &'static str },
    #[cfg(feature = "tls")]
    #[error("the peer speaks TLS, and `ServerConfig::tls` has given no certificates")]
    NoCertificates,
    #[error("the peer speaks TLS inside of TLS")]
    TlsInTls,
    #[cfg(feature = "tls")]
    #[error("{0}")]
    Tls(#[from] tls::HandshakeError),
}

/// When a connection has to have shaken hands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    since: Instant,
    timeout: Duration,
}

impl Deadline {
    pub(crate) const fn new(since: Instant, timeout: Duration) -> Self {
        Self { since, timeout }
    }

    /// How much time is left; none: it is over.
    fn left(self) -> Option<Duration> {
        self.timeout.checked_sub(self.since.elapsed()).filter(|left| !left.is_zero())
    }
}

/// Reads a proxy's header: who the client is, where it says so, and what was received behind it.
/// Blocks up to the deadline.
pub(crate) fn announcement(
    transport: &dyn Transport,
    deadline: Deadline,
) -> Result<(Option<PeerAddress>, Vec<u8>), Unopened> {
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

/// Finds out what the peer speaks, of which some may have been `received`, and sets up what carries
/// it. Blocks up to the deadline.
pub(crate) fn open(
    config: &ServerConfig,
    socket: Arc<Socket>,
    mut received: Vec<u8>,
    scheme: Scheme,
    deadline: Deadline,
) -> Result<Spoken, Unopened> {
    let speech = match Speech::first(scheme) {
        Some(speech) => speech,
        None => sniff(&*socket, &mut received, deadline)?,
    };
    if speech == Speech::Tls {
        let secured = secure(config, socket, &received, deadline)?;
        received.clear();
        let speech = match Speech::within_tls(scheme) {
            Some(speech) => speech,
            None => sniff(&*secured, &mut received, deadline)?,
        };
        return speak(speech, secured, received);
    }
    speak(speech, socket, received)
}

/// Goes on with what is spoken in the end.
fn speak(
    speech: Speech,
    transport: Arc<dyn Transport>,
    received: Vec<u8>,
) -> Result<Spoken, Unopened> {
    match speech {
        Speech::Rtmp => Ok(Spoken::Rtmp(Opened { transport, received })),
        #[cfg(feature = "tunnel")]
        Speech::Http => Ok(Spoken::Http(Opened { transport, received })),
        Speech::Tls => Err(Unopened::TlsInTls),
        #[cfg(not(feature = "tunnel"))]
        Speech::Http => Err(Unopened::MissingFeature { speech, feature: "tunnel" }),
    }
}

/// Shakes hands for TLS with a peer that has said `received` so far.
#[cfg(feature = "tls")]
fn secure(
    config: &ServerConfig,
    socket: Arc<Socket>,
    received: &[u8],
    deadline: Deadline,
) -> Result<Arc<dyn Transport>, Unopened> {
    let certificates = config.certificates.as_ref().ok_or(Unopened::NoCertificates)?;
    let left = deadline.left().ok_or(Unopened::TooLate)?;
    Ok(Arc::new(tls::accept(socket, received, certificates, left)?))
}

#[cfg(not(feature = "tls"))]
fn secure(
    _config: &ServerConfig,
    _socket: Arc<Socket>,
    _received: &[u8],
    _deadline: Deadline,
) -> Result<Arc<dyn Transport>, Unopened> {
    Err(Unopened::MissingFeature { speech: Speech::Tls, feature: "tls" })
}

/// What the peer speaks, by what was received of it, and by what comes where that is nothing.
fn sniff(
    transport: &dyn Transport,
    received: &mut Vec<u8>,
    deadline: Deadline,
) -> Result<Speech, Unopened> {
    if received.is_empty() {
        let mut buffer = [0; READ_BYTES];
        let length = read(transport, &mut buffer, deadline)?;
        received.extend(buffer.iter().take(length));
    }
    Ok(received.first().map_or(Speech::Rtmp, |&first| Speech::of(first)))
}

/// Reads at least one byte.
fn read(
    transport: &dyn Transport,
    buffer: &mut [u8],
    deadline: Deadline,
) -> Result<usize, Unopened> {
    loop {
        let left = deadline.left().ok_or(Unopened::TooLate)?;
        match receive(transport, buffer, left).map_err(Unopened::Read)? {
            Input::Bytes(length) => return Ok(length),
            Input::Nothing => {}
            Input::End => return Err(Unopened::ByPeer),
        }
    }
}
