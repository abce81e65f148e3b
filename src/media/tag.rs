//! One piece of media, as FLV and RTMP both frame it.

use bytes::Bytes;

use super::{AudioHeader, VideoHeader};
use crate::protocol::chunk::{MAX_MESSAGE_BYTES, Message, MessageType};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// What a tag carries (FLV specification, annex E.4.1).
///
/// ```
/// use rendercast::media::{Tag, TagKind};
///
/// fn seconds_of_video(tags: &[Tag]) -> f64 {
///     let mut video = tags.iter().filter(|tag| tag.kind == TagKind::Video);
///     let (Some(first), Some(last)) = (video.next(), video.next_back()) else { return 0.0 };
///     f64::from(last.timestamp.since(first.timestamp)) / 1000.0
/// }
/// # assert_eq!(seconds_of_video(&[]), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagKind {
    /// Audio: an audio tag header and a codec's data.
    Audio,
    /// Video: a video tag header and a codec's data.
    Video,
    /// Script data: AMF0 values, `onMetaData` first of all.
    Script,
}

/// One piece of media: the payload of an RTMP message, which is also the body of an FLV tag.
///
/// ```
/// use rendercast::media::{Tag, TagKind};
/// use rendercast::protocol::Timestamp;
///
/// let payload = vec![0x17, 1, 0, 0, 0 /* , a picture */].into();
/// let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(40), payload };
/// assert!(tag.is_key_frame() && !tag.is_sequence_header());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The kind of media in the payload.
    pub kind: TagKind,
    /// The position on the timeline of the stream.
    pub timestamp: Timestamp,
    /// The bytes, including the header of the codec.
    pub payload: Bytes,
}

impl Tag {
    /// The most bytes of a payload, 16 MiB less one: RTMP and FLV write its length with 24 bits.
    pub const MAX_PAYLOAD_BYTES: usize = MAX_MESSAGE_BYTES;

    /// Returns whether no message can carry the payload.
    pub(crate) const fn is_too_long(&self) -> bool {
        self.payload.len() > Self::MAX_PAYLOAD_BYTES
    }

    /// Returns whether the payload is a video frame that can be decoded by itself.
    #[must_use]
    pub fn is_key_frame(&self) -> bool {
        self.kind == TagKind::Video
            && VideoHeader::parse(&self.payload).is_some_and(|header| header.is_key_frame())
    }

    /// Returns whether a decoder needs this tag before the first frame of its kind.
    #[must_use]
    pub fn is_sequence_header(&self) -> bool {
        match self.kind {
            TagKind::Audio => {
                AudioHeader::parse(&self.payload).is_some_and(|header| header.is_sequence_header())
            }
            TagKind::Video => {
                VideoHeader::parse(&self.payload).is_some_and(|header| header.is_sequence_header())
            }
            TagKind::Script => false,
        }
    }

    /// Returns the media in an RTMP message, or `None` if its type is no type of media.
    ///
    /// Data with AMF3 values are no media here: FLV has AMF0 alone.
    #[must_use]
    pub fn from_message(message: Message) -> Option<Self> {
        let kind = match message.message_type {
            MessageType::AUDIO => TagKind::Audio,
            MessageType::VIDEO => TagKind::Video,
            MessageType::DATA_AMF0 => TagKind::Script,
            _ => return None,
        };
        Some(Self { kind, timestamp: message.timestamp, payload: message.payload })
    }

    /// Returns the RTMP message that carries this tag on `stream`.
    #[must_use]
    pub fn into_message(self, stream: MessageStreamId) -> Message {
        let (chunk_stream_id, message_type) = match self.kind {
            TagKind::Audio => (ChunkStreamId::AUDIO, MessageType::AUDIO),
            TagKind::Video => (ChunkStreamId::VIDEO, MessageType::VIDEO),
            TagKind::Script => (ChunkStreamId::DATA, MessageType::DATA_AMF0),
        };
        Message {
            chunk_stream_id,
            message_stream_id: stream,
            timestamp: self.timestamp,
            message_type,
            payload: self.payload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tag, TagKind};
    use crate::protocol::chunk::MessageType;
    use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

    #[test]
    fn a_tag_survives_its_way_through_a_message() {
        for (kind, chunk_stream, message_type) in [
            (TagKind::Audio, ChunkStreamId::AUDIO, MessageType::AUDIO),
            (TagKind::Video, ChunkStreamId::VIDEO, MessageType::VIDEO),
            (TagKind::Script, ChunkStreamId::DATA, MessageType::DATA_AMF0),
        ] {
            let tag = Tag { kind, timestamp: Timestamp(7), payload: vec![1, 2].into() };
            let message = tag.clone().into_message(MessageStreamId(3));
            assert_eq!(message.chunk_stream_id, chunk_stream);
            assert_eq!(message.message_type, message_type);
            assert_eq!(message.message_stream_id, MessageStreamId(3));
            assert_eq!(Tag::from_message(message), Some(tag));
        }
    }

    #[test]
    fn other_messages_are_no_media() {
        let tag = Tag { kind: TagKind::Audio, timestamp: Timestamp(0), payload: vec![].into() };
        for message_type in [MessageType::COMMAND_AMF0, MessageType::DATA_AMF3] {
            let mut message = tag.clone().into_message(MessageStreamId(1));
            message.message_type = message_type;
            assert_eq!(Tag::from_message(message), None);
        }
    }
}
