//! Data messages: metadata, and what else a stream carries beside audio and video (RTMP 1.0
//! §7.1.2).

use bytes::Bytes;

use super::{Error, ObjectEncoding, encoding};
use crate::protocol::amf::{Limits, Value, amf0};
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// A data message.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The handler's name: `onMetaData`, `onCuePoint`, or `@setDataFrame`, whose first value is
    /// one.
    pub name: String,
    /// The later values, as far as they can be read and the limits allow.
    pub values: Vec<Value>,
}

impl Data {
    /// Reads the payload of a data message: of type 18, or of type 15, whose values may have either
    /// encoding.
    ///
    /// Stops at the first value that cannot be read. The metadata of a ten-hour film, with a table
    /// of its key frames, exceeds the limits; the film must play all the same.
    ///
    /// # Errors
    /// Returns [`Error::Amf`] or [`Error::NoName`] if the name cannot be read.
    pub fn decode(
        message_type: MessageType,
        payload: &[u8],
        limits: Limits,
    ) -> Result<Self, Error> {
        let mut decoder = amf0::Decoder::new(encoding::values(message_type, payload), limits);
        let Some(Value::String(name)) = decoder.decode()? else {
            return Err(Error::NoName);
        };
        let mut values = Vec::new();
        while let Ok(Some(value)) = decoder.decode() {
            values.push(value);
        }
        Ok(Self { name, values })
    }

    /// Returns the payload and the message type.
    #[must_use]
    pub fn encode(&self, encoding: ObjectEncoding) -> (MessageType, Bytes) {
        Self::written(&self.name, encoding, |payload| {
            self.values.iter().for_each(|value| amf0::encode(value, payload));
        })
    }

    /// Returns the payload and the message type of a data message whose values `put` writes.
    pub(super) fn written(
        name: &str,
        encoding: ObjectEncoding,
        put: impl FnOnce(&mut Vec<u8>),
    ) -> (MessageType, Bytes) {
        let mut payload = encoding.begin();
        amf0::put_text(name, &mut payload);
        put(&mut payload);
        (encoding.data_type(), Bytes::from(payload))
    }

    /// Returns the message that carries it, with AMF0 values, which every client understands.
    #[must_use]
    pub fn message(
        &self,
        chunk_stream_id: ChunkStreamId,
        message_stream_id: MessageStreamId,
        timestamp: Timestamp,
    ) -> Message {
        let (message_type, payload) = self.encode(ObjectEncoding::Amf0);
        Message { chunk_stream_id, message_stream_id, timestamp, message_type, payload }
    }
}

#[cfg(test)]
mod tests {
    use super::Data;
    use crate::protocol::amf::{Limits, Object, Value};
    use crate::protocol::chunk::MessageType;
    use crate::protocol::message::{Error, ObjectEncoding};

    fn metadata() -> Data {
        Data {
            name: "onMetaData".to_owned(),
            values: vec![Value::EcmaArray(Object::new().with("width", 640))],
        }
    }

    #[test]
    fn a_data_message_is_written_as_it_is_read() {
        for (encoding, expected) in [
            (ObjectEncoding::Amf0, MessageType::DATA_AMF0),
            (ObjectEncoding::Amf3, MessageType::DATA_AMF3),
        ] {
            let (message_type, payload) = metadata().encode(encoding);
            assert_eq!(message_type, expected);
            let decoded = Data::decode(message_type, &payload, Limits::default());
            assert_eq!(decoded, Ok(metadata()));
        }
    }

    #[test]
    fn a_data_message_without_a_name_is_refused() {
        let decoded = Data::decode(MessageType::DATA_AMF0, b"\x05", Limits::default());
        assert_eq!(decoded, Err(Error::NoName));
    }
}
