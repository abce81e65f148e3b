//! The writer of AMF0.

use bytes::BufMut;

use super::marker;
use crate::protocol::amf::text::cut;
use crate::protocol::amf::{Object, Value, amf3};

/// Appends `value` to `out`. Values of AMF3 only are written after the avmplus marker (0x11).
///
/// - A string of more than 65,535 bytes is written as a long string.
/// - The name of a member or a class is cut to the 65,535 bytes that the format can carry, at the
///   end of a character.
/// - An integer is written as a number.
///
/// Uses stack in proportion to the nesting of `value`.
///
/// ```
/// use rendercast::protocol::amf::{Limits, Value, amf0};
///
/// let mut bytes = Vec::new();
/// amf0::encode(&"hi".into(), &mut bytes);
/// amf0::encode(&7.into(), &mut bytes);
/// assert_eq!(bytes[..5], [2, 0, 2, b'h', b'i']);
/// assert_eq!(amf0::decode_all(&bytes, Limits::default())?, [Value::from("hi"), Value::from(7)]);
/// # Ok::<(), rendercast::protocol::amf::Error>(())
/// ```
pub fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Number(number) => put_number(*number, out),
        Value::Integer(integer) => put_number(f64::from(*integer), out),
        Value::Boolean(truth) => out.put_slice(&[marker::BOOLEAN, u8::from(*truth)]),
        Value::String(text) => put_string(text, out),
        Value::Object(object) => put_object(object, out),
        Value::Null => out.put_u8(marker::NULL),
        Value::Undefined => out.put_u8(marker::UNDEFINED),
        Value::EcmaArray(object) => {
            out.put_u8(marker::ECMA_ARRAY);
            out.put_u32(length_u32(object.len()));
            put_members(object, out);
        }
        Value::StrictArray(elements) => {
            let count = length_u32(elements.len());
            out.put_u8(marker::STRICT_ARRAY);
            out.put_u32(count);
            elements.iter().take(count as usize).for_each(|element| encode(element, out));
        }
        Value::Date(date) => {
            out.put_u8(marker::DATE);
            out.put_f64(date.unix_milliseconds);
            out.put_u16(date.time_zone_minutes.cast_unsigned());
        }
        Value::Xml(text) => {
            out.put_u8(marker::XML_DOCUMENT);
            put_long_text(text, out);
        }
        Value::ByteArray(_)
        | Value::IntVector(_)
        | Value::UintVector(_)
        | Value::DoubleVector(_)
        | Value::ObjectVector(_)
        | Value::Dictionary(_) => {
            out.put_u8(marker::AVMPLUS);
            amf3::encode(value, out);
        }
    }
}

/// Writes an object member by member. The values of what is sent once need not be made.
#[derive(Debug)]
pub(in crate::protocol) struct ObjectWriter<'a>(&'a mut Vec<u8>);

impl<'a> ObjectWriter<'a> {
    /// Begins an object without a class.
    pub(in crate::protocol) fn new(out: &'a mut Vec<u8>) -> Self {
        out.put_u8(marker::OBJECT);
        Self(out)
    }

    pub(in crate::protocol) fn text(self, name: &str, text: &str) -> Self {
        put_name(name, self.0);
        put_string(text, self.0);
        self
    }

    pub(in crate::protocol) fn number(self, name: &str, number: impl Into<f64>) -> Self {
        put_name(name, self.0);
        put_number(number.into(), self.0);
        self
    }

    /// Writes all members of an object.
    pub(in crate::protocol) fn members(self, object: &Object) -> Self {
        for (name, value) in object.iter() {
            put_name(name, self.0);
            encode(value, self.0);
        }
        self
    }

    pub(in crate::protocol) fn end(self) {
        put_name("", self.0);
        self.0.put_u8(marker::OBJECT_END);
    }
}

/// Appends a string to `out`, as [`encode`] does.
pub(in crate::protocol) fn put_text(text: &str, out: &mut Vec<u8>) {
    put_string(text, out);
}

fn put_number(number: f64, out: &mut Vec<u8>) {
    // In one piece: each put checks for room, and large metadata consists of numbers.
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    out.put_slice(&[marker::NUMBER, a, b, c, d, e, f, g, h]);
}

fn put_string(text: &str, out: &mut Vec<u8>) {
    if text.len() <= usize::from(u16::MAX) {
        out.put_u8(marker::STRING);
        put_name(text, out);
    } else {
        out.put_u8(marker::LONG_STRING);
        put_long_text(text, out);
    }
}

/// Appends an object to `out`, as [`encode`] does.
pub(in crate::protocol) fn put_object(object: &Object, out: &mut Vec<u8>) {
    match object.class_name() {
        None | Some("") => out.put_u8(marker::OBJECT),
        Some(class_name) => {
            out.put_u8(marker::TYPED_OBJECT);
            put_name(class_name, out);
        }
    }
    put_members(object, out);
}

fn put_members(object: &Object, out: &mut Vec<u8>) {
    ObjectWriter(out).members(object).end();
}

fn put_name(name: &str, out: &mut Vec<u8>) {
    let name = cut(name, u16::MAX.into());
    out.put_u16(u16::try_from(name.len()).unwrap_or(u16::MAX));
    out.put_slice(name.as_bytes());
}

fn put_long_text(text: &str, out: &mut Vec<u8>) {
    let text = cut(text, u32::MAX as usize);
    out.put_u32(length_u32(text.len()));
    out.put_slice(text.as_bytes());
}

fn length_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
