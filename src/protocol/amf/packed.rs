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

    /// Returns where the texts of members of these names are. The last member of a name counts. The
    /// place of one that is missing, or no text, is empty.
    ///
    /// Takes as long as [`unpack`](Self::unpack): keep the places of what is asked for often.
    pub(crate) fn places<const N: usize>(&self, names: [&str; N]) -> [TextPlace; N] {
        let mut places = [TextPlace::default(); N];
        // What was packed can be read to its end.
        let _ = self.find(names, &mut places);
        places
    }

    /// Returns the text at a place. Returns an empty string if there is none.
    pub(crate) fn text_at(&self, TextPlace { start, length }: TextPlace) -> &str {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let bytes = self.0.get(start..start.saturating_add(length.into())).unwrap_or_default();
        str::from_utf8(bytes).unwrap_or_default()
    }

    /// Fills the places up to the end of the object. Returns `None` if it does not come.
    fn find<const N: usize>(&self, names: [&str; N], places: &mut [TextPlace; N]) -> Option<()> {
        let mut reader = Reader::new(&self.0);
        if reader.u8().ok()? == marker::TYPED_OBJECT {
            short_text(&mut reader)?;
        }
        loop {
            let this = short_text(&mut reader)?;
            let rest = reader.rest();
            let place = match reader.u8().ok()? {
                marker::OBJECT_END => return Some(()),
                marker::STRING => {
                    let length = reader.u16().ok()?;
                    let start = u32::try_from(reader.offset()).ok()?;
                    reader.take(length.into()).ok()?;
                    TextPlace { start, length }
                }
                _ => {
                    let mut decoder = amf0::Decoder::new(rest, UNLIMITED);
                    decoder.decode().ok()?;
                    let value = rest.len().checked_sub(decoder.rest().len())?;
                    reader.take(value.checked_sub(1)?).ok()?;
                    TextPlace::default()
                }
            };
            for (_, found) in names.iter().zip(&mut *places).filter(|(name, _)| **name == this) {
                *found = place;
            }
        }
    }
}

/// Where a text is in a packed object. Empty by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextPlace {
    start: u32,
    length: u16,
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

    fn text_of<'a>(packed: &'a PackedObject, name: &str) -> &'a str {
        let [place] = packed.places([name]);
        packed.text_at(place)
    }

    #[test]
    fn what_was_packed_comes_out_as_it_was() {
        for object in [of_a_client(), Object::new(), Object::of_class("a.B").with("app", "live")] {
            let packed = PackedObject::new(&object).expect("all of it is AMF0");
            assert_eq!(packed.unpack(), object);
            for (name, _) in object.iter() {
                let text = object.get(name).and_then(Value::as_str).unwrap_or_default();
                assert_eq!(text_of(&packed, name), text, "{name}");
            }
            let [missing, app] = packed.places(["no such member", "app"]);
            assert_eq!(packed.text_at(missing), "");
            let text = object.get("app").and_then(Value::as_str).unwrap_or_default();
            assert_eq!(packed.text_at(app), text);
        }
    }

    #[test]
    fn the_last_of_several_members_of_one_name_counts() {
        let twice = of_a_client().with("app", "other");
        assert_eq!(text_of(&PackedObject::new(&twice).expect("AMF0"), "app"), "other");
        let no_text = twice.with("app", 1);
        assert_eq!(text_of(&PackedObject::new(&no_text).expect("AMF0"), "app"), "");
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
