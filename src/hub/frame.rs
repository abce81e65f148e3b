//! The unit in which a source hands over media.

use std::sync::{Arc, Mutex};

#[cfg(feature = "web")]
use crate::media::NamedMedia;
use crate::media::mux::{Format, Messages};
use crate::media::{Tag, TagClass};
use crate::sync::lock;

/// A tag, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) tag: Tag,
    pub(crate) class: TagClass,
    /// What metadata name. Found out once: many viewers ask, while others wait.
    #[cfg(feature = "web")]
    pub(crate) named: NamedMedia,
}

impl From<Tag> for Frame {
    fn from(tag: Tag) -> Self {
        let class = TagClass::of(&tag);
        Self {
            #[cfg(feature = "web")]
            named: match class {
                TagClass::Metadata => NamedMedia::of(&tag.payload),
                _ => NamedMedia::default(),
            },
            class,
            tag,
        }
    }
}

/// For how many formats and offsets the bytes are kept. Subscribers that are sent the same follow
/// each other, unless some of one offset have another format.
const MAX_ENCODED: usize = 4;

/// The most bytes that are copied into one piece.
const MAX_JOINED_BYTES: usize = 1 << 20;

/// Frames that all subscribers are sent together, and their bytes.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    frames: Vec<Frame>,
    /// The bytes that were made last, the latest at the end.
    encoded: Mutex<Vec<Encoded>>,
    /// Whether few subscribers are sent these frames, so that a copy of the payloads is not worth
    /// its memory.
    is_for_few: bool,
}

#[derive(Debug)]
struct Encoded {
    format: Format,
    offset: u32,
    messages: Arc<Messages>,
    /// Whether `messages` is the best form for many subscribers.
    is_final: bool,
}

impl Frames {
    /// Makes frames that few subscribers are sent: those with which they begin.
    pub(crate) fn for_few(frames: Vec<Frame>) -> Self {
        Self { is_for_few: true, ..Self::from(frames) }
    }

    /// Returns the bytes of these frames. They are made once for all subscribers that follow each
    /// other with the same `format` and `offset`.
    ///
    /// The first of them is sent the payloads where they are. From the second on the bytes are in
    /// one piece, which the system sends faster.
    pub(crate) fn encode(&self, format: Format, offset: u32) -> Arc<Messages> {
        let mut all = lock(&self.encoded);
        let same = |encoded: &&mut Encoded| encoded.format == format && encoded.offset == offset;
        if let Some(encoded) = all.iter_mut().rev().find(same) {
            if !encoded.is_final {
                encoded.is_final = true;
                if encoded.messages.bytes() <= MAX_JOINED_BYTES {
                    encoded.messages = Arc::new(encoded.messages.joined());
                }
            }
            return Arc::clone(&encoded.messages);
        }
        let tags = self.frames.iter().map(|frame| &frame.tag);
        let messages = Arc::new(format.encode(tags, offset));
        if all.len() == MAX_ENCODED {
            all.remove(0);
        }
        all.push(Encoded {
            format,
            offset,
            messages: Arc::clone(&messages),
            is_final: self.is_for_few,
        });
        messages
    }
}

impl From<Vec<Frame>> for Frames {
    fn from(frames: Vec<Frame>) -> Self {
        Self { frames, encoded: Mutex::default(), is_for_few: false }
    }
}

impl std::ops::Deref for Frames {
    type Target = [Frame];

    fn deref(&self) -> &[Frame] {
        &self.frames
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Format, Frame, Frames};
    use crate::media::mux::TrackSupport;
    use crate::media::{Tag, TagKind};
    use crate::protocol::{MessageStreamId, Timestamp};

    fn format(stream: u32) -> Format {
        let tracks = TrackSupport::default();
        Format::Rtmp { chunk_size: 4096, stream: MessageStreamId(stream), tracks }
    }

    #[test]
    fn subscribers_that_are_sent_the_same_share_the_bytes() {
        let payload = vec![0x27; 2000].into();
        let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(70), payload };
        let frames = Frames::from(vec![Frame::from(tag)]);
        let bytes = |messages: &super::Messages| messages.parts().concat();
        let first = frames.encode(format(1), 64);
        let of_other_stream = frames.encode(format(2), 64);
        let of_other_time = frames.encode(format(2), 32);
        let second = frames.encode(format(1), 64);
        assert!(first.parts().len() > 1, "the payload is not copied for one");
        assert_eq!(second.parts().len(), 1, "for several it is in one piece");
        assert!(Arc::ptr_eq(&second, &frames.encode(format(1), 64)));
        assert_eq!(bytes(&first), bytes(&second));
        assert_eq!((first.ends(), first.bytes()), (second.ends(), second.bytes()));
        assert_ne!(bytes(&first), bytes(&of_other_stream));
        assert_ne!(bytes(&of_other_stream), bytes(&of_other_time));
    }

    #[test]
    fn the_payloads_of_a_beginning_are_not_copied() {
        let payload: bytes::Bytes = vec![0x27; 2000].into();
        let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(70), payload: payload.clone() };
        let frames = Frames::for_few(vec![Frame::from(tag)]);
        let format = format(1);
        for _ in 0..3 {
            let messages = frames.encode(format, 0);
            assert!(messages.parts().iter().any(|part| part.as_ptr() == payload.as_ptr()));
        }
    }

    #[test]
    fn the_bytes_of_few_formats_and_offsets_are_kept() {
        let frames = Frames::from(Vec::new());
        let format = format(1);
        for offset in 0..100 {
            frames.encode(format, offset);
        }
        assert_eq!(super::lock(&frames.encoded).len(), super::MAX_ENCODED);
    }
}
