//! The state of a client's connection, its deadlines, and how it is read.

use std::sync::Arc;
use std::time::Instant;

use super::keepalive::Keepalive;
use super::published_data::for_players;
use super::streams::Streams;
use super::{Config, Error, Event, Ignored, Timeout};
use crate::protocol::Capabilities;
use crate::protocol::chunk::Message;
use crate::protocol::deadline::after;
use crate::protocol::handshake;
use crate::protocol::message::{ObjectEncoding, UserControl};
use crate::protocol::peer::{Peer, Received};

/// The server's side of one connection. [The module](super) tells how to drive it.
///
/// ```
/// use std::time::Instant;
///
/// use rendercast::protocol::client_session::{self, ClientSession};
/// use rendercast::protocol::server_session::{Config, Event, ServerSession};
///
/// // A player and a server in one program. Real seeds are random.
/// let now = Instant::now();
/// let mut server = ServerSession::new(Config::default(), [7; 32], now);
/// let config = client_session::Config::new("live", "rtmp://localhost/live");
/// let mut player = ClientSession::new(config, [8; 32]);
/// let mut is_connected = false;
/// while !is_connected {
///     let requests = player.take_output();
///     let mut input = &requests[..];
///     while let Some(event) = server.read(now, &mut input)? {
///         if let Event::Connect(connect) = event {
///             assert_eq!(connect.command_object.get("app"), Some(&"live".into()));
///             server.accept_connect();
///         }
///     }
///     let answers = server.take_output();
///     let mut input = &answers[..];
///     while let Some(event) = player.read(now, &mut input)? {
///         println!("{event:?}");
///         is_connected = true;
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ServerSession {
    pub(super) config: Arc<Config>,
    pub(super) phase: Phase,
    pub(super) encoding: ObjectEncoding,
    pub(super) capabilities: Capabilities,
    pub(super) streams: Streams,
    pub(super) peer: Peer,
    keepalive: Keepalive,
}

/// How far a connection has come.
#[derive(Debug)]
pub(super) enum Phase {
    /// The handshake is not complete.
    Handshake { handshake: handshake::Server, until: Instant },
    /// The handshake is complete. `connect` has not arrived.
    AwaitingConnect { until: Instant },
    /// `connect` has arrived. The driver has not answered it.
    Connecting { transaction_id: f64 },
    /// The driver accepted `connect`.
    Connected,
    /// The driver refused `connect`.
    Refused,
}

impl ServerSession {
    /// Creates a session that has read nothing. The handshake's bytes are made from `seed`, which
    /// must be random. Sessions may share one `config`.
    #[must_use]
    pub fn new(config: impl Into<Arc<Config>>, seed: [u8; 32], now: Instant) -> Self {
        let config = config.into();
        Self {
            phase: Phase::Handshake {
                handshake: handshake::Server::new(seed),
                until: after(now, config.handshake_timeout),
            },
            encoding: ObjectEncoding::default(),
            capabilities: Capabilities::default(),
            streams: Streams::new(config.streams),
            peer: Peer::new(config.chunk),
            keepalive: Keepalive::new(Arc::clone(&config), now),
            config,
        }
    }

    /// Reads from `input`, and advances it, up to the next event.
    ///
    /// Returns `None` once all of `input` is consumed. Answer each event before the next call; see
    /// [step 2](super#the-run-loop).
    ///
    /// # Errors
    /// Says why the connection must be closed. Send the output before you close it, if you can.
    /// The timeouts of the handshake and of `connect` arise here too, so that a peer cannot put
    /// them off by sending byte after byte.
    pub fn read(&mut self, now: Instant, input: &mut &[u8]) -> Result<Option<Event>, Error> {
        self.check_phase(now)?;
        if !input.is_empty() {
            self.keepalive.heard(now);
        }
        if !self.shake_hands(now, input)? {
            return Ok(None);
        }
        while let Some(received) = self.peer.read(input)? {
            if let Some(event) = self.take(received) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Reads acknowledgements of a connected peer from `input`, and advances it.
    ///
    /// Returns `true` if nothing is left to answer. Otherwise [`Self::read`] must follow, even if
    /// `input` is empty. Needs much less of the stack than [`Self::read`].
    pub(crate) fn read_acknowledgements(
        &mut self,
        now: Instant,
        input: &mut &[u8],
    ) -> Result<bool, Error> {
        if !matches!(self.phase, Phase::Connected) {
            return Ok(false);
        }
        self.keepalive.heard(now);
        Ok(self.peer.read_acknowledgements(input)?)
    }

    /// Returns when to call [`Self::handle_timeout`]. Each byte that is read moves it.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.phase.until().map_or_else(|| self.keepalive.deadline(), |(until, _)| until)
    }

    /// Pings the peer, or gives it up, if it is time for either. An early call does nothing.
    ///
    /// # Errors
    /// Returns [`Error::Timeout`] if the peer took too long.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        self.check_phase(now)?;
        if self.phase.until().is_none() && self.keepalive.is_ping_due(now)? {
            self.ping(now);
        }
        Ok(())
    }

    /// Returns the bytes to send and forgets them. Empty if there are none.
    #[must_use]
    pub fn take_output(&mut self) -> Vec<u8> {
        self.peer.take_output()
    }

    /// Returns how many bytes [`Self::take_output`] would return.
    #[must_use]
    pub const fn output_bytes(&self) -> usize {
        self.peer.output_bytes()
    }

    /// Returns how many bytes of unfinished messages have arrived.
    #[must_use]
    pub fn partial_bytes(&self) -> usize {
        self.peer.partial_bytes()
    }

    /// Restarts [`Config::idle_timeout`] at `now`.
    ///
    /// Call it while bytes wait to be sent to the peer. A peer that does not read sees no pings, so
    /// its silence means nothing; the driver's write timeout limits how long that may last.
    pub fn postpone_idle(&mut self, now: Instant) {
        self.keepalive.heard(now);
    }

    /// Pings the peer.
    pub fn ping(&mut self, now: Instant) {
        let time = self.keepalive.ping(now);
        self.send(&UserControl::PingRequest(time).message());
    }

    /// Returns the chunk size that was announced to the peer, in bytes. Other threads that send to
    /// it must use the same.
    #[must_use]
    pub const fn chunk_size(&self) -> usize {
        self.peer.chunk_size()
    }

    /// Returns the encoding of commands that the peer understands. Final once it has sent
    /// `connect`.
    #[must_use]
    pub const fn object_encoding(&self) -> ObjectEncoding {
        self.encoding
    }

    /// Returns what the peer has announced of Enhanced RTMP. Final once it has sent `connect`.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Returns how many bytes were read, the handshake included.
    #[must_use]
    pub const fn bytes_received(&self) -> u64 {
        self.peer.bytes_received()
    }

    /// Returns how many messages were read. An aggregate message counts as one.
    #[must_use]
    pub const fn messages_received(&self) -> u64 {
        self.peer.messages_received()
    }

    /// Returns how many bytes the peer has acknowledged. Not all peers acknowledge.
    #[must_use]
    pub const fn bytes_acknowledged(&self) -> u64 {
        self.peer.bytes_acknowledged()
    }

    /// Appends a message to the output.
    pub(super) fn send(&mut self, message: &Message) {
        self.peer.send(message);
    }

    /// Returns whether the handshake is complete.
    fn shake_hands(&mut self, now: Instant, input: &mut &[u8]) -> Result<bool, Error> {
        let Phase::Handshake { handshake, .. } = &mut self.phase else { return Ok(true) };
        let before = input.len();
        let is_complete = handshake.read(input, self.peer.output_mut())?;
        self.peer.count(before.saturating_sub(input.len()));
        if is_complete {
            self.phase = Phase::AwaitingConnect { until: after(now, self.config.connect_timeout) };
        }
        Ok(is_complete)
    }

    fn take(&mut self, received: Received) -> Option<Event> {
        match received {
            Received::Media(message) => self.media(message),
            Received::Command(message) => Some(self.command(&message)),
            Received::UserControl(event) => self.user_control(&event),
            Received::Malformed(error) => Some(Event::Ignored(Ignored::Malformed(error))),
        }
    }

    fn media(&self, message: Message) -> Option<Event> {
        if !matches!(self.phase, Phase::Connected) {
            return Some(Event::Ignored(Ignored::not_connected("media")));
        }
        let Some(stream) = self.streams.meant_by(message.message_stream_id) else {
            let id = message.message_stream_id;
            return Some(Event::Ignored(Ignored::unknown_stream("media", id)));
        };
        match for_players(message, self.config.amf) {
            Ok(message) => {
                let message = message?;
                Some(Event::Media(Message { message_stream_id: stream, ..message }))
            }
            Err(error) => Some(Event::Ignored(Ignored::Malformed(error))),
        }
    }

    fn user_control(&self, event: &UserControl) -> Option<Event> {
        let &UserControl::SetBufferLength { stream, milliseconds } = event else { return None };
        // librtmp and GStreamer send one for stream 0, before there is any stream.
        let stream = self.streams.known(stream)?;
        Some(Event::BufferLength { stream, milliseconds })
    }

    fn check_phase(&self, now: Instant) -> Result<(), Timeout> {
        match self.phase.until() {
            Some((until, timeout)) if now >= until => Err(timeout),
            _ => Ok(()),
        }
    }
}

impl Phase {
    /// Returns when this phase must be over, and the error if it is not.
    const fn until(&self) -> Option<(Instant, Timeout)> {
        match self {
            Self::Handshake { until, .. } => Some((*until, Timeout::Handshake)),
            Self::AwaitingConnect { until } => Some((*until, Timeout::Connect)),
            Self::Connecting { .. } | Self::Connected | Self::Refused => None,
        }
    }
}
