//! AMF0.

use super::{Error, Limits, Value};

/// Reads the values of one message, which share one table of references and one budget.
#[derive(Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    limits: Limits,
}

impl<'a> Decoder<'a> {
    /// A decoder of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8], limits: Limits) -> Self {
        Self { bytes, limits }
    }

    /// The next value; none at the end of the bytes.
    ///
    /// # Errors
    /// What is wrong with the bytes; nothing can be read after that.
    pub fn decode(&mut self) -> Result<Option<Value>, Error> {
        let _ = (self.bytes, self.limits);
        todo!()
    }
}

/// Appends `value` to `out`; what only AMF3 can say is wrapped in the avmplus marker (0x11).
pub fn encode(value: &Value, out: &mut Vec<u8>) {
    let _ = (value, out);
    todo!()
}
