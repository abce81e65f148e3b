//! The requests of RTMPT, and the tunnels that they open. Each tunnel has a conversation on a
//! thread of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::respond::{Ended, send};
use crate::handler::{InsideHandler, PeerAddress};
use crate::panics;
use crate::peer_log::peer_log;
use crate::protocol::Carrier;
use crate::protocol::tunnel::{Answer, Command, PendingRequest, Refusal, TunnelId, answer};
use crate::server::connection::conversation;
use crate::server::connection::{Opened, Spoken};
use crate::server::connections::Refused;
use crate::server::send::write_queue::WriteQueue;
use crate::server::state::ServerState;
use crate::server::tunnel_table::Opener;
use crate::transport::{LINGER_TIMEOUT, Transport, Tunnel};

/// A request that is read so soon after a wait was there before.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Serves the requests of RTMPT that come by one HTTP connection.
pub(super) struct TunnelRequests<'a> {
    shared: &'a Arc<ServerState>,
    /// The number of the HTTP connection.
    connection: u64,
    peer: PeerAddress,
    transport: &'a dyn Transport,
    /// The tunnel of the last request.
    attached: Option<Attached>,
    /// When the last answer was written, until the wait for the next output begins.
    answered: Option<Instant>,
    /// The last wait for output, until the next request is read.
    waited: Option<Waited>,
}

/// A wait for output between two requests.
#[derive(Clone, Copy, Debug)]
struct Waited {
    since: Instant,
    until: Instant,
}

/// A tunnel that counts this connection as one of its own.
struct Attached {
    id: TunnelId,
    tunnel: Arc<Tunnel>,
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.tunnel.detach();
    }
}

impl<'a> TunnelRequests<'a> {
    pub(super) const fn new(
        shared: &'a Arc<ServerState>,
        connection: u64,
        peer: PeerAddress,
        transport: &'a dyn Transport,
    ) -> Self {
        Self { shared, connection, peer, transport, attached: None, answered: None, waited: None }
    }

    /// Returns whether the last request was for a tunnel that lives.
    pub(super) fn has_tunnel(&self) -> bool {
        self.attached.as_ref().is_some_and(|it| !it.tunnel.is_gone())
    }

    /// Waits for output before the next request is read, if the client only asks for output.
    ///
    /// ffmpeg rests 50 ms before it asks again. A thread that waits for its request wakes up to
    /// hold it, and wakes up again to answer it. A thread that waits for output finds the request
    /// there, and wakes up once.
    pub(super) fn wait_for_output(&mut self) {
        let (Some(attached), Some(since)) = (&self.attached, self.answered.take()) else { return };
        if attached.tunnel.wait_for_output() {
            self.waited = Some(Waited { since, until: Instant::now() });
        }
    }

    /// Serves one request. Blocks while the tunnel holds the request, and while the client does not
    /// read the response.
    pub(super) fn serve(
        &mut self,
        command: Command,
        body: Bytes,
        is_last: bool,
    ) -> Result<(), Ended> {
        match command {
            Command::Ident => self.refuse(Refusal::NoSuchTunnel, is_last),
            Command::Open => match self.open() {
                Ok(id) => send(self.transport, answer::opened(id, is_last)),
                Err(refusal) => self.refuse(refusal, is_last),
            },
            Command::Send(id, _) | Command::Idle(id, _) | Command::Close(id, _) => {
                let arrived = arrival(self.waited.take(), Instant::now());
                let Some(request) = PendingRequest::new(command, body, arrived) else {
                    return Ok(());
                };
                let Some(tunnel) = self.attach(id) else {
                    return self.refuse(Refusal::NoSuchTunnel, is_last);
                };
                match tunnel.serve(request) {
                    Ok(answer) => {
                        let sent = send(self.transport, with_head(&answer, is_last));
                        tunnel.delivered();
                        self.answered = Some(Instant::now());
                        sent
                    }
                    Err(refusal) => self.refuse(refusal, is_last),
                }
            }
        }
    }

    /// Refuses a request, and keeps the connection.
    fn refuse(&self, refusal: Refusal, is_last: bool) -> Result<(), Ended> {
        send(self.transport, refusal.response(is_last))
    }

    fn open(&mut self) -> Result<TunnelId, Refusal> {
        let is_encrypted = self.transport.carrier().is_encrypted();
        let carrier = if is_encrypted { Carrier::Rtmpts } else { Carrier::Rtmpt };
        let opener = Opener::new(self.connection, self.peer.ip());
        let (id, tunnel) = open(self.shared, self.peer, opener, carrier)?;
        peer_log!(Debug, self.peer, "opened a tunnel");
        self.attached = Some(Attached { id, tunnel });
        Ok(id)
    }

    /// Finds the tunnel of that name, and attaches this connection to it.
    fn attach(&mut self, id: TunnelId) -> Option<Arc<Tunnel>> {
        if let Some(attached) = &self.attached
            && attached.id == id
            && !attached.tunnel.is_gone()
        {
            return Some(Arc::clone(&attached.tunnel));
        }
        let tunnel = self.shared.tunnels.find(id)?;
        tunnel.attach();
        self.attached = Some(Attached { id, tunnel: Arc::clone(&tunnel) });
        Some(tunnel)
    }
}

/// Returns when a request arrived that is read at `now`.
///
/// A request that is there when a wait for output ends came at an unknown time during it. It counts
/// as arrived at the beginning of the wait, so that it is not held once more.
fn arrival(waited: Option<Waited>, now: Instant) -> Instant {
    match waited {
        Some(waited) if now.saturating_duration_since(waited.until) < AT_ONCE => waited.since,
        _ => now,
    }
}

/// Puts the head in front of an answer, whose parts stay shared.
fn with_head(answer: &Answer, is_last: bool) -> WriteQueue {
    let mut parts = Vec::with_capacity(answer.parts.len() + 1);
    parts.push(answer::head(answer, is_last).into());
    parts.extend_from_slice(&answer.parts);
    parts.into()
}

/// Opens a tunnel for a client at `peer`, with one connection attached, and starts the thread of
/// its conversation.
fn open(
    shared: &Arc<ServerState>,
    peer: PeerAddress,
    opener: Opener,
    carrier: Carrier,
) -> Result<(TunnelId, Arc<Tunnel>), Refusal> {
    let config = &shared.config;
    let mut random = [0; TunnelId::BYTES];
    if let Err(error) = getrandom::fill(&mut random) {
        peer_log!(Error, peer, "no tunnel, because the system gives no random numbers: {error}");
        return Err(Refusal::Unavailable);
    }
    let id = TunnelId::new(random);
    let tunnel = Arc::new(Tunnel::new(carrier, config.tunnel, config.queues.write_timeout));
    if let Err(full) = shared.tunnels.add(id, &tunnel, opener, config.connections) {
        peer_log!(Warn, peer, "no tunnel: {full}");
        return Err(Refusal::Unavailable);
    }
    let opened = shared.connections.open(config.connections, peer.ip(), |number| {
        let (shared, pool) = (Arc::clone(shared), &shared.pool);
        let tunnel = Arc::clone(&tunnel);
        let run = move || converse(&shared, number, peer, id, &tunnel);
        pool.spawn(format_args!("rtmp-conn-{number}"), run)
    });
    match opened {
        Ok(()) => return Ok((id, tunnel)),
        Err(Refused::ShutDown) => {}
        Err(refused @ Refused::Thread(_)) => peer_log!(Error, peer, "no tunnel: {refused}"),
        Err(refused) => peer_log!(Warn, peer, "no tunnel: {refused}"),
    }
    shared.tunnels.remove(id);
    Err(Refusal::Unavailable)
}

/// Runs the conversation of a tunnel until it ends, on a thread of its own.
fn converse(
    shared: &Arc<ServerState>,
    number: u64,
    peer: PeerAddress,
    id: TunnelId,
    tunnel: &Arc<Tunnel>,
) {
    let _inside = InsideHandler::enter();
    let transport = Arc::clone(tunnel) as Arc<dyn Transport>;
    let opened = Opened { transport, received: Vec::new(), spoken: Spoken::Rtmp };
    // Whatever happens, the tunnel must leave the tables.
    let _ = panics::catch(|| {
        conversation::converse(shared, number, peer, Instant::now(), opened);
    });
    tunnel.end(LINGER_TIMEOUT);
    shared.tunnels.remove(id);
    shared.connections.closed(number);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Waited, arrival};

    #[test]
    fn a_request_that_was_there_before_counts_as_held() {
        let since = Instant::now();
        let until = since + Duration::from_millis(480);
        let now = until + Duration::from_micros(999);
        assert_eq!(arrival(Some(Waited { since, until }), now), since);
        let later = until + Duration::from_millis(1);
        assert_eq!(arrival(Some(Waited { since, until }), later), later);
        assert_eq!(arrival(None, now), now);
    }
}
