//! The writer of AMF3.

use bytes::BufMut;

use super::marker;
use crate::protocol::amf::text::cut;
use crate::protocol::amf::{Object, ObjectVector, Value};

/// The range of a signed 29-bit number.
const INTEGERS: std::ops::RangeInclusive<i32> = -(1 << 28)..=(1 << 28) - 1;
/// The greatest length or count: 29 bits minus the flag that tells it from a reference.
const MAX_LENGTH: u32 = (1 << 28) - 1;
/// An empty string, which also ends lists of members.
const EMPTY: u8 = 0x01;
/// An object with its class in full, without sealed members, with members by name.
const DYNAMIC_OBJECT: u8 = 0x0b;

/// Appends `value` to `out`.
///
/// - It writes no references.
/// - An integer of more than 29 bits is written as a double.
/// - A member without a name is left out: an empty name ends the members.
/// - The class of an ECMA array and the time zone of a date are left out: AMF3 has no field for
///   them.
/// - Text, bytes and arrays are cut to 268,435,455 bytes or elements.
///
/// Uses stack in proportion to the nesting of `value`.
///
/// ```
/// use rendercast::protocol::amf::{Limits, Value, amf3};
///
/// let picture = Value::ByteArray(vec![1, 2, 3]);
/// let mut bytes = Vec::new();
/// amf3::encode(&picture, &mut bytes);
/// assert_eq!(amf3::Decoder::new(&bytes, Limits::default()).decode()?, Some(picture));
/// # Ok::<(), rendercast::protocol::amf::Error>(())
/// ```
pub fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Number(number) => put_double(*number, out),
        Value::Integer(integer) => put_integer(*integer, out),
        Value::Boolean(true) => out.put_u8(marker::TRUE),
        Value::Boolean(false) => out.put_u8(marker::FALSE),
        Value::String(text) => put_marked_text(marker::STRING, text, out),
        Value::Object(object) => put_object(object, out),
        Value::Null => out.put_u8(marker::NULL),
        Value::Undefined => out.put_u8(marker::UNDEFINED),
        Value::EcmaArray(object) => {
            put_header(marker::ARRAY, 0, out);
            put_members(object, out);
        }
        Value::StrictArray(elements) => {
            let count = put_header(marker::ARRAY, elements.len(), out);
            out.put_u8(EMPTY);
            elements.iter().take(count).for_each(|element| encode(element, out));
        }
        Value::Date(date) => {
            put_header(marker::DATE, 0, out);
            out.put_f64(date.unix_milliseconds);
        }
        Value::Xml(text) => put_marked_text(marker::XML, text, out),
        Value::ByteArray(bytes) => {
            let length = put_header(marker::BYTE_ARRAY, bytes.len(), out);
            out.put_slice(bytes.get(..length).unwrap_or_default());
        }
        Value::IntVector(elements) => {
            put_vector(marker::VECTOR_INT, elements, out, |element, out| {
                out.put_u32(element.cast_unsigned());
            });
        }
        Value::UintVector(elements) => {
            put_vector(marker::VECTOR_UINT, elements, out, |element, out| out.put_u32(*element));
        }
        Value::DoubleVector(elements) => {
            put_vector(marker::VECTOR_DOUBLE, elements, out, |element, out| out.put_f64(*element));
        }
        Value::ObjectVector(vector) => put_object_vector(vector, out),
        Value::Dictionary(pairs) => put_dictionary(pairs, out),
    }
}

fn put_integer(integer: i32, out: &mut Vec<u8>) {
    if INTEGERS.contains(&integer) {
        out.put_u8(marker::INTEGER);
        put_u29(integer.cast_unsigned() & 0x1fff_ffff, out);
    } else {
        put_double(f64::from(integer), out);
    }
}

fn put_double(number: f64, out: &mut Vec<u8>) {
    out.put_u8(marker::DOUBLE);
    out.put_f64(number);
}

fn put_object(object: &Object, out: &mut Vec<u8>) {
    out.put_slice(&[marker::OBJECT, DYNAMIC_OBJECT]);
    put_text(object.class_name().unwrap_or_default(), out);
    put_members(object, out);
}

fn put_members(object: &Object, out: &mut Vec<u8>) {
    for (name, value) in object.iter().filter(|(name, _)| !name.is_empty()) {
        put_text(name, out);
        encode(value, out);
    }
    out.put_u8(EMPTY);
}

fn put_vector<T>(marker: u8, elements: &[T], out: &mut Vec<u8>, put: fn(&T, &mut Vec<u8>)) {
    let count = put_header(marker, elements.len(), out);
    put_is_fixed(out);
    elements.iter().take(count).for_each(|element| put(element, out));
}

fn put_object_vector(vector: &ObjectVector, out: &mut Vec<u8>) {
    let ObjectVector { class_name, elements } = vector;
    let count = put_header(marker::VECTOR_OBJECT, elements.len(), out);
    put_is_fixed(out);
    put_text(if class_name.is_empty() { "*" } else { class_name }, out);
    elements.iter().take(count).for_each(|element| encode(element, out));
}

/// The flag of a vector whose length may change.
fn put_is_fixed(out: &mut Vec<u8>) {
    out.put_u8(0);
}

fn put_dictionary(pairs: &[(Value, Value)], out: &mut Vec<u8>) {
    let count = put_header(marker::DICTIONARY, pairs.len(), out);
    let weak_keys = 0;
    out.put_u8(weak_keys);
    for (key, value) in pairs.iter().take(count) {
        encode(key, out);
        encode(value, out);
    }
}

fn put_marked_text(marker: u8, text: &str, out: &mut Vec<u8>) {
    out.put_u8(marker);
    put_text(text, out);
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    let text = cut(text, MAX_LENGTH as usize);
    put_length(text.len(), out);
    out.put_slice(text.as_bytes());
}

/// Appends a marker and a length. Returns as much of the length as can be written.
fn put_header(marker: u8, length: usize, out: &mut Vec<u8>) -> usize {
    out.put_u8(marker);
    put_length(length, out)
}

fn put_length(length: usize, out: &mut Vec<u8>) -> usize {
    let length = u32::try_from(length).unwrap_or(MAX_LENGTH).min(MAX_LENGTH);
    put_u29((length << 1) | 1, out);
    length as usize
}

/// Appends the variable-length number of AMF 3 §1.3.1: seven bits a byte, but eight in a fourth.
fn put_u29(number: u32, out: &mut Vec<u8>) {
    let seven = |shift: u32| ((number >> shift) & 0x7f) as u8;
    match number {
        0..0x80 => out.put_slice(&[seven(0)]),
        0x80..0x4000 => out.put_slice(&[seven(7) | 0x80, seven(0)]),
        0x4000..0x20_0000 => out.put_slice(&[seven(14) | 0x80, seven(7) | 0x80, seven(0)]),
        _ => out.put_slice(&[
            seven(22) | 0x80,
            seven(15) | 0x80,
            seven(8) | 0x80,
            (number & 0xff) as u8,
        ]),
    }
}
