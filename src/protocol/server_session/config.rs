//! The settings of a session.

use std::time::Duration;

use crate::protocol::{amf, chunk};

/// The timeouts of a session, the limits of a peer's messages, and the sizes announced to it.
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::protocol::server_session::Config;
///
/// let config = Config::default().idle_timeout(Duration::from_secs(300));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Config {
    pub(super) chunk_size: u32,
    pub(super) window_acknowledgement_size: u32,
    pub(super) peer_bandwidth: u32,
    pub(super) chunk: chunk::Limits,
    pub(crate) amf: amf::Limits,
    pub(super) connect_values: usize,
    pub(super) connect_bytes: usize,
    pub(super) stream_name_bytes: usize,
    pub(crate) handshake_timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) ping_interval: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) streams: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            chunk_size: 65_536,
            window_acknowledgement_size: 5_000_000,
            peer_bandwidth: 5_000_000,
            chunk: chunk::Limits::default(),
            amf: amf::Limits::default(),
            connect_values: 1_024,
            connect_bytes: 64 << 10,
            stream_name_bytes: 8 << 10,
            handshake_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(90),
            streams: 16,
        }
    }
}

impl Config {
    /// Sets the size of the chunks that are sent, in bytes. It is brought into the range from 128
    /// to 16,777,215. Defaults to 65,536: most messages fit, and larger chunks save nothing.
    pub fn chunk_size(mut self, bytes: u32) -> Self {
        self.chunk_size = bytes.clamp(128, 0x00ff_ffff);
        self
    }

    /// Sets the window within which the peer must acknowledge bytes. Defaults to 5,000,000, as with
    /// nginx-rtmp. 0 counts as 1, because ffmpeg disconnects at 0.
    pub fn window_acknowledgement_size(mut self, bytes: u32) -> Self {
        self.window_acknowledgement_size = bytes.clamp(1, i32::MAX as u32);
        self
    }

    /// Sets how many bytes the peer may send unacknowledged. Defaults to 5,000,000. 0 counts as 1,
    /// because ffmpeg disconnects at 0.
    pub fn peer_bandwidth(mut self, bytes: u32) -> Self {
        self.peer_bandwidth = bytes.clamp(1, i32::MAX as u32);
        self
    }

    /// Sets the limits of unfinished messages, and so of the memory that a peer's input can take.
    pub const fn chunk(mut self, limits: chunk::Limits) -> Self {
        self.chunk = limits;
        self
    }

    /// Sets the limits of the values of one command. A command beyond them is answered with an
    /// error, and has no effect.
    pub const fn amf(mut self, limits: amf::Limits) -> Self {
        self.amf = limits;
        self
    }

    /// Sets how many values a `connect` command may have, if the limits of all commands do not
    /// allow fewer. Beyond them `connect` is refused. Defaults to 1,024; clients send a dozen.
    ///
    /// Unlike those of other commands, they are kept as long as the connection lasts. A member
    /// takes 56 bytes.
    pub const fn connect_values(mut self, values: usize) -> Self {
        self.connect_values = values;
        self
    }

    /// Sets how many bytes of text a `connect` command may have, if the limits of all commands do
    /// not allow fewer. Beyond them `connect` is refused. Defaults to 64 KiB. Clients send a few
    /// hundred bytes, and perhaps a ticket of a few kilobytes.
    ///
    /// They are kept as long as the connection lasts, each text with up to 31 bytes more.
    pub const fn connect_bytes(mut self, bytes: usize) -> Self {
        self.connect_bytes = bytes;
        self
    }

    /// Sets the length of the longest stream name, in bytes. A play of a longer one is refused with
    /// `NetStream.Play.Failed`. Defaults to 8 KiB. Players send a path, and perhaps a ticket of a
    /// few kilobytes.
    ///
    /// Names are kept, and repeated in the answers to requests of thirty bytes.
    pub const fn stream_name_bytes(mut self, bytes: usize) -> Self {
        self.stream_name_bytes = bytes;
        self
    }

    /// Returns what to tell a client about the name of a stream that is too long. All ways to name
    /// one ask here.
    pub(crate) fn fault_of_name(&self, name: &str) -> Option<String> {
        let max = self.stream_name_bytes;
        (name.len() > max).then(|| format!("The name of a stream may have {max} bytes."))
    }

    /// Sets the time limit of the handshake. Defaults to 10 s.
    ///
    /// A [`Server`](crate::Server) includes all that comes before it: a proxy's header, the
    /// handshake of TLS, the head of an HTTP request. A client holds a thread for that long.
    pub const fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// Sets the time limit of `connect`, after the handshake. Defaults to 10 s.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the silence after which a connected peer is pinged, and pinged again. Defaults to 30 s.
    /// Zero turns pings off.
    pub const fn ping_interval(mut self, interval: Duration) -> Self {
        self.ping_interval = interval;
        self
    }

    /// Sets the silence after which a connected peer is given up. Defaults to 90 s.
    ///
    /// A viewer that stops reading (mpv pauses that way) sees no pings. While bytes wait to be sent
    /// to it, its silence means nothing; see
    /// [`postpone_idle`](super::ServerSession::postpone_idle).
    ///
    /// In a [`Server`](crate::Server) it does not count while a stream of the client is paused, has
    /// played to its end, or plays a recording: players answer no pings while they pause. TCP's
    /// keep-alive then finds out within a minute that the client's machine is gone. While the
    /// socket takes no more, [`Queues::write_timeout`](crate::config::Queues::write_timeout) counts
    /// instead.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets how many streams a peer may have at a time. A `createStream` beyond that is answered
    /// with an error. Defaults to 16.
    ///
    /// Each takes a few bytes here. In a [`Server`](crate::Server) it takes up to two threads and
    /// one outqueue.
    pub const fn streams(mut self, streams: usize) -> Self {
        self.streams = streams;
        self
    }

    /// Returns the limits of `connect`. Those of other commands are `amf`.
    pub(super) fn connect_limits(&self) -> amf::Limits {
        let (values, bytes) = (self.amf.values, self.amf.bytes);
        self.amf.values(values.min(self.connect_values)).bytes(bytes.min(self.connect_bytes))
    }
}
