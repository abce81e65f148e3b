//! Commands: remote procedure calls, their results, and statuses of streams (RTMP 1.0 §7.1.1 and
//! §7.2).

use bytes::Bytes;

use super::{Error, ObjectEncoding, encoding};
use crate::protocol::amf::{Limits, Value, amf0};
use crate::protocol::buffers::brief_list;
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// A command.
///
/// ```
/// use rendercast::protocol::message::{Command, ObjectEncoding};
///
/// let command = Command::notification("onBWDone", vec![0.into()]);
/// let (message_type, payload) = command.encode(ObjectEncoding::Amf0);
/// println!("{message_type:?}: {payload:?}");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The procedure, or `_result`, `_error`, `onStatus`.
    pub name: String,
    /// The number that the answer must carry. 0 if none is wanted.
    pub transaction_id: f64,
    /// The properties of `connect`; null in most others.
    pub command_object: Value,
    /// The values after the command object.
    pub arguments: Vec<Value>,
}

impl Command {
    /// Creates a command that wants no answer and has no command object.
    #[must_use]
    pub fn notification(name: impl Into<String>, arguments: Vec<Value>) -> Self {
        Self { name: name.into(), transaction_id: 0.0, command_object: Value::Null, arguments }
    }

    /// Reads the payload of a command message: of type 20, or of type 17, whose values may have
    /// either encoding.
    ///
    /// A missing transaction counts as 0, and a missing command object as null.
    ///
    /// # Errors
    /// Returns [`Error::Arguments`] if the command can be answered all the same, otherwise
    /// [`Error::Amf`] or [`Error::NoName`].
    pub fn decode(
        message_type: MessageType,
        payload: &[u8],
        limits: Limits,
    ) -> Result<Self, Error> {
        let values = encoding::values(message_type, payload);
        let mut decoder = amf0::Decoder::new(values, limits);
        let Some(Value::String(name)) = decoder.decode()? else {
            return Err(Error::NoName);
        };
        let transaction_id = decoder.decode()?.and_then(|value| value.as_number()).unwrap_or(0.0);
        match rest(&mut decoder) {
            Ok((command_object, arguments)) => {
                Ok(Self { name, transaction_id, command_object, arguments })
            }
            Err(source) => Err(Error::Arguments { name, transaction_id, source }),
        }
    }

    /// Returns the payload and the message type.
    #[must_use]
    pub fn encode(&self, encoding: ObjectEncoding) -> (MessageType, Bytes) {
        Self::written(&self.name, self.transaction_id, encoding, |payload| {
            amf0::encode(&self.command_object, payload);
            for argument in &self.arguments {
                amf0::encode(argument, payload);
            }
        })
    }

    /// Returns the payload and the message type of a command whose command object and arguments
    /// `put` writes.
    pub(in crate::protocol) fn written(
        name: &str,
        transaction_id: f64,
        encoding: ObjectEncoding,
        put: impl FnOnce(&mut Vec<u8>),
    ) -> (MessageType, Bytes) {
        let mut payload = encoding.begin();
        amf0::put_text(name, &mut payload);
        amf0::encode(&Value::Number(transaction_id), &mut payload);
        put(&mut payload);
        (encoding.command_type(), Bytes::from(payload))
    }

    /// Returns the message that carries it.
    #[must_use]
    pub fn message(
        &self,
        chunk_stream_id: ChunkStreamId,
        message_stream_id: MessageStreamId,
        encoding: ObjectEncoding,
    ) -> Message {
        let (message_type, payload) = self.encode(encoding);
        Message {
            chunk_stream_id,
            message_stream_id,
            timestamp: Timestamp(0),
            message_type,
            payload,
        }
    }
}

fn rest(
    decoder: &mut amf0::Decoder<'_>,
) -> Result<(Value, Vec<Value>), crate::protocol::amf::Error> {
    let command_object = decoder.decode()?.unwrap_or(Value::Null);
    let mut arguments = Vec::new();
    while let Some(argument) = decoder.decode()? {
        if arguments.capacity() == 0 {
            arguments = brief_list(0);
        }
        arguments.push(argument);
    }
    Ok((command_object, arguments))
}

#[cfg(test)]
mod tests {
    use super::Command;
    use crate::protocol::amf::{Limits, Object, Value};
    use crate::protocol::chunk::MessageType;
    use crate::protocol::message::{Error, ObjectEncoding};

    fn play() -> Command {
        Command {
            name: "play".to_owned(),
            transaction_id: 4.0,
            command_object: Value::Null,
            arguments: vec![Value::from("sea"), Value::Number(-2_000.0)],
        }
    }

    /// `play`, 4, null, "sea", -2000: as ffmpeg writes it.
    const PLAY: &[u8] =
        b"\x02\x00\x04play\x00\x40\x10\0\0\0\0\0\0\x05\x02\x00\x03sea\x00\xc0\x9f\x40\0\0\0\0\0";

    fn decode(message_type: MessageType, payload: &[u8]) -> Result<Command, Error> {
        Command::decode(message_type, payload, Limits::default())
    }

    #[test]
    fn a_command_is_written_as_it_is_read() {
        let (message_type, payload) = play().encode(ObjectEncoding::Amf0);
        assert_eq!(message_type, MessageType::COMMAND_AMF0);
        assert_eq!(payload, PLAY);
        assert_eq!(decode(message_type, &payload), Ok(play()));
    }

    #[test]
    fn an_amf3_command_begins_with_the_format_selector() {
        let (message_type, payload) = play().encode(ObjectEncoding::Amf3);
        assert_eq!(message_type, MessageType::COMMAND_AMF3);
        assert_eq!(payload[0], 0);
        assert_eq!(payload[1..], *PLAY);
        assert_eq!(decode(message_type, &payload), Ok(play()));
    }

    #[test]
    fn an_amf3_command_may_lack_the_format_selector() {
        assert_eq!(decode(MessageType::COMMAND_AMF3, PLAY), Ok(play()));
    }

    #[test]
    fn values_of_amf3_stand_behind_their_marker() {
        // "go", 0, then in AMF3: null, the integer 5, true.
        let payload = b"\x00\x02\x00\x02go\x00\0\0\0\0\0\0\0\0\x11\x01\x11\x04\x05\x11\x03";
        let command = decode(MessageType::COMMAND_AMF3, payload).unwrap();
        assert_eq!(command.command_object, Value::Null);
        assert_eq!(command.arguments, [Value::Integer(5), Value::Boolean(true)]);
    }

    #[test]
    fn what_is_missing_after_the_name_has_a_default() {
        let command = decode(MessageType::COMMAND_AMF0, b"\x02\x00\x02go").unwrap();
        assert_eq!(command, Command::notification("go", Vec::new()));
    }

    #[test]
    fn a_command_with_unreadable_arguments_can_still_be_answered() {
        let object = Value::from(Object::new().with("app", "live"));
        let command = Command { command_object: object, ..play() };
        let (message_type, payload) = command.encode(ObjectEncoding::Amf0);
        let cut = &payload[..payload.len() - 1];
        assert!(matches!(
            decode(message_type, cut),
            Err(Error::Arguments { name, transaction_id: 4.0, .. }) if name == "play"
        ));
    }

    #[test]
    fn a_command_without_a_name_is_refused() {
        assert_eq!(decode(MessageType::COMMAND_AMF0, b""), Err(Error::NoName));
        assert_eq!(decode(MessageType::COMMAND_AMF0, b"\x05"), Err(Error::NoName));
    }
}
