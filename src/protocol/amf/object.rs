//! Members by name.

use super::Value;

/// A member: its name and its value.
pub(super) type Member = (Box<str>, Value);

/// Members by name, in the order in which they were written, and perhaps the name of a class.
///
/// ```
/// use rendercast::amf::{Object, Value};
///
/// let camera = Object::new().with("x", 10).with("name", "left");
/// assert_eq!(camera.get("x").and_then(Value::as_number), Some(10.0));
/// let names: Vec<_> = camera.iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["x", "name"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    members: Vec<Member>,
    /// Behind a pointer: hardly any object has one, and each value has room for an object.
    class: Option<Box<Class>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Class {
    name: Box<str>,
}

impl Object {
    /// An object without a class and without members.
    #[must_use]
    pub const fn new() -> Self {
        Self { members: Vec::new(), class: None }
    }

    /// An object without a class, with room for so many members, and without any.
    #[must_use]
    pub fn with_capacity(members: usize) -> Self {
        Self { members: Vec::with_capacity(members), class: None }
    }

    /// An object of a class, without members.
    #[must_use]
    pub fn of_class(name: impl Into<Box<str>>) -> Self {
        let class = Class { name: name.into() };
        Self { members: Vec::new(), class: Some(Box::new(class)) }
    }

    /// The object that these members make.
    pub(super) fn from_members(class_name: Option<String>, members: Vec<Member>) -> Self {
        Self { members, ..class_name.map_or_else(Self::new, Self::of_class) }
    }

    /// The class, where the object is a typed one.
    #[must_use]
    pub fn class_name(&self) -> Option<&str> {
        self.class.as_deref().map(|class| &*class.name)
    }

    /// This object with a member more.
    #[must_use]
    pub fn with(mut self, name: impl Into<Box<str>>, value: impl Into<Value>) -> Self {
        self.push(name, value);
        self
    }

    /// Appends a member. A name that is there already then stands twice; [`Object::get`] finds the
    /// last.
    pub fn push(&mut self, name: impl Into<Box<str>>, value: impl Into<Value>) {
        self.members.push((name.into(), value.into()));
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().rev().find(|(key, _)| **key == *name).map(|(_, value)| value)
    }

    /// All members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().map(|(name, value)| (&**name, value))
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
