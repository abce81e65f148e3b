//! Values and their texts.

use super::{parse, to_text};
use crate::protocol::amf::{Date, Limits, Object, ObjectVector, Value};

#[test]
fn values_are_read_as_they_are_written() {
    let date = Date { unix_milliseconds: 1_700_000_000_000.0, time_zone_minutes: 0 };
    let camera = Object::of_class("Camera").with("x", 1.5).with("name", "left \"one\"\n");
    for (value, text) in [
        (Value::Null, "null"),
        (Value::Number(-3.0), "-3"),
        (Value::Number(0.25), "0.25"),
        (Value::Number(1e300), "1e+300"),
        (Value::Number(1.1111111111111001e21), "1.1111111111111001e+21"),
        (Value::Number(f64::MIN_POSITIVE), "2.2250738585072014e-308"),
        (Value::Boolean(true), "true"),
        (Value::from("ü<\u{1}"), "\"ü<\\u0001\""),
        (Value::from(vec![Value::Null, 1.into()]), "[null,1]"),
        (Object::new().with("b", 1).with("a", 2).into(), "{\"b\":1,\"a\":2}"),
        (camera.into(), "{\"$class\":\"Camera\",\"x\":1.5,\"name\":\"left \\\"one\\\"\\n\"}"),
        (Value::Date(date), "{\"$date\":1700000000000}"),
        (Value::Xml("<a/>".to_owned()), "{\"$xml\":\"<a/>\"}"),
        (Value::ByteArray(vec![0, 255, 16]), "{\"$bytes\":\"AP8Q\"}"),
    ] {
        assert_eq!(to_text(&value), text);
        assert_eq!(parse(text, Limits::default()), Ok(value), "{text}");
    }
}

#[test]
fn types_that_json_lacks_are_written_as_what_comes_nearest() {
    let elements = vec![Object::new().into()];
    for (value, text) in [
        (Value::Undefined, "null"),
        (Value::Number(f64::NAN), "null"),
        (Value::Number(f64::INFINITY), "null"),
        (Value::Integer(7), "7"),
        (Value::EcmaArray(Object::new().with("a", 1)), "{\"a\":1}"),
        (Value::IntVector(vec![-1, 2]), "[-1,2]"),
        (Value::UintVector(vec![4_000_000_000]), "[4000000000]"),
        (Value::DoubleVector(vec![0.5]), "[0.5]"),
        (
            Value::ObjectVector(Box::new(ObjectVector { class_name: "C".to_owned(), elements })),
            "[{}]",
        ),
        (Value::Dictionary(vec![(1.into(), "x".into())]), "{\"$dictionary\":[[1,\"x\"]]}"),
    ] {
        assert_eq!(to_text(&value), text);
    }
}

#[test]
fn limits_are_those_of_a_command() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let limits = Limits::new().depth(8).values(20).bytes(30);
    assert!(parse(&nested(8), limits).is_ok());
    assert!(parse(&nested(9), limits).is_err());
    assert!(parse(&nested(100_000), Limits::default()).is_err());
    assert!(parse(&format!("[{}1]", "1,".repeat(18)), limits).is_ok());
    assert!(parse(&format!("[{}1]", "1,".repeat(19)), limits).is_err());
    assert!(parse(&format!("\"{}\"", "x".repeat(30)), limits).is_ok());
    assert!(parse(&format!("\"{}\"", "x".repeat(31)), limits).is_err());
    assert!(parse(&format!("{{\"{}\":1}}", "x".repeat(31)), limits).is_err());
}

#[test]
fn what_is_no_json_is_refused() {
    for text in ["", "{", "nul", "[1,]", "1 2", "{'a':1}", "\"\u{1}\"", "NaN", "{\"a\"}"] {
        assert!(parse(text, Limits::default()).is_err(), "{text}");
    }
}
