//! Members by name.

use super::{Error, Value};

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
    /// The class, where the object is a typed one.
    pub class_name: Option<String>,
    members: Vec<(String, Value)>,
}

impl Object {
    /// An object without a class and without members.
    #[must_use]
    pub const fn new() -> Self {
        Self { class_name: None, members: Vec::new() }
    }

    /// An object of a class, without members.
    #[must_use]
    pub fn of_class(class_name: impl Into<String>) -> Self {
        Self { class_name: Some(class_name.into()), members: Vec::new() }
    }

    /// The object that these members make.
    pub(super) const fn from_members(
        class_name: Option<String>,
        members: Vec<(String, Value)>,
    ) -> Self {
        Self { class_name, members }
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

    /// Appends a member that has been read, if it could be. A function of its own, so that the frames
    /// of those who read objects in objects need no room for what it does.
    pub(super) fn push_read(
        &mut self,
        name: String,
        value: Result<Value, Error>,
    ) -> Result<(), Error> {
        self.members.push((name, value?));
        Ok(())
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
