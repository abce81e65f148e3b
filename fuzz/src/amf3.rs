//! AMF3 on its own.
//!
//! - Decoded values stay within the limits.
//! - Decoded values can be encoded and decoded again, and then have the same encoding. This holds
//!   for AMF0 too.
//! - Nothing is decoded after an error.

use rendercast::amf::amf3::{Decoder, encode};
use rendercast::amf::{Error, Limits, Value, amf0};

use super::size::{DEFAULT, NARROW, assert_within};

/// Limits that suffice for all that was decoded within the default limits.
const AMPLE: Limits = Limits::new().depth(64).values(1 << 20).bytes(64 << 20);

pub fn run(bytes: &[u8]) {
    if let Ok(values) = decoded(bytes, NARROW.limits()) {
        assert_within(NARROW, &values);
    }
    if let Ok(values) = decoded(bytes, DEFAULT.limits()) {
        assert_within(DEFAULT, &values);
        survives_encoding(&values);
    }
}

fn survives_encoding(values: &[Value]) {
    let first = encoded(values);
    let again = decoded(&first, AMPLE).expect("what we encode can be decoded");
    assert_eq!(again.len(), values.len());
    assert_eq!(encoded(&again), first);

    let mut as_amf0 = Vec::new();
    for value in values {
        amf0::encode(value, &mut as_amf0);
    }
    let again = amf0::decode_all(&as_amf0, AMPLE).expect("what we encode can be decoded");
    assert_eq!(again.len(), values.len());
}

fn decoded(bytes: &[u8], limits: Limits) -> Result<Vec<Value>, Error> {
    let mut decoder = Decoder::new(bytes, limits);
    let mut values = Vec::new();
    loop {
        match decoder.decode() {
            Ok(Some(value)) => values.push(value),
            Ok(None) => return Ok(values),
            Err(error) => {
                assert_eq!(decoder.decode(), Ok(None), "nothing follows an error");
                return Err(error);
            }
        }
    }
}

fn encoded(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        encode(value, &mut out);
    }
    out
}
