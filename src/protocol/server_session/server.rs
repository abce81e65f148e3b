//! The server's side of a session: its state, its clock, and how it reads.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::keepalive::Keepalive;
use super::streams::Streams;
use super::{Config, Error, Event, Timeout};
use crate::protocol::acknowledgement::Acknowledgement;
use crate::protocol::deadline::after;
use crate::protocol::message::{Control, ObjectEncoding, Parts, UserControl};
use crate::protocol::{chunk, handshake};

/// What the answers to one piece of input mostly fit in. A buffer that grows up to there would leave
/// its former sizes behind in the allocator's caches, thread by thread.
const OUTPUT_BYTES: usize = 1536;

/// The server's side of a session; how to drive it is told [at the top](super).
///
/// ```
/// use std::time::Instant;
///
/// use rendercast::protocol::client_session::{ClientSession, Settings};
/// use rendercast::protocol::server_session::{Config, Event, ServerSession};
///
/// // A player and a server in one room; the seeds are random elsewhere.
/// let now = Instant::now();
/// let mut server = ServerSession::new(Config::default(), [7; 32], now);
/// let mut player = ClientSession::new(Settings::new("live", "rtmp://localhost/live"), [8; 32]);
/// let mut is_connected = false;
/// while !is_connected {
///     let asked = player.take_output();
///     let mut input = &asked[..];
///     while let Some(event) = server.read(now, &mut input)? {
///         if let Event::Connect(connect) = event {
///             assert_eq!(connect.app(), "live");
///             server.accept_connect();
///         }
///     }
///     let answered = server.take_output();
///     let mut input = &answered[..];
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
    pub(super) stage: Stage,
    pub(super) encoding: ObjectEncoding,
    pub(super) streams: Streams,
    /// What is left of an aggregate message: each of its parts is an event.
    pub(super) parts: Option<Parts>,
    pub(super) acknowledgement: Acknowledgement,
    pub(super) keepalive: Keepalive,
    /// The window that we announced last.
    pub(super) announced_window: Option<u32>,
    chunks: chunk::Reader,
    messages: u64,
    writer: chunk::Writer,
    /// What the writer cuts messages into since its last set-chunk-size message.
    chunk_size: u32,
    output: Vec<u8>,
}

/// How far the two sides have come.
#[derive(Debug)]
pub(super) enum Stage {
    /// The handshake is under way.
    Handshake { handshake: handshake::Server, until: Instant },
    /// The handshake is done, and `connect` has not come yet.
    Introduction { until: Instant },
    /// `connect` has come; the driver has not answered it.
    Asked { transaction_id: f64 },
    /// The client was accepted.
    Accepted,
    /// The client was refused.
    Refused,
}

/// RTMP 1.0 §5.4.1.
const INITIAL_CHUNK_SIZE: u32 = 128;

impl ServerSession {
    /// A session that has seen nothing yet. What the handshake sends is made from `seed`, which
    /// must be random. Sessions may share one `config`.
    #[must_use]
    pub fn new(config: impl Into<Arc<Config>>, seed: [u8; 32], now: Instant) -> Self {
        let config = config.into();
        Self {
            stage: Stage::Handshake {
                handshake: handshake::Server::new(seed),
                until: after(now, config.handshake_timeout),
            },
            encoding: ObjectEncoding::default(),
            streams: Streams::new(config.streams),
            parts: None,
            acknowledgement: Acknowledgement::default(),
            keepalive: Keepalive::new(Arc::clone(&config), now),
            announced_window: None,
            chunks: chunk::Reader::new(config.chunk),
            messages: 0,
            writer: chunk::Writer::new(),
            chunk_size: INITIAL_CHUNK_SIZE,
            output: Vec::new(),
            config,
        }
    }

    /// Reads on in `input`, moving it past what was consumed, until there is an event.
    ///
    /// None: all of `input` was consumed. Before it is called again, an event is to be answered.
    ///
    /// # Errors
    /// Why the peer must be hung up on, what is in the output being sent first if possible. The
    /// timeouts of the handshake and of `connect` arise here too, so that bytes that trickle in
    /// do not put them off.
    pub fn read(&mut self, now: Instant, input: &mut &[u8]) -> Result<Option<Event>, Error> {
        if let Some(event) = self.next_part() {
            return Ok(Some(event));
        }
        self.check_stage(now)?;
        if !input.is_empty() {
            self.keepalive.heard(now);
        }
        if !self.shake_hands(now, input)? {
            return Ok(None);
        }
        loop {
            // With nothing left too: the chunk reader may hold a few bytes that it could not judge.
            match self.read_message(input)? {
                Some(message) => {
                    self.messages = self.messages.saturating_add(1);
                    if let Some(event) = self.dispatch(now, message) {
                        return Ok(Some(event));
                    }
                }
                None if input.is_empty() => return Ok(None),
                None => {}
            }
        }
    }

    /// To be called when [`Self::deadline`] has come; calling it early does nothing.
    ///
    /// # Errors
    /// [`Error::Timeout`], where the time is up. Where it is not, the peer may have been pinged.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        self.check_stage(now)?;
        if self.stage.until().is_none() && self.keepalive.is_ping_due(now)? {
            self.ping(now);
        }
        Ok(())
    }

    /// When [`Self::handle_timeout`] is to be called. It moves with every byte that is read.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.stage.until().map_or_else(|| self.keepalive.deadline(), |(until, _)| until)
    }

    /// The bytes to be sent, all that answers produced since the last call in one piece; empty
    /// where there are none.
    #[must_use]
    pub fn take_output(&mut self) -> Vec<u8> {
        mem::take(&mut self.output)
    }

    /// How many bytes [`Self::take_output`] would return.
    #[must_use]
    pub const fn output_bytes(&self) -> usize {
        self.output.len()
    }

    /// Counts the peer as alive now: the driver knows that it is not reading (bytes are waiting to
    /// be sent to it), so it cannot have seen a ping, and its silence is not death. How long that
    /// may go on is for the driver's write timeout to say.
    pub fn postpone_idle(&mut self, now: Instant) {
        self.keepalive.heard(now);
    }

    /// Pings the peer.
    pub fn ping(&mut self, now: Instant) {
        let time = self.keepalive.ping(now);
        self.send(&UserControl::PingRequest(time).message());
    }

    /// What other threads are to cut their messages into, in bytes: what was announced to the peer.
    #[must_use]
    pub fn chunk_size(&self) -> usize {
        usize::try_from(self.chunk_size).unwrap_or(usize::MAX)
    }

    /// What the client can be sent; known once it has sent `connect`.
    #[must_use]
    pub const fn object_encoding(&self) -> ObjectEncoding {
        self.encoding
    }

    /// How many bytes were read, the handshake's among them.
    #[must_use]
    pub const fn bytes_received(&self) -> u64 {
        self.acknowledgement.received()
    }

    /// How many messages were read, of whatever type; an aggregate counts as one.
    #[must_use]
    pub const fn messages_received(&self) -> u64 {
        self.messages
    }

    /// How many bytes the peer says it has received. Not all peers say.
    #[must_use]
    pub const fn bytes_acknowledged(&self) -> u64 {
        self.acknowledgement.by_peer()
    }

    /// How long the peer took to answer the last ping that it answered.
    #[must_use]
    pub const fn round_trip_time(&self) -> Option<Duration> {
        self.keepalive.round_trip()
    }

    /// Puts a message into the output.
    pub(super) fn send(&mut self, message: &chunk::Message) {
        if self.output.capacity() == 0 {
            self.output.reserve(OUTPUT_BYTES);
        }
        self.writer.write(message, &mut self.output);
    }

    pub(super) fn announce_chunk_size(&mut self) {
        self.chunk_size = self.config.chunk_size();
        self.send(&Control::SetChunkSize(self.chunk_size).message());
    }

    pub(super) fn acknowledge_if_due(&mut self) {
        if let Some(total) = self.acknowledgement.take_due() {
            self.send(&Control::Acknowledgement(total).message());
        }
    }

    /// Whether the handshake is done.
    fn shake_hands(&mut self, now: Instant, input: &mut &[u8]) -> Result<bool, Error> {
        let Stage::Handshake { handshake, .. } = &mut self.stage else { return Ok(true) };
        let before = input.len();
        let done = handshake.read(input, &mut self.output)?;
        self.acknowledgement.count(before.saturating_sub(input.len()));
        if done {
            self.stage = Stage::Introduction { until: after(now, self.config.connect_timeout) };
        }
        Ok(done)
    }

    /// Reads up to the end of a message, or to where an acknowledgement is due.
    fn read_message(&mut self, input: &mut &[u8]) -> Result<Option<chunk::Message>, Error> {
        let message = self.acknowledgement.read_message(&mut self.chunks, input)?;
        self.acknowledge_if_due();
        Ok(message)
    }

    fn check_stage(&self, now: Instant) -> Result<(), Timeout> {
        match self.stage.until() {
            Some((until, timeout)) if now >= until => Err(timeout),
            _ => Ok(()),
        }
    }
}

impl Stage {
    /// When this stage must be over, and what it is called when it is not.
    const fn until(&self) -> Option<(Instant, Timeout)> {
        match self {
            Self::Handshake { until, .. } => Some((*until, Timeout::Handshake)),
            Self::Introduction { until } => Some((*until, Timeout::Connect)),
            Self::Asked { .. } | Self::Accepted | Self::Refused => None,
        }
    }
}
