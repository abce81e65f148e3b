//! A value of either version.

/// A value that AMF0 or AMF3 can carry.
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
    ObjectVector {
        /// The class; empty for any.
        class_name: String,
        /// The elements.
        elements: Vec<Self>,
    },
    /// Pairs of key and value, which only AMF3 has.
    Dictionary(Vec<(Self, Self)>),
}

/// Members by name, in the order in which they were written, and perhaps the name of a class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// The class, where the object is a typed one.
    pub class_name: Option<String>,
    members: Vec<(String, Value)>,
}

/// A moment in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Date {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub unix_milliseconds: f64,
    /// Minutes; reserved by AMF0 and absent in AMF3, so 0.
    pub time_zone_minutes: i16,
}

impl Object {
    /// An object without a class and without members.
    #[must_use]
    pub const fn new() -> Self {
        Self { class_name: None, members: Vec::new() }
    }

    /// This object with a member more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.push(name, value);
        self
    }

    /// Appends a member. A name that is there already then stands twice; [`Object::get`] finds the
    /// last.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.members.push((name.into(), value.into()));
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl Value {
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

impl From<Vec<Self>> for Value {
    fn from(elements: Vec<Self>) -> Self {
        Self::StrictArray(elements)
    }
}
