//! Commands and data messages: AMF values in an order that means something (RTMP 1.0 §7.1.1).

use super::{Error, TransactionId};
use crate::protocol::amf::{self, Value, amf0};
use crate::protocol::chunk::{Message, MessageType};

/// A command as it came.
#[derive(Debug, PartialEq)]
pub(super) struct Command {
    pub(super) name: String,
    pub(super) transaction: TransactionId,
    /// The command object, and for a reply the first of two values.
    pub(super) object: Value,
    pub(super) arguments: Vec<Value>,
}

impl Command {
    /// Reads a command of either AMF version.
    pub(super) fn read(message: &Message, limits: amf::Limits) -> Result<Self, Error> {
        let mut values = values(message, limits)?.into_iter();
        let Some(Value::String(name)) = values.next() else {
            return Err(Error::Malformed { what: "a command without a name" });
        };
        let transaction = values.next().and_then(|value| value.as_number()).unwrap_or_default();
        Ok(Self {
            name,
            transaction: whole_number(transaction).map_or(TransactionId(0), TransactionId),
            object: values.next().unwrap_or(Value::Null),
            arguments: values.collect(),
        })
    }
}

/// All values of a command.
fn values(message: &Message, limits: amf::Limits) -> Result<Vec<Value>, Error> {
    Ok(amf0::decode_all(amf0_bytes(message), limits)?)
}

/// The values of a data message, up to the first that cannot be read: the metadata of a film of ten
/// hours, with a table of its key frames, exceed the limits, and can be played all the same.
pub(super) fn readable_values(
    message: &Message,
    limits: amf::Limits,
) -> impl Iterator<Item = Value> {
    let mut decoder = amf0::Decoder::new(amf0_bytes(message), limits);
    std::iter::from_fn(move || decoder.decode().ok().flatten())
}

/// The AMF0 bytes of a message. Types 15 and 17 start with a format byte of 0, and are AMF0 with
/// avmplus markers after it (Enhanced RTMP v2, "AMF3 clarification").
fn amf0_bytes(message: &Message) -> &[u8] {
    let is_amf3 =
        matches!(message.message_type, MessageType::COMMAND_AMF3 | MessageType::DATA_AMF3);
    match message.payload.split_first() {
        Some((0, rest)) if is_amf3 => rest,
        _ => &message.payload,
    }
}

/// The payload of a command.
pub(super) fn encode(name: &str, transaction: TransactionId, values: &[Value]) -> Vec<u8> {
    let mut payload = Vec::new();
    amf0::encode(&name.into(), &mut payload);
    amf0::encode(&transaction.0.into(), &mut payload);
    for value in values {
        amf0::encode(value, &mut payload);
    }
    payload
}

/// A double as the 32-bit number that it must be.
pub(super) fn whole_number(number: f64) -> Option<u32> {
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ok because it is whole and in range"
    )]
    is_whole.then_some(number as u32)
}
