//! What all threads of one server share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::config::ServerConfig;
use super::link::Link;
use super::registry::Registry;
#[cfg(feature = "tunnel")]
use super::tunnels::Tunnels;
use crate::handler::{ConnectEventHandler, lock};
use crate::media::codec::VideoCodecFactory;
use crate::protocol::server_session;

/// What all threads of one server share.
pub(super) struct Shared {
    pub(super) config: ServerConfig,
    /// The part of it that sessions go by, of which they share this copy.
    pub(super) session_config: Arc<server_session::Config>,
    pub(super) registry: Registry,
    pub(super) video_codecs: VideoCodecFactory,
    #[cfg(feature = "tunnel")]
    pub(super) tunnels: Tunnels,
    /// Where the ticks of all loops are counted from.
    pub(super) started: Instant,
    pub(super) totals: Totals,
    connect_handlers: Mutex<ConnectHandlers>,
}

#[derive(Default)]
struct ConnectHandlers {
    installed: Vec<(HandlerId, Arc<dyn ConnectEventHandler>)>,
    last_id: u64,
}

/// A connect handler that was installed: what [`Server::remove`](crate::Server::remove) takes.
///
/// ```
/// # use rendercast::amf::{Object, Value};
/// # use rendercast::{Connection, HandlerId, HandlerResult, Server, ServerConfig};
/// fn nobody(_: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
///     Ok(false)
/// }
/// let server = Server::new(ServerConfig::default());
/// let id: HandlerId = server.install(nobody);
/// assert!(server.remove(id));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandlerId(u64);

/// What closed connections moved, all together.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) bytes_in: AtomicU64,
    pub(super) bytes_out: AtomicU64,
    pub(super) dropped_frames: AtomicU64,
}

impl Shared {
    pub(super) fn new(config: ServerConfig) -> Self {
        let config = config.sanitized();
        Self {
            session_config: Arc::new(config.session.clone()),
            config,
            registry: Registry::default(),
            video_codecs: VideoCodecFactory::default(),
            #[cfg(feature = "tunnel")]
            tunnels: Tunnels::default(),
            started: Instant::now(),
            totals: Totals::default(),
            connect_handlers: Mutex::default(),
        }
    }

    pub(super) fn install(&self, handler: Arc<dyn ConnectEventHandler>) -> HandlerId {
        let mut handlers = lock(&self.connect_handlers);
        handlers.last_id += 1;
        let id = HandlerId(handlers.last_id);
        handlers.installed.push((id, handler));
        id
    }

    pub(super) fn remove(&self, id: HandlerId) -> bool {
        let removed = {
            let mut handlers = lock(&self.connect_handlers);
            let place = handlers.installed.iter().position(|(other, _)| *other == id);
            place.map(|place| handlers.installed.remove(place))
        };
        removed.is_some()
    }

    /// How many tunnels there are.
    pub(super) fn open_tunnels(&self) -> usize {
        #[cfg(feature = "tunnel")]
        return self.tunnels.len();
        #[cfg(not(feature = "tunnel"))]
        0
    }

    pub(super) fn connect_handlers(&self) -> Vec<Arc<dyn ConnectEventHandler>> {
        lock(&self.connect_handlers).installed.iter().map(|(_, handler)| handler.clone()).collect()
    }
}

impl Totals {
    /// Adds what a connection that closes has moved.
    pub(super) fn add(&self, link: &Link) {
        let bytes_in = link.received.bytes.load(Ordering::Relaxed);
        self.bytes_in.fetch_add(bytes_in, Ordering::Relaxed);
        self.bytes_out.fetch_add(link.outbox.bytes_sent(), Ordering::Relaxed);
        self.dropped_frames.fetch_add(link.outbox.dropped(), Ordering::Relaxed);
    }
}
