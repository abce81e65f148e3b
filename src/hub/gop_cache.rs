//! The frames that a new subscriber is sent first.

use super::frame::Frame;
use crate::media::TagClass;

/// How much may follow the key frame that is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CacheLimits {
    /// In frames of audio and video.
    pub(crate) frames: usize,
    /// In bytes of payload.
    pub(crate) bytes: usize,
}

/// The last key frame, and all audio and video since. Empty if more followed than the limits allow.
#[derive(Debug)]
pub(crate) struct GopCache {
    limits: CacheLimits,
    frames: Vec<Frame>,
    /// The bytes behind the key frame.
    bytes: usize,
}

impl GopCache {
    pub(crate) const fn new(limits: CacheLimits) -> Self {
        Self { limits, frames: Vec::new(), bytes: 0 }
    }

    /// Keeps a frame that is sent now.
    pub(crate) fn note(&mut self, frame: &Frame) {
        match frame.class {
            TagClass::KeyFrame => {
                self.clear();
                self.frames.push(frame.clone());
            }
            TagClass::InterFrame
            | TagClass::DisposableFrame
            | TagClass::VideoEvent
            | TagClass::UnknownVideo
            | TagClass::Audio
            | TagClass::Script => self.note_following(frame),
            TagClass::Metadata | TagClass::AudioHeader(_) | TagClass::VideoHeader(_) => {}
        }
    }

    fn note_following(&mut self, frame: &Frame) {
        if self.frames.is_empty() {
            return;
        }
        self.bytes = self.bytes.saturating_add(frame.tag.payload.len());
        // The key frame is one more than may follow it.
        if self.frames.len() > self.limits.frames || self.bytes > self.limits.bytes {
            self.clear();
        } else {
            self.frames.push(frame.clone());
        }
    }

    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.bytes = 0;
    }

    /// Returns how much memory the frames take, roughly.
    pub(crate) fn held_bytes(&self) -> usize {
        let key_frame = self.frames.first().map_or(0, |frame| frame.tag.payload.len());
        let entries = self.frames.len().saturating_mul(size_of::<Frame>());
        self.bytes.saturating_add(key_frame).saturating_add(entries)
    }

    pub(crate) fn frames(&self) -> &[Frame] {
        &self.frames
    }
}

#[cfg(test)]
mod tests {
    use super::{CacheLimits, Frame, GopCache};
    use crate::hub::bytes_of;
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    fn frame(kind: TagKind, payload: &[u8]) -> Frame {
        Tag { kind, timestamp: Timestamp(0), payload: payload.to_vec().into() }.into()
    }

    fn key(mark: u8) -> Frame {
        frame(TagKind::Video, &[0x17, 1, 0, 0, 0, mark])
    }

    fn inter(mark: u8) -> Frame {
        frame(TagKind::Video, &[0x27, 1, 0, 0, 0, mark])
    }

    fn sound() -> Frame {
        frame(TagKind::Audio, &[0xaf, 1, 0])
    }

    fn note(cache: &mut GopCache, frames: &[Frame]) {
        frames.iter().for_each(|frame| cache.note(frame));
    }

    fn cache(frames: usize, bytes: usize) -> GopCache {
        GopCache::new(CacheLimits { frames, bytes })
    }

    #[test]
    fn it_holds_the_last_key_frame_and_all_since_in_order() {
        let mut cache = cache(4, 1000);
        note(&mut cache, &[inter(0), sound()]);
        assert!(cache.frames().is_empty(), "nothing can be decoded before a key frame");
        let header = frame(TagKind::Video, &[0x17, 0, 0, 0, 0, 0]);
        note(&mut cache, &[key(1), sound(), inter(2), header, sound()]);
        assert_eq!(cache.frames(), [key(1), sound(), inter(2), sound()]);
        note(&mut cache, &[inter(3), key(4)]);
        assert_eq!(cache.frames(), [key(4)]);
        assert_eq!(cache.held_bytes(), bytes_of(cache.frames()));
        note(&mut cache, &[inter(5), sound()]);
        assert_eq!(cache.held_bytes(), bytes_of(cache.frames()));
        cache.clear();
        assert!(cache.frames().is_empty());
        assert_eq!(cache.held_bytes(), 0);
    }

    #[test]
    fn beyond_its_limits_it_is_empty_until_the_next_key_frame() {
        for mut cache in [cache(2, 1000), cache(100, 12)] {
            note(&mut cache, &[key(0), inter(1), inter(2)]);
            assert_eq!(cache.frames().len(), 3);
            note(&mut cache, &[inter(3)]);
            assert!(cache.frames().is_empty());
            note(&mut cache, &[inter(4)]);
            assert!(cache.frames().is_empty());
            note(&mut cache, &[key(5)]);
            assert_eq!(cache.frames(), [key(5)]);
        }
        let mut cache = cache(0, 0);
        note(&mut cache, &[key(0)]);
        assert_eq!(cache.frames(), [key(0)], "another key frame would not be smaller");
        note(&mut cache, &[inter(1)]);
        assert!(cache.frames().is_empty());
    }
}
