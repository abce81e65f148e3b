//! The key frames of a file that is being written: a bounded list of times and offsets.

use crate::protocol::amf::{Object, Value};

/// A list of key frames that takes the same room in a file, however many there are.
///
/// When it is full, every second key frame leaves it. From then on it takes every second one that
/// comes, then every fourth, and so on. So it always covers the whole file.
#[derive(Debug, Default)]
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

    /// Returns the value of the metadata's `keyframes`. Its third member fills the room that is
    /// left, so that all tables have the same length.
    pub(super) fn to_value(&self) -> Value {
        let numbers = |of: fn(&(u32, u64)) -> f64| -> Vec<Value> {
            self.entries.iter().map(of).map(Value::Number).collect()
        };
        let room = Self::CAPACITY.saturating_sub(self.entries.len()).saturating_mul(2);
        let keyframes = Object::new()
            .with("times", numbers(|(time, _)| f64::from(*time) / 1000.0))
            .with("filepositions", numbers(|(_, offset)| *offset as f64))
            .with("spacer", vec![Value::Number(0.0); room]);
        keyframes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::KeyFrameTable;
    use crate::protocol::amf::{Value, amf0};

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
}
