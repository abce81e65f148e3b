//! The key frames of a file that is being written: a bounded list of times and offsets.

use crate::protocol::amf::{Object, Value};

/// A list of key frames that takes the same room in a file, however many there are.
///
/// When it is full, every second key frame leaves it. From then on it takes every second one that
/// comes, then every fourth, and so on. So it always covers the whole file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct KeyFrameTable {
    /// Times in milliseconds, and offsets in bytes.
    entries: Vec<(u32, u64)>,
    /// One of so many key frames is taken.
    step: u64,
    seen: u64,
}

impl KeyFrameTable {
    /// The most key frames in a table. They take 18 bytes each, in every file.
    pub(super) const CAPACITY: usize = 2048;

    /// Notes a key frame at `time` in milliseconds, whose tag starts at `offset`.
    pub(super) fn note(&mut self, time: u32, offset: u64) {
        let step = self.step.max(1);
        if self.seen.is_multiple_of(step) {
            self.entries.push((time, offset));
        }
        self.seen = self.seen.saturating_add(1);
        if self.entries.len() >= Self::CAPACITY {
            let mut is_kept = false;
            self.entries.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
            self.step = step.saturating_mul(2);
        }
    }

    /// Forgets the key frames whose tags start at or behind `end`, in bytes.
    pub(super) fn cut(&mut self, end: u64) {
        self.entries.retain(|(_, offset)| *offset < end);
    }

    /// Returns the table of a value of the metadata's `keyframes`. Returns `None` for one that is
    /// not from [`to_value`](Self::to_value).
    pub(super) fn from_value(value: &Value) -> Option<Self> {
        let numbers = |name| match value.get(name) {
            Some(Value::StrictArray(numbers)) => {
                numbers.iter().map(Value::as_number).collect::<Option<Vec<f64>>>()
            }
            _ => None,
        };
        let (times, offsets) = (numbers("times")?, numbers("filepositions")?);
        let [step, seen, ..] = numbers("spacer")?[..] else { return None };
        if times.len() != offsets.len() || times.len() >= Self::CAPACITY {
            return None;
        }
        let millis = |seconds: f64| (seconds * 1000.0).round() as u32;
        let entries = times.into_iter().zip(offsets);
        Some(Self {
            entries: entries.map(|(time, offset)| (millis(time), offset as u64)).collect(),
            step: step as u64,
            seen: seen as u64,
        })
    }

    /// Returns the value of the metadata's `keyframes`. Its third member fills the room that is
    /// left, so that all tables have the same length. It begins with what it takes to go on.
    pub(super) fn to_value(&self) -> Value {
        let numbers = |of: fn(&(u32, u64)) -> f64| -> Vec<Value> {
            self.entries.iter().map(of).map(Value::Number).collect()
        };
        let room = Self::CAPACITY.saturating_sub(self.entries.len()).saturating_mul(2);
        let mut spacer = vec![Value::Number(0.0); room];
        // A table is never full, so there is room for these.
        for (member, number) in spacer.iter_mut().zip([self.step, self.seen]) {
            *member = Value::Number(number as f64);
        }
        let keyframes = Object::new()
            .with("times", numbers(|(time, _)| f64::from(*time) / 1000.0))
            .with("filepositions", numbers(|(_, offset)| *offset as f64))
            .with("spacer", spacer);
        keyframes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::KeyFrameTable;
    use crate::protocol::amf::{Object, Value, amf0};

    fn table(key_frames: u32) -> KeyFrameTable {
        let mut table = KeyFrameTable::default();
        (0..key_frames).for_each(|number| table.note(number, u64::from(number)));
        table
    }

    fn encoded_length(table: &KeyFrameTable) -> usize {
        let mut bytes = Vec::new();
        amf0::encode(&table.to_value(), &mut bytes);
        bytes.len()
    }

    #[test]
    fn every_table_has_the_same_length() {
        let length = encoded_length(&table(0));
        for key_frames in [1, 2, 2047, 2048, 2049, 5000] {
            assert_eq!(encoded_length(&table(key_frames)), length, "{key_frames}");
        }
    }

    #[test]
    fn a_full_table_keeps_key_frames_of_the_whole_file() {
        let times: Vec<u32> = table(10_000).entries.iter().map(|(time, _)| *time).collect();
        let expected: Vec<u32> = (0..10_000).step_by(8).collect();
        assert_eq!(times, expected);
        let value = table(3).to_value();
        let seconds = [0.0, 0.001, 0.002].map(Value::Number).to_vec();
        assert_eq!(value.get("times"), Some(&Value::StrictArray(seconds)));
    }

    #[test]
    fn a_table_that_is_read_back_goes_on_as_it_would_have() {
        for key_frames in [0, 3, 2047, 2048, 10_000] {
            let mut written = table(key_frames);
            let mut read = KeyFrameTable::from_value(&written.to_value()).expect("a table");
            assert_eq!(read, written, "{key_frames}");
            for number in key_frames..key_frames + 5000 {
                written.note(number, number.into());
                read.note(number, number.into());
            }
            assert_eq!(read, written, "{key_frames}");
        }
    }

    #[test]
    fn what_is_no_table_of_ours_is_none() {
        let array = |numbers: &[f64]| -> Value {
            numbers.iter().copied().map(Value::Number).collect::<Vec<_>>().into()
        };
        let keyframes = |times, offsets, spacer: Option<Value>| -> Value {
            let table = Object::new().with("times", array(times));
            let table = table.with("filepositions", array(offsets));
            match spacer {
                Some(spacer) => table.with("spacer", spacer).into(),
                None => table.into(),
            }
        };
        for value in [
            Value::Null,
            Object::new().into(),
            keyframes(&[0.0], &[9.0], None),
            keyframes(&[0.0], &[9.0], Some("room".into())),
            keyframes(&[0.0], &[9.0], Some(array(&[1.0]))),
            keyframes(&[0.0, 1.0], &[9.0], Some(array(&[1.0, 2.0]))),
            keyframes(&[0.0; 2048], &[9.0; 2048], Some(array(&[1.0, 2.0]))),
        ] {
            assert_eq!(KeyFrameTable::from_value(&value), None, "{value:?}");
        }
    }
}
