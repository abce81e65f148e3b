//! From the data that a publisher sends to those that players understand.

use bytes::Buf as _;

use crate::protocol::amf::Limits;
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::message::{Data, Error, ObjectEncoding};

/// The AMF0 string `@setDataFrame`: asks the server to keep the data that follow it.
const SET_DATA_FRAME: &[u8] = b"\x02\x00\x0d@setDataFrame";
/// The AMF0 string `@clearDataFrame`: asks the server to forget data that it keeps.
const CLEAR_DATA_FRAME: &[u8] = b"\x02\x00\x0f@clearDataFrame";

/// Returns a publisher's message as players must get it. Returns `None` if it is not for players.
///
/// Audio and video stay as they are. Data lose the `@setDataFrame` before their name. Data with
/// AMF3 values are written again with AMF0 values: few players know the others.
///
/// # Errors
/// [`Error::Amf`] or [`Error::NoName`] if AMF3 data have no name that can be read.
pub(super) fn for_players(mut message: Message, limits: Limits) -> Result<Option<Message>, Error> {
    if message.message_type == MessageType::DATA_AMF3 {
        let data = Data::decode(message.message_type, &message.payload, limits)?;
        (message.message_type, message.payload) = data.encode(ObjectEncoding::Amf0);
    }
    if message.message_type != MessageType::DATA_AMF0 {
        return Ok(Some(message));
    }
    if message.payload.starts_with(SET_DATA_FRAME) {
        message.payload.advance(SET_DATA_FRAME.len());
    }
    let is_for_players =
        !message.payload.is_empty() && !message.payload.starts_with(CLEAR_DATA_FRAME);
    Ok(is_for_players.then_some(message))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::for_players;
    use crate::protocol::amf::Limits;
    use crate::protocol::chunk::{Message, MessageType};
    use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

    type Passed = Option<&'static [u8]>;

    fn passed(message_type: MessageType, payload: &[u8]) -> Option<Bytes> {
        let message = Message {
            chunk_stream_id: ChunkStreamId::DATA,
            message_stream_id: MessageStreamId(1),
            timestamp: Timestamp(0),
            message_type,
            payload: Bytes::copy_from_slice(payload),
        };
        let passed = for_players(message, Limits::default()).expect("the name can be read")?;
        let expected = match message_type {
            MessageType::DATA_AMF3 => MessageType::DATA_AMF0,
            other => other,
        };
        assert_eq!(passed.message_type, expected);
        Some(passed.payload)
    }

    #[test]
    fn data_reach_players_under_their_own_name() {
        let table: [(MessageType, &[u8], Passed); 7] = [
            (
                MessageType::DATA_AMF0,
                b"\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData\x05",
                Some(b"\x02\x00\x0aonMetaData\x05"),
            ),
            (
                MessageType::DATA_AMF3,
                b"\x00\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData\x11\x04\x07",
                Some(b"\x02\x00\x0aonMetaData\x00\x40\x1c\x00\x00\x00\x00\x00\x00"),
            ),
            (MessageType::DATA_AMF0, b"\x02\x00\x02hi", Some(b"\x02\x00\x02hi")),
            (MessageType::DATA_AMF0, b"\x02\x00\x0d@setDataFrame", None),
            (MessageType::DATA_AMF0, b"\x02\x00\x0f@clearDataFrame\x05", None),
            (MessageType::VIDEO, b"\x02\x00\x0d@setDataFrame", Some(b"\x02\x00\x0d@setDataFrame")),
            (MessageType::AUDIO, b"", Some(b"")),
        ];
        for (message_type, payload, expected) in table {
            let found = passed(message_type, payload);
            assert_eq!(found.as_deref(), expected, "{message_type:?} {payload:x?}");
        }
    }
}
