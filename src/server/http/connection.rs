//! An HTTP connection: reads requests, and passes each to what serves its path. All of this runs on
//! the connection's thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::respond::{Ended, send};
use super::tunnel::TunnelRequests;
use crate::handler::PeerAddress;
use crate::protocol::http::{self, Request, RequestReader};
use crate::protocol::tunnel::Command;
use crate::server::budget::{Account, Share};
use crate::server::state::ServerState;
use crate::transport::{Input, LINGER_TIMEOUT, READ_BYTES, Transport, linger, receive};

/// One HTTP connection.
struct HttpConnection<'a> {
    transport: &'a dyn Transport,
    reader: RequestReader,
    tunnels: TunnelRequests<'a>,
    /// How long a request may take, and how long a connection may be unused.
    timeout: Duration,
    /// When the request under way began, or the last one was served.
    since: Instant,
    /// The bytes of the request under way.
    held: Share,
}

/// Answers the requests of a peer until its connection ends. The connection has the number `id` and
/// was accepted at `since`. `received` is what has been read of it. What it holds counts for
/// `account`.
pub(crate) fn serve(
    shared: &Arc<ServerState>,
    id: u64,
    peer: PeerAddress,
    since: Instant,
    transport: &dyn Transport,
    account: &Arc<Account>,
    received: &[u8],
) -> Ended {
    let mut connection = HttpConnection {
        transport,
        reader: RequestReader::new(shared.config.http),
        tunnels: TunnelRequests::new(shared, id, peer, transport),
        timeout: shared.config.session.handshake_timeout,
        since,
        held: Share::new(Arc::clone(account)),
    };
    transport.acknowledge_with_answers();
    let ended = connection.run(received);
    let last_response = ended.last_response();
    let lingers = last_response.is_some() || matches!(ended, Ended::Served);
    if let Some(response) = last_response {
        // If this fails, the peer is gone, and `ended` says more.
        let _ = send(transport, response);
    }
    if lingers {
        linger(transport, Instant::now() + LINGER_TIMEOUT, || !shared.connections.is_shut_down());
    }
    ended
}

impl HttpConnection<'_> {
    fn run(&mut self, received: &[u8]) -> Ended {
        let mut buffer = [0; READ_BYTES];
        let mut outcome = self.answer(received);
        loop {
            if let Err(ended) = outcome {
                return ended;
            }
            if self.reader.is_within_request() {
                // ffmpeg writes head and body one by one, and leaves Nagle's algorithm on.
                self.transport.acknowledge();
            } else {
                self.tunnels.wait_for_output();
            }
            outcome = match receive(self.transport, &mut buffer, self.time_left()) {
                Ok(Input::Bytes(length)) => self.answer(buffer.get(..length).unwrap_or_default()),
                Ok(Input::Nothing) => self.check_time(),
                Ok(Input::End) => Err(Ended::ByPeer),
                Err(error) => Err(Ended::Read(error)),
            };
        }
    }

    /// Returns how long to wait for more of the request under way, or for the next.
    fn time_left(&self) -> Duration {
        if self.may_rest() {
            self.timeout
        } else {
            self.timeout.saturating_sub(self.since.elapsed())
        }
    }

    /// Returns whether no request is under way, and the next may be for a tunnel that lives.
    fn may_rest(&self) -> bool {
        !self.reader.is_within_request() && self.tunnels.has_tunnel()
    }

    fn check_time(&self) -> Result<(), Ended> {
        if self.may_rest() || self.since.elapsed() < self.timeout {
            Ok(())
        } else if self.reader.is_within_request() {
            Err(Ended::BadRequest(http::Error::TimedOut))
        } else {
            Err(Ended::Unused)
        }
    }

    /// Answers all requests that `input` completes.
    fn answer(&mut self, mut input: &[u8]) -> Result<(), Ended> {
        let was_within_request = self.reader.is_within_request();
        let mut is_served = false;
        while let Some(request) = self.reader.read(&mut input).map_err(Ended::BadRequest)? {
            is_served = true;
            let is_last = request.head.is_last();
            self.route(request)?;
            if is_last {
                return Err(Ended::Served);
            }
        }
        // A buffer that grows may be twice as long as what is in it.
        self.held.set(2 * self.reader.partial_bytes());
        self.held.relieve_if_over();
        if is_served || !was_within_request && self.reader.is_within_request() {
            self.since = Instant::now();
        }
        // A request that trickles in gets no more time than one that stands still.
        self.check_time()
    }

    fn route(&mut self, request: Request) -> Result<(), Ended> {
        let Request { head, body } = request;
        match Command::parse(head.method(), head.path()).map_err(Ended::Tunnel)? {
            Some(command) => self.tunnels.serve(command, body, head.is_last()),
            None => Err(Ended::NotFound { path: head.path().to_owned() }),
        }
    }
}
