//! The handlers of connections, publishers and viewers. They use the crate's public traits alone.

use std::sync::Arc;
use std::time::Instant;

use super::channel::Replaced;
use super::config::LiveConfig;
use super::directory::{Directory, InUse, Origin, Publication, Viewing};
use super::grace_thread::GraceThread;
use super::name::Address;
use super::source::{LiveSource, LiveSourceError};
use crate::handler::{
    ConnectEventHandler, Connection, HandlerResult, MediaOut, PlayEventHandler, PlayOut,
    PublishEventHandler, PublishKind, PublishRequest, Refusal, Stream, StreamEventHandler,
};
use crate::hub::LiveStream;
use crate::media::Tag;
use crate::peer_log::peer_log;
use crate::protocol::amf::{Object, Value};

/// Takes live streams from clients that publish, and shows them to all that play the same name.
/// Install it as the server's connect handler, which claims every connection, or register it as a
/// stream handler from a connect handler that chooses.
///
/// ```no_run
/// use rendercast::live::{LiveConfig, LiveHandler};
/// use rendercast::{Server, ServerConfig};
///
/// let server = Server::new(ServerConfig::default());
/// server.install(LiveHandler::new(LiveConfig::default()));
/// server.start("")?;
/// # Ok::<(), rendercast::StartError>(())
/// ```
///
/// Viewers may come before the publisher. A publisher that drops and returns continues its stream:
/// the viewers see a pause, timestamps that go on, and a key frame first.
///
/// Its clones share the streams.
#[derive(Clone, Debug)]
#[must_use]
pub struct LiveHandler {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    directory: Arc<Directory>,
    grace: GraceThread,
}

/// Shows a live stream on one stream of a connection.
#[derive(Debug)]
struct LivePlayHandler {
    live: LiveHandler,
    viewing: Option<Viewing>,
}

/// Takes a live stream from one stream of a connection.
#[derive(Debug)]
struct LivePublishHandler {
    live: LiveHandler,
    publication: Option<Publication>,
}

impl LiveHandler {
    /// Makes a handler without streams.
    pub fn new(config: LiveConfig) -> Self {
        let directory = Arc::new(Directory::new(config));
        let grace = GraceThread::new(Arc::clone(&directory));
        Self { shared: Arc::new(Shared { directory, grace }) }
    }

    /// Returns the stream of that name (`live/camera`) while it is published, watched or waited
    /// for.
    #[must_use]
    pub fn live_stream(&self, name: &str) -> Option<LiveStream> {
        self.shared.directory.find(name)
    }

    /// Publishes the stream of that name (`live/camera`) from code.
    ///
    /// # Errors
    /// [`LiveSourceError::InUse`] if another publisher has the name and is not silent, as
    /// [`Takeover`](super::Takeover) says.
    pub fn publish(&self, name: &str) -> Result<LiveSource, LiveSourceError> {
        self.shared.grace.start()?;
        let publication = self.shared.directory.publish(name, Origin::Code, Instant::now());
        let in_use = |InUse| LiveSourceError::InUse { name: name.to_owned() };
        let publication = publication.map_err(in_use)?;
        publication.record(PublishKind::Live);
        Ok(LiveSource::new(publication))
    }

    /// Watches the stream of that name, and waits for its publisher. Returns `None` if it is not
    /// published, and viewers do not wait.
    pub(crate) fn watch(&self, name: &str) -> Option<Viewing> {
        self.shared.directory.watch(name)
    }

    fn config(&self) -> &LiveConfig {
        &self.shared.directory.config
    }
}

impl ConnectEventHandler for LiveHandler {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        connection.register_stream_event_handler(self.clone());
        Ok(true)
    }
}

impl StreamEventHandler for LiveHandler {
    fn create(&mut self, stream: &Stream, _: &Value) -> HandlerResult {
        let live = self.clone();
        stream.register_play_event_handler(LivePlayHandler { live, viewing: None });
        let live = self.clone();
        stream.register_publish_event_handler(LivePublishHandler { live, publication: None });
        Ok(true)
    }
}

impl PlayEventHandler for LivePlayHandler {
    fn play(&mut self, stream: &Stream, _: &mut PlayOut) -> HandlerResult {
        let connection = stream.connection();
        let address = Address::parse(connection.app(), &stream.stream_name());
        let Some(Address { name, query }) = address else {
            return Err(Refusal::stream_not_found("").into());
        };
        self.live.config().may_play.call(connection, &name, &query)?;
        let Some(viewing) = self.live.shared.directory.watch(&name) else {
            return Err(Refusal::stream_not_found(&name).into());
        };
        peer_log!(Info, connection.peer_address(), "watches the live stream {name:?}");
        stream.watch(viewing.live());
        self.viewing = Some(viewing);
        Ok(true)
    }

    fn stop(&mut self, stream: &Stream, _: &mut MediaOut) -> HandlerResult {
        if let Some(viewing) = self.viewing.take() {
            let (peer, name) = (stream.connection().peer_address(), viewing.name());
            let seconds = viewing.since().elapsed().as_secs_f64();
            peer_log!(Info, peer, "has watched the live stream {name:?} for {seconds:.1} s");
        }
        Ok(true)
    }
}

impl PublishEventHandler for LivePublishHandler {
    fn publish(&mut self, stream: &Stream, request: &PublishRequest) -> HandlerResult {
        let connection = stream.connection();
        let address = Address::parse(connection.app(), &request.stream_name);
        let Some(Address { name, query }) = address else {
            return Err(Refusal::bad_name("The name is empty or too long.").into());
        };
        let named = match &self.live.config().publish_keys {
            Some(keys) => keys.stream_of(&name),
            None => Some(name),
        };
        let name = named.ok_or_else(|| Refusal::publish_denied("The stream key is wrong."))?;
        self.live.config().may_publish.call(connection, &name, &query)?;
        self.live.shared.grace.start()?;
        let (address, handle) = (connection.peer_address().ip(), connection.handle());
        let origin = Origin::Client { address, connection: handle };
        let publication = self.live.shared.directory.publish(&name, origin, Instant::now());
        let publication = publication.map_err(|InUse| {
            Refusal::bad_name(format!("Another client publishes the stream {name:?}."))
        })?;
        peer_log!(Info, connection.peer_address(), "publishes the live stream {name:?}");
        // `media` sends the tags itself, on the timeline of the publisher before. What the live
        // stream keeps counts for this connection all the same.
        stream.publish_to(publication.channel.live());
        publication.record(request.kind);
        self.publication = Some(publication);
        Ok(true)
    }

    fn media(&mut self, _: &Stream, tags: &mut Vec<Tag>) -> HandlerResult {
        let Some(publication) = &self.publication else { return Ok(false) };
        let tags = std::mem::take(tags);
        let sent = publication.channel.send(publication.id, tags, Instant::now());
        sent.map_err(|Replaced| Refusal::bad_name("Another publisher has replaced this.").into())
            .map(|()| true)
    }

    fn unpublish(&mut self, stream: &Stream) {
        if let Some(publication) = self.publication.take() {
            let (name, report) = (publication.channel.name(), publication.channel.report());
            let peer = stream.connection().peer_address();
            peer_log!(Info, peer, "ceased to publish the live stream {name:?} ({report})");
        }
    }
}
