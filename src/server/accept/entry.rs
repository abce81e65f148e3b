//! The thread of an accepted connection (`rtmp-conn-N`), from its start to its end.

use std::sync::Arc;
#[cfg(any(feature = "tunnel", feature = "web"))]
use std::time::Instant;

use super::opening::{self, Arrival, Deadline, OpenError, Ready};
use crate::handler::{InsideHandler, PeerAddress};
use crate::peer_log::peer_log;
#[cfg(feature = "web")]
use crate::protocol::url::Scheme;
#[cfg(any(feature = "tunnel", feature = "web"))]
use crate::server::budget::Account;
#[cfg(any(feature = "tunnel", feature = "web"))]
use crate::server::connection::Opened;
#[cfg(feature = "web")]
use crate::server::connection::Spoken;
use crate::server::connection::conversation;
use crate::server::connections::Stop;
#[cfg(any(feature = "tunnel", feature = "web"))]
use crate::server::eviction::Eviction;
#[cfg(any(feature = "tunnel", feature = "web"))]
use crate::server::http::connection::{self as requests, Requester, Served};
use crate::server::state::ServerState;
use crate::transport::{Socket, Transport};

/// Serves one connection until it ends.
pub(crate) fn run(shared: &Arc<ServerState>, id: u64, arrival: Box<Arrival>) {
    let _inside = InsideHandler::enter();
    let _place = Place { shared, id };
    let (mut peer, at) = (arrival.peer, arrival.at);
    #[cfg(feature = "web")]
    let address = arrival.scheme;
    let opened = match open(shared, id, arrival, &mut peer) {
        Ok(Ready::Rtmp(opened)) => Some(opened),
        #[cfg(any(feature = "tunnel", feature = "web"))]
        Ok(Ready::Http(opened)) => answer_requests(
            shared,
            id,
            peer,
            at,
            opened,
            #[cfg(feature = "web")]
            address,
        ),
        Err(error) => return log(peer, &error),
    };
    // Here, so that no frame of the requests is below it.
    if let Some(opened) = opened {
        conversation::converse(shared, id, peer, at, opened);
    }
}

/// The entry of a connection in the table of connections. Dropping it removes the entry, also if
/// the thread panics.
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

/// A connection of HTTP requests, which may carry tunnels.
#[cfg(any(feature = "tunnel", feature = "web"))]
#[derive(Debug)]
struct Requests {
    peer: PeerAddress,
    transport: Arc<dyn Transport>,
    account: Arc<Account>,
}

#[cfg(any(feature = "tunnel", feature = "web"))]
impl Stop for Requests {
    fn stop(&self) {
        self.transport.stop_reading();
        // A peer that does not read an answer must not delay the shutdown.
        self.transport.stop_writing();
    }

    fn account(&self) -> Option<&Account> {
        Some(&self.account)
    }

    fn evict(&self, eviction: Eviction) {
        peer_log!(Warn, self.peer, "closed to save memory: {eviction}");
        self.stop();
    }

    fn carries_others(&self) -> bool {
        true
    }
}

/// Opens the connection. If the peer is a proxy, replaces `peer` with the client that it announces.
// Out of line, so that its frame is not below that of the conversation.
#[inline(never)]
#[expect(clippy::boxed_local, reason = "the caller would copy it to its own frame")]
fn open(
    shared: &ServerState,
    id: u64,
    arrival: Box<Arrival>,
    peer: &mut PeerAddress,
) -> Result<Ready, OpenError> {
    let arrival = *arrival;
    let config = &shared.config;
    let (kind, options) = (arrival.kind, config.queues.socket_options());
    let socket = match arrival.is_set {
        true => Socket::new(arrival.socket, kind, options),
        false => Socket::set(arrival.socket, kind, options).map_err(OpenError::SetUp)?,
    };
    let socket = Arc::new(socket);
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
    open().map_err(|error| {
        // The shutdown ends the input, which looks like an end by the peer.
        if shared.connections.is_shut_down() { OpenError::ShutDown } else { error }
    })
}

/// Reads the PROXY header, and replaces `peer` with the client that it names.
///
/// Returns the bytes that followed the header.
fn announced(
    shared: &ServerState,
    id: u64,
    transport: &dyn Transport,
    deadline: Deadline,
    peer: &mut PeerAddress,
) -> Result<Vec<u8>, OpenError> {
    let (client, received) = opening::announcement(transport, deadline)?;
    if let Some(client) = client {
        peer_log!(Debug, *peer, "announces {client}");
        *peer = client;
        let limits = shared.config.connections;
        client.ip().map_or(Ok(()), |ip| shared.connections.set_address(id, limits, ip))?;
    }
    Ok(received)
}

/// Answers HTTP requests until the connection ends. The connection was accepted at `since`. A
/// request for a stream gets the connection for itself, which is returned then.
#[cfg(any(feature = "tunnel", feature = "web"))]
#[inline(never)]
fn answer_requests(
    shared: &Arc<ServerState>,
    id: u64,
    peer: PeerAddress,
    since: Instant,
    opened: Opened,
    #[cfg(feature = "web")] address: Scheme,
) -> Option<Opened> {
    let Opened { transport, received, .. } = opened;
    let account = Account::open(&shared.budget);
    let stop = Requests { peer, transport: Arc::clone(&transport), account: Arc::clone(&account) };
    shared.connections.set_stop(id, Arc::new(stop));
    let requester = Requester {
        #[cfg(feature = "tunnel")]
        id,
        peer,
        since,
        account: &account,
        #[cfg(feature = "web")]
        address,
    };
    let served = requests::serve(shared, requester, &*transport, &received);
    #[cfg_attr(
        not(feature = "web"),
        expect(clippy::infallible_destructuring_match, reason = "browsers have sessions")
    )]
    let ended = match served {
        Served::Ended(ended) => ended,
        #[cfg(feature = "web")]
        Served::Session(opening, received) => {
            return Some(Opened { transport, received, spoken: Spoken::Web(opening) });
        }
    };
    if ended.is_fault() {
        peer_log!(Warn, peer, "{ended}");
    } else {
        peer_log!(Debug, peer, "{ended}");
    }
    None
}

#[inline(never)]
fn log(peer: PeerAddress, error: &OpenError) {
    match error {
        OpenError::ByPeer | OpenError::ShutDown => peer_log!(Info, peer, "{error}"),
        _ => peer_log!(Warn, peer, "{error}"),
    }
}
