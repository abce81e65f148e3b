//! The settings of a session.

use std::time::Duration;

use crate::protocol::{amf, chunk};

/// What a session grants its peer, and what it announces.
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
    /// How long the chunks are that we send, in bytes: 128 to 16,777,215, and brought into that
    /// range if it is not. Defaults to 65,536: larger ones save nothing, and a message of a usual
    /// size goes in one piece.
    pub chunk_size: u32,
    /// How many bytes we send before we want an acknowledgement. Defaults to 2,500,000, as Flash
    /// Media Server has it; 0 is announced as 1, since ffmpeg hangs up at 0.
    pub window_acknowledgement_size: u32,
    /// How many bytes the peer may have under way unacknowledged. Defaults to 2,500,000; 0 is
    /// announced as 1, since ffmpeg hangs up at 0.
    pub peer_bandwidth: u32,
    /// What the peer may have in the air: the memory that its messages can take.
    pub chunk: chunk::Limits,
    /// What the values of one command may ask of us.
    pub amf: amf::Limits,
    /// How many values `connect` may consist of, where `amf` does not allow fewer. Drivers keep them
    /// for as long as the connection, unlike those of other commands. Clients send a dozen. Defaults
    /// to 1,024.
    pub connect_values: usize,
    /// How many bytes of text `connect` may have, where `amf` does not allow fewer; kept as long.
    /// Clients send a few hundred, and perhaps a ticket of a few kilobytes. Defaults to 64 KiB.
    pub connect_bytes: usize,
    /// How long the name of a stream may be, in bytes; a play of a longer one is refused. It is kept,
    /// and repeated in answers to requests of thirty bytes. Players send paths, and perhaps a ticket
    /// of a few kilobytes. Defaults to 8 KiB.
    pub stream_name_bytes: usize,
    /// How long the handshake may take. Defaults to 10 s.
    pub handshake_timeout: Duration,
    /// How long after the handshake the `connect` command may take. Defaults to 10 s.
    pub connect_timeout: Duration,
    /// How long a connected peer may be silent before it is pinged, and pinged again. Defaults to
    /// 30 s; zero: it is never pinged.
    pub ping_interval: Duration,
    /// How long a connected peer may be silent before it is given up. Defaults to 90 s.
    ///
    /// A viewer that does not read its stream (mpv pauses so) does not see our pings either. While
    /// bytes wait to be sent to it, silence says nothing; see
    /// [`postpone_idle`](super::ServerSession::postpone_idle).
    pub idle_timeout: Duration,
    /// How many streams the peer may have at a time. Defaults to 16; each takes a few bytes here,
    /// and whatever the driver gives it.
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
    /// What `connect` may ask of us where any other command may ask `amf`.
    pub(super) fn connect_limits(&self) -> amf::Limits {
        let amf::Limits { depth, values, bytes } = self.amf;
        let (values, bytes) = (values.min(self.connect_values), bytes.min(self.connect_bytes));
        amf::Limits { depth, values, bytes }
    }

    // Settings that a peer could not live with are brought into range here.

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
