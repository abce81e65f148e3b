//! The properties of connections and streams.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use crate::protocol::amf::Value;
use crate::sync::lock;

/// The prefix of the keys of an application.
const USER_PREFIX: &str = "user_";

/// The name of the one property that the server itself uses.
pub(super) const RENDER_RATE: &str = "render_rate";

/// Why a property was not set.
///
/// ```
/// use rendercast::{PropertyError, Stream};
///
/// fn set_rate(stream: &Stream, rate: f64) {
///     match stream.set_property("render_rate", rate) {
///         Err(PropertyError::InvalidValue { wanted, .. }) => println!("{rate} is not {wanted}"),
///         _ => println!("{rate} calls per second"),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PropertyError {
    /// The server has no property of this name, and it does not begin with `user_`. The SDK's -1.
    #[error("there is no property \"{key}\"; the names of your own must begin with \"user_\"")]
    NoSuchProperty {
        /// The key.
        key: String,
    },
    /// The property cannot have this value. The SDK's -2 (-1 on a connection).
    #[error("the property \"{key}\" cannot be {value}: it must be {wanted}")]
    InvalidValue {
        /// The key.
        key: String,
        /// The value, as text.
        value: String,
        /// What it must be.
        wanted: &'static str,
    },
}

impl PropertyError {
    pub(super) fn invalid_render_rate(value: &dyn fmt::Display) -> Self {
        Self::InvalidValue {
            key: RENDER_RATE.to_owned(),
            value: value.to_string(),
            wanted: "a number of calls per second, above 0 and at most 1000",
        }
    }
}

/// The properties that an application gave a connection or a stream.
#[derive(Debug, Default)]
pub(crate) struct Properties(Mutex<BTreeMap<String, Value>>);

impl Properties {
    pub(crate) fn set(&self, key: &str, value: Value) -> Result<(), PropertyError> {
        if !key.starts_with(USER_PREFIX) {
            return Err(PropertyError::NoSuchProperty { key: key.to_owned() });
        }
        lock(&self.0).insert(key.to_owned(), value);
        Ok(())
    }

    pub(crate) fn value(&self, key: &str) -> Option<Value> {
        lock(&self.0).get(key).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Properties, PropertyError};

    #[test]
    fn only_keys_with_the_user_prefix_are_an_applications_own() {
        let properties = Properties::default();
        assert_eq!(properties.set("user_camera", 3.0.into()), Ok(()));
        assert_eq!(properties.value("user_camera"), Some(3.0.into()));
        assert_eq!(
            properties.set("camera", 3.0.into()),
            Err(PropertyError::NoSuchProperty { key: "camera".to_owned() })
        );
        assert_eq!(properties.value("camera"), None);
    }
}
