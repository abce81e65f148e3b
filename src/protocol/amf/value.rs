//! A value of either version.

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
    /// A double: every number of AMF0.
    Number(f64),
    /// A 29-bit integer, which only AMF3 has; written to AMF0 as a number.
    Integer(i32),
    /// True or false.
    Boolean(bool),
    /// Text, of any length; bytes that are no UTF-8 are replaced as they are read.
    String(String),
    /// Members by name, in the order in which they were written.
    Object(Object),
    /// No object.
    Null,
    /// No value.
    Undefined,
    /// An array by name: what `onMetaData` is written as.
    EcmaArray(Object),
    /// An array by position.
    StrictArray(Vec<Self>),
    /// A moment.
    Date(Date),
    /// An XML document, unparsed.
    Xml(String),
    /// Bytes, which only AMF3 has.
    ByteArray(Vec<u8>),
    /// Numbers of one type, which only AMF3 has.
    IntVector(Vec<i32>),
    /// As above, unsigned.
    UintVector(Vec<u32>),
    /// As above, doubles.
    DoubleVector(Vec<f64>),
    /// Values of one class, which only AMF3 has.
    ObjectVector(Box<ObjectVector>),
    /// Pairs of key and value, which only AMF3 has.
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
    /// The class; empty for any.
    pub class_name: String,
    /// The elements.
    pub elements: Vec<Value>,
}

/// A moment in time.
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
    /// Minutes; reserved by AMF0 and absent in AMF3, so 0.
    pub time_zone_minutes: i16,
}

impl Value {
    /// Whether this, or anything in it, can be written as AMF3 alone. A peer that has not announced
    /// `objectEncoding` 3 must not be sent it: FFmpeg, for one, takes it for an error.
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

    /// The number, where it is one (or an integer).
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Integer(integer) => Some(f64::from(*integer)),
            _ => None,
        }
    }

    /// The text, where it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, where it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The members, where it is an object or an ECMA array.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) | Self::EcmaArray(object) => Some(object),
            _ => None,
        }
    }

    /// The member of that name, where it is an object or an ECMA array that has it.
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

    /// Each viewer's connect command is kept, a dozen members of it.
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
