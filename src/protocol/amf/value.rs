//! Values of either version.

use super::Object;

/// A value that AMF0 or AMF3 can carry.
///
/// ```
/// use rendercast::amf::{Object, Value};
///
/// let arguments: [Value; 3] = [10.into(), "left".into(), Object::new().with("fast", true).into()];
/// assert_eq!(arguments[0].as_number(), Some(10.0));
/// assert_eq!(arguments[2].get("fast").and_then(Value::as_bool), Some(true));
/// println!("{}", arguments[2]);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A double. Every number of AMF0 is one.
    Number(f64),
    /// A 29-bit integer of AMF3. AMF0 writes it as a number.
    Integer(i32),
    /// A boolean.
    Boolean(bool),
    /// Text of any length. Reading replaces bytes that are not UTF-8.
    String(String),
    /// Members by name, in their original order.
    Object(Object),
    /// Null: no object.
    Null,
    /// Undefined: no value.
    Undefined,
    /// An array with names for keys, such as the value of `onMetaData`.
    EcmaArray(Object),
    /// An array with positions for keys.
    StrictArray(Vec<Self>),
    /// A point in time.
    Date(Date),
    /// The text of an XML document.
    Xml(String),
    /// Bytes (AMF3 only).
    ByteArray(Vec<u8>),
    /// Signed integers (AMF3 only).
    IntVector(Vec<i32>),
    /// Unsigned integers (AMF3 only).
    UintVector(Vec<u32>),
    /// Doubles (AMF3 only).
    DoubleVector(Vec<f64>),
    /// Values of one class (AMF3 only).
    ObjectVector(Box<ObjectVector>),
    /// Pairs of key and value (AMF3 only).
    Dictionary(Vec<(Self, Self)>),
}

/// Values of one class.
///
/// ```
/// use rendercast::protocol::amf::{Object, ObjectVector, Value};
///
/// let cameras = vec![Object::of_class("Camera").with("name", "left").into()];
/// let vector = ObjectVector { class_name: "Camera".to_owned(), elements: cameras };
/// println!("{}", Value::from(vector));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectVector {
    /// The class. Empty for any.
    pub class_name: String,
    /// The elements.
    pub elements: Vec<Value>,
}

/// A point in time.
///
/// ```
/// use std::time::{SystemTime, UNIX_EPOCH};
///
/// use rendercast::protocol::amf::{Date, Value};
///
/// let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
/// let now = Date { unix_milliseconds: since.as_secs_f64() * 1000.0, time_zone_minutes: 0 };
/// println!("{}", Value::Date(now));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Date {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub unix_milliseconds: f64,
    /// Minutes. AMF0 reserves the field and AMF3 lacks it, so use 0.
    pub time_zone_minutes: i16,
}

impl Value {
    /// Returns whether this value, or one in it, needs AMF3. Do not send it to a peer that has not
    /// announced `objectEncoding` 3: FFmpeg, for example, treats it as an error.
    #[must_use]
    pub fn needs_amf3(&self) -> bool {
        match self {
            Self::ByteArray(_)
            | Self::IntVector(_)
            | Self::UintVector(_)
            | Self::DoubleVector(_)
            | Self::ObjectVector(_)
            | Self::Dictionary(_) => true,
            Self::Object(object) | Self::EcmaArray(object) => {
                object.iter().any(|(_, value)| value.needs_amf3())
            }
            Self::StrictArray(elements) => elements.iter().any(Self::needs_amf3),
            _ => false,
        }
    }

    /// Returns the number, if it is a number or an integer.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Integer(integer) => Some(f64::from(*integer)),
            _ => None,
        }
    }

    /// Returns the text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the boolean, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// Returns the members, if it is an object or an ECMA array.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) | Self::EcmaArray(object) => Some(object),
            _ => None,
        }
    }

    /// Returns the member of that name, if it is an object or an ECMA array that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object().and_then(|object| object.get(name))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<ObjectVector> for Value {
    fn from(vector: ObjectVector) -> Self {
        Self::ObjectVector(Box::new(vector))
    }
}

impl From<Vec<Self>> for Value {
    fn from(elements: Vec<Self>) -> Self {
        Self::StrictArray(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::{Object, Value};

    #[test]
    fn what_only_amf3_can_say_is_found_at_any_depth() {
        let bytes = Value::ByteArray(Vec::new());
        assert!(bytes.needs_amf3());
        assert!(Value::from(vec![Object::new().with("a", bytes).into()]).needs_amf3());
        assert!(
            !Value::from(vec![Value::Integer(1), Object::new().with("a", "b").into()]).needs_amf3()
        );
    }

    /// The connect command of each viewer is kept, with a dozen members.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn values_are_small() {
        assert_eq!((size_of::<Value>(), size_of::<Object>()), (40, 32));
    }

    #[test]
    fn the_last_of_several_members_of_one_name_is_found() {
        let value = Value::EcmaArray(Object::new().with("a", 1).with("a", 2));
        assert_eq!(value.get("a").and_then(Value::as_number), Some(2.0));
        assert_eq!(value.get("b"), None);
    }
}
