use super::{decode_all, encode};
use crate::protocol::amf::{Limits, Object, Value};

#[test]
fn what_is_written_is_read_back() {
    let value = Value::from(Object::new().with("a", 1).with("b", vec![Value::Null, "x".into()]));
    let mut bytes = Vec::new();
    encode(&value, &mut bytes);
    assert_eq!(decode_all(&bytes, Limits::default()), Ok(vec![value]));
}
