//! AMF0, and AMF3 within it.
//!
//! - Decoded values stay within the limits. Narrower limits that suffice give the same values.
//! - Decoded values can be encoded and decoded again, and then have the same encoding.
//! - Nothing is decoded after an error.

use rendercast::amf::amf0::{Decoder, decode_all, encode};
use rendercast::amf::{Limits, Value};

use super::size::{DEFAULT, NARROW, assert_within};

/// Limits that suffice for all that was decoded within the default limits.
const AMPLE: Limits = Limits::new().depth(64).values(1 << 20).bytes(64 << 20);

pub fn run(bytes: &[u8]) {
    let decoded = decode_all(bytes, DEFAULT.limits());
    let narrow = decode_all(bytes, NARROW.limits());
    if let Ok(values) = &narrow {
        assert_within(NARROW, values);
        let decoded = decoded.as_ref().expect("wider limits allow what narrower ones do");
        assert_eq!(encoded(values), encoded(decoded), "limits change no values");
    }
    match decoded {
        Ok(values) => {
            assert_within(DEFAULT, &values);
            survives_encoding(&values);
        }
        Err(error) => nothing_follows_an_error(bytes, &error.to_string()),
    }
}

fn survives_encoding(values: &[Value]) {
    for value in values {
        let _ = value.to_string();
    }
    let first = encoded(values);
    let again = decode_all(&first, AMPLE).expect("what we encode can be decoded");
    assert_eq!(again.len(), values.len());
    assert_eq!(encoded(&again), first);
}

fn nothing_follows_an_error(bytes: &[u8], error: &str) {
    assert!(!error.is_empty());
    let mut decoder = Decoder::new(bytes, DEFAULT.limits());
    while decoder.decode().is_ok_and(|value| value.is_some()) {}
    assert_eq!(decoder.decode(), Ok(None));
    assert!(decoder.rest().is_empty());
}

fn encoded(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        encode(value, &mut out);
    }
    out
}
