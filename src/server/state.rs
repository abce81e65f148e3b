//! What the threads of one server share.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::budget::Budget;
use super::config::ServerConfig;
use super::connections::Connections;
#[cfg(feature = "web")]
use super::http::http_handlers::HttpHandlers;
use super::spare_descriptors::SpareDescriptors;
#[cfg(feature = "web")]
use super::stills::Stills;
#[cfg(feature = "web")]
use super::stream_list::StreamList;
#[cfg(feature = "tunnel")]
use super::tunnel_table::TunnelTable;
use crate::handler::{ConnectEventHandler, ServerFigures};
use crate::media::codec::VideoCodecFactory;
use crate::media::codec::sound::AudioCodecFactory;
use crate::panics::Caught;
use crate::protocol::server_session;
use crate::render::RenderLoops;
use crate::sync::lock;
use crate::threads::ThreadPool;

/// What the threads of one server share.
pub(crate) struct ServerState {
    pub(crate) config: ServerConfig,
    /// The part of `config` that all sessions share.
    pub(crate) session_config: Arc<server_session::Config>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) spare_descriptors: Arc<SpareDescriptors>,
    /// The threads of the connections and of their streams.
    pub(crate) pool: Arc<ThreadPool>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) video_codecs: VideoCodecFactory,
    pub(crate) audio_codecs: AudioCodecFactory,
    pub(crate) render_loops: RenderLoops,
    #[cfg(feature = "tunnel")]
    pub(crate) tunnels: TunnelTable,
    /// The streams that the application shows to everybody.
    #[cfg(feature = "web")]
    pub(crate) stream_list: StreamList,
    #[cfg(feature = "web")]
    pub(crate) stills: Stills,
    #[cfg(feature = "web")]
    pub(crate) http_handlers: HttpHandlers,
    /// The instant from which the ticks of all loops are counted.
    pub(crate) started: Instant,
    connect_handlers: Mutex<ConnectHandlers>,
}

/// An installed connect handler, which all connections share.
pub(crate) type ConnectHandler = Caught<Arc<dyn ConnectEventHandler>>;

#[derive(Default)]
struct ConnectHandlers {
    installed: Vec<(HandlerId, ConnectHandler)>,
    last_id: u64,
}

/// Identifies an installed connect handler for [`Server::remove`](crate::Server::remove).
///
/// ```
/// # use rendercast::amf::{Object, Value};
/// # use rendercast::{Connection, HandlerId, HandlerResult, Server, ServerConfig};
/// fn refuse(_: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
///     Ok(false)
/// }
/// let server = Server::new(ServerConfig::default());
/// let id: HandlerId = server.install(refuse);
/// assert!(server.remove(id));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandlerId(u64);

impl ServerState {
    pub(crate) fn new(config: ServerConfig) -> Self {
        let config = config.sanitized();
        let connections = Arc::new(Connections::default());
        let pool = ThreadPool::new(config.stack_bytes);
        let budget = Budget::new(config.connections.memory_bytes);
        budget.set_relief(Arc::downgrade(&connections) as _);
        let video_codecs = VideoCodecFactory::default();
        Self {
            session_config: Arc::new(config.session.clone()),
            config,
            connections,
            spare_descriptors: Arc::default(),
            pool,
            budget,
            render_loops: RenderLoops::new(video_codecs.clone()),
            video_codecs,
            audio_codecs: AudioCodecFactory::default(),
            #[cfg(feature = "tunnel")]
            tunnels: TunnelTable::default(),
            #[cfg(feature = "web")]
            stream_list: StreamList::default(),
            #[cfg(feature = "web")]
            stills: Stills::default(),
            #[cfg(feature = "web")]
            http_handlers: HttpHandlers::default(),
            started: Instant::now(),
            connect_handlers: Mutex::default(),
        }
    }

    pub(crate) fn install(&self, handler: Arc<dyn ConnectEventHandler>) -> HandlerId {
        let mut handlers = lock(&self.connect_handlers);
        handlers.last_id += 1;
        let id = HandlerId(handlers.last_id);
        handlers.installed.push((id, Caught::new(handler)));
        id
    }

    pub(crate) fn remove(&self, id: HandlerId) -> bool {
        let removed = {
            let mut handlers = lock(&self.connect_handlers);
            let place = handlers.installed.iter().position(|(other, _)| *other == id);
            place.map(|place| handlers.installed.remove(place))
        };
        removed.is_some()
    }

    /// Returns the figures of the whole server.
    pub(crate) fn figures(&self) -> ServerFigures {
        let connections = &self.connections;
        let traffic = connections.traffic();
        ServerFigures {
            uptime: self.started.elapsed(),
            connections: connections.len() as u64,
            connections_in_all: connections.opened_in_all(),
            connections_refused: connections.refused(),
            connections_evicted: connections.evicted(),
            buffered_bytes: self.budget.held() as u64,
            pictures_encoded: self.pictures_encoded(),
            tunnels: self.open_tunnels() as u64,
            bytes_in: traffic.bytes_in,
            bytes_out: traffic.bytes_out,
            dropped_frames: traffic.dropped,
        }
    }

    /// Returns the number of open tunnels.
    pub(crate) fn open_tunnels(&self) -> usize {
        #[cfg(feature = "tunnel")]
        return self.tunnels.len();
        #[cfg(not(feature = "tunnel"))]
        0
    }

    /// Returns how many still pictures were encoded.
    fn pictures_encoded(&self) -> u64 {
        #[cfg(feature = "web")]
        return self.stills.encoded();
        #[cfg(not(feature = "web"))]
        0
    }

    pub(crate) fn connect_handlers(&self) -> Vec<ConnectHandler> {
        lock(&self.connect_handlers).installed.iter().map(|(_, handler)| handler.clone()).collect()
    }
}
