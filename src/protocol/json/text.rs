//! Values as JSON text.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_core::ser::{Serialize, SerializeMap, Serializer};

use crate::protocol::amf::{Object, Value};
use crate::protocol::buffers::brief_list;

/// Integers up to here are written without a fraction, and read back as the same number.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Returns a value as JSON, in one line.
#[must_use]
pub fn to_text(value: &Value) -> String {
    let mut text = brief_list(0);
    // Only a map whose keys are no texts could fail.
    match serde_json::to_writer(&mut text, &Json(value)) {
        Ok(()) => String::from_utf8(text).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

struct Json<'a>(&'a Value);

struct JsonObject<'a>(&'a Object);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null | Value::Undefined => serializer.serialize_unit(),
            Value::Number(number) => serialize_number(*number, serializer),
            Value::Integer(integer) => serializer.serialize_i32(*integer),
            Value::Boolean(truth) => serializer.serialize_bool(*truth),
            Value::String(text) => serializer.serialize_str(text),
            Value::Object(object) | Value::EcmaArray(object) => {
                JsonObject(object).serialize(serializer)
            }
            Value::StrictArray(elements) => serializer.collect_seq(elements.iter().map(Json)),
            Value::Date(date) => {
                single("$date", &Json(&Value::Number(date.unix_milliseconds)), serializer)
            }
            Value::Xml(text) => single("$xml", text, serializer),
            Value::ByteArray(bytes) => single("$bytes", &BASE64_STANDARD.encode(bytes), serializer),
            Value::IntVector(elements) => serializer.collect_seq(elements),
            Value::UintVector(elements) => serializer.collect_seq(elements),
            Value::DoubleVector(elements) => serializer.collect_seq(elements),
            Value::ObjectVector(vector) => serializer.collect_seq(vector.elements.iter().map(Json)),
            Value::Dictionary(pairs) => {
                let pairs: Vec<_> =
                    pairs.iter().map(|(key, value)| (Json(key), Json(value))).collect();
                single("$dictionary", &pairs, serializer)
            }
        }
    }
}

impl Serialize for JsonObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(class) = self.0.class_name() {
            map.serialize_entry("$class", class)?;
        }
        for (name, value) in self.0.iter() {
            map.serialize_entry(name, &Json(value))?;
        }
        map.end()
    }
}

fn serialize_number<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 && number.abs() < MAX_EXACT {
        return serializer.serialize_i64(number as i64);
    }
    // What is not finite becomes null.
    serializer.serialize_f64(number)
}

fn single<S: Serializer>(
    name: &str,
    value: &(impl Serialize + ?Sized),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, value)?;
    map.end()
}
