//! Limits on the values of one message.

/// Limits on the values of one message. Each is checked before the allocation that it limits.
///
/// ```
/// use rendercast::protocol::amf::{Limits, Value, amf0};
///
/// let mut bytes = Vec::new();
/// amf0::encode(&Value::from(vec![Value::from(vec![Value::Null])]), &mut bytes);
/// let limits = Limits { depth: 1, ..Limits::default() };
/// assert!(amf0::decode_all(&bytes, limits).is_err());
/// assert!(amf0::decode_all(&bytes, Limits::default()).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The deepest nesting of objects and arrays. Defaults to 32.
    pub depth: usize,
    /// The most values in all. Each member and element counts, and so do the member names of an
    /// AMF3 class. A reference counts as all that it stands for. Defaults to 65,536.
    pub values: usize,
    /// The most bytes of strings, keys and byte arrays in all. A reference counts as all that it
    /// stands for. Defaults to 4 MiB.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, values: 65_536, bytes: 4 << 20 }
    }
}
