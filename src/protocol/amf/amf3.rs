//! AMF3.

use super::Value;

/// Appends `value` to `out`.
pub fn encode(value: &Value, out: &mut Vec<u8>) {
    let _ = (value, out);
    todo!()
}
