//! What a connection's thread (`rtmp-conn-N`) does first: finds out who the client is and what it
//! speaks, and goes on with that.

use std::sync::Arc;
#[cfg(feature = "tunnel")]
use std::time::Instant;

use super::opening::{self, Arrival, Deadline, Spoken, Unopened};
use crate::handler::PeerAddress;
#[cfg(feature = "tunnel")]
use crate::server::connection::Opened;
use crate::server::connection::conversation;
use crate::server::connections::{Limits, Stop};
#[cfg(feature = "tunnel")]
use crate::server::http;
use crate::server::state::ServerState;
use crate::transport::{Socket, Transport};

/// Serves one connection to its end.
pub(crate) fn run(shared: &Arc<ServerState>, id: u64, arrival: Arrival) {
    let _place = Place { shared, id };
    let (mut peer, at) = (arrival.peer, arrival.at);
    match open(shared, id, arrival, &mut peer) {
        Ok(Spoken::Rtmp(opened)) => conversation::converse(shared, id, peer, at, opened),
        #[cfg(feature = "tunnel")]
        Ok(Spoken::Http(opened)) => answer_requests(shared, id, peer, at, &opened),
        Err(unopened) => log(peer, &unopened),
    }
}

/// A connection's place in the registry, which it gives up even if its thread panics.
struct Place<'a> {
    shared: &'a ServerState,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.connections.closed(self.id);
    }
}

/// A connection whose protocol is not known yet.
#[derive(Debug)]
struct Opening(Arc<Socket>);

impl Stop for Opening {
    fn stop(&self) {
        self.0.stop_reading();
    }
}

/// A connection whose requests carry tunnels.
#[cfg(feature = "tunnel")]
#[derive(Debug)]
struct TunnelCarrier(Arc<dyn Transport>);

#[cfg(feature = "tunnel")]
impl Stop for TunnelCarrier {
    fn stop(&self) {
        self.0.stop_reading();
        // A peer that does not read an answer must not delay the shutdown.
        self.0.stop_writing();
    }

    fn carries_others(&self) -> bool {
        true
    }
}

/// Finds out who the peer is, where a proxy announces it, and what it speaks.
fn open(
    shared: &ServerState,
    id: u64,
    arrival: Arrival,
    peer: &mut PeerAddress,
) -> Result<Spoken, Unopened> {
    let config = &shared.config;
    let socket = Socket::new(arrival.socket, arrival.kind, config.write_timeout);
    let socket = Arc::new(socket.map_err(Unopened::SetUp)?);
    shared.connections.set_stop(id, Arc::new(Opening(Arc::clone(&socket))));
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
        if shared.connections.is_shut_down() { Unopened::ShutDown } else { unopened }
    })
}

/// Has `peer`, a proxy, announce its client, who takes its place; and what came behind that.
fn announced(
    shared: &ServerState,
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
        client.ip().map_or(Ok(()), |ip| shared.connections.set_address(id, limits, ip))?;
    }
    Ok(received)
}

/// Answers a peer's HTTP requests to the end of its connection, which it opened at `since`.
#[cfg(feature = "tunnel")]
fn answer_requests(
    shared: &Arc<ServerState>,
    id: u64,
    peer: PeerAddress,
    since: Instant,
    opened: &Opened,
) {
    shared.connections.set_stop(id, Arc::new(TunnelCarrier(Arc::clone(&opened.transport))));
    let ended = http::connection::serve(shared, peer, since, &*opened.transport, &opened.received);
    match ended {
        http::connection::Ended::Refused(_)
        | http::connection::Ended::Read(_)
        | http::connection::Ended::Send(_) => {
            log::warn!("{peer}: {ended}");
        }
        _ => log::debug!("{peer}: {ended}"),
    }
}

fn log(peer: PeerAddress, unopened: &Unopened) {
    match unopened {
        Unopened::ByPeer | Unopened::ShutDown => log::info!("{peer}: {unopened}"),
        _ => log::warn!("{peer}: {unopened}"),
    }
}
