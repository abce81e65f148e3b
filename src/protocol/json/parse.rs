//! Values from JSON text.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_core::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::protocol::amf::{Budget, Date, Limits, Object, Value};

/// Why a text is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no JSON that can be taken: {0}")]
pub struct Error(String);

/// Reads a value from the whole of `text`, within the limits of a command's values.
///
/// # Errors
/// [`Error`] if the text is no JSON, or exceeds a limit.
pub fn parse(text: &str, limits: Limits) -> Result<Value, Error> {
    let mut budget = Budget::new(limits);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Seed(&mut budget).deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| Error(error.to_string()))
}

struct Seed<'a>(&'a mut Budget);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.charge_values(1).map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Boolean(truth))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E: serde_core::de::Error>(self, text: &str) -> Result<Value, E> {
        self.0.text(text.as_bytes()).map(Value::String).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        self.0.enter().map_err(A::Error::custom)?;
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element_seed(Seed(self.0))? {
            elements.push(element);
        }
        self.0.leave();
        Ok(Value::StrictArray(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.0.enter().map_err(A::Error::custom)?;
        let mut object = Object::new();
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            self.0.charge_bytes(name.len()).map_err(A::Error::custom)?;
            object.push(name.into_owned(), map.next_value_seed(Seed(self.0))?);
        }
        self.0.leave();
        Ok(special(&object).unwrap_or_else(|| with_class(object)))
    }
}

/// Returns the value that an object with one special member stands for.
fn special(object: &Object) -> Option<Value> {
    let (name, value) = object.iter().next().filter(|_| object.len() == 1)?;
    match (name, value) {
        ("$date", Value::Number(number)) => {
            Some(Value::Date(Date { unix_milliseconds: *number, time_zone_minutes: 0 }))
        }
        ("$xml", Value::String(text)) => Some(Value::Xml(text.clone())),
        ("$bytes", Value::String(text)) => BASE64_STANDARD.decode(text).ok().map(Value::ByteArray),
        _ => None,
    }
}

/// Returns the object as one of the class that it names.
fn with_class(object: Object) -> Value {
    let Some(class) = object.get("$class").and_then(Value::as_str) else {
        return Value::Object(object);
    };
    let mut typed = Object::of_class(class);
    for (name, value) in object.iter().filter(|(name, _)| *name != "$class") {
        typed.push(name, value.clone());
    }
    Value::Object(typed)
}
