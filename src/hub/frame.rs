//! The unit in which a source hands over media.

use std::sync::{Arc, Mutex};

use crate::media::mux::{Format, Messages};
use crate::media::{Tag, TagClass};
use crate::sync::lock;

/// A tag, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) tag: Tag,
    pub(crate) class: TagClass,
}

impl From<Tag> for Frame {
    fn from(tag: Tag) -> Self {
        Self { class: TagClass::of(&tag), tag }
    }
}

/// Frames that all subscribers are sent together, and their bytes.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    frames: Vec<Frame>,
    /// The bytes that were made last. Subscribers that are sent the same mostly follow each other.
    encoded: Mutex<Option<Encoded>>,
}

#[derive(Debug)]
struct Encoded {
    format: Format,
    offset: u32,
    messages: Arc<Messages>,
}

impl Frames {
    /// Returns the bytes of these frames. They are made once for all subscribers that follow each
    /// other with the same `format` and `offset`.
    pub(crate) fn encode(&self, format: Format, offset: u32) -> Arc<Messages> {
        let mut encoded = lock(&self.encoded);
        if let Some(last) = &*encoded
            && last.format == format
            && last.offset == offset
        {
            return Arc::clone(&last.messages);
        }
        let tags = self.frames.iter().map(|frame| &frame.tag);
        let messages = Arc::new(format.encode(tags, offset));
        *encoded = Some(Encoded { format, offset, messages: Arc::clone(&messages) });
        messages
    }
}

impl From<Vec<Frame>> for Frames {
    fn from(frames: Vec<Frame>) -> Self {
        Self { frames, encoded: Mutex::default() }
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

    #[test]
    fn subscribers_that_are_sent_the_same_share_the_bytes() {
        let payload = vec![0x17, 1, 0, 0, 0].into();
        let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(70), payload };
        let frames = Frames::from(vec![Frame::from(tag)]);
        let format = |stream| Format::Rtmp {
            chunk_size: 4096,
            stream: MessageStreamId(stream),
            tracks: TrackSupport::default(),
        };
        let first = frames.encode(format(1), 64);
        assert!(Arc::ptr_eq(&first, &frames.encode(format(1), 64)));
        let of_other_stream = frames.encode(format(2), 64);
        let of_other_time = frames.encode(format(2), 32);
        let bytes = |messages: &super::Messages| messages.parts()[0].to_vec();
        assert_ne!(bytes(&first), bytes(&of_other_stream));
        assert_ne!(bytes(&of_other_stream), bytes(&of_other_time));
    }
}
