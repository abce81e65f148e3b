//! How much one message's values may ask of us.

/// Bounds on the values of one message. Each is checked before anything is allocated for it.
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
    /// How deep objects and arrays may be nested. Defaults to 32.
    pub depth: usize,
    /// How many values there may be in all, each member and element counted, the members that an
    /// AMF3 class names once more, and a reference as all that it stands for. Defaults to 65,536.
    pub values: usize,
    /// How many bytes of strings, keys and byte arrays there may be in all, a reference counted
    /// as all that it stands for. Defaults to 4 MiB.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, values: 65_536, bytes: 4 << 20 }
    }
}
