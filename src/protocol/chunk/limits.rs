//! How much a peer may have in the air.

/// The longest message that a chunk header can announce, in bytes: its length has 24 bits
/// (RTMP 1.0 §5.3.1.2.1).
pub const MAX_MESSAGE_BYTES: usize = 0xff_ffff;

/// Bounds on what a reader holds for its peer.
///
/// Worst-case memory of one reader: twice `partial_bytes`, and 128 KiB per chunk stream. With the
/// defaults that is 40 MiB, of which a peer gets only what it has sent a quarter of the bytes for.
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
    /// How many bytes messages that are not whole yet may have, all chunk streams together. A chunk
    /// counts from its header on. Defaults to 16 MiB.
    ///
    /// Their buffers grow ahead of what arrives, to at most twice of that, or four times where it is
    /// less than 64 KiB.
    pub partial_bytes: usize,
    /// How many chunk streams the peer may use. Defaults to 64.
    pub chunk_streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: 8 << 20, partial_bytes: 16 << 20, chunk_streams: 64 }
    }
}
