//! A message of the chunk layer: a header and a payload.

use bytes::Bytes;

use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// A whole message.
///
/// ```
/// use rendercast::protocol::chunk::{Message, MessageType};
/// use rendercast::protocol::{ChunkStreamId, MessageStreamId, Timestamp};
///
/// let message = Message {
///     chunk_stream_id: ChunkStreamId::AUDIO,
///     message_stream_id: MessageStreamId(1),
///     timestamp: Timestamp(23),
///     message_type: MessageType::AUDIO,
///     payload: vec![0xaf, 1, 0x21].into(),
/// };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The chunk stream that carries it.
    pub chunk_stream_id: ChunkStreamId,
    /// Its message stream.
    pub message_stream_id: MessageStreamId,
    /// Its position on the stream's time line.
    pub timestamp: Timestamp,
    /// The kind of its payload.
    pub message_type: MessageType,
    /// The payload.
    pub payload: Bytes,
}

/// The kind of a message's payload: the type id in its header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MessageType(pub u8);

impl MessageType {
    /// Set chunk size (RTMP 1.0 §5.4.1).
    pub const SET_CHUNK_SIZE: Self = Self(0x01);
    /// Abort a partial message (§5.4.2).
    pub const ABORT: Self = Self(0x02);
    /// Acknowledgement: bytes received so far (§5.4.3).
    pub const ACKNOWLEDGEMENT: Self = Self(0x03);
    /// User control (§6.2).
    pub const USER_CONTROL: Self = Self(0x04);
    /// Window acknowledgement size (§5.4.4).
    pub const WINDOW_ACKNOWLEDGEMENT_SIZE: Self = Self(0x05);
    /// Set peer bandwidth (§5.4.5).
    pub const SET_PEER_BANDWIDTH: Self = Self(0x06);
    /// Audio (§7.1.4).
    pub const AUDIO: Self = Self(0x08);
    /// Video (§7.1.5).
    pub const VIDEO: Self = Self(0x09);
    /// Data with AMF3 values (§7.1.2).
    pub const DATA_AMF3: Self = Self(0x0f);
    /// A shared object with AMF3 values (§7.1.3).
    pub const SHARED_OBJECT_AMF3: Self = Self(0x10);
    /// A command with AMF3 values (§7.1.1).
    pub const COMMAND_AMF3: Self = Self(0x11);
    /// Data with AMF0 values (§7.1.2).
    pub const DATA_AMF0: Self = Self(0x12);
    /// A shared object with AMF0 values (§7.1.3).
    pub const SHARED_OBJECT_AMF0: Self = Self(0x13);
    /// A command with AMF0 values (§7.1.1).
    pub const COMMAND_AMF0: Self = Self(0x14);
    /// Several messages in one (§7.1.6).
    pub const AGGREGATE: Self = Self(0x16);

    /// Returns whether it is a command.
    pub(super) const fn is_command(self) -> bool {
        matches!(self, Self::COMMAND_AMF0 | Self::COMMAND_AMF3)
    }

    /// Returns whether it belongs on a stream's time line: audio, video and data do.
    #[must_use]
    pub const fn is_media(self) -> bool {
        matches!(self, Self::AUDIO | Self::VIDEO | Self::DATA_AMF0 | Self::DATA_AMF3)
    }
}
