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
/// let limits = Limits::new().message_bytes(64 << 10).partial_bytes(256 << 10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Limits {
    pub(super) message_bytes: usize,
    pub(super) partial_bytes: usize,
    pub(super) chunk_streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// Returns the default limits.
    pub const fn new() -> Self {
        Self { message_bytes: 8 << 20, partial_bytes: 16 << 20, chunk_streams: 64 }
    }

    /// Sets the length of the longest message, in bytes. A longer one ends the connection. Defaults
    /// to 8 MiB; the protocol's own bound is 16 MiB - 1.
    pub const fn message_bytes(mut self, bytes: usize) -> Self {
        self.message_bytes = bytes;
        self
    }

    /// Sets how many bytes unfinished messages may have, on all chunk streams together. More end
    /// the connection. A chunk counts in full once its header arrives. Defaults to 16 MiB.
    ///
    /// Buffers grow ahead of what arrives: to at most twice that, or four times below 64 KiB. None
    /// is longer than its message says to be.
    pub const fn partial_bytes(mut self, bytes: usize) -> Self {
        self.partial_bytes = bytes;
        self
    }

    /// Sets how many chunk streams the peer may use. A further one ends the connection. Each takes
    /// some 100 bytes. Defaults to 64.
    pub const fn chunk_streams(mut self, chunk_streams: usize) -> Self {
        self.chunk_streams = chunk_streams;
        self
    }
}
