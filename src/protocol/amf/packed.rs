//! Objects that are kept for long and read seldom.

use super::amf0::marker;
use super::{Limits, Object, Value, amf0};
use crate::protocol::buffers::brief_list;
use crate::protocol::wire::Reader;

/// An object as AMF0, which takes a third of the memory that its values would take.
#[derive(Debug)]
pub(crate) struct PackedObject(Box<[u8]>);

impl PackedObject {
    /// Packs an object. Returns `None` if AMF0 would not say exactly the same.
    pub(crate) fn new(object: &Object) -> Option<Self> {
        if !is_exact(object) {
            return None;
        }
        let mut bytes = brief_list(0);
        amf0::put_object(object, &mut bytes);
        Some(Self(bytes.as_slice().into()))
    }

    /// Returns how many bytes it takes.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn unpack(&self) -> Object {
        match amf0::Decoder::new(&self.0, UNLIMITED).decode() {
            Ok(Some(Value::Object(object))) => object,
            _ => Object::new(),
        }
    }

    /// Returns the last member of that name, if it is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let mut reader = Reader::new(&self.0);
        if reader.u8().ok()? == marker::TYPED_OBJECT {
            short_text(&mut reader)?;
        }
        let mut found = None;
        loop {
            let this = short_text(&mut reader)?;
            let mut at_value = reader.clone();
            let text = match at_value.u8().ok()? {
                marker::OBJECT_END => return found,
                marker::STRING => {
                    let text = short_text(&mut at_value)?;
                    reader = at_value;
                    Some(text)
                }
                _ => {
                    let mut decoder = amf0::Decoder::new(reader.rest(), UNLIMITED);
                    decoder.decode().ok()?;
                    reader = Reader::new(decoder.rest());
                    None
                }
            };
            if this == name {
                found = text;
            }
        }
    }
}

/// What was packed had its limits before.
const UNLIMITED: Limits = Limits::new().depth(usize::MAX).values(usize::MAX).bytes(usize::MAX);

fn short_text<'a>(reader: &mut Reader<'a>) -> Option<&'a str> {
    let length = reader.u16().ok()?;
    str::from_utf8(reader.take(length.into()).ok()?).ok()
}

/// Returns whether AMF0 has the members of an object as they are.
fn is_exact(object: &Object) -> bool {
    let is_short = |text: &str| text.len() <= usize::from(u16::MAX);
    object.class_name().is_none_or(is_short)
        && object.iter().all(|(name, value)| is_short(name) && is_exact_value(value))
}

fn is_exact_value(value: &Value) -> bool {
    match value {
        Value::Number(_) | Value::Boolean(_) | Value::Null | Value::Undefined => true,
        Value::String(text) => text.len() <= usize::from(u16::MAX),
        Value::Object(object) | Value::EcmaArray(object) => is_exact(object),
        Value::StrictArray(elements) => elements.iter().all(is_exact_value),
        // Hardly any client sends others when it connects.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Object, PackedObject, Value};

    fn of_a_client() -> Object {
        Object::new()
            .with("app", "live")
            .with("fpad", false)
            .with("fourCcList", Value::StrictArray(vec!["*".into(), 3.into()]))
            .with("audioFourCcInfoMap", Object::new().with("app", "nested"))
            .with("none", Value::Null)
            .with("", "nameless")
            .with("tcUrl", "rtmp://h\u{f6}st/live")
            .with("table", Value::EcmaArray(Object::new().with("a", Value::Undefined)))
    }

    #[test]
    fn what_was_packed_comes_out_as_it_was() {
        for object in [of_a_client(), Object::new(), Object::of_class("a.B").with("app", "live")] {
            let packed = PackedObject::new(&object).expect("all of it is AMF0");
            assert_eq!(packed.unpack(), object);
            for (name, _) in object.iter() {
                assert_eq!(packed.text(name), object.get(name).and_then(Value::as_str), "{name}");
            }
            assert_eq!(packed.text("no such member"), None);
        }
    }

    #[test]
    fn the_last_of_several_members_of_one_name_counts() {
        let twice = of_a_client().with("app", "other");
        assert_eq!(PackedObject::new(&twice).expect("AMF0").text("app"), Some("other"));
        let no_text = twice.with("app", 1);
        assert_eq!(PackedObject::new(&no_text).expect("AMF0").text("app"), None);
    }

    #[test]
    fn what_amf0_has_otherwise_is_not_packed() {
        for value in [
            Value::Integer(1),
            Value::ByteArray(vec![1]),
            "x".repeat(65_536).into(),
            vec![Value::Integer(1)].into(),
            Object::of_class("x".repeat(65_536)).into(),
        ] {
            assert!(PackedObject::new(&Object::new().with("a", value)).is_none());
        }
    }
}
