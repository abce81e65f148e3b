//! The limits of a request.

/// The limits of a request.
///
/// ```
/// use rendercast::protocol::http::Limits;
///
/// let limits = Limits::new().body_bytes(16 << 10);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Limits {
    pub(super) head_bytes: usize,
    pub(super) body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// Returns the default limits.
    pub const fn new() -> Self {
        Self { head_bytes: 8 << 10, body_bytes: 1 << 20 }
    }

    /// Sets the length of the longest head, in bytes. A longer one is answered with 431. Memory is
    /// used as bytes arrive. Defaults to 8 KiB. A head has 64 fields at most, whatever their
    /// length.
    pub const fn head_bytes(mut self, bytes: usize) -> Self {
        self.head_bytes = bytes;
        self
    }

    /// Sets the length of the longest body, in bytes. A longer one is answered with 413. Memory is
    /// used as bytes arrive. Defaults to 1 MiB.
    pub const fn body_bytes(mut self, bytes: usize) -> Self {
        self.body_bytes = bytes;
        self
    }
}
