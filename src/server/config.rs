//! Every setting of a server, each with its default and what it can cost.

use std::time::Duration;

use super::listen::proxy_address::ProxyAddress;
use crate::handler::PeerAddress;
use crate::protocol::server_session;
#[cfg(feature = "tunnel")]
use crate::protocol::{http, tunnel};
#[cfg(feature = "tls")]
use crate::transport::tls::Certificates;

/// The settings of a [`Server`](crate::Server).
///
/// ```
/// use std::time::Duration;
/// use rendercast::{Server, ServerConfig};
///
/// let config = ServerConfig::default()
///     .connections(500)
///     .write_timeout(Duration::from_secs(60));
/// let server = Server::new(config);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ServerConfig {
    pub(crate) connections: usize,
    pub(crate) connections_per_address: usize,
    pub(crate) accept_rate: u32,
    pub(crate) proxies: Vec<ProxyAddress>,
    pub(crate) outqueue_length: usize,
    pub(crate) outqueue_bytes: usize,
    pub(crate) live_unsent_bytes: u32,
    pub(crate) reply_bytes: usize,
    pub(crate) calls_in_flight: usize,
    pub(crate) write_timeout: Duration,
    pub(crate) stack_bytes: usize,
    pub(crate) session: server_session::Config,
    #[cfg(feature = "tls")]
    pub(crate) certificates: Option<Certificates>,
    #[cfg(feature = "tunnel")]
    pub(crate) tunnels: usize,
    #[cfg(feature = "tunnel")]
    pub(crate) tunnel: tunnel::Config,
    #[cfg(feature = "tunnel")]
    pub(crate) http: http::Limits,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_address: 1024,
            accept_rate: 1000,
            proxies: Vec::new(),
            outqueue_length: 8,
            outqueue_bytes: 4 << 20,
            live_unsent_bytes: 64 << 10,
            reply_bytes: 64 << 10,
            calls_in_flight: 1024,
            write_timeout: Duration::from_secs(5 * 60),
            stack_bytes: 256 << 10,
            session: server_session::Config::default(),
            #[cfg(feature = "tls")]
            certificates: None,
            #[cfg(feature = "tunnel")]
            tunnels: 1024,
            #[cfg(feature = "tunnel")]
            tunnel: tunnel::Config::default(),
            #[cfg(feature = "tunnel")]
            http: http::Limits::default(),
        }
    }
}

/// How much stack there must be for each level of nesting: twice what one takes in debug builds, so
/// that handlers have the other half.
const STACK_BYTES_PER_AMF_LEVEL: usize = 8 << 10;

impl ServerConfig {
    /// These settings, with those that could end the process brought into range.
    pub(crate) fn sanitized(mut self) -> Self {
        let levels = self.stack_bytes / STACK_BYTES_PER_AMF_LEVEL;
        self.session.amf.depth = self.session.amf.depth.min(levels);
        #[cfg(feature = "tunnel")]
        {
            self.tunnel.turn_timeout = self.session.handshake_timeout;
        }
        self
    }

    /// How many connections may be open at once; one more is closed as it is accepted, and logged.
    ///
    /// A connection costs one thread, and two or three with a stream that plays: some 30 KiB of
    /// resident memory for a viewer of a file, before any queue fills (measured, with glibc). Defaults to 4096.
    pub const fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How many connections may be open at once from one IP address; one more is closed as it is
    /// accepted, and logged. An IPv6 address counts by its first 64 bits. Behind a proxy that is not one of the [`proxies`](Self::proxies), all
    /// viewers have its address; one that is, is not counted, but those whom it announces are.
    /// Clients over a Unix socket are not counted either. Defaults to 1024.
    pub const fn connections_per_address(mut self, connections: usize) -> Self {
        self.connections_per_address = connections;
        self
    }

    /// How often one IP address may connect, per second. Those of one second may come at once.
    ///
    /// Closes one more as it is accepted, and logs it. Clients at other addresses do not wait. An
    /// IPv6 address counts by its first 64 bits. Neither a listed proxy nor a Unix socket is
    /// counted. An opened tunnel counts too. At least 1. Defaults to 1000.
    pub const fn accept_rate(mut self, connections_per_second: u32) -> Self {
        self.accept_rate = if connections_per_second == 0 { 1 } else { connections_per_second };
        self
    }

    /// Which peers are proxies that announce each client with a PROXY header (of HAProxy's PROXY
    /// protocol, version 1 or 2) in front of what it says, whatever that is. The client's address
    /// is that in the header then, for [`peer_address`](crate::Connection::peer_address), the
    /// limits and the log; or the proxy's own, where the proxy speaks for itself or does not know.
    ///
    /// A connection from one of them that does not begin with a header is closed, and logged: were
    /// headers optional, the clients of a proxy that sends none could write one of their own, and be
    /// whoever they like. From everybody else a header is not understood. Has to come within the
    /// [`handshake_timeout`](Self::handshake_timeout). Defaults to none.
    pub fn proxies(mut self, proxies: impl IntoIterator<Item = ProxyAddress>) -> Self {
        self.proxies = proxies.into_iter().collect();
        self
    }

    pub(crate) fn is_proxy(&self, peer: PeerAddress) -> bool {
        self.proxies.iter().any(|proxy| proxy.contains(peer))
    }

    /// How many entries a stream's bounded channel holds: what the frame handler gave in one call is
    /// one entry. Full, it is the frame handler's `outqueue_is_full`. At 25 calls per second an
    /// entry is up to 40 ms of delay, on top of what the socket holds. At least 1. Defaults to 8.
    pub const fn outqueue_length(mut self, entries: usize) -> Self {
        self.outqueue_length = if entries == 0 { 1 } else { entries };
        self
    }

    /// How many bytes a stream's bounded channel holds before it counts as full, whatever the number
    /// of its entries; the worst case is one entry more than that. Payloads that viewers share are
    /// counted for each. Defaults to 4 MiB.
    pub const fn outqueue_bytes(mut self, bytes: usize) -> Self {
        self.outqueue_bytes = bytes;
        self
    }

    /// How many bytes the system takes for a client of a live stream (one that is not
    /// [recorded](crate::PlayOut::set_recorded)) before the network has taken those that came before;
    /// what is more waits in the outqueue. Without a bound the system's buffer holds megabytes, which
    /// for a client on a slow line are seconds of delay that the frame handler is not told of.
    /// Recordings, which are sent ahead, have the system's own bound. On Linux; elsewhere, and for
    /// Unix sockets, the system's own bound holds. Defaults to 64 KiB.
    pub const fn live_unsent_bytes(mut self, bytes: u32) -> Self {
        self.live_unsent_bytes = bytes;
        self
    }

    /// How many bytes of replies wait for a client that does not read; beyond that its requests are
    /// not read either. Per connection. Defaults to 64 KiB.
    pub const fn reply_bytes(mut self, bytes: usize) -> Self {
        self.reply_bytes = bytes;
        self
    }

    /// How many of the application's calls to one client may wait for an answer. Per connection,
    /// some 100 bytes each. Defaults to 1024.
    pub const fn calls_in_flight(mut self, calls: usize) -> Self {
        self.calls_in_flight = calls;
        self
    }

    /// How long a client may take nothing at all of what is sent to it before it is given up; for
    /// that long it can hold its threads and full queues. mpv pauses by not reading, so minutes are
    /// right. Defaults to 5 minutes.
    pub const fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// The stack of each of the server's threads, in bytes. Address space; resident is only what is
    /// touched. Handlers run on it: a renderer or an encoder that recurses or keeps large arrays on
    /// the stack needs more, and one that overflows it ends the process. Defaults to 256 KiB.
    pub const fn stack_bytes(mut self, bytes: usize) -> Self {
        self.stack_bytes = bytes;
        self
    }

    /// The certificates that `rtmps://`, `rtmpts://` and TLS on `auto://` are served with. None by
    /// default: the first two do not start then, and who speaks TLS on the third is closed.
    ///
    /// Takes the feature `tls`.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, certificates: Certificates) -> Self {
        self.certificates = Some(certificates);
        self
    }

    /// How long a client's handshake may take, trickled or not, with all that comes before it: a
    /// proxy's header, TLS's handshake, the head of an HTTP request. For that long whoever connects
    /// holds a thread. Defaults to 10 s.
    pub const fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.session.handshake_timeout = timeout;
        self
    }

    /// How long after its handshake a client may take to send its connect command, which it holds
    /// a thread for. Defaults to 10 s.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.session.connect_timeout = timeout;
        self
    }

    /// How long a client may be silent before it is pinged, and pinged again: a few bytes and a
    /// wake-up of its thread each time. Zero: it never is. Defaults to 30 s.
    pub const fn ping_interval(mut self, interval: Duration) -> Self {
        self.session.ping_interval = interval;
        self
    }

    /// How long a client may be silent, pings unanswered, before it is given up. Defaults to 90 s.
    ///
    /// Does not count while a stream of the client is paused, has played to its end, or plays a
    /// recording: players answer no pings while they pause. TCP's keep-alive then finds out within
    /// a minute that the client's machine is gone. While the socket takes no more, the
    /// [`write_timeout`](Self::write_timeout) counts instead.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.session.idle_timeout = timeout;
        self
    }

    /// The longest message that a client may send, in bytes; a longer one ends its connection.
    /// Memory is taken as bytes arrive, not as they are announced. The protocol's own bound is
    /// 16 MiB - 1. Defaults to 8 MiB.
    pub const fn message_bytes(mut self, bytes: usize) -> Self {
        self.session.chunk.message_bytes = bytes;
        self
    }

    /// How many bytes of messages that are not whole yet a client may have under way, on all its
    /// chunk streams together; more end its connection. The most memory that a client's input can
    /// hold is twice that, since buffers grow ahead of what arrives. Defaults to 16 MiB.
    pub const fn partial_bytes(mut self, bytes: usize) -> Self {
        self.session.chunk.partial_bytes = bytes;
        self
    }

    /// How many chunk streams a client may use; more end its connection. Some 100 bytes each, and up
    /// to 128 KiB of the buffer of a message under way, ahead of what has arrived of it.
    /// Defaults to 64.
    pub const fn chunk_streams(mut self, chunk_streams: usize) -> Self {
        self.session.chunk.chunk_streams = chunk_streams;
        self
    }

    /// How many streams (NetStreams) a client may have on its connection; createStream is answered
    /// with an error beyond that. Up to two threads and one outqueue each. Defaults to 16.
    pub const fn streams(mut self, streams: usize) -> Self {
        self.session.streams = streams;
        self
    }

    /// How deep the objects and arrays of a client's command may be nested; the command is answered
    /// with an error beyond that, and has no effect. A level may take up to 4 KiB of stack, so there
    /// is one for each 8 KiB of [`stack_bytes`](Self::stack_bytes) at the most, whatever is said
    /// here. Defaults to 32.
    pub const fn amf_depth(mut self, levels: usize) -> Self {
        self.session.amf.depth = levels;
        self
    }

    /// How many values a client's command may consist of, members and elements counted, and a
    /// reference counted as all that it stands for. Some 100 bytes each while the command is
    /// handled. Defaults to 65,536. A connect command may have [fewer](Self::connect_values).
    pub const fn amf_values(mut self, values: usize) -> Self {
        self.session.amf.values = values;
        self
    }

    /// How many bytes of text, names and byte arrays a client's command may have, a reference
    /// counted as all that it stands for. Defaults to 4 MiB. A connect command may have
    /// [fewer](Self::connect_bytes).
    pub const fn amf_bytes(mut self, bytes: usize) -> Self {
        self.session.amf.bytes = bytes;
        self
    }

    /// How many values a client's connect command may consist of, where
    /// [`amf_values`](Self::amf_values) does not allow fewer; one with more is refused. It is kept as
    /// long as the connection, and a member takes 56 bytes: 56 KiB per connection at the most.
    /// Clients send a dozen. Defaults to 1,024.
    pub const fn connect_values(mut self, values: usize) -> Self {
        self.session.connect_values = values;
        self
    }

    /// How many bytes of text, names and byte arrays a client's connect command may have, where
    /// [`amf_bytes`](Self::amf_bytes) does not allow fewer; one with more is refused. They are kept as
    /// long as the connection, and each name and text takes up to 31 bytes more. Clients send a few
    /// hundred, and perhaps a ticket of a few kilobytes. Defaults to 64 KiB.
    pub const fn connect_bytes(mut self, bytes: usize) -> Self {
        self.session.connect_bytes = bytes;
        self
    }

    /// How long the name of a stream may be, in bytes; a play of a longer one is refused with
    /// `NetStream.Play.Failed`. It is kept for each stream that plays, and for each play that waits
    /// for its turn. Players send a path, and perhaps a ticket of a few kilobytes. Defaults to 8 KiB.
    pub const fn stream_name_bytes(mut self, bytes: usize) -> Self {
        self.session.stream_name_bytes = bytes;
        self
    }

    /// How long the chunks are that are sent, in bytes: 128 to 16,777,215, and brought into that
    /// range if it is not. Defaults to 65,536: larger ones save nothing, and a message of a usual
    /// size goes in one piece.
    pub const fn chunk_size(mut self, bytes: u32) -> Self {
        self.session.chunk_size = bytes;
        self
    }

    /// How many RTMPT tunnels there may be at once; one more is answered with 503, and logged.
    ///
    /// A tunnel is a connection besides the HTTP connections that carry it: it counts for
    /// [`connections`](Self::connections), and for
    /// [`connections_per_address`](Self::connections_per_address) of the address that it was opened
    /// from. So a viewer over RTMPT is two connections, three where a proxy splits its requests, and
    /// one thread more than over plain RTMP. At worst a tunnel holds
    /// [`tunnel_out_bytes`](Self::tunnel_out_bytes), [`tunnel_in_bytes`](Self::tunnel_in_bytes) and
    /// two [`tunnel_answer_bytes`](Self::tunnel_answer_bytes). Defaults to 1024.
    #[cfg(feature = "tunnel")]
    pub const fn tunnels(mut self, tunnels: usize) -> Self {
        self.tunnels = tunnels;
        self
    }

    /// How many bytes that a client has sent into its tunnel may be unread before its next request
    /// waits; the worst case is one request's body more than that. Where it waits as long as the
    /// [`handshake_timeout`](Self::handshake_timeout), it is answered with 503 and the tunnel ends.
    /// Defaults to 64 KiB.
    #[cfg(feature = "tunnel")]
    pub const fn tunnel_in_bytes(mut self, bytes: usize) -> Self {
        self.tunnel.in_bytes = bytes;
        self
    }

    /// How many bytes may wait in a tunnel for the client to fetch them; beyond that the connection
    /// is congested, as a socket is that takes no more. The worst case is one message's chunk more
    /// than that. Payloads that viewers share are counted for each. Defaults to 1 MiB, which is what
    /// a socket takes: five seconds of 1.6 Mbit/s.
    #[cfg(feature = "tunnel")]
    pub const fn tunnel_out_bytes(mut self, bytes: usize) -> Self {
        self.tunnel.out_bytes = bytes;
        self
    }

    /// The longest answer to a request of a tunnel, in bytes; whatever more there is waits for the
    /// next. Longer ones save requests, and are what a proxy may hold back until it has them whole.
    /// The last one is kept until the next request, in case it gets lost. At least 2. Defaults to
    /// 256 KiB.
    #[cfg(feature = "tunnel")]
    pub const fn tunnel_answer_bytes(mut self, bytes: usize) -> Self {
        self.tunnel.answer_bytes = if bytes < 2 { 2 } else { bytes };
        self
    }

    /// How long a request is held while there is nothing to answer: librtmp asks again as soon as it
    /// is answered. Longer saves requests; but ffmpeg says nothing until it is answered. A client
    /// that has said nothing that was answered in its last 8 requests is held twice as long, from 16
    /// on four times, and so on up to 16 times: it watches, and waits for no answer. What it says next
    /// is late once, by two holds and a rest of the client's at worst. Defaults to 30 ms.
    #[cfg(feature = "tunnel")]
    pub const fn tunnel_idle_hold(mut self, hold: Duration) -> Self {
        self.tunnel.idle_hold = hold;
        self
    }

    /// How long a tunnel lives that no HTTP connection is left of, and that no request comes for: it
    /// holds its threads and queues so long. While a connection is left the tunnel is a client like
    /// any other, which the [`idle_timeout`](Self::idle_timeout) and the
    /// [`write_timeout`](Self::write_timeout) are for. Defaults to 10 s.
    #[cfg(feature = "tunnel")]
    pub const fn tunnel_timeout(mut self, timeout: Duration) -> Self {
        self.tunnel.timeout = timeout;
        self
    }

    /// The longest head of an HTTP request, in bytes; a longer one is answered with 431. Per
    /// connection, and taken as bytes arrive. A head may have 64 lines. Defaults to 8 KiB.
    #[cfg(feature = "tunnel")]
    pub const fn http_head_bytes(mut self, bytes: usize) -> Self {
        self.http.head_bytes = bytes;
        self
    }

    /// The longest body of an HTTP request, in bytes; a longer one is answered with 413. Per
    /// connection, and taken as bytes arrive. Defaults to 1 MiB.
    #[cfg(feature = "tunnel")]
    pub const fn http_body_bytes(mut self, bytes: usize) -> Self {
        self.http.body_bytes = bytes;
        self
    }
}
