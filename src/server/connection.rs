//! The thread of a connection (`rtmp-conn-N`): handshake, chunk parsing, session, dispatch.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::batch::BatchBuilder;
use super::calls::PendingCalls;
use super::guard::{guarded, message};
#[cfg(feature = "tunnel")]
use super::http;
use super::link::{Link, Received};
use super::opening::{self, Arrival, Deadline, Opened, Spoken, Unopened};
use super::outbox::{Gone, Outbox};
use super::playback::Playback;
use super::registry::Limits;
use super::shared::Shared;
use crate::handler::link::ConnectionLink;
use crate::handler::{ConnectEventHandler, Connection, PeerAddress, lock};
use crate::protocol::MessageStreamId;
use crate::protocol::few::FewMap;
use crate::protocol::message::in_band;
use crate::protocol::server_session::{self, ServerSession};
use crate::transport::{Socket, Transport};

/// How much is read in one go: C0 and C1 (1,537 bytes) together, and all that a viewer says at once.
/// It lies on the stack of each connection's thread, where more would be resident for each.
const READ_BYTES: usize = 1600;

/// How long the last words to a client may take.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// Serves one connection to its end.
pub(super) fn run(shared: &Arc<Shared>, id: u64, arrival: Arrival) {
    let _place = Place { shared, id };
    let (mut peer, at) = (arrival.peer, arrival.at);
    match open(shared, id, arrival, &mut peer) {
        Ok(Spoken::Rtmp(opened)) => converse(shared, id, peer, at, opened),
        #[cfg(feature = "tunnel")]
        Ok(Spoken::Http(opened)) => answer_requests(shared, id, peer, at, &opened),
        Err(ended) => log(peer, &ended),
    }
}

/// A connection's place in the registry, which it gives up even if its thread panics.
struct Place<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.registry.closed(self.id);
    }
}

/// Finds out who the peer is, where a proxy announces it, and what it speaks.
fn open(
    shared: &Shared,
    id: u64,
    arrival: Arrival,
    peer: &mut PeerAddress,
) -> Result<Spoken, Ended> {
    let config = &shared.config;
    let socket = Socket::new(arrival.socket, arrival.kind, config.write_timeout);
    let socket = Arc::new(socket.map_err(Ended::SetUp)?);
    shared.registry.set_opening(id, Arc::clone(&socket) as Arc<dyn Transport>);
    let deadline = Deadline::new(arrival.at, config.session.handshake_timeout);
    let open = || {
        let received = if config.is_proxy(*peer) {
            announced(shared, id, &*socket, deadline, peer)?
        } else {
            Vec::new()
        };
        opening::open(config, socket, received, arrival.scheme, deadline)
    };
    open().map_err(|unopened| {
        // The end of the input is the shutdown's doing then.
        if shared.registry.is_shut_down() { Ended::ByUs } else { unopened.into() }
    })
}

/// Has `peer`, a proxy, announce its client, who takes its place; and what came behind that.
fn announced(
    shared: &Shared,
    id: u64,
    transport: &dyn Transport,
    deadline: Deadline,
    peer: &mut PeerAddress,
) -> Result<Vec<u8>, Unopened> {
    let (client, received) = opening::announcement(transport, deadline)?;
    if let Some(client) = client {
        log::debug!("{peer}: announces {client}");
        *peer = client;
        let limits = Limits::of(&shared.config);
        client.ip().map_or(Ok(()), |ip| shared.registry.set_address(id, limits, ip))?;
    }
    Ok(received)
}

/// Answers a peer's HTTP requests to the end of its connection, which it opened at `since`.
#[cfg(feature = "tunnel")]
fn answer_requests(
    shared: &Arc<Shared>,
    id: u64,
    peer: PeerAddress,
    since: Instant,
    opened: &Opened,
) {
    shared.registry.set_carrier(id, Arc::clone(&opened.transport));
    let ended = http::serve(shared, peer, since, &*opened.transport, &opened.received);
    match ended {
        http::Ended::Refused(_) | http::Ended::Read(_) | http::Ended::Send(_) => {
            log::warn!("{peer}: {ended}");
        }
        _ => log::debug!("{peer}: {ended}"),
    }
}

/// Speaks RTMP with a peer to the end of its connection, which it opened at `since`.
pub(super) fn converse(
    shared: &Arc<Shared>,
    id: u64,
    peer: PeerAddress,
    since: Instant,
    opened: Opened,
) {
    let mut conversation = match Conversation::new(shared, id, peer, since, opened.transport) {
        Ok(conversation) => conversation,
        Err(error) => return log(peer, &Ended::SetUp(error)),
    };
    let mut buffer = [0; READ_BYTES];
    let ended = catch_unwind(AssertUnwindSafe(|| conversation.run(opened.received, &mut buffer)))
        .unwrap_or_else(|panic| Ended::Panicked(message(&*panic).to_owned()));
    conversation.end(&ended, &mut buffer);
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the client closed the connection")]
    ByPeer,
    #[error("the application or the shutdown of the server closed the connection")]
    ByUs,
    #[error("the client was refused")]
    Refused,
    #[error("the connection could not be set up: {0}")]
    SetUp(io::Error),
    #[error("{0}")]
    Unopened(#[from] Unopened),
    #[error("{0}")]
    Session(#[from] server_session::Error),
    #[error("reading failed: {0}")]
    Read(io::Error),
    #[error("sending failed: {}", failure(.0))]
    Send(Option<io::ErrorKind>),
    #[error("a handler panicked: {0}")]
    Panicked(String),
}

/// One connection, on its own thread.
pub(super) struct Conversation {
    pub(super) shared: Arc<Shared>,
    pub(super) id: u64,
    pub(super) peer: PeerAddress,
    pub(super) session: ServerSession,
    pub(super) link: Arc<Link>,
    pub(super) connection: Arc<Connection>,
    pub(super) claimed_by: Option<Arc<dyn ConnectEventHandler>>,
    pub(super) streams: FewMap<MessageStreamId, Arc<Playback>>,
    pub(super) transport: Arc<dyn Transport>,
}

impl Conversation {
    fn new(
        shared: &Arc<Shared>,
        id: u64,
        peer: PeerAddress,
        since: Instant,
        transport: Arc<dyn Transport>,
    ) -> io::Result<Box<Self>> {
        let config = &shared.config;
        let outbox =
            Outbox::new(id, Arc::clone(&transport), config.stack_bytes, config.reply_bytes);
        let link = Arc::new(Link::new(
            Arc::new(outbox),
            Arc::clone(&transport),
            PendingCalls::new(config.calls_in_flight),
            Received::default(),
        ));
        shared.registry.set_link(id, &link);
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let as_link: Arc<dyn ConnectionLink> = link.clone();
        let session_config = Arc::clone(&shared.session_config);
        // On the heap it takes what it needs; on the stack it would take another page of each thread.
        Ok(Box::new(Self {
            shared: Arc::clone(shared),
            id,
            peer,
            session: ServerSession::new(session_config, seed, since),
            connection: Arc::new(Connection::new(peer, transport.name(), as_link)),
            link,
            claimed_by: None,
            streams: FewMap::new(),
            transport,
        }))
    }

    /// Answers what was `received` already, and all that comes.
    fn run(&mut self, received: Vec<u8>, buffer: &mut [u8]) -> Ended {
        let mut turn = self.answer(&received);
        drop(received);
        loop {
            if let Err(ended) = turn {
                return ended;
            }
            turn = self.turn(buffer);
        }
    }

    /// Reads once, and answers all that came.
    fn turn(&mut self, buffer: &mut [u8]) -> Result<(), Ended> {
        let now = Instant::now();
        if self.link.outbox.is_congested() {
            self.session.postpone_idle(now);
        }
        if self.session.deadline() <= now {
            self.session.handle_timeout(now)?;
            self.flush()?;
        }
        let timeout = self.session.deadline().saturating_duration_since(now);
        let length = match self.transport.read(buffer, timeout) {
            _ if self.link.is_closing() => return Err(Ended::ByUs),
            Ok(0) => return Err(self.silence()),
            Ok(length) => length,
            Err(error) => match error.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => return Ok(()),
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                    return Err(Ended::ByPeer);
                }
                _ => return Err(Ended::Read(error)),
            },
        };
        self.answer(buffer.get(..length).unwrap_or_default())
    }

    /// The end of the input is our own doing where sending failed.
    fn silence(&self) -> Ended {
        match self.link.outbox.failure() {
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) | None => {
                Ended::ByPeer
            }
            failure => Ended::Send(failure),
        }
    }

    fn answer(&mut self, mut input: &[u8]) -> Result<(), Ended> {
        let now = Instant::now();
        while let Some(event) = self.session.read(now, &mut input)? {
            self.dispatch(event)?;
            if self.session.output_bytes() > self.shared.config.reply_bytes {
                // One read brings a hundred requests, and an answer may be of any length.
                self.flush()?;
            }
            if self.link.is_closing() {
                return Err(Ended::ByUs);
            }
        }
        let received = &self.link.received;
        received.bytes.store(self.session.bytes_received(), Ordering::Relaxed);
        received.messages.store(self.session.messages_received(), Ordering::Relaxed);
        let acknowledged = self.session.bytes_acknowledged();
        received.acknowledged_bytes.store(acknowledged, Ordering::Relaxed);
        self.flush()
    }

    /// Sends what the session has to say. All that one read brings is answered in one piece, unless
    /// the order with a stream's media calls for more.
    pub(super) fn flush(&mut self) -> Result<(), Ended> {
        let output = self.session.take_output();
        if output.is_empty() {
            return Ok(());
        }
        self.link.outbox.send_replies(output).map_err(|Gone| self.silence())
    }

    /// Tells everybody, and cleans up.
    fn end(&mut self, ended: &Ended, buffer: &mut [u8]) {
        log(self.peer, ended);
        self.link.begin_to_close();
        // Also those of a peer that is gone: a refusal it may still read, or a timeout's reason.
        let _ = self.flush();
        let says_goodbye = matches!(ended, Ended::ByUs);
        for playback in std::mem::take(&mut self.streams).into_values() {
            let was_playing = playback.is_playing();
            playback.stop(false);
            if was_playing && says_goodbye {
                self.say_goodbye(&playback);
            }
            self.remove(&playback);
        }
        self.link.calls.close();
        if let Some(handler) = self.claimed_by.take() {
            let told = guarded(|| {
                handler.close(&self.connection);
                Ok(())
            });
            if let Err(error) = told {
                log::error!("{}: connect handler, at the close: {error}", self.peer);
            }
        }
        if matches!(ended, Ended::ByUs | Ended::Refused) {
            self.linger(buffer);
        }
        self.link.outbox.close();
    }

    /// The end of a stream that has stopped, or has never played.
    pub(super) fn remove(&self, playback: &Playback) {
        self.tell_removal(playback);
        playback.discard_codec();
    }

    fn tell_removal(&self, playback: &Playback) {
        let Some(handler) = self.connection.stream_event_handler() else { return };
        let told = guarded(|| {
            lock(&handler).remove(&playback.stream);
            Ok(())
        });
        if let Err(error) = told {
            log::error!("{}: stream handler, at the removal: {error}", playback.log_name());
        }
    }

    /// Players end in order where they are told so, and report an error where they are not.
    pub(super) fn say_goodbye(&self, playback: &Playback) {
        let stream = MessageStreamId(playback.stream.id());
        let mut batch = BatchBuilder::new(self.link.dialect().chunk_size, 2);
        batch.push(&in_band::play_stop(stream, &playback.stream.stream_name()));
        batch.push(&in_band::stream_eof(stream));
        // Whoever cannot take it now is closed without.
        let _ = self.link.outbox.try_send_message(batch.finish());
    }

    /// Lets the peer read our last words: a close with unread input would throw them away.
    fn linger(&self, buffer: &mut [u8]) {
        let deadline = Instant::now() + FAREWELL;
        if self.link.outbox.is_congested() {
            self.link.outbox.drain(deadline);
        }
        self.transport.stop_writing();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.shared.registry.is_shut_down() {
                return;
            }
            if !matches!(self.transport.read(buffer, left), Ok(1..)) {
                return;
            }
        }
    }
}

fn log(peer: PeerAddress, ended: &Ended) {
    match ended {
        Ended::ByPeer | Ended::ByUs | Ended::Unopened(Unopened::ByPeer) => {
            log::info!("{peer}: {ended}");
        }
        Ended::Panicked(_) => log::error!("{peer}: {ended}"),
        _ => log::warn!("{peer}: {ended}"),
    }
}

fn failure(kind: &Option<io::ErrorKind>) -> String {
    match kind {
        Some(io::ErrorKind::TimedOut) => {
            "the client took nothing for as long as write_timeout allows".to_owned()
        }
        Some(kind) => kind.to_string(),
        None => "the connection is closed".to_owned(),
    }
}
