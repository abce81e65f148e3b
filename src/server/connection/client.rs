//! One client, on the thread of its connection.

use std::sync::{Arc, Weak};
use std::time::Instant;

use super::deferrals::Deferrals;
use super::ended::Ended;
use super::pending_calls::PendingCalls;
use super::session::{Session, Spoken};
use super::shared::{ConnectionShared, Received};
use crate::handler::backend::{ConnectionBackend, StreamBackend};
use crate::handler::{Connection, PeerAddress};
use crate::hub::SourceThread;
use crate::media::Tag;
use crate::protocol::MessageStreamId;
use crate::protocol::sorted_map::SortedMap;
use crate::server::budget::{Account, Share};
use crate::server::send::connection_sender::{ConnectionSender, Gone};
use crate::server::state::{ConnectHandler, ServerState};
use crate::server::stream::stream::ServerStream;
use crate::threads::StackTrim;
use crate::transport::{Transport, is_disconnect};

/// What a stream takes without the name that it plays, in bytes.
const STREAM_BYTES: usize = 4 << 10;

/// What a call that waits for its answer takes, in bytes.
const CALL_BYTES: usize = 128;

/// How many bytes are read at once from a publisher: a frame of usual size, or what comes within
/// 350 ms at 2 Mbit/s.
pub(super) const MEDIA_BUFFER_BYTES: usize = 96 << 10;

/// One client: its session, its streams, and what its connection shares with other threads.
pub(crate) struct Client {
    pub(crate) server: Arc<ServerState>,
    /// The number of the connection.
    pub(crate) id: u64,
    pub(crate) peer: PeerAddress,
    pub(crate) session: Session,
    pub(crate) shared: Arc<ConnectionShared>,
    pub(crate) connection: Arc<Connection>,
    /// The connect handler that accepted the client.
    pub(crate) accepted_by: Option<ConnectHandler>,
    pub(crate) streams: SortedMap<MessageStreamId, Arc<ServerStream>>,
    /// What the client publishes.
    pub(crate) publishing: Vec<Publishing>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) account: Arc<Account>,
    /// What the session holds, and what is kept of requests.
    held: Share,
    /// How many bytes are kept of the connect command and of the streams.
    kept_bytes: usize,
    pub(crate) stack: StackTrim,
    /// The buffer for reads from a publisher. Empty unless the client publishes.
    pub(crate) media_buffer: Vec<u8>,
    /// Whether the last read was so short that the next one gets a small buffer, or none is
    /// expected.
    pub(crate) sends_little: bool,
}

/// A stream on which the client publishes.
pub(crate) struct Publishing {
    pub(crate) stream: Arc<ServerStream>,
    /// What came in this read. The handler has not had it yet.
    pub(crate) tags: Vec<Tag>,
    /// What lets this thread send what it hands over to the live stream.
    pub(super) source: Option<SourceThread>,
}

impl Client {
    /// `since` is the instant from which the deadline of the handshake is counted. `seed` must be
    /// random.
    // Out of line, so that it is made where it stays.
    #[inline(never)]
    pub(crate) fn new(
        server: &Arc<ServerState>,
        id: u64,
        peer: PeerAddress,
        since: Instant,
        transport: Arc<dyn Transport>,
        spoken: Spoken,
        seed: [u8; 32],
    ) -> Self {
        let config = &server.config;
        let account = Account::open(&server.budget);
        let sender = ConnectionSender::new(
            id,
            Arc::clone(&transport),
            Arc::clone(&server.pool),
            config.queues.reply_bytes,
            Arc::clone(&account),
        );
        let shared = Arc::new(ConnectionShared::new(
            Arc::new(sender),
            Arc::clone(&transport),
            PendingCalls::new(config.queues.calls_in_flight),
            Deferrals::new(config.queues.deferred_replies),
            peer,
            Received::default(),
            Arc::clone(&account),
        ));
        server.connections.set_stop(id, Arc::clone(&shared) as _);
        let backend: Arc<dyn ConnectionBackend> = shared.clone();
        let session = Session::new(
            spoken,
            &server.session_config,
            #[cfg(feature = "web")]
            config.web.message_bytes,
            seed,
            since,
        );
        // A browser that watches may never say a word.
        let sends_little = session.is_of_browser();
        let carrier = session.carrier(transport.carrier());
        Self {
            server: Arc::clone(server),
            id,
            peer,
            session,
            connection: Arc::new(Connection::new(peer, carrier, backend)),
            shared,
            accepted_by: None,
            streams: SortedMap::new(),
            publishing: Vec::new(),
            transport,
            held: Share::new(Arc::clone(&account)),
            kept_bytes: 0,
            stack: StackTrim::new(Instant::now()),
            media_buffer: Vec::new(),
            sends_little,
            account,
        }
    }

    /// Counts what is kept of the connect command and of the streams, and lists the streams.
    pub(crate) fn note_kept(&mut self) {
        let streams = self.streams.values().map(|stream| {
            let stream: Weak<ServerStream> = Arc::downgrade(stream);
            stream as Weak<dyn StreamBackend>
        });
        self.shared.set_streams(streams.collect());
        let names = self.streams.values().map(|stream| stream.handle().stream_name().len());
        self.kept_bytes = self.connection.arguments_bytes()
            + names.map(|bytes| bytes + STREAM_BYTES).sum::<usize>();
    }

    /// Counts what this connection holds besides its queues. Closes connections if all together
    /// hold too much.
    pub(crate) fn note_held(&self) {
        // A buffer that grows may be twice as long as what is in it.
        let session = 2 * self.session.partial_bytes() + self.session.output_bytes();
        let calls = self.shared.calls.len() * CALL_BYTES;
        let published = self.publishing.iter().map(Publishing::held_bytes).sum::<usize>();
        let buffer = if self.publishing.is_empty() { 0 } else { MEDIA_BUFFER_BYTES };
        self.held.set(session + calls + self.kept_bytes + published + buffer);
        self.shared.sender.note_transport();
        self.held.relieve_if_over();
    }

    /// Sends what the session has to say, in one piece. Waits for room if too many replies are
    /// queued.
    pub(crate) fn flush(&mut self) -> Result<(), Ended> {
        let output = self.session.take_output();
        if output.is_empty() {
            return Ok(());
        }
        if self.shared.sender.is_congested() {
            // This may wait. What the client publishes must leave meanwhile.
            self.publishing.iter_mut().for_each(|publishing| publishing.source = None);
        }
        self.shared.sender.send_replies(output).map_err(|Gone| self.why_input_ended())
    }

    /// Sends as [`flush`](Self::flush) does, but waits for no room. For a caller that holds the
    /// gate of a stream, and has waited for room before.
    pub(crate) fn flush_at_once(&mut self) -> Result<(), Ended> {
        let output = self.session.take_output();
        self.shared.sender.queue_replies(output).map_err(|Gone| self.why_input_ended())
    }

    /// Returns why there is no more input. A failure to send ends the input too.
    pub(crate) fn why_input_ended(&self) -> Ended {
        match self.shared.sender.failure() {
            Some(kind) if !is_disconnect(kind) => Ended::Send(Some(kind)),
            None if self.shared.sender.is_complete() => Ended::Complete,
            _ => Ended::ByPeer,
        }
    }

    pub(crate) fn stream(&self, id: MessageStreamId) -> Option<&ServerStream> {
        self.streams.get(&id).map(|stream| &**stream)
    }

    pub(crate) fn playing(&self, id: MessageStreamId) -> Option<Arc<ServerStream>> {
        self.streams.get(&id).filter(|stream| stream.is_playing()).cloned()
    }

    /// Returns whether the client may say nothing for as long as TCP finds it there.
    ///
    /// Players that pause read nothing, and so answer no pings. mpv does not tell that it pauses.
    /// After the end of a film there is nothing to read.
    pub(crate) fn may_be_silent(&self) -> bool {
        self.streams.values().any(|stream| stream.may_pause_unread())
    }

    /// Returns a stream that plays or has played to its end. Players seek back from there.
    pub(crate) fn played(&self, id: MessageStreamId) -> Option<Arc<ServerStream>> {
        let stream = self.streams.get(&id)?;
        (stream.is_playing() || stream.has_completed()).then(|| Arc::clone(stream))
    }
}

impl Publishing {
    /// Returns how much memory the live stream takes that the client feeds.
    fn held_bytes(&self) -> usize {
        self.stream.handle().publishes_to().map_or(0, |live_stream| live_stream.held().get())
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::Client;

    /// It lies on the stack of its thread, in a page that has room for 2 KiB.
    #[test]
    fn a_client_fits_into_the_page_that_every_thread_has() {
        assert!(size_of::<Client>() <= 1024, "{}", size_of::<Client>());
    }
}
