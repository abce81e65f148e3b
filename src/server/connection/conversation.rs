//! The thread of a connection (`rtmp-conn-N`): handshake, chunk parsing, session, dispatch.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Opened;
use super::calls::PendingCalls;
use super::shared::{ConnectionShared, Received};
use crate::handler::backend::ConnectionBackend;
use crate::handler::guarded::guarded;
use crate::handler::{ConnectEventHandler, Connection, PeerAddress};
use crate::panics;
use crate::protocol::MessageStreamId;
use crate::protocol::message::in_band;
use crate::protocol::server_session::{self, ServerSession};
use crate::protocol::sorted_map::SortedMap;
use crate::server::send::batch::BatchBuilder;
use crate::server::send::connection_sender::{ConnectionSender, Gone};
use crate::server::state::ServerState;
use crate::server::stream::stream::ServerStream;
use crate::sync::lock;
use crate::transport::{
    Input, LINGER_TIMEOUT, READ_BYTES, Transport, is_disconnect, linger, receive,
};

/// Speaks RTMP with a peer to the end of its connection, which it opened at `since`.
pub(crate) fn converse(
    shared: &Arc<ServerState>,
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
    let ended = panics::catch(|| conversation.run(opened.received, &mut buffer))
        .unwrap_or_else(Ended::Panicked);
    conversation.end(&ended);
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("the client closed the connection")]
    ByPeer,
    #[error("the application or the shutdown of the server closed the connection")]
    ByUs,
    #[error("the client was refused")]
    Refused,
    #[error("the connection could not be set up: {0}")]
    SetUp(io::Error),
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
pub(crate) struct Conversation {
    pub(crate) shared: Arc<ServerState>,
    pub(crate) id: u64,
    pub(crate) peer: PeerAddress,
    pub(crate) session: ServerSession,
    pub(crate) link: Arc<ConnectionShared>,
    pub(crate) connection: Arc<Connection>,
    pub(crate) claimed_by: Option<Arc<dyn ConnectEventHandler>>,
    pub(crate) streams: SortedMap<MessageStreamId, Arc<ServerStream>>,
    pub(crate) transport: Arc<dyn Transport>,
}

impl Conversation {
    fn new(
        shared: &Arc<ServerState>,
        id: u64,
        peer: PeerAddress,
        since: Instant,
        transport: Arc<dyn Transport>,
    ) -> io::Result<Box<Self>> {
        let config = &shared.config;
        let outbox = ConnectionSender::new(
            id,
            Arc::clone(&transport),
            config.stack_bytes,
            config.reply_bytes,
        );
        let link = Arc::new(ConnectionShared::new(
            Arc::new(outbox),
            Arc::clone(&transport),
            PendingCalls::new(config.calls_in_flight),
            Received::default(),
        ));
        shared.registry.set_link(id, &link);
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let as_link: Arc<dyn ConnectionBackend> = link.clone();
        let session_config = Arc::clone(&shared.session_config);
        // On the heap it takes what it needs; on the stack it would take another page of each thread.
        Ok(Box::new(Self {
            shared: Arc::clone(shared),
            id,
            peer,
            session: ServerSession::new(session_config, seed, since),
            connection: Arc::new(Connection::new(peer, transport.carrier(), as_link)),
            link,
            claimed_by: None,
            streams: SortedMap::new(),
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
        let received = receive(&*self.transport, buffer, timeout);
        if self.link.is_closing() {
            return Err(Ended::ByUs);
        }
        match received.map_err(Ended::Read)? {
            Input::Bytes(length) => self.answer(buffer.get(..length).unwrap_or_default()),
            Input::Nothing => Ok(()),
            Input::End => Err(self.silence()),
        }
    }

    /// The end of the input is our own doing where sending failed.
    fn silence(&self) -> Ended {
        match self.link.outbox.failure() {
            Some(kind) if !is_disconnect(kind) => Ended::Send(Some(kind)),
            _ => Ended::ByPeer,
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
    pub(crate) fn flush(&mut self) -> Result<(), Ended> {
        let output = self.session.take_output();
        if output.is_empty() {
            return Ok(());
        }
        self.link.outbox.send_replies(output).map_err(|Gone| self.silence())
    }

    /// Tells everybody, and cleans up.
    fn end(&mut self, ended: &Ended) {
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
            self.linger();
        }
        self.link.outbox.close();
    }

    /// The end of a stream that has stopped, or has never played.
    pub(crate) fn remove(&self, playback: &ServerStream) {
        self.tell_removal(playback);
        playback.discard_encoder();
    }

    fn tell_removal(&self, playback: &ServerStream) {
        let Some(handler) = self.connection.stream_event_handler() else { return };
        let told = guarded(|| {
            lock(&handler).remove(playback.handle());
            Ok(())
        });
        if let Err(error) = told {
            log::error!("{}: stream handler, at the removal: {error}", playback.log_name());
        }
    }

    /// Players end in order where they are told so, and report an error where they are not.
    pub(crate) fn say_goodbye(&self, playback: &ServerStream) {
        let stream = MessageStreamId(playback.handle().id());
        let mut batch = BatchBuilder::new(self.link.dialect().chunk_size, 2);
        batch.push(&in_band::play_stop(stream, &playback.handle().stream_name()));
        batch.push(&in_band::stream_eof(stream));
        // Whoever cannot take it now is closed without.
        let _ = self.link.outbox.try_send_message(batch.finish());
    }

    /// Sends what is queued, and gives the peer time to read it.
    fn linger(&self) {
        let deadline = Instant::now() + LINGER_TIMEOUT;
        if self.link.outbox.is_congested() {
            self.link.outbox.drain(deadline);
        }
        linger(&*self.transport, deadline, || !self.shared.registry.is_shut_down());
    }
}

fn log(peer: PeerAddress, ended: &Ended) {
    match ended {
        Ended::ByPeer | Ended::ByUs => {
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
