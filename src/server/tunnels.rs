//! The tunnels of a server (RTMPT), each with a conversation on a thread of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use super::connection::{self, FAREWELL};
use super::opening::Opened;
use super::registry::{Limits, Refused};
use super::shared::Shared;
use crate::handler::{PeerAddress, lock};
use crate::protocol::tunnel::{Refusal, TunnelId};
use crate::transport::{Transport, Tunnel};

/// The tunnels of a server, by the names that their clients were told.
#[derive(Debug, Default)]
pub(super) struct Tunnels(Mutex<HashMap<TunnelId, Arc<Tunnel>>>);

impl Tunnels {
    pub(super) fn find(&self, id: TunnelId) -> Option<Arc<Tunnel>> {
        lock(&self.0).get(&id).cloned()
    }

    pub(super) fn len(&self) -> usize {
        lock(&self.0).len()
    }

    fn add(&self, id: TunnelId, tunnel: &Arc<Tunnel>, limit: usize) -> bool {
        let mut tunnels = lock(&self.0);
        let has_room = tunnels.len() < limit;
        if has_room {
            tunnels.insert(id, Arc::clone(tunnel));
        }
        has_room
    }

    fn remove(&self, id: TunnelId) {
        lock(&self.0).remove(&id);
    }
}

/// Opens a tunnel for a client at `peer`, and starts its conversation's thread. The connection that
/// asks for it carries it. `name` is that of its scheme.
pub(super) fn open(
    shared: &Arc<Shared>,
    peer: PeerAddress,
    name: &'static str,
) -> Result<(TunnelId, Arc<Tunnel>), Refusal> {
    let config = &shared.config;
    let mut random = [0; TunnelId::BYTES];
    if let Err(error) = getrandom::fill(&mut random) {
        log::error!("{peer}: no tunnel without random numbers: {error}");
        return Err(Refusal::Unavailable);
    }
    let id = TunnelId::new(random);
    let tunnel = Arc::new(Tunnel::new(name, config.tunnel, config.write_timeout));
    if !shared.tunnels.add(id, &tunnel, config.tunnels) {
        log::warn!("{peer}: no tunnel: there are {}, as many as `tunnels` allows", config.tunnels);
        return Err(Refusal::Unavailable);
    }
    let opened = shared.registry.open(Limits::of(config), peer.ip(), |number| {
        let (shared, tunnel) = (Arc::clone(shared), Arc::clone(&tunnel));
        thread::Builder::new()
            .name(format!("rtmp-conn-{number}"))
            .stack_size(config.stack_bytes)
            .spawn(move || converse(&shared, number, peer, id, &tunnel))
    });
    match opened {
        Ok(()) => return Ok((id, tunnel)),
        Err(Refused::ShutDown) => {}
        Err(refused @ Refused::Thread(_)) => log::error!("{peer}: no tunnel: {refused}"),
        Err(refused) => log::warn!("{peer}: no tunnel: {refused}"),
    }
    shared.tunnels.remove(id);
    Err(Refusal::Unavailable)
}

/// The life of a tunnel, on its conversation's thread.
fn converse(
    shared: &Arc<Shared>,
    number: u64,
    peer: PeerAddress,
    id: TunnelId,
    tunnel: &Arc<Tunnel>,
) {
    let transport = Arc::clone(tunnel) as Arc<dyn Transport>;
    let opened = Opened { transport, received: Vec::new() };
    connection::converse(shared, number, peer, Instant::now(), opened);
    tunnel.end(FAREWELL);
    shared.tunnels.remove(id);
    shared.registry.closed(number);
}
