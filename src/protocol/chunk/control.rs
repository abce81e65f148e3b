//! Protocol control messages (RTMP 1.0 §5.4): how the two sides cut and count their bytes.

use bytes::{BufMut, Bytes};

use super::limits::MAX_MESSAGE_BYTES;
use super::{Message, MessageType};
use crate::protocol::wire::{Reader, UnexpectedEnd};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// The chunk size of either side until its first set-chunk-size message, in bytes (RTMP 1.0
/// §5.4.1).
pub const INITIAL_CHUNK_SIZE: usize = 128;

/// A protocol control message.
///
/// A [`Reader`](super::Reader) and a [`SessionWriter`](super::SessionWriter) obey the first two by
/// themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The sender's later chunks are this long, in bytes (§5.4.1).
    SetChunkSize(u32),
    /// The sender will not finish the message it began on this chunk stream (§5.4.2).
    Abort(ChunkStreamId),
    /// The sender has received this many bytes so far, modulo 2^32 (§5.4.3).
    Acknowledgement(u32),
    /// The sender wants an acknowledgement each time it has sent this many bytes (§5.4.4).
    WindowAcknowledgementSize(u32),
    /// The sender asks the receiver to limit its unacknowledged bytes (§5.4.5).
    SetPeerBandwidth {
        /// The limit, in bytes.
        size: u32,
        /// How the limit combines with an earlier one.
        limit: LimitType,
    },
}

/// How a peer bandwidth combines with an earlier one (RTMP 1.0 §5.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitType {
    /// 0: replaces the earlier one.
    Hard,
    /// 1: the smaller of the two applies.
    Soft,
    /// 2: like `Hard` if the earlier one was hard, otherwise without effect.
    Dynamic,
    /// A number that the specification does not define.
    Other(u8),
}

impl Control {
    /// Reads a payload. Returns `None` if `message_type` is no protocol control message.
    ///
    /// # Errors
    /// Returns [`UnexpectedEnd`] if the payload is too short. Surplus bytes are ignored.
    pub fn decode(
        message_type: MessageType,
        payload: &[u8],
    ) -> Result<Option<Self>, UnexpectedEnd> {
        let mut reader = Reader::new(payload);
        Ok(Some(match message_type {
            MessageType::SET_CHUNK_SIZE => Self::SetChunkSize(reader.u32()?),
            MessageType::ABORT => Self::Abort(ChunkStreamId(reader.u32()?)),
            MessageType::ACKNOWLEDGEMENT => Self::Acknowledgement(reader.u32()?),
            MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE => {
                Self::WindowAcknowledgementSize(reader.u32()?)
            }
            MessageType::SET_PEER_BANDWIDTH => Self::SetPeerBandwidth {
                size: reader.u32()?,
                limit: LimitType::from_number(reader.u8()?),
            },
            _ => return Ok(None),
        }))
    }

    /// Returns the message that carries it, on the chunk stream of control messages.
    #[must_use]
    pub fn message(self) -> Message {
        let mut payload = Vec::new();
        let message_type = match self {
            Self::SetChunkSize(size) => {
                payload.put_u32(size);
                MessageType::SET_CHUNK_SIZE
            }
            Self::Abort(ChunkStreamId(id)) => {
                payload.put_u32(id);
                MessageType::ABORT
            }
            Self::Acknowledgement(total) => {
                payload.put_u32(total);
                MessageType::ACKNOWLEDGEMENT
            }
            Self::WindowAcknowledgementSize(size) => {
                payload.put_u32(size);
                MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE
            }
            Self::SetPeerBandwidth { size, limit } => {
                payload.put_u32(size);
                payload.put_u8(limit.number());
                MessageType::SET_PEER_BANDWIDTH
            }
        };
        Message {
            chunk_stream_id: ChunkStreamId::CONTROL,
            message_stream_id: MessageStreamId::CONNECTION,
            timestamp: Timestamp(0),
            message_type,
            payload: Bytes::from(payload),
        }
    }
}

/// Returns the chunk size that an announced number means, or `None` if it means no bytes at all.
///
/// The top bit is reserved, and no chunk is longer than the longest message. GStreamer, ffmpeg and
/// OBS stay far below that, but a peer may announce 2^31 - 1.
pub(super) fn effective_chunk_size(announced: u32) -> Option<usize> {
    match usize::try_from(announced & 0x7fff_ffff) {
        Ok(0) => None,
        Ok(size) => Some(size.min(MAX_MESSAGE_BYTES)),
        Err(_) => Some(MAX_MESSAGE_BYTES),
    }
}

impl LimitType {
    const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Hard,
            1 => Self::Soft,
            2 => Self::Dynamic,
            other => Self::Other(other),
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Hard => 0,
            Self::Soft => 1,
            Self::Dynamic => 2,
            Self::Other(other) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Control, LimitType};
    use crate::protocol::ChunkStreamId;
    use crate::protocol::chunk::MessageType;

    const TABLE: [(Control, u8, &[u8]); 8] = [
        (Control::SetChunkSize(65_536), 1, &[0, 1, 0, 0]),
        (Control::Abort(ChunkStreamId(6)), 2, &[0, 0, 0, 6]),
        (Control::Acknowledgement(u32::MAX), 3, &[0xff; 4]),
        (Control::WindowAcknowledgementSize(2_500_000), 5, &[0x00, 0x26, 0x25, 0xa0]),
        (Control::SetPeerBandwidth { size: 1, limit: LimitType::Hard }, 6, &[0, 0, 0, 1, 0]),
        (Control::SetPeerBandwidth { size: 1, limit: LimitType::Soft }, 6, &[0, 0, 0, 1, 1]),
        (Control::SetPeerBandwidth { size: 1, limit: LimitType::Dynamic }, 6, &[0, 0, 0, 1, 2]),
        (Control::SetPeerBandwidth { size: 1, limit: LimitType::Other(9) }, 6, &[0, 0, 0, 1, 9]),
    ];

    #[test]
    fn each_is_written_as_it_is_read() {
        for (control, message_type, payload) in TABLE {
            let message = control.message();
            assert_eq!(message.message_type, MessageType(message_type), "{control:?}");
            assert_eq!(message.payload, payload, "{control:?}");
            assert_eq!(Control::decode(message.message_type, payload), Ok(Some(control)));
        }
    }

    #[test]
    fn each_is_refused_if_a_byte_is_missing() {
        for (control, message_type, payload) in TABLE {
            for end in 0..payload.len() {
                let cut = Control::decode(MessageType(message_type), &payload[..end]);
                assert!(cut.is_err(), "{control:?} cut at {end}");
            }
        }
    }

    #[test]
    fn other_message_types_are_no_control_messages() {
        assert_eq!(Control::decode(MessageType::VIDEO, &[]), Ok(None));
    }
}
