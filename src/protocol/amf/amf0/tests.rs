//! Every type in both directions, and hostile input.

use bytes::BufMut;

use super::{Decoder, decode_all, encode};
use crate::protocol::amf::case::{Case, case};
use crate::protocol::amf::{Date, Error, Limits, Object, Value};

fn decode(bytes: &[u8]) -> Result<Vec<Value>, Error> {
    decode_all(bytes, Limits::default())
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(value, &mut bytes);
    bytes
}

/// Values with only one way to write them.
fn both_ways() -> Vec<Case> {
    let long = "y".repeat(65_536);
    vec![
        case("number", 1.5, &[0, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]),
        case("infinity", f64::INFINITY, &[0, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]),
        case("true", true, &[1, 1]),
        case("false", false, &[1, 0]),
        case("string", "hé", b"\x02\0\x03h\xc3\xa9"),
        case("empty string", "", b"\x02\0\0"),
        case("object", Object::new().with("a", true), b"\x03\0\x01a\x01\x01\0\0\x09"),
        case("empty object", Object::new(), b"\x03\0\0\x09"),
        case("nameless member", Object::new().with("", true), b"\x03\0\0\x01\x01\0\0\x09"),
        case("null", Value::Null, &[5]),
        case("undefined", Value::Undefined, &[6]),
        case(
            "ECMA array",
            Value::EcmaArray(Object::new().with("a", Value::Null).with("a", true)),
            b"\x08\0\0\0\x02\0\x01a\x05\0\x01a\x01\x01\0\0\x09",
        ),
        case("strict array", vec![Value::Null, "x".into()], b"\x0a\0\0\0\x02\x05\x02\0\x01x"),
        case("empty strict array", Vec::new(), b"\x0a\0\0\0\0"),
        case(
            "date",
            Value::Date(Date { unix_milliseconds: -1.5, time_zone_minutes: -60 }),
            &[0x0b, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0, 0xff, 0xc4],
        ),
        case("long string", long.clone(), &[b"\x0c\0\x01\0\0", long.as_bytes()].concat()),
        case("XML", Value::Xml("<a/>".to_owned()), b"\x0f\0\0\0\x04<a/>"),
        case(
            "typed object",
            Object::of_class("a.B").with("x", Value::Null),
            b"\x10\0\x03a.B\0\x01x\x05\0\0\x09",
        ),
        case("AMF3 alone", Value::ByteArray(vec![7, 8]), &[0x11, 0x0c, 0x05, 7, 8]),
        case(
            "AMF3 inside",
            vec![Value::IntVector(vec![-1]), Value::Null],
            b"\x0a\0\0\0\x02\x11\x0d\x03\0\xff\xff\xff\xff\x05",
        ),
    ]
}

/// Bytes that peers write and we do not.
fn read_only() -> Vec<Case> {
    let object = Value::from(Object::new().with("a", Value::Null));
    let ecma = |object| Value::EcmaArray(object);
    vec![
        case("any truth", true, &[1, 2]),
        case("unsupported", Value::Undefined, &[0x0d]),
        case("short long string", "x", b"\x0c\0\0\0\x01x"),
        case("bad UTF-8", "a\u{fffd}", b"\x02\0\x02a\xff"),
        case("class without name", Object::new(), b"\x10\0\0\0\0\x09"),
        case(
            "reference",
            vec![object.clone(), object.clone()],
            b"\x0a\0\0\0\x02\x03\0\x01a\x05\0\0\x09\x07\0\x01",
        ),
        case(
            "reference to what holds a reference",
            vec![object.clone(), vec![object.clone()].into(), vec![object.clone()].into()],
            b"\x0a\0\0\0\x03\x03\0\x01a\x05\0\0\x09\x0a\0\0\0\x01\x07\0\x01\x07\0\x02",
        ),
        case(
            "numbers after a reference",
            vec![
                Vec::new().into(),
                vec![Value::from(Vec::new())].into(),
                vec![Value::from(Vec::new())].into(),
                object.clone(),
                object,
            ],
            b"\x0a\0\0\0\x05\x0a\0\0\0\0\x0a\0\0\0\x01\x0a\0\0\0\0\x07\0\x02\
              \x03\0\x01a\x05\0\0\x09\x07\0\x04",
        ),
        case(
            "count too low",
            ecma(Object::new().with("a", 0.0)),
            b"\x08\0\0\0\0\0\x01a\0\0\0\0\0\0\0\0\0\0\0\x09",
        ),
        case("count too high", ecma(Object::new()), b"\x08\xff\xff\xff\xff\0\0\x09"),
        case(
            "AMF3 is not sticky",
            vec![Value::Integer(1), Value::from(true)],
            b"\x0a\0\0\0\x02\x11\x04\x01\x01\x01",
        ),
    ]
}

#[test]
fn every_type_is_written_and_read() {
    for Case { name, value, bytes } in both_ways() {
        assert_eq!(encoded(&value), bytes, "writing {name}");
        assert_eq!(decode(&bytes), Ok(vec![value]), "reading {name}");
    }
}

#[test]
fn what_only_peers_write_is_read() {
    for Case { name, value, bytes } in read_only() {
        assert_eq!(decode(&bytes), Ok(vec![value]), "{name}");
    }
}

#[test]
fn every_truncation_is_an_unexpected_end() {
    for Case { name, bytes, .. } in both_ways().into_iter().chain(read_only()) {
        let may_lack_its_end = bytes[0] == 8;
        let step = (bytes.len() / 64).max(1);
        for end in (1..bytes.len()).step_by(step) {
            let decoded = decode(&bytes[..end]);
            let lacks_its_end = may_lack_its_end && decoded.is_ok();
            assert!(
                matches!(decoded, Err(Error::UnexpectedEnd(_))) || lacks_its_end,
                "{name} cut to {end}: {decoded:?}"
            );
        }
    }
}

#[test]
fn an_ecma_array_of_its_count_may_lack_its_end_at_the_end() {
    let value = Value::EcmaArray(Object::new().with("a", true));
    assert_eq!(decode(b"\x08\0\0\0\x01\0\x01a\x01\x01"), Ok(vec![value]));
    for other in [&b"\x08\0\0\0\x02\0\x01a\x01\x01"[..], b"\x03\0\x01a\x01\x01"] {
        assert!(matches!(decode(other), Err(Error::UnexpectedEnd(_))));
    }
}

#[test]
fn nan_is_a_number() {
    let bytes = encoded(&Value::Number(f64::NAN));
    assert!(decode(&bytes).unwrap()[0].as_number().unwrap().is_nan());
}

#[test]
fn an_integer_becomes_a_number() {
    assert_eq!(decode(&encoded(&Value::Integer(-3))), Ok(vec![Value::Number(-3.0)]));
}

#[test]
fn names_are_cut_to_what_their_length_field_holds() {
    let name = "é".repeat(40_000);
    let value = Value::from(Object::new().with(name.as_str(), true));
    let read = decode(&encoded(&value)).unwrap();
    assert_eq!(read, [Object::new().with(&name[..65_534], true).into()]);
}

#[test]
fn surplus_object_ends_between_values_are_skipped() {
    let value = Value::EcmaArray(Object::new());
    assert_eq!(decode(b"\x08\0\0\0\0\0\0\x09\0\0\x09"), Ok(vec![value.clone()]));
    assert_eq!(decode(b"\x08\0\0\0\0\0\0\x09\x09\x05"), Ok(vec![value, Value::Null]));
}

#[test]
fn markers_without_a_value_are_named() {
    assert_eq!(decode(&[5, 4]), Err(Error::ReservedMarker { marker: 4, offset: 1 }));
    assert_eq!(decode(&[0x0e]), Err(Error::ReservedMarker { marker: 0x0e, offset: 0 }));
    assert_eq!(decode(&[0x12]), Err(Error::UnknownMarker { version: 0, marker: 0x12, offset: 0 }));
    assert_eq!(decode(b"\x03\0\x01a\x09"), Err(Error::StrayObjectEnd { offset: 4 }));
}

#[test]
fn references_to_nothing_and_to_themselves_are_refused() {
    assert_eq!(decode(b"\x07\0\x01"), Err(Error::UnknownReference { index: 1, offset: 3 }));
    let cycle = b"\x03\0\x01a\x0a\0\0\0\x01\x07\0\0";
    assert_eq!(decode(cycle), Err(Error::CyclicReference { index: 0, offset: 12 }));
}

#[test]
fn nothing_is_read_after_an_error() {
    let mut decoder = Decoder::new(&[5, 0x12, 5], Limits::default());
    assert_eq!(decoder.decode(), Ok(Some(Value::Null)));
    assert!(decoder.decode().is_err());
    assert_eq!(decoder.decode(), Ok(None));
}

#[test]
fn depth_is_limited_before_the_stack_is() {
    let nested = |levels: usize| {
        let mut bytes = b"\x03\0\x01a".repeat(levels);
        bytes.put_u8(5);
        bytes.put_slice(&b"\0\0\x09".repeat(levels));
        bytes
    };
    assert_eq!(decode(&nested(100_000)), Err(Error::TooDeep { max: 32 }));
    assert_eq!(decode(&nested(33)), Err(Error::TooDeep { max: 32 }));
    assert!(decode(&nested(32)).is_ok());
}

/// What must fit on the stack of a connection's thread.
pub(in crate::protocol::amf) fn on_a_small_stack(test: fn()) {
    std::thread::Builder::new().stack_size(128 << 10).spawn(test).unwrap().join().unwrap();
}

#[test]
fn sixty_four_levels_fit_a_small_stack() {
    on_a_small_stack(|| {
        let limits = Limits::new().depth(64);
        let bytes = [b"\x08\0\0\0\x01\0\x01a".repeat(64), vec![5]].concat();
        let value = decode_all(&bytes, limits).unwrap().remove(0);
        assert_eq!(encoded(&value).len(), bytes.len() + 64 * 3);
        assert_eq!(
            decode_all(&bytes[..bytes.len() - 1], limits).unwrap_err().to_string(),
            "1 more bytes were needed at offset 512, 0 were left"
        );
    });
}

#[test]
fn thirty_two_levels_of_references_fit_a_small_stack() {
    on_a_small_stack(|| {
        // Each array holds a reference to the array before.
        let mut bytes = b"\x0a\0\0\0\x20\x0a\0\0\0\0".to_vec();
        for index in 1..=31 {
            bytes.put_slice(&[0x0a, 0, 0, 0, 1, 7, 0, index]);
        }
        assert_eq!(decode(&bytes), Err(Error::TooDeep { max: 32 }));
    });
}

#[test]
fn what_references_expand_to_is_limited() {
    // Ten arrays of ten references each to the array before: 10^10 nulls in 400 bytes.
    let mut bytes = b"\x0a\0\0\0\x0b\x0a\0\0\0\x01\x05".to_vec();
    for index in 1..=10_u8 {
        bytes.put_slice(b"\x0a\0\0\0\x0a");
        bytes.put_slice(&[7, 0, index].repeat(10));
    }
    assert_eq!(decode(&bytes), Err(Error::TooManyValues { max: 65_536 }));

    let text = [&b"\x0a\0\0\x01\0\x0a\0\0\0\x01\x0c\0\x01\0\0"[..], &[b'x'; 65_536]].concat();
    let bytes = [text, b"\x07\0\x01".repeat(255)].concat();
    assert_eq!(decode(&bytes), Err(Error::TooManyBytes { max: 4 << 20 }));
}

#[test]
fn the_values_of_a_message_share_its_limits() {
    let limits = Limits::new().values(3).bytes(3).depth(1);
    assert_eq!(decode_all(&[5, 5, 5, 5], limits), Err(Error::TooManyValues { max: 3 }));
    assert_eq!(
        decode_all(b"\x02\0\x02ab\x02\0\x02ab", limits),
        Err(Error::TooManyBytes { max: 3 })
    );
    assert_eq!(
        decode_all(&[0x11, 1, 0x11, 1, 0x11, 1], limits),
        Err(Error::TooManyValues { max: 3 })
    );
    assert_eq!(
        decode_all(b"\x0a\0\0\0\x01\x11\x09\x01\x01", limits),
        Err(Error::TooDeep { max: 1 })
    );
}

#[test]
fn declared_counts_are_not_believed() {
    assert!(matches!(decode(b"\x0a\xff\xff\xff\xff\x05"), Err(Error::UnexpectedEnd(_))));
    assert!(matches!(decode(b"\x0c\xff\xff\xff\xffx"), Err(Error::UnexpectedEnd(_))));
}

#[test]
fn many_members_of_one_name_are_all_kept() {
    let bytes = [&b"\x03"[..], &b"\0\x01a\x05".repeat(50_000), b"\0\0\x09"].concat();
    let values = decode(&bytes).unwrap();
    assert_eq!(values[0].as_object().unwrap().len(), 50_000);
}
