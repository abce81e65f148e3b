//! Limits on the values of one message.

/// Limits on the values of one message. Each is checked before the allocation that it limits.
///
/// ```
/// use rendercast::protocol::amf::{Limits, Value, amf0};
///
/// let mut bytes = Vec::new();
/// amf0::encode(&Value::from(vec![Value::from(vec![Value::Null])]), &mut bytes);
/// let limits = Limits::new().depth(1);
/// assert!(amf0::decode_all(&bytes, limits).is_err());
/// assert!(amf0::decode_all(&bytes, Limits::default()).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Limits {
    pub(crate) depth: usize,
    pub(crate) values: usize,
    pub(crate) bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// Returns the default limits.
    pub const fn new() -> Self {
        Self { depth: 32, values: 65_536, bytes: 4 << 20 }
    }

    /// Sets the deepest nesting of objects and arrays. Each level takes up to 4 KiB of stack.
    /// Defaults to 32.
    pub const fn depth(mut self, levels: usize) -> Self {
        self.depth = levels;
        self
    }

    /// Sets how many values a message may have. Each member and element counts, and so do the
    /// member names of an AMF3 class. A reference counts as all that it stands for. A value takes
    /// some 100 bytes. Defaults to 65,536.
    pub const fn values(mut self, values: usize) -> Self {
        self.values = values;
        self
    }

    /// Sets how many bytes the strings, keys and byte arrays of a message may have. A reference
    /// counts as all that it stands for. Defaults to 4 MiB.
    pub const fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }
}
