//! The settings of a session.

use std::time::Duration;

use crate::protocol::{amf, chunk};

/// Limits and timeouts for a peer, and the sizes announced to it.
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::protocol::server_session::Config;
///
/// let config = Config { idle_timeout: Duration::from_secs(300), ..Config::default() };
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The size of the chunks that we send, in bytes. Clamped to 128 to 16,777,215. Defaults to
    /// 65,536: most messages fit, and larger chunks save nothing.
    pub chunk_size: u32,
    /// The window within which the peer must acknowledge our bytes. Defaults to 2,500,000, as with
    /// Flash Media Server. 0 is announced as 1, because ffmpeg disconnects at 0.
    pub window_acknowledgement_size: u32,
    /// The most bytes that the peer may send unacknowledged. Defaults to 2,500,000. 0 is announced
    /// as 1, because ffmpeg disconnects at 0.
    pub peer_bandwidth: u32,
    /// Limits on unfinished messages, and so on the memory that a peer can take.
    pub chunk: chunk::Limits,
    /// Limits on the values of one command.
    pub amf: amf::Limits,
    /// The most values in a `connect` command, if `amf` does not allow fewer. Drivers keep them as
    /// long as the connection lasts, unlike those of other commands. Clients send a dozen. Defaults
    /// to 1,024.
    pub connect_values: usize,
    /// The most bytes of text in a `connect` command, if `amf` does not allow fewer. Kept as long.
    /// Clients send a few hundred, and perhaps a ticket of a few kilobytes. Defaults to 64 KiB.
    pub connect_bytes: usize,
    /// The longest stream name, in bytes. A play of a longer one is refused: names are kept, and
    /// repeated in the answers to requests of thirty bytes. Players send paths, and perhaps a
    /// ticket of a few kilobytes. Defaults to 8 KiB.
    pub stream_name_bytes: usize,
    /// The time limit for the handshake. Defaults to 10 s.
    pub handshake_timeout: Duration,
    /// The time limit for `connect` after the handshake. Defaults to 10 s.
    pub connect_timeout: Duration,
    /// The silence after which a connected peer is pinged, and pinged again. Defaults to 30 s. Zero
    /// turns pings off.
    pub ping_interval: Duration,
    /// The silence after which a connected peer is given up. Defaults to 90 s.
    ///
    /// A viewer that stops reading (mpv pauses that way) sees no pings. While bytes wait to be sent
    /// to it, its silence means nothing; see
    /// [`postpone_idle`](super::ServerSession::postpone_idle).
    pub idle_timeout: Duration,
    /// The most streams that a peer may have at a time. Defaults to 16. Each takes a few bytes
    /// here, and what the driver adds.
    pub streams: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            chunk_size: 65_536,
            window_acknowledgement_size: 2_500_000,
            peer_bandwidth: 2_500_000,
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
    /// Returns the limits of `connect`. Those of other commands are `amf`.
    pub(super) fn connect_limits(&self) -> amf::Limits {
        let amf::Limits { depth, values, bytes } = self.amf;
        let (values, bytes) = (values.min(self.connect_values), bytes.min(self.connect_bytes));
        amf::Limits { depth, values, bytes }
    }

    // These clamp settings that peers cannot work with.

    pub(super) fn chunk_size(&self) -> u32 {
        self.chunk_size.clamp(128, 0x00ff_ffff)
    }

    pub(super) fn window_acknowledgement_size(&self) -> u32 {
        self.window_acknowledgement_size.clamp(1, i32::MAX as u32)
    }

    pub(super) fn peer_bandwidth(&self) -> u32 {
        self.peer_bandwidth.clamp(1, i32::MAX as u32)
    }
}
