//! An HTTP connection: reads requests, and passes each to what serves its path. All of this runs on
//! the connection's thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(feature = "web")]
use bytes::Bytes;

#[cfg(feature = "web")]
use super::asked::{Answer, Asked};
use super::respond::{Ended, send};
#[cfg(feature = "tunnel")]
use super::tunnel::TunnelRequests;
#[cfg(feature = "web")]
use super::web;
use crate::handler::PeerAddress;
use crate::protocol::http::{self, Request, RequestReader};
#[cfg(feature = "tunnel")]
use crate::protocol::tunnel::Command;
#[cfg(feature = "web")]
use crate::protocol::url::Scheme;
#[cfg(feature = "web")]
use crate::protocol::web_session::Opening;
use crate::server::budget::{Account, Share};
#[cfg(feature = "web")]
use crate::server::listen::scheme;
use crate::server::state::ServerState;
use crate::transport::{Input, LINGER_TIMEOUT, READ_BYTES, Transport, linger, receive};

/// One HTTP connection.
struct HttpConnection<'a> {
    #[cfg(feature = "web")]
    shared: &'a Arc<ServerState>,
    #[cfg(feature = "web")]
    peer: PeerAddress,
    #[cfg(feature = "web")]
    serves_web: bool,
    transport: &'a dyn Transport,
    reader: RequestReader,
    #[cfg(feature = "tunnel")]
    tunnels: TunnelRequests<'a>,
    /// How long a request may take, and how long a connection may be unused.
    timeout: Duration,
    /// When the request under way began, or the last one was served.
    since: Instant,
    /// The bytes of the request under way.
    held: Share,
}

/// How the requests of a connection end.
pub(crate) enum Served {
    /// With the connection.
    Ended(Ended),
    /// With a request that gets the connection for itself, and the bytes that followed it.
    #[cfg(feature = "web")]
    Session(Box<Opening>, Vec<u8>),
}

impl From<Ended> for Served {
    fn from(ended: Ended) -> Self {
        Self::Ended(ended)
    }
}

/// Whose requests are answered.
pub(crate) struct Requester<'a> {
    /// The number of the connection.
    #[cfg(feature = "tunnel")]
    pub(crate) id: u64,
    pub(crate) peer: PeerAddress,
    /// When the connection was accepted.
    pub(crate) since: Instant,
    /// What the connection holds counts for it.
    pub(crate) account: &'a Arc<Account>,
    /// The scheme of the address.
    #[cfg(feature = "web")]
    pub(crate) address: Scheme,
}

/// Answers the requests of a peer until its connection ends. `received` is what has been read of
/// it.
pub(crate) fn serve(
    shared: &Arc<ServerState>,
    requester: Requester<'_>,
    transport: &dyn Transport,
    received: &[u8],
) -> Served {
    let Requester { peer, since, account, .. } = requester;
    let mut connection = HttpConnection {
        #[cfg(feature = "web")]
        shared,
        #[cfg(feature = "web")]
        peer,
        #[cfg(feature = "web")]
        serves_web: scheme::serves_web(requester.address),
        transport,
        reader: RequestReader::new(shared.config.http),
        #[cfg(feature = "tunnel")]
        tunnels: TunnelRequests::new(shared, requester.id, peer, transport),
        timeout: shared.config.session.handshake_timeout,
        since,
        held: Share::new(Arc::clone(account)),
    };
    transport.acknowledge_with_answers(true);
    #[cfg_attr(
        not(feature = "web"),
        expect(clippy::infallible_destructuring_match, reason = "browsers have sessions")
    )]
    let ended = match connection.run(received) {
        Served::Ended(ended) => ended,
        #[cfg(feature = "web")]
        session @ Served::Session(..) => return session,
    };
    let last_response = ended.last_response();
    let lingers = last_response.is_some() || matches!(ended, Ended::Served);
    if let Some(response) = last_response {
        // If this fails, the peer is gone, and `ended` says more.
        let _ = send(transport, response);
    }
    if lingers {
        linger(transport, Instant::now() + LINGER_TIMEOUT, || !shared.connections.is_shut_down());
    }
    ended.into()
}

impl HttpConnection<'_> {
    fn run(&mut self, received: &[u8]) -> Served {
        let mut buffer = [0; READ_BYTES];
        let mut outcome = self.answer(received);
        loop {
            if let Err(served) = outcome {
                return served;
            }
            if self.reader.is_within_request() {
                // ffmpeg writes head and body one by one, and leaves Nagle's algorithm on.
                self.transport.acknowledge();
            } else {
                #[cfg(feature = "tunnel")]
                self.tunnels.wait_for_output();
            }
            outcome = match receive(self.transport, &mut buffer, self.time_left()) {
                Ok(Input::Bytes(length)) => self.answer(buffer.get(..length).unwrap_or_default()),
                Ok(Input::Nothing) => self.check_time(),
                Ok(Input::End) => Err(Ended::ByPeer.into()),
                Err(error) => Err(Ended::Read(error).into()),
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
        #[cfg(feature = "tunnel")]
        return !self.reader.is_within_request() && self.tunnels.has_tunnel();
        #[cfg(not(feature = "tunnel"))]
        false
    }

    fn check_time(&self) -> Result<(), Served> {
        if self.may_rest() || self.since.elapsed() < self.timeout {
            Ok(())
        } else if self.reader.is_within_request() {
            Err(Ended::BadRequest(http::Error::TimedOut).into())
        } else {
            Err(Ended::Unused.into())
        }
    }

    /// Answers all requests that `input` completes.
    fn answer(&mut self, mut input: &[u8]) -> Result<(), Served> {
        let was_within_request = self.reader.is_within_request();
        let mut is_served = false;
        while let Some(request) = self.reader.read(&mut input).map_err(Ended::BadRequest)? {
            is_served = true;
            let is_last = request.head.is_last();
            self.route(request, input)?;
            if is_last {
                return Err(Ended::Served.into());
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

    /// Serves one request. `rest` is what came behind it.
    #[cfg_attr(
        not(feature = "tunnel"),
        expect(clippy::needless_pass_by_ref_mut, reason = "tunnels are changed")
    )]
    fn route(&mut self, request: Request, rest: &[u8]) -> Result<(), Served> {
        #[cfg(feature = "tunnel")]
        let request = match Command::parse(request.head.method(), request.head.path()) {
            Err(refusal) => return Err(Ended::Tunnel(refusal).into()),
            Ok(None) => request,
            Ok(Some(command)) => {
                let Request { head, body } = request;
                return Ok(self.tunnels.serve(command, body, head.is_last())?);
            }
        };
        self.answer_other(&request, rest)
    }

    /// Answers a request that is none of RTMPT.
    #[cfg(feature = "web")]
    fn answer_other(&self, request: &Request, rest: &[u8]) -> Result<(), Served> {
        if !self.serves_web {
            return Err(not_found(request));
        }
        let is_secure = self.transport.carrier().is_encrypted();
        let (state, peer) = (self.shared, self.peer);
        let Request { head, body } = request;
        match web::answer(&Asked { state, peer, head, body, is_secure }) {
            Answer::Response(response) => {
                // The client may read it slowly.
                self.held.set(response.iter().map(Bytes::len).sum());
                self.held.relieve_if_over();
                Ok(send(self.transport, response)?)
            }
            Answer::Session(opening) => Err(Served::Session(opening, rest.to_vec())),
        }
    }

    #[cfg(not(feature = "web"))]
    fn answer_other(&self, request: &Request, _rest: &[u8]) -> Result<(), Served> {
        Err(not_found(request))
    }
}

fn not_found(request: &Request) -> Served {
    Ended::NotFound { path: request.head.path().to_owned() }.into()
}
