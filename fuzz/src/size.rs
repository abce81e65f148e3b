//! How much of each limit a value uses.

use rendercast::amf::{Limits, Object, ObjectVector, Value};

/// Limits that a fuzzer soon reaches.
pub(crate) const NARROW: Size = Size { depth: 3, values: 24, bytes: 96 };

/// The limits that a decoder has by default.
pub(crate) const DEFAULT: Size = Size { depth: 32, values: 65_536, bytes: 4 << 20 };

/// Panics if `values` exceed `limits`.
pub(crate) fn assert_within(limits: Size, values: &[Value]) {
    let size = values.iter().map(of).fold(Size::default(), Size::beside);
    assert!(size.depth <= limits.depth, "{size:?} exceeds {limits:?}");
    assert!(size.values <= limits.values, "{size:?} exceeds {limits:?}");
    assert!(size.bytes <= limits.bytes, "{size:?} exceeds {limits:?}");
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    depth: usize,
    values: usize,
    bytes: usize,
}

impl Size {
    /// Returns the limits that allow this size, and nothing larger.
    pub(crate) const fn limits(self) -> Limits {
        Limits::new().depth(self.depth).values(self.values).bytes(self.bytes)
    }

    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            values: self.values + other.values,
            bytes: self.bytes + other.bytes,
        }
    }

    fn within_one_more(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

fn of(value: &Value) -> Size {
    let held = match value {
        Value::String(text) | Value::Xml(text) => bytes(text.len()),
        Value::Object(object) | Value::EcmaArray(object) => members(object).within_one_more(),
        Value::StrictArray(elements) => all(elements).within_one_more(),
        Value::ObjectVector(vector) => {
            let ObjectVector { class_name, elements } = &**vector;
            all(elements).within_one_more().beside(bytes(class_name.len()))
        }
        Value::Dictionary(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| of(key).beside(of(value)));
            pairs.fold(Size::default(), Size::beside).within_one_more()
        }
        Value::ByteArray(array) => bytes(array.len()),
        Value::IntVector(elements) => values(elements.len()),
        Value::UintVector(elements) => values(elements.len()),
        Value::DoubleVector(elements) => values(elements.len()),
        _ => Size::default(),
    };
    held.beside(values(1))
}

fn members(object: &Object) -> Size {
    let class_name = bytes(object.class_name().map_or(0, str::len));
    object
        .iter()
        .map(|(name, value)| of(value).beside(bytes(name.len())))
        .fold(class_name, Size::beside)
}

fn all(elements: &[Value]) -> Size {
    elements.iter().map(of).fold(Size::default(), Size::beside)
}

fn bytes(bytes: usize) -> Size {
    Size { bytes, ..Size::default() }
}

fn values(values: usize) -> Size {
    Size { values, ..Size::default() }
}
