//! Limits on a peer's unfinished messages.

/// The longest message, in bytes: the length in a header has 24 bits (RTMP 1.0 §5.3.1.2.1).
pub const MAX_MESSAGE_BYTES: usize = 0xff_ffff;

/// Limits on what a reader holds for its peer.
///
/// The worst-case memory of one reader is twice `partial_bytes`, and 128 KiB for each chunk stream.
/// With the defaults that is 40 MiB. To take that much, a peer must send a quarter of it.
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
    /// The most bytes of unfinished messages, on all chunk streams together. A chunk counts in full
    /// once its header arrives. Defaults to 16 MiB.
    ///
    /// Buffers grow ahead of what arrives: to at most twice that, or four times below 64 KiB.
    pub partial_bytes: usize,
    /// The most chunk streams that the peer may use. Defaults to 64.
    pub chunk_streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: 8 << 20, partial_bytes: 16 << 20, chunk_streams: 64 }
    }
}
