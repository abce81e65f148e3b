//! How much a peer may have in the air.

/// Bounds on what a reader holds for its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest message, in bytes. Defaults to 8 MiB; the protocol's own bound is 16 MiB - 1.
    pub message_bytes: usize,
    /// How many bytes of partial messages there may be, all chunk streams together. Defaults to
    /// 16 MiB.
    pub partial_bytes: usize,
    /// How many chunk streams the peer may use. Defaults to 64.
    pub chunk_streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: 8 << 20, partial_bytes: 16 << 20, chunk_streams: 64 }
    }
}
