//! The properties of a render loop: typed, self-describing, and set while it runs.

use std::ops::RangeInclusive;

use crate::protocol::amf::{Object, Value};

/// A property of a [`RenderLoop`](crate::RenderLoop) that viewers can list and set while it runs:
/// its name, its type and range, its default, and a sentence about it.
///
/// ```
/// use rendercast::LoopProperty;
///
/// let exposure = LoopProperty::number("exposure", 0.0..=8.0, 1.0)
///     .description("How bright the scene is, in stops.");
/// let mode = LoopProperty::choice("mode", ["shaded", "wireframe"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct LoopProperty {
    name: String,
    description: String,
    kind: PropertyKind,
    default: Value,
}

/// The values that a [`LoopProperty`] can have.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PropertyKind {
    /// `true` or `false`.
    Boolean,
    /// A number in a range.
    Number(RangeInclusive<f64>),
    /// A whole number in a range.
    Integer(RangeInclusive<i32>),
    /// One of these texts.
    Choice(Vec<String>),
    /// Text of at most so many bytes.
    Text {
        /// The number of bytes.
        max_bytes: usize,
    },
}

/// Why a property of a loop was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoopPropertyError {
    /// The loop has no property of this name. The SDK's -1.
    #[error("render loop {name:?} has no property {key:?}")]
    NoSuchProperty {
        /// The name of the loop.
        name: String,
        /// The name of the property.
        key: String,
    },
    /// The property cannot have this value. The SDK's -2.
    #[error("the property {key:?} of render loop {name:?} must be {wanted}")]
    InvalidValue {
        /// The name of the loop.
        name: String,
        /// The name of the property.
        key: String,
        /// What it must be.
        wanted: String,
    },
}

impl LoopProperty {
    /// Makes a property that is `true` or `false`.
    pub fn boolean(name: impl Into<String>, default: bool) -> Self {
        Self::new(name, PropertyKind::Boolean, default)
    }

    /// Makes a property that is a number in a range.
    pub fn number(name: impl Into<String>, range: RangeInclusive<f64>, default: f64) -> Self {
        Self::new(name, PropertyKind::Number(range), default)
    }

    /// Makes a property that is a whole number in a range.
    pub fn integer(name: impl Into<String>, range: RangeInclusive<i32>, default: i32) -> Self {
        Self::new(name, PropertyKind::Integer(range), default)
    }

    /// Makes a property that is one of several texts. The default is the first of them.
    pub fn choice<T: Into<String>>(
        name: impl Into<String>,
        choices: impl IntoIterator<Item = T>,
    ) -> Self {
        let choices: Vec<String> = choices.into_iter().map(Into::into).collect();
        let default = choices.first().cloned().unwrap_or_default();
        Self::new(name, PropertyKind::Choice(choices), default)
    }

    /// Makes a property that is text of at most `max_bytes` bytes.
    pub fn text(name: impl Into<String>, max_bytes: usize, default: impl Into<String>) -> Self {
        Self::new(name, PropertyKind::Text { max_bytes }, default.into())
    }

    fn new(name: impl Into<String>, kind: PropertyKind, default: impl Into<Value>) -> Self {
        let (name, default) = (name.into(), default.into());
        Self { name, description: String::new(), kind, default }
    }

    /// Sets the sentence that viewers are told. By default there is none.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the values that it can have.
    #[must_use]
    pub const fn kind(&self) -> &PropertyKind {
        &self.kind
    }

    /// Returns the value until another is set.
    #[must_use]
    pub const fn default_value(&self) -> &Value {
        &self.default
    }

    /// Returns the description as an object for clients: `name`, `description`, `type`, `default`,
    /// `value`, and `min` and `max`, `choices` or `max_bytes`.
    #[must_use]
    pub fn to_object(&self, value: &Value) -> Object {
        let (kind, limits): (_, Vec<(&str, Value)>) = match &self.kind {
            PropertyKind::Boolean => ("boolean", Vec::new()),
            PropertyKind::Number(range) => {
                let (min, max) = (*range.start(), *range.end());
                ("number", vec![("min", min.into()), ("max", max.into())])
            }
            PropertyKind::Integer(range) => {
                let (min, max) = (*range.start(), *range.end());
                ("integer", vec![("min", min.into()), ("max", max.into())])
            }
            PropertyKind::Choice(choices) => {
                let choices: Vec<Value> = choices.iter().map(|text| text.as_str().into()).collect();
                ("choice", vec![("choices", choices.into())])
            }
            PropertyKind::Text { max_bytes } => {
                ("text", vec![("max_bytes", Value::Number(*max_bytes as f64))])
            }
        };
        let object = Object::new()
            .with("name", self.name.as_str())
            .with("description", self.description.as_str())
            .with("type", kind)
            .with("default", self.default.clone())
            .with("value", value.clone());
        limits.into_iter().fold(object, |object, (name, value)| object.with(name, value))
    }

    fn admits(&self, value: &Value) -> bool {
        match &self.kind {
            PropertyKind::Boolean => value.as_bool().is_some(),
            PropertyKind::Number(range) => {
                value.as_number().is_some_and(|number| range.contains(&number))
            }
            PropertyKind::Integer(range) => value.as_number().is_some_and(|number| {
                let range = f64::from(*range.start())..=f64::from(*range.end());
                number.fract() == 0.0 && range.contains(&number)
            }),
            PropertyKind::Choice(choices) => {
                value.as_str().is_some_and(|text| choices.iter().any(|choice| choice == text))
            }
            PropertyKind::Text { max_bytes } => {
                value.as_str().is_some_and(|text| text.len() <= *max_bytes)
            }
        }
    }

    fn wanted(&self) -> String {
        match &self.kind {
            PropertyKind::Boolean => "true or false".to_owned(),
            PropertyKind::Number(range) => {
                format!("a number from {} to {}", range.start(), range.end())
            }
            PropertyKind::Integer(range) => {
                format!("a whole number from {} to {}", range.start(), range.end())
            }
            PropertyKind::Choice(choices) => format!("one of {choices:?}"),
            PropertyKind::Text { max_bytes } => format!("text of at most {max_bytes} bytes"),
        }
    }
}

/// The properties of a loop and their values.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoopProperties(Vec<(LoopProperty, Value)>);

impl LoopProperties {
    /// Adds a property, or replaces the one of the same name.
    pub(crate) fn add(&mut self, property: LoopProperty) {
        self.0.retain(|(other, _)| other.name != property.name);
        let value = property.default.clone();
        self.0.push((property, value));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(LoopProperty, Value)> {
        self.0.iter()
    }

    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(property, _)| property.name == key).map(|(_, value)| value)
    }

    /// Sets a value. `name` is that of the loop, for the error.
    pub(crate) fn set(
        &mut self,
        name: &str,
        key: &str,
        value: Value,
    ) -> Result<(), LoopPropertyError> {
        let (name, key) = (name.to_owned(), key.to_owned());
        let found = self.0.iter_mut().find(|(property, _)| property.name == key);
        match found {
            None => Err(LoopPropertyError::NoSuchProperty { name, key }),
            Some((property, _)) if !property.admits(&value) => {
                Err(LoopPropertyError::InvalidValue { name, key, wanted: property.wanted() })
            }
            Some((_, current)) => {
                *current = value;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LoopProperties, LoopProperty, LoopPropertyError, Value};

    #[test]
    fn each_kind_admits_its_values_alone() {
        let table: [(LoopProperty, Vec<Value>, Vec<Value>, &str); 5] = [
            (
                LoopProperty::boolean("p", true),
                vec![false.into()],
                vec![1.into(), "true".into()],
                "true or false",
            ),
            (
                LoopProperty::number("p", 0.5..=2.0, 1.0),
                vec![0.5.into(), 2.into()],
                vec![0.4.into(), f64::NAN.into(), "1".into()],
                "a number from 0.5 to 2",
            ),
            (
                LoopProperty::integer("p", -1..=3, 0),
                vec![(-1).into(), 3.into()],
                vec![0.5.into(), 4.into(), f64::INFINITY.into()],
                "a whole number from -1 to 3",
            ),
            (
                LoopProperty::choice("p", ["a", "b"]),
                vec!["b".into()],
                vec!["c".into(), Value::Null],
                "one of [\"a\", \"b\"]",
            ),
            (
                LoopProperty::text("p", 3, "x"),
                vec!["abc".into(), "".into()],
                vec!["abcd".into(), 1.into()],
                "text of at most 3 bytes",
            ),
        ];
        for (property, good, bad, wanted) in table {
            let mut properties = LoopProperties::default();
            properties.add(property.clone());
            assert_eq!(properties.value("p"), Some(property.default_value()));
            for value in good {
                assert_eq!(properties.set("loop", "p", value.clone()), Ok(()));
                assert_eq!(properties.value("p"), Some(&value));
            }
            for value in bad {
                let error = properties.set("loop", "p", value).unwrap_err();
                let text = format!("the property \"p\" of render loop \"loop\" must be {wanted}");
                assert_eq!(error.to_string(), text);
            }
        }
    }

    #[test]
    fn a_property_describes_itself() {
        let property = LoopProperty::integer("bounces", 1..=16, 4).description("Of light.");
        let object = property.to_object(&7.into());
        let member = |name| object.get(name).cloned();
        assert_eq!(member("name"), Some("bounces".into()));
        assert_eq!(member("description"), Some("Of light.".into()));
        assert_eq!(member("type"), Some("integer".into()));
        assert_eq!([member("min"), member("max")], [Some(1.into()), Some(16.into())]);
        assert_eq!([member("default"), member("value")], [Some(4.into()), Some(7.into())]);
        let unknown = LoopProperties::default().set("loop", "x", 1.into());
        assert!(matches!(unknown, Err(LoopPropertyError::NoSuchProperty { .. })));
    }
}
