//! Objects: members by name.

use std::borrow::Cow;

use super::Value;
use super::name::Name;

/// A member: its name and its value.
pub(super) type Member = (Name, Value);

/// Members by name, in their original order, and perhaps the name of a class.
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
    /// Boxed: hardly any object has one, and every value has room for an object.
    class: Option<Box<Class>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Class {
    name: Box<str>,
}

impl Object {
    /// Creates an object without a class and without members.
    #[must_use]
    pub const fn new() -> Self {
        Self { members: Vec::new(), class: None }
    }

    /// Creates an object without a class and without members, with room for `capacity` members.
    #[must_use]
    pub fn with_capacity(members: usize) -> Self {
        Self { members: Vec::with_capacity(members), class: None }
    }

    /// Creates an object of a class, without members.
    #[must_use]
    pub fn of_class(name: impl Into<Box<str>>) -> Self {
        let class = Class { name: name.into() };
        Self { members: Vec::new(), class: Some(Box::new(class)) }
    }

    /// Creates an object of members.
    pub(super) fn from_members(class_name: Option<String>, members: Vec<Member>) -> Self {
        Self { members, ..class_name.map_or_else(Self::new, Self::of_class) }
    }

    /// Returns the class, if the object is typed.
    #[must_use]
    pub fn class_name(&self) -> Option<&str> {
        self.class.as_deref().map(|class| &*class.name)
    }

    /// Appends a member and returns the object.
    #[must_use]
    pub fn with<'a>(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Value>) -> Self {
        self.push(name, value);
        self
    }

    /// Appends a member. It does not replace an earlier one of the same name, but [`Object::get`]
    /// finds the last.
    pub fn push<'a>(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Value>) {
        self.members.push((name.into().into(), value.into()));
    }

    /// Returns the last member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().rev().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// Iterates over the members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns whether there are no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}
