//! The tunnels of a server (RTMPT), each with a conversation on a thread of its own.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crate::handler::PeerAddress;
use crate::protocol::Carrier;
use crate::protocol::tunnel::{Refusal, TunnelId};
use crate::server::connection::Opened;
use crate::server::connection::conversation;
use crate::server::connections::{Limits, Refused};
use crate::server::state::ServerState;
use crate::transport::{LINGER_TIMEOUT, Transport, Tunnel};

/// Opens a tunnel for a client at `peer`, and starts its conversation's thread. The connection that
/// asks for it carries it. `carrier` says whether its requests come in TLS.
pub(crate) fn open(
    shared: &Arc<ServerState>,
    peer: PeerAddress,
    carrier: Carrier,
) -> Result<(TunnelId, Arc<Tunnel>), Refusal> {
    let config = &shared.config;
    let mut random = [0; TunnelId::BYTES];
    if let Err(error) = getrandom::fill(&mut random) {
        log::error!("{peer}: no tunnel without random numbers: {error}");
        return Err(Refusal::Unavailable);
    }
    let id = TunnelId::new(random);
    let tunnel = Arc::new(Tunnel::new(carrier, config.tunnel, config.write_timeout));
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
    shared: &Arc<ServerState>,
    number: u64,
    peer: PeerAddress,
    id: TunnelId,
    tunnel: &Arc<Tunnel>,
) {
    let transport = Arc::clone(tunnel) as Arc<dyn Transport>;
    let opened = Opened { transport, received: Vec::new() };
    conversation::converse(shared, number, peer, Instant::now(), opened);
    tunnel.end(LINGER_TIMEOUT);
    shared.tunnels.remove(id);
    shared.registry.closed(number);
}
