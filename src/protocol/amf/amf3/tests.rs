//! Every type in both directions, and hostile input.

use bytes::BufMut;

use super::{Decoder, encode};
use crate::protocol::amf::case::{Case, case};
use crate::protocol::amf::{Date, Error, Limits, Object, ObjectVector, Value};

fn decode_within(bytes: &[u8], limits: Limits) -> Result<Vec<Value>, Error> {
    let mut decoder = Decoder::new(bytes, limits);
    std::iter::from_fn(|| decoder.decode().transpose()).collect()
}

fn decode(bytes: &[u8]) -> Result<Vec<Value>, Error> {
    decode_within(bytes, Limits::default())
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(value, &mut bytes);
    bytes
}

fn integer(name: &'static str, integer: i32, bytes: &[u8]) -> Case {
    case(name, Value::Integer(integer), bytes)
}

/// Values with only one way to write them.
fn both_ways() -> Vec<Case> {
    vec![
        case("undefined", Value::Undefined, &[0]),
        case("null", Value::Null, &[1]),
        case("false", false, &[2]),
        case("true", true, &[3]),
        integer("zero", 0, &[4, 0]),
        integer("last of one byte", 0x7f, &[4, 0x7f]),
        integer("first of two bytes", 0x80, &[4, 0x81, 0]),
        integer("last of two bytes", 0x3fff, &[4, 0xff, 0x7f]),
        integer("first of three bytes", 0x4000, &[4, 0x81, 0x80, 0]),
        integer("last of three bytes", 0x1f_ffff, &[4, 0xff, 0xff, 0x7f]),
        integer("first of four bytes", 0x20_0000, &[4, 0x80, 0xc0, 0x80, 0]),
        integer("greatest", 0x0fff_ffff, &[4, 0xbf, 0xff, 0xff, 0xff]),
        integer("minus one", -1, &[4, 0xff, 0xff, 0xff, 0xff]),
        integer("least", -0x1000_0000, &[4, 0xc0, 0x80, 0x80, 0]),
        case("double", 1.5, &[5, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]),
        case("string", "hé", b"\x06\x07h\xc3\xa9"),
        case("empty string", "", &[6, 1]),
        case(
            "date",
            Value::Date(Date { unix_milliseconds: 1.5, time_zone_minutes: 0 }),
            &[8, 1, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0],
        ),
        case("dense array", vec![Value::Null, true.into()], &[9, 5, 1, 1, 3]),
        case("empty array", Vec::new(), &[9, 1, 1]),
        case(
            "associative array",
            Value::EcmaArray(Object::new().with("a", true)),
            b"\x09\x01\x03a\x03\x01",
        ),
        case("object", Object::new().with("a", true), b"\x0a\x0b\x01\x03a\x03\x01"),
        case("empty object", Object::new(), b"\x0a\x0b\x01\x01"),
        case(
            "object of a class",
            Object::of_class("a.B").with("x", Value::Null),
            b"\x0a\x0b\x07a.B\x03x\x01\x01",
        ),
        case("XML", Value::Xml("<a/>".to_owned()), b"\x0b\x09<a/>"),
        case("byte array", Value::ByteArray(vec![7, 8]), &[0x0c, 5, 7, 8]),
        case("ints", Value::IntVector(vec![-1, 2]), b"\x0d\x05\0\xff\xff\xff\xff\0\0\0\x02"),
        case("uints", Value::UintVector(vec![0xffff_fffe]), b"\x0e\x03\0\xff\xff\xff\xfe"),
        case("doubles", Value::DoubleVector(vec![1.5]), b"\x0f\x03\0\x3f\xf8\0\0\0\0\0\0"),
        case(
            "objects of a class",
            ObjectVector { class_name: "B".to_owned(), elements: vec![Value::Null] },
            b"\x10\x03\0\x03B\x01",
        ),
        case("objects of any class", ObjectVector::default(), b"\x10\x01\0\x03*"),
        case(
            "dictionary",
            Value::Dictionary(vec![(Value::Integer(1), "x".into())]),
            b"\x11\x03\0\x04\x01\x06\x03x",
        ),
    ]
}

/// Bytes that peers write and we do not.
fn read_only() -> Vec<Case> {
    let object = Value::from(Object::new().with("a", true));
    let point = Value::from(Object::of_class("P").with("x", true).with("y", false));
    let bytes = Value::ByteArray(vec![7]);
    vec![
        case("XML document", Value::Xml("<a/>".to_owned()), b"\x07\x09<a/>"),
        case("bad UTF-8", "a\u{fffd}", b"\x06\x05a\xff"),
        case(
            "array with both parts",
            Value::EcmaArray(Object::new().with("a", true).with("0", Value::Null)),
            b"\x09\x03\x03a\x03\x01\x01",
        ),
        case("reference to a string", vec!["a".into(), "a".into()], b"\x09\x05\x01\x06\x03a\x06\0"),
        case(
            "empty strings have no number",
            vec!["".into(), "a".into(), "a".into()],
            b"\x09\x07\x01\x06\x01\x06\x03a\x06\0",
        ),
        case(
            "reference to an object",
            vec![object.clone(), object.clone()],
            b"\x09\x05\x01\x0a\x0b\x01\x03a\x03\x01\x0a\x02",
        ),
        case(
            "strings in an object that is referred to have one number",
            vec![object.clone(), object, "b".into(), "a".into(), "b".into()],
            b"\x09\x0b\x01\x0a\x0b\x01\x03a\x03\x01\x0a\x02\x06\x03b\x06\0\x06\x02",
        ),
        case("reference to bytes", vec![bytes.clone(), bytes], &[9, 5, 1, 0x0c, 3, 7, 0x0c, 2]),
        case(
            "reference to traits",
            vec![point.clone(), point.clone()],
            b"\x09\x05\x01\x0a\x23\x03P\x03x\x03y\x03\x02\x0a\x01\x03\x02",
        ),
        case(
            "traits in an object that is referred to have one number",
            vec![point.clone(), point.clone(), point],
            b"\x09\x07\x01\x0a\x23\x03P\x03x\x03y\x03\x02\x0a\x02\x0a\x01\x03\x02",
        ),
        case(
            "sealed and dynamic members",
            Object::of_class("P").with("x", true).with("z", Value::Null),
            b"\x0a\x1b\x03P\x03x\x03\x03z\x01\x01",
        ),
        case(
            "array collection",
            vec![Value::from(true)],
            b"\x0a\x07\x43flex.messaging.io.ArrayCollection\x09\x03\x01\x03",
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
        for end in 1..bytes.len() {
            let decoded = decode(&bytes[..end]);
            assert!(
                matches!(decoded, Err(Error::UnexpectedEnd(_))),
                "{name} cut to {end}: {decoded:?}"
            );
        }
    }
}

#[test]
fn an_integer_of_more_than_29_bits_becomes_a_number() {
    for integer in [0x1000_0000, -0x1000_0001, i32::MIN, i32::MAX] {
        let read = decode(&encoded(&Value::Integer(integer)));
        assert_eq!(read, Ok(vec![Value::Number(integer.into())]));
    }
}

#[test]
fn members_without_a_name_are_left_out() {
    let value = Value::from(Object::new().with("", 1).with("a", true));
    assert_eq!(decode(&encoded(&value)), Ok(vec![Object::new().with("a", true).into()]));
}

#[test]
fn a_class_with_a_format_of_its_own_is_named() {
    let class_name = "flex.messaging.io.X".to_owned();
    let bytes = [b"\x0a\x07\x27", class_name.as_bytes(), b"\x01\x02\x03"].concat();
    assert_eq!(decode(&bytes), Err(Error::Externalizable { class_name }));
}

#[test]
fn unknown_markers_are_named() {
    assert_eq!(
        decode(&[1, 0x12]),
        Err(Error::UnknownMarker { version: 3, marker: 0x12, offset: 1 })
    );
}

#[test]
fn references_to_nothing_and_to_themselves_are_refused() {
    let unknown = |index, offset| Err(Error::UnknownReference { index, offset });
    assert_eq!(decode(&[6, 2]), unknown(1, 2));
    assert_eq!(decode(&[9, 4]), unknown(2, 2));
    assert_eq!(decode(&[0x0a, 5]), unknown(1, 2));
    let cyclic = |offset| Err(Error::CyclicReference { index: 0, offset });
    assert_eq!(decode(&[9, 3, 1, 9, 0]), cyclic(5));
    assert_eq!(decode(b"\x0a\x0b\x01\x03a\x0a\0"), cyclic(7));
}

#[test]
fn depth_is_limited_before_the_stack_is() {
    for level in [&[9, 3, 1][..], b"\x0a\x0b\x01\x03a", &[0x11, 3, 0], b"\x10\x03\0\x01"] {
        assert_eq!(decode(&level.repeat(100_000)), Err(Error::TooDeep { max: 32 }), "{level:?}");
    }
    for leaf in [&[1][..], &[0x0c, 1]] {
        assert!(decode(&[&[9, 3, 1].repeat(32), leaf].concat()).is_ok(), "{leaf:?}");
    }
}

#[test]
fn sixty_four_levels_fit_a_small_stack() {
    crate::protocol::amf::amf0::tests::on_a_small_stack(|| {
        let limits = Limits::new().depth(64);
        for level in [
            &[9, 3, 1][..],
            b"\x09\x01\x03a",
            b"\x0a\x13\x01\x03a",
            &[0x11, 3, 0, 1],
            b"\x10\x03\0\x01",
        ] {
            let ends = if level.starts_with(b"\x09\x01") { 64 } else { 0 };
            let bytes = [level.repeat(64), vec![1], vec![1; ends]].concat();
            let value = decode_within(&bytes, limits).unwrap().remove(0);
            assert!(encoded(&value).len() >= bytes.len(), "{level:?}");
        }
    });
}

#[test]
fn what_references_expand_to_is_limited() {
    // An array of ten arrays of ten references each to the array before.
    let mut bytes = vec![9, 0x17, 1, 9, 3, 1, 1];
    for index in 1..=10 {
        bytes.put_slice(&[9, 0x15, 1]);
        bytes.put_slice(&[9, index << 1].repeat(10));
    }
    assert_eq!(decode(&bytes), Err(Error::TooManyValues { max: 65_536 }));

    // One text of 32 KiB, a thousand times over: as a value, and as the name of a sealed member.
    let text = [&[6, 0x84, 0x80, 1][..], &[b'x'; 32_768]].concat();
    let bytes = [text.clone(), [6, 0].repeat(1000)].concat();
    assert_eq!(decode(&bytes), Err(Error::TooManyBytes { max: 4 << 20 }));
    let traits = [&[0x0a, 0x83, 0x73, 1][..], &[0; 31], &[1; 31]].concat();
    let bytes = [text, traits, [&[0x0a, 1][..], &[1; 31]].concat().repeat(100)].concat();
    assert_eq!(decode(&bytes), Err(Error::TooManyBytes { max: 4 << 20 }));
}

#[test]
fn declared_lengths_are_not_believed() {
    for marker in [6, 7, 9, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11] {
        let bytes = [&[marker, 0xff, 0xff, 0xff, 0xff][..], &[1; 10]].concat();
        let decoded = decode(&bytes);
        assert!(matches!(decoded, Err(Error::UnexpectedEnd(_))), "{marker}: {decoded:?}");
    }
    let sealed = [&[0x0a, 0xff, 0xff, 0xff, 0xfb][..], &[1; 10]].concat();
    assert!(matches!(decode(&sealed), Err(Error::UnexpectedEnd(_))));
}

#[test]
fn the_members_that_a_class_names_count() {
    // Half a million of them, in a byte each, and no values.
    let names = [&[0x0a, 0x82, 0x80, 0x80, 0x03, 1][..], &[1; 1 << 19]].concat();
    assert_eq!(decode(&names), Err(Error::TooManyValues { max: 65_536 }));
}

#[test]
fn each_element_of_a_vector_counts() {
    let limits = Limits::new().values(4);
    let bytes = encoded(&Value::IntVector(vec![0; 4]));
    assert_eq!(decode_within(&bytes, limits), Err(Error::TooManyValues { max: 4 }));
    let bytes = encoded(&Value::IntVector(vec![0; 3]));
    assert!(decode_within(&bytes, limits).is_ok());
}
