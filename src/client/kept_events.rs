//! Events that arrive during a wait for another one.

use std::collections::VecDeque;

use super::Error;
use crate::protocol::amf::{Object, Value};
use crate::protocol::client_session::Event;
use crate::protocol::message::Status;

/// A queue of events, bounded by the memory that they take.
#[derive(Debug)]
pub(super) struct KeptEvents {
    events: VecDeque<Event>,
    bytes: usize,
    max_bytes: usize,
}

impl KeptEvents {
    pub(super) const fn new(max_bytes: usize) -> Self {
        Self { events: VecDeque::new(), bytes: 0, max_bytes }
    }

    pub(super) fn push(&mut self, event: Event) -> Result<(), Error> {
        let bytes = self.bytes.saturating_add(memory_of_event(&event));
        if bytes > self.max_bytes {
            return Err(Error::Flooded { limit: self.max_bytes });
        }
        self.bytes = bytes;
        self.events.push_back(event);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.bytes = self.bytes.saturating_sub(memory_of_event(&event));
        Some(event)
    }
}

/// Returns about how many bytes of memory an event takes.
fn memory_of_event(event: &Event) -> usize {
    let contents = match event {
        Event::Media(message) => message.payload.len(),
        Event::Data { name, values, message } => {
            message.payload.len() + name.len() + memory_of_values(values)
        }
        Event::Call { procedure, arguments, .. } => procedure.len() + memory_of_values(arguments),
        Event::CallResult { outcome: Ok(values), .. } => memory_of_values(values),
        Event::CallResult { outcome: Err(status), .. } | Event::Status { status, .. } => {
            memory_of_status(status)
        }
        Event::Connected { information, properties } => {
            memory_of_value(information) + memory_of_value(properties)
        }
        _ => 0,
    };
    size_of::<Event>() + contents
}

fn memory_of_status(status: &Status) -> usize {
    let Status { code, description, more, .. } = status;
    code.len() + description.len() + memory_of_object(more)
}

fn memory_of_values<'a>(values: impl IntoIterator<Item = &'a Value>) -> usize {
    values.into_iter().map(memory_of_value).sum()
}

fn memory_of_object(object: &Object) -> usize {
    object
        .iter()
        .map(|(name, value)| size_of::<Box<str>>() + name.len() + memory_of_value(value))
        .sum()
}

fn memory_of_value(value: &Value) -> usize {
    let contents = match value {
        Value::String(text) | Value::Xml(text) => text.len(),
        Value::Object(object) | Value::EcmaArray(object) => memory_of_object(object),
        Value::StrictArray(values) => memory_of_values(values),
        Value::ByteArray(bytes) => bytes.len(),
        Value::IntVector(numbers) => size_of_val(&numbers[..]),
        Value::UintVector(numbers) => size_of_val(&numbers[..]),
        Value::DoubleVector(numbers) => size_of_val(&numbers[..]),
        Value::ObjectVector(vector) => memory_of_values(&vector.elements),
        Value::Dictionary(pairs) => {
            pairs.iter().map(|(key, value)| memory_of_value(key) + memory_of_value(value)).sum()
        }
        _ => 0,
    };
    size_of::<Value>() + contents
}

#[cfg(test)]
mod tests {
    use super::KeptEvents;
    use crate::client::Error;
    use crate::protocol::amf::{Object, Value};
    use crate::protocol::client_session::{Event, TransactionId};

    fn call(argument: Value) -> Event {
        Event::Call {
            transaction: TransactionId(0),
            procedure: "p".to_owned(),
            arguments: vec![argument],
        }
    }

    #[test]
    fn values_count_as_well_as_media() {
        for argument in [
            Value::String("x".repeat(1_000)),
            Value::StrictArray(vec![Value::Null; 100]),
            Object::new().with("member", "x".repeat(1_000)).into(),
            Value::ByteArray(vec![0; 1_000]),
            Value::DoubleVector(vec![0.0; 125]),
            Value::Dictionary(vec![(Value::Null, Value::String("x".repeat(1_000)))]),
        ] {
            let mut kept = KeptEvents::new(1_000);
            let error = kept.push(call(argument.clone())).unwrap_err();
            assert!(matches!(error, Error::Flooded { limit: 1_000 }), "{argument}");
        }
    }

    #[test]
    fn room_returns_when_events_are_taken() {
        let mut kept = KeptEvents::new(1_000);
        for _ in 0..100 {
            kept.push(call(Value::Null)).unwrap();
            assert!(kept.pop().is_some());
        }
        assert_eq!(kept.pop(), None);
        let fitting = std::iter::repeat_with(|| kept.push(call(Value::Null)))
            .take_while(Result::is_ok)
            .count();
        assert!((1..10).contains(&fitting), "{fitting} events");
    }
}
