//! User control messages (RTMP 1.0 §6.2 and §7.1.7): stream events and pings.

use bytes::{BufMut, Bytes};

use super::Error;
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::wire::Reader;
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// The event in a user control message.
///
/// ```
/// use rendercast::protocol::MessageStreamId;
/// use rendercast::protocol::message::UserControl;
///
/// let message = UserControl::StreamEof(MessageStreamId(1)).message();
/// assert_eq!(message.payload[..], [0, 1, 0, 0, 0, 1]);
/// # assert!(UserControl::decode(&message.payload).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserControl {
    /// 0: the stream can be used.
    StreamBegin(MessageStreamId),
    /// 1: playback of the stream is over.
    StreamEof(MessageStreamId),
    /// 2: the stream has no more data for now.
    StreamDry(MessageStreamId),
    /// 3: the client's buffer length for the stream.
    SetBufferLength {
        /// The stream. librtmp and GStreamer also send one for stream 0, which means none.
        stream: MessageStreamId,
        /// The buffer length.
        milliseconds: u32,
    },
    /// 4: the stream is recorded, not live.
    StreamIsRecorded(MessageStreamId),
    /// 6: asks for an answer with the same time.
    PingRequest(u32),
    /// 7: the answer to a ping.
    PingResponse(u32),
    /// 31: the server has sent all it may of a recorded stream, so the client's buffer will run
    /// empty.
    BufferEmpty(MessageStreamId),
    /// 32: the server sends again.
    BufferReady(MessageStreamId),
    /// An event that the specification does not define.
    Other {
        /// Its number.
        event: u16,
        /// The bytes after the number.
        data: Bytes,
    },
}

const STREAM_BEGIN: u16 = 0;
const STREAM_EOF: u16 = 1;
const STREAM_DRY: u16 = 2;
const SET_BUFFER_LENGTH: u16 = 3;
const STREAM_IS_RECORDED: u16 = 4;
const PING_REQUEST: u16 = 6;
const PING_RESPONSE: u16 = 7;
const BUFFER_EMPTY: u16 = 31;
const BUFFER_READY: u16 = 32;

impl UserControl {
    /// Reads the payload of a user control message.
    ///
    /// # Errors
    /// Returns [`Error::UnexpectedEnd`] if the payload is too short. Surplus bytes are ignored.
    pub fn decode(payload: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(payload);
        let event = reader.u16()?;
        let mut stream = || reader.u32().map(MessageStreamId);
        Ok(match event {
            STREAM_BEGIN => Self::StreamBegin(stream()?),
            STREAM_EOF => Self::StreamEof(stream()?),
            STREAM_DRY => Self::StreamDry(stream()?),
            SET_BUFFER_LENGTH => {
                Self::SetBufferLength { stream: stream()?, milliseconds: reader.u32()? }
            }
            STREAM_IS_RECORDED => Self::StreamIsRecorded(stream()?),
            PING_REQUEST => Self::PingRequest(reader.u32()?),
            PING_RESPONSE => Self::PingResponse(reader.u32()?),
            BUFFER_EMPTY => Self::BufferEmpty(stream()?),
            BUFFER_READY => Self::BufferReady(stream()?),
            event => Self::Other { event, data: Bytes::copy_from_slice(reader.rest()) },
        })
    }

    /// Returns the message that carries it, on the chunk stream of control messages.
    #[must_use]
    pub fn message(&self) -> Message {
        self.message_on(ChunkStreamId::CONTROL)
    }

    /// Returns the message of [`Self::message`] on another chunk stream.
    #[must_use]
    pub fn message_on(&self, chunk_stream_id: ChunkStreamId) -> Message {
        Message {
            chunk_stream_id,
            message_stream_id: MessageStreamId::CONNECTION,
            timestamp: Timestamp(0),
            message_type: MessageType::USER_CONTROL,
            payload: Bytes::from(self.encode()),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        let mut event = |number: u16, value: u32| {
            payload.put_u16(number);
            payload.put_u32(value);
        };
        match self {
            Self::StreamBegin(stream) => event(STREAM_BEGIN, stream.0),
            Self::StreamEof(stream) => event(STREAM_EOF, stream.0),
            Self::StreamDry(stream) => event(STREAM_DRY, stream.0),
            Self::SetBufferLength { stream, milliseconds } => {
                event(SET_BUFFER_LENGTH, stream.0);
                payload.put_u32(*milliseconds);
            }
            Self::StreamIsRecorded(stream) => event(STREAM_IS_RECORDED, stream.0),
            Self::PingRequest(time) => event(PING_REQUEST, *time),
            Self::PingResponse(time) => event(PING_RESPONSE, *time),
            Self::BufferEmpty(stream) => event(BUFFER_EMPTY, stream.0),
            Self::BufferReady(stream) => event(BUFFER_READY, stream.0),
            Self::Other { event, data } => {
                payload.put_u16(*event);
                payload.put_slice(data);
            }
        }
        payload
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::UserControl;
    use crate::protocol::MessageStreamId;

    fn table() -> [(UserControl, &'static [u8]); 10] {
        let stream = MessageStreamId(1);
        [
            (UserControl::StreamBegin(stream), &[0, 0, 0, 0, 0, 1]),
            (UserControl::StreamEof(stream), &[0, 1, 0, 0, 0, 1]),
            (UserControl::StreamDry(stream), &[0, 2, 0, 0, 0, 1]),
            (
                UserControl::SetBufferLength { stream, milliseconds: 3_000 },
                &[0, 3, 0, 0, 0, 1, 0, 0, 0x0b, 0xb8],
            ),
            (UserControl::StreamIsRecorded(stream), &[0, 4, 0, 0, 0, 1]),
            (UserControl::PingRequest(7), &[0, 6, 0, 0, 0, 7]),
            (UserControl::PingResponse(7), &[0, 7, 0, 0, 0, 7]),
            (UserControl::BufferEmpty(stream), &[0, 31, 0, 0, 0, 1]),
            (UserControl::BufferReady(stream), &[0, 32, 0, 0, 0, 1]),
            (UserControl::Other { event: 26, data: Bytes::from_static(&[3]) }, &[0, 26, 3]),
        ]
    }

    #[test]
    fn each_is_written_as_it_is_read() {
        for (event, payload) in table() {
            assert_eq!(event.message().payload, payload, "{event:?}");
            assert_eq!(UserControl::decode(payload), Ok(event));
        }
    }

    #[test]
    fn each_known_event_is_refused_if_a_byte_is_missing() {
        for (event, payload) in table() {
            if matches!(event, UserControl::Other { .. }) {
                continue;
            }
            for end in 0..payload.len() {
                assert!(UserControl::decode(&payload[..end]).is_err(), "{event:?} cut at {end}");
            }
        }
    }
}
