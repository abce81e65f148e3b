//! An HTTP connection: requests of tunnels, answered one after the other on the connection's thread.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::poll_interval::PollInterval;
use super::tunnel;
use crate::handler::PeerAddress;
use crate::protocol::Carrier;
use crate::protocol::tunnel::{
    Answer, Command, Refusal, Request, RequestReader, TunnelId, Visit, response,
};
use crate::server::send::write_queue::WriteQueue;
use crate::server::state::ServerState;
use crate::transport::{
    Input, LINGER_TIMEOUT, READ_BYTES, Transport, Tunnel, is_disconnect, linger, receive,
};

/// Why an HTTP connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error("the client closed the HTTP connection")]
    ByPeer,
    #[error("the HTTP connection was not used any more")]
    Unused,
    #[error("the client wanted no more than that of the HTTP connection")]
    Served,
    #[error("the HTTP connection was closed: {0}")]
    Refused(Refusal),
    #[error("reading an HTTP request failed: {0}")]
    Read(io::Error),
    #[error("sending an HTTP answer failed: {0}")]
    Send(io::Error),
}

/// One HTTP connection.
struct HttpConnection<'a> {
    shared: &'a Arc<ServerState>,
    transport: &'a dyn Transport,
    peer: PeerAddress,
    reader: RequestReader,
    carried: Option<Carried>,
    /// When the request began that is under way, or the last one was over.
    since: Instant,
    lull: PollInterval,
}

/// The tunnel that a connection's last request was for.
struct Carried {
    id: TunnelId,
    tunnel: Arc<Tunnel>,
}

/// Answers the requests of a peer to the end of its connection, which it opened at `since`.
pub(crate) fn serve(
    shared: &Arc<ServerState>,
    peer: PeerAddress,
    since: Instant,
    transport: &dyn Transport,
    received: &[u8],
) -> Ended {
    let reader = RequestReader::new(shared.config.http);
    let mut connection = HttpConnection {
        shared,
        transport,
        peer,
        reader,
        carried: None,
        since,
        lull: PollInterval::default(),
    };
    let mut buffer = [0; READ_BYTES];
    transport.acknowledge_with_answers();
    let ended = connection.run(received, &mut buffer);
    if let Ended::Refused(refusal) = ended {
        let refused = response::refused(refusal, true);
        // A peer that is gone does not miss it.
        let _ = connection.send(refused.into());
    }
    if matches!(ended, Ended::Refused(_) | Ended::Served) {
        linger(transport, Instant::now() + LINGER_TIMEOUT, || !shared.registry.is_shut_down());
    }
    ended
}

impl HttpConnection<'_> {
    fn run(&mut self, received: &[u8], buffer: &mut [u8]) -> Ended {
        let mut outcome = self.answer(received);
        loop {
            if let Err(ended) = outcome {
                return ended;
            }
            self.await_request();
            outcome = match receive(self.transport, buffer, self.patience()) {
                Ok(Input::Bytes(length)) => self.answer(buffer.get(..length).unwrap_or_default()),
                Ok(Input::Nothing) => self.look_at_the_clock(),
                Ok(Input::End) => Err(Ended::ByPeer),
                Err(error) => Err(Ended::Read(error)),
            };
        }
    }

    /// Lets the client rest, where it is known to.
    fn await_request(&mut self) {
        if self.reader.is_within_request() {
            // ffmpeg writes head and body one by one, and leaves Nagle's algorithm on.
            self.transport.acknowledge();
        } else if let Some(carried) = &self.carried
            && let Some(rest) = self.lull.expected()
            && carried.tunnel.doze(rest)
        {
            self.lull.woke(Instant::now());
        }
    }

    /// How long to wait for more of the request that is under way, or for the next.
    fn patience(&self) -> Duration {
        let timeout = self.shared.config.session.handshake_timeout;
        if self.is_resting() { timeout } else { timeout.saturating_sub(self.since.elapsed()) }
    }

    /// Whether nothing is under way, and a tunnel lives that the next request may be for.
    fn is_resting(&self) -> bool {
        !self.reader.is_within_request()
            && self.carried.as_ref().is_some_and(|it| !it.tunnel.is_gone())
    }

    fn look_at_the_clock(&self) -> Result<(), Ended> {
        let timeout = self.shared.config.session.handshake_timeout;
        if self.is_resting() || self.since.elapsed() < timeout {
            Ok(())
        } else if self.reader.is_within_request() {
            Err(Ended::Refused(Refusal::TimedOut))
        } else {
            Err(Ended::Unused)
        }
    }

    /// Answers all requests that `input` ends.
    fn answer(&mut self, mut input: &[u8]) -> Result<(), Ended> {
        let was_within_request = self.reader.is_within_request();
        let mut is_served = false;
        while let Some(request) = self.reader.read(&mut input).map_err(Ended::Refused)? {
            is_served = true;
            let is_last = request.is_last;
            self.serve(request)?;
            if is_last {
                return Err(Ended::Served);
            }
        }
        if is_served || !was_within_request && self.reader.is_within_request() {
            self.since = Instant::now();
        }
        // A request that trickles in is not waited for longer than one that stands still.
        self.look_at_the_clock()
    }

    fn serve(&mut self, request: Request) -> Result<(), Ended> {
        let Request { command, body, is_last } = request;
        match command {
            Command::Ident => self.send(response::refused(Refusal::NotFound, is_last).into()),
            Command::Open => self.open(is_last),
            Command::Send(id, _) | Command::Idle(id, _) | Command::Close(id, _) => {
                let arrived = self.lull.end(Instant::now());
                let Some(visit) = Visit::new(command, body, arrived) else { return Ok(()) };
                let Some(tunnel) = self.carry(id) else {
                    return self.send(response::refused(Refusal::NotFound, is_last).into());
                };
                match tunnel.serve(visit) {
                    Ok(answer) => {
                        let sent = self.send(with_head(&answer, is_last));
                        tunnel.delivered();
                        self.lull.begin(Instant::now(), answer.parts.is_empty());
                        sent
                    }
                    Err(refusal) => self.send(response::refused(refusal, is_last).into()),
                }
            }
        }
    }

    fn open(&mut self, is_last: bool) -> Result<(), Ended> {
        let carrier =
            if self.transport.carrier().is_encrypted() { Carrier::Rtmpts } else { Carrier::Rtmpt };
        match tunnel::open(self.shared, self.peer, carrier) {
            Ok((id, tunnel)) => {
                log::debug!("{}: opened a tunnel", self.peer);
                self.carried = Some(Carried { id, tunnel });
                self.send(response::opened(id, is_last).into())
            }
            Err(refusal) => self.send(response::refused(refusal, is_last).into()),
        }
    }

    /// The tunnel of that name, which this connection carries from now on.
    fn carry(&mut self, id: TunnelId) -> Option<Arc<Tunnel>> {
        if let Some(carried) = &self.carried
            && carried.id == id
            && !carried.tunnel.is_gone()
        {
            return Some(Arc::clone(&carried.tunnel));
        }
        let tunnel = self.shared.tunnels.find(id)?;
        tunnel.attach();
        self.carried = Some(Carried { id, tunnel: Arc::clone(&tunnel) });
        Some(tunnel)
    }

    fn send(&self, mut response: WriteQueue) -> Result<(), Ended> {
        while !response.is_empty() {
            match self.transport.send(response.parts()) {
                Ok(0) => return Err(Ended::ByPeer),
                Ok(sent) => response.advance(sent),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    kind if is_disconnect(kind) => return Err(Ended::ByPeer),
                    _ => return Err(Ended::Send(error)),
                },
            }
        }
        self.transport.flush().map_err(Ended::Send)
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.tunnel.detach();
    }
}

/// An answer as it is sent: its parts stay shared with whoever else has them.
fn with_head(answer: &Answer, is_last: bool) -> WriteQueue {
    let head = response::answer_head(answer, is_last);
    let mut parts = Vec::with_capacity(answer.parts.len() + 1);
    parts.push(head.into());
    parts.extend_from_slice(&answer.parts);
    parts.into()
}
