//! The rows of the test tables of both encodings.

use super::Value;

/// Values and their bytes.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) value: Value,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn case(name: &'static str, value: impl Into<Value>, bytes: &[u8]) -> Case {
    Case { name, value: value.into(), bytes: bytes.to_vec() }
}
