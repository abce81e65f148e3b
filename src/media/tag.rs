//! One piece of media, as FLV and RTMP both frame it.

use bytes::Bytes;

use super::{AudioHeader, VideoHeader};
use crate::protocol::Timestamp;

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

/// One piece of media: the payload of an RTMP message, or the body of an FLV tag, byte for byte.
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
    /// What it carries.
    pub kind: TagKind,
    /// Where it lies on its stream's time line.
    pub timestamp: Timestamp,
    /// Its bytes, codec header included.
    pub payload: Bytes,
}

impl Tag {
    /// Whether it holds a video frame that can be decoded by itself.
    #[must_use]
    pub fn is_key_frame(&self) -> bool {
        self.kind == TagKind::Video
            && VideoHeader::parse(&self.payload).is_some_and(|header| header.is_key_frame())
    }

    /// Whether a decoder must have been given it before a frame of its kind.
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
}
