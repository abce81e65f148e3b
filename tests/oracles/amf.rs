//! The AMF of ours against the crate `amf`, which was written by others from the same
//! specifications: whatever it can read, we read alike, and whatever we write, it reads alike.

use ::amf::{Pair, amf0 as their_amf0, amf3 as their_amf3};
use rendercast::protocol::amf::{Date, Limits, Object, ObjectVector, Value, amf0, amf3};

use crate::numbers::Numbers;

const MESSAGES: u64 = 2000;

/// Values at random.
impl Numbers {
    fn text(&mut self) -> String {
        let letters = ['a', 'Z', '0', 'é', '\u{1f3a5}'];
        (0..self.below(9)).map(|_| letters[self.below(5)]).collect()
    }

    fn name(&mut self) -> String {
        format!("n{}", self.text())
    }

    fn class_name(&mut self) -> Option<String> {
        (self.below(3) == 0).then(|| self.name())
    }

    fn members(&mut self, depth: u64, class_name: Option<String>) -> Object {
        (0..self.below(5)).fold(object_of(class_name), |object, _| {
            let name = self.name();
            object.with(name, self.value(depth - 1))
        })
    }

    fn elements(&mut self, depth: u64) -> Vec<Value> {
        (0..self.below(5)).map(|_| self.value(depth - 1)).collect()
    }

    /// A value that both versions can carry without a loss; no deeper than `depth`.
    fn value(&mut self, depth: u64) -> Value {
        match self.below(if depth == 0 { 7 } else { 10 }) {
            0 => Value::Number(self.next() as f64 / 7.0),
            1 => Value::Boolean(self.below(2) == 0),
            2 => Value::String(self.text()),
            3 => Value::Null,
            4 => Value::Undefined,
            5 => Value::Xml(self.text()),
            6 => {
                // The other crate keeps whole milliseconds from 1970 on.
                let unix_milliseconds = self.below(1 << 42) as f64;
                Value::Date(Date { unix_milliseconds, time_zone_minutes: 0 })
            }
            7 => {
                let class_name = self.class_name();
                Value::Object(self.members(depth, class_name))
            }
            8 => {
                // An array without a name is a dense one to AMF3.
                Value::EcmaArray(self.members(depth, None).with("last", true))
            }
            _ => Value::StrictArray(self.elements(depth)),
        }
    }

    /// A value of AMF3, perhaps of a type that AMF0 has not.
    fn value_of_amf3(&mut self) -> Value {
        match self.below(8) {
            0 => Value::Integer((self.next() as i32) >> 3),
            1 => Value::ByteArray(self.text().into_bytes()),
            2 => Value::IntVector((0..self.below(4)).map(|_| self.next() as i32).collect()),
            3 => Value::UintVector((0..self.below(4)).map(|_| self.next() as u32).collect()),
            4 => Value::DoubleVector((0..self.below(4)).map(|_| self.next() as f64).collect()),
            5 => {
                let class_name = self.class_name().unwrap_or_default();
                ObjectVector { class_name, elements: self.elements(3) }.into()
            }
            6 => Value::Dictionary(
                (0..self.below(4)).map(|_| (self.value(1), self.value(3))).collect(),
            ),
            _ => self.value(3),
        }
    }
}

fn our_object(class_name: Option<String>, entries: Vec<(String, Value)>) -> Object {
    entries
        .into_iter()
        .fold(object_of(class_name), |object, (name, value)| object.with(name, value))
}

fn object_of(class_name: Option<String>) -> Object {
    class_name.map_or_else(Object::new, Object::of_class)
}

fn our_date(unix_time: std::time::Duration, time_zone_minutes: i16) -> Value {
    Value::Date(Date { unix_milliseconds: unix_time.as_millis() as f64, time_zone_minutes })
}

fn from_amf0(value: their_amf0::Value) -> Value {
    use their_amf0::Value as Theirs;
    let members = |entries: Vec<Pair<String, Theirs>>| {
        entries.into_iter().map(|pair| (pair.key, from_amf0(pair.value))).collect()
    };
    match value {
        Theirs::Number(number) => Value::Number(number),
        Theirs::Boolean(truth) => Value::Boolean(truth),
        Theirs::String(text) => Value::String(text),
        Theirs::Object { class_name, entries } => {
            Value::Object(our_object(class_name, members(entries)))
        }
        Theirs::Null => Value::Null,
        Theirs::Undefined => Value::Undefined,
        Theirs::EcmaArray { entries } => Value::EcmaArray(our_object(None, members(entries))),
        Theirs::Array { entries } => {
            Value::StrictArray(entries.into_iter().map(from_amf0).collect())
        }
        Theirs::Date { unix_time, time_zone } => our_date(unix_time, time_zone),
        Theirs::XmlDocument(text) => Value::Xml(text),
        Theirs::AvmPlus(value) => from_amf3(value),
    }
}

fn from_amf3(value: their_amf3::Value) -> Value {
    use their_amf3::Value as Theirs;
    let members = |entries: Vec<Pair<String, Theirs>>| {
        entries.into_iter().map(|pair| (pair.key, from_amf3(pair.value))).collect::<Vec<_>>()
    };
    let elements = |entries: Vec<Theirs>| entries.into_iter().map(from_amf3).collect();
    match value {
        Theirs::Undefined => Value::Undefined,
        Theirs::Null => Value::Null,
        Theirs::Boolean(truth) => Value::Boolean(truth),
        Theirs::Integer(integer) => Value::Integer(integer),
        Theirs::Double(number) => Value::Number(number),
        Theirs::String(text) => Value::String(text),
        Theirs::XmlDocument(text) | Theirs::Xml(text) => Value::Xml(text),
        Theirs::Date { unix_time } => our_date(unix_time, 0),
        Theirs::Array { assoc_entries, dense_entries } if assoc_entries.is_empty() => {
            Value::StrictArray(elements(dense_entries))
        }
        Theirs::Array { assoc_entries, dense_entries } => {
            let dense = dense_entries.into_iter().map(from_amf3).enumerate();
            let dense = dense.map(|(index, value)| (index.to_string(), value));
            let all = members(assoc_entries).into_iter().chain(dense).collect();
            Value::EcmaArray(our_object(None, all))
        }
        Theirs::Object { class_name, entries, .. } => {
            Value::Object(our_object(class_name, members(entries)))
        }
        Theirs::ByteArray(bytes) => Value::ByteArray(bytes),
        Theirs::IntVector { entries, .. } => Value::IntVector(entries),
        Theirs::UintVector { entries, .. } => Value::UintVector(entries),
        Theirs::DoubleVector { entries, .. } => Value::DoubleVector(entries),
        Theirs::ObjectVector { class_name, entries, .. } => {
            ObjectVector { class_name: class_name.unwrap_or_default(), elements: elements(entries) }
                .into()
        }
        Theirs::Dictionary { entries, .. } => Value::Dictionary(
            entries.into_iter().map(|pair| (from_amf3(pair.key), from_amf3(pair.value))).collect(),
        ),
    }
}

fn decode_amf3(bytes: &[u8]) -> Value {
    let mut decoder = amf3::Decoder::new(bytes, Limits::default());
    let value = decoder.decode().expect("a value").expect("one value");
    assert_eq!(decoder.decode(), Ok(None), "{value} is all there is");
    value
}

#[test]
fn amf0_is_read_and_written_alike() {
    for seed in 1..=MESSAGES {
        let value = Numbers(seed).value(4);
        let mut ours = Vec::new();
        amf0::encode(&value, &mut ours);
        let theirs = their_amf0::Value::read_from(&ours[..]).expect("what we wrote");
        assert_eq!(from_amf0(theirs.clone()), value, "seed {seed}");

        let mut written = Vec::new();
        theirs.write_to(&mut written).expect("writing to memory");
        assert_eq!(written, ours, "seed {seed}");
        assert_eq!(amf0::decode_all(&written, Limits::default()), Ok(vec![value]), "seed {seed}");
    }
}

#[test]
fn amf3_is_read_and_written_alike() {
    for seed in 1..=MESSAGES {
        let value = Numbers(seed).value_of_amf3();
        let mut ours = Vec::new();
        amf3::encode(&value, &mut ours);
        let theirs = their_amf3::Value::read_from(&ours[..]).expect("what we wrote");
        assert_eq!(from_amf3(theirs.clone()), value, "seed {seed}");

        let mut written = Vec::new();
        theirs.write_to(&mut written).expect("writing to memory");
        assert_eq!(decode_amf3(&written), value, "seed {seed}");
    }
}

#[test]
fn amf3_in_amf0_is_read_alike() {
    for seed in 1..=MESSAGES {
        let value = Value::StrictArray(vec![Numbers(seed).value_of_amf3(), Value::Null]);
        let mut bytes = Vec::new();
        amf0::encode(&value, &mut bytes);
        let theirs = from_amf0(their_amf0::Value::read_from(&bytes[..]).expect("what we wrote"));
        let ours = amf0::decode_all(&bytes, Limits::default()).expect("what we wrote");
        assert_eq!(ours, [theirs], "seed {seed}");
    }
}

#[test]
fn random_bytes_never_panic() {
    let limits = Limits::new().depth(16).values(1000).bytes(10_000);
    for seed in 1..=20_000 {
        let mut numbers = Numbers(seed);
        // Small numbers are markers and short lengths, so they get further than others.
        let bytes = (0..numbers.below(200)).map(|_| match numbers.below(4) {
            0 => numbers.next() as u8,
            1 => 0,
            _ => numbers.below(0x12) as u8,
        });
        let bytes = bytes.collect::<Vec<u8>>();
        for value in amf0::decode_all(&bytes, limits).unwrap_or_default() {
            let _ = value.to_string();
        }
        let mut decoder = amf3::Decoder::new(&bytes, limits);
        while let Ok(Some(value)) = decoder.decode() {
            amf3::encode(&value, &mut Vec::new());
        }
    }
}

/// What has been written, with some bytes changed, gets deeper than what is random throughout.
#[test]
fn damaged_messages_never_panic() {
    for seed in 1..=MESSAGES {
        let mut numbers = Numbers(seed);
        let mut bytes = Vec::new();
        amf0::encode(&Value::StrictArray(vec![numbers.value_of_amf3(); 2]), &mut bytes);
        for _ in 0..8 {
            let position = numbers.below(bytes.len());
            bytes[position] = numbers.next() as u8;
            if let Ok(values) = amf0::decode_all(&bytes, Limits::default()) {
                let mut again = Vec::new();
                values.iter().for_each(|value| amf0::encode(value, &mut again));
            }
        }
    }
}
