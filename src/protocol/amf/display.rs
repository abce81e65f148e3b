//! Values as text for logs.

use super::{Object, Value};
use std::fmt::{self, Display, Formatter, Write};

/// The most bytes shown of a value: enough for a whole `connect` command. The limit keeps a log
/// line one line, whatever the peer sends.
const SHOWN_BYTES: usize = 1024;

/// Writes compact text like JSON, at most 1 KiB. `…` marks what is left out. Control characters
/// are escaped, so that a peer cannot forge lines of a log.
impl Display for Value {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut out = Bounded { formatter, left: SHOWN_BYTES, is_full: false };
        let written = write_value(self, &mut out);
        if out.is_full { out.formatter.write_char('…') } else { written }
    }
}

/// Fails the first write that does not fit, which ends the walk through the value.
struct Bounded<'a, 'b> {
    formatter: &'a mut Formatter<'b>,
    left: usize,
    is_full: bool,
}

impl Write for Bounded<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let Some(left) = self.left.checked_sub(text.len()) else {
            self.is_full = true;
            return Err(fmt::Error);
        };
        self.left = left;
        self.formatter.write_str(text)
    }
}

fn write_value(value: &Value, out: &mut Bounded<'_, '_>) -> fmt::Result {
    match value {
        Value::Number(number) => write!(out, "{number}"),
        Value::Integer(integer) => write!(out, "{integer}"),
        Value::Boolean(truth) => write!(out, "{truth}"),
        Value::String(text) => write_quoted(text, out),
        Value::Object(object) => write_object(object, out),
        Value::Null => out.write_str("null"),
        Value::Undefined => out.write_str("undefined"),
        Value::EcmaArray(object) => write_members(object, out),
        Value::StrictArray(elements) => write_list(elements, out, write_value),
        Value::Date(date) => write!(out, "Date({})", date.unix_milliseconds),
        Value::Xml(text) => {
            out.write_str("Xml(")?;
            write_quoted(text, out)?;
            out.write_char(')')
        }
        Value::ByteArray(bytes) => write!(out, "ByteArray({} bytes)", bytes.len()),
        Value::IntVector(elements) => write_list(elements, out, write_number),
        Value::UintVector(elements) => write_list(elements, out, write_number),
        Value::DoubleVector(elements) => write_list(elements, out, write_number),
        Value::ObjectVector(vector) => write_list(&vector.elements, out, write_value),
        Value::Dictionary(pairs) => write_dictionary(pairs, out),
    }
}

fn write_object(object: &Object, out: &mut Bounded<'_, '_>) -> fmt::Result {
    if let Some(class_name) = object.class_name() {
        write!(out, "{}", class_name.escape_debug())?;
    }
    write_members(object, out)
}

fn write_members(object: &Object, out: &mut Bounded<'_, '_>) -> fmt::Result {
    out.write_char('{')?;
    for (index, (name, value)) in object.iter().enumerate() {
        write_separator(index, out)?;
        write_quoted(name, out)?;
        out.write_char(':')?;
        write_value(value, out)?;
    }
    out.write_char('}')
}

fn write_dictionary(pairs: &[(Value, Value)], out: &mut Bounded<'_, '_>) -> fmt::Result {
    out.write_char('{')?;
    for (index, (key, value)) in pairs.iter().enumerate() {
        write_separator(index, out)?;
        write_value(key, out)?;
        out.write_char(':')?;
        write_value(value, out)?;
    }
    out.write_char('}')
}

fn write_list<T>(
    elements: &[T],
    out: &mut Bounded<'_, '_>,
    write_element: fn(&T, &mut Bounded<'_, '_>) -> fmt::Result,
) -> fmt::Result {
    out.write_char('[')?;
    for (index, element) in elements.iter().enumerate() {
        write_separator(index, out)?;
        write_element(element, out)?;
    }
    out.write_char(']')
}

fn write_separator(index: usize, out: &mut Bounded<'_, '_>) -> fmt::Result {
    if index == 0 { Ok(()) } else { out.write_char(',') }
}

fn write_number<T: Display>(number: &T, out: &mut Bounded<'_, '_>) -> fmt::Result {
    write!(out, "{number}")
}

fn write_quoted(text: &str, out: &mut Bounded<'_, '_>) -> fmt::Result {
    write!(out, "\"{}\"", text.escape_debug())
}

#[cfg(test)]
mod tests {
    use crate::protocol::amf::{Date, Object, Value};

    #[test]
    fn values_are_shown_in_the_manner_of_json() {
        let value = Object::new()
            .with("app", "live")
            .with("fpad", false)
            .with("capabilities", 15)
            .with("codecs", vec![Value::from("hvc1"), Value::Null, Value::Undefined])
            .with("at", Value::Date(Date { unix_milliseconds: 1.5, time_zone_minutes: 0 }))
            .with("bytes", Value::ByteArray(vec![0; 3]))
            .with("map", Value::Dictionary(vec![(Value::Integer(1), Value::Xml("<a/>".into()))]));
        assert_eq!(
            Value::from(value).to_string(),
            r#"{"app":"live","fpad":false,"capabilities":15,"codecs":["hvc1",null,undefined],"#
                .to_owned()
                + r#""at":Date(1.5),"bytes":ByteArray(3 bytes),"map":{1:Xml("<a/>")}}"#
        );
    }

    #[test]
    fn a_class_stands_before_its_members() {
        let object = Object::of_class("a.B").with("x", 1);
        assert_eq!(Value::Object(object).to_string(), r#"a.B{"x":1}"#);
    }

    #[test]
    fn what_is_shown_is_bounded_and_one_line() {
        let long = Value::from("x".repeat(1 << 20)).to_string();
        assert!(long.len() < 1100 && long.ends_with('…'), "{} bytes", long.len());
        assert_eq!(Value::from("a\r\n\"b").to_string(), r#""a\r\n\"b""#);
    }
}
