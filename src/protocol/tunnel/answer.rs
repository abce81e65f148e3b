//! What a request is answered with.

use bytes::Bytes;

/// What a request is answered with: bytes of RTMP that stay shared, behind the polling interval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The first byte: how long the client is to wait before it asks again.
    pub interval: u8,
    /// What follows it.
    pub parts: Vec<Bytes>,
}

impl Answer {
    /// How many bytes it has, the first included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.parts.iter().fold(1, |sum: usize, part| sum.saturating_add(part.len()))
    }
}
