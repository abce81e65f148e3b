//! How much a peer may have in the air.

/// The longest message that a chunk header can announce, in bytes: its length has 24 bits
/// (RTMP 1.0 §5.3.1.2.1).
pub const MAX_MESSAGE_BYTES: usize = 0xff_ffff;

/// Bounds on what a reader holds for its peer.
///
/// Worst-case memory of one reader: `partial_bytes`, and some 100 bytes per chunk stream. With the
/// defaults that is 16 MiB and 7 KiB, of which a peer gets only what it has sent bytes for.
///
/// ```
/// use rendercast::protocol::chunk::Limits;
///
/// // For peers that send commands and nothing else.
/// let limits = Limits { message_bytes: 64 << 10, partial_bytes: 256 << 10, ..Limits::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest message, in bytes. Defaults to 8 MiB; the protocol's own bound is 16 MiB - 1.
    pub message_bytes: usize,
    /// How many bytes of memory messages that are not whole yet may take, all chunk streams
    /// together. Defaults to 16 MiB.
    ///
    /// Their buffers double as bytes arrive, so this counts at most twice what has arrived.
    pub partial_bytes: usize,
    /// How many chunk streams the peer may use. Defaults to 64.
    pub chunk_streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: 8 << 20, partial_bytes: 16 << 20, chunk_streams: 64 }
    }
}
