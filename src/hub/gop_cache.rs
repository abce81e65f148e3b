//! What a viewer that has just come is sent first.

use crate::media::{Tag, TagKind};

/// How `onMetaData` begins as AMF0.
const METADATA: &[u8] = b"\x02\x00\x0aonMetaData";

/// How much may follow a key frame that is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CacheLimits {
    /// In video frames.
    pub(crate) frames: usize,
    /// In bytes of their payloads.
    pub(crate) bytes: usize,
}

/// The last key frame with all video since, as long as that is little enough, and what decoders
/// must have been given before.
#[derive(Debug)]
pub(crate) struct GopCache {
    limits: CacheLimits,
    metadata: Option<Tag>,
    audio_header: Option<Tag>,
    video_header: Option<Tag>,
    /// Empty: there is no key frame, or too much came after it.
    frames: Vec<Tag>,
    /// Of those that followed the key frame.
    bytes: usize,
}

impl GopCache {
    pub(crate) const fn new(limits: CacheLimits) -> Self {
        Self {
            limits,
            metadata: None,
            audio_header: None,
            video_header: None,
            frames: Vec::new(),
            bytes: 0,
        }
    }

    /// Takes note of what is sent; true: a key frame was among it.
    pub(crate) fn note(&mut self, tags: &[Tag]) -> bool {
        let mut has_key_frame = false;
        for tag in tags {
            match tag.kind {
                TagKind::Script if tag.payload.starts_with(METADATA) => {
                    self.metadata = Some(tag.clone());
                }
                TagKind::Script => {}
                TagKind::Audio if tag.is_sequence_header() => {
                    self.audio_header = Some(tag.clone());
                }
                TagKind::Audio => {}
                TagKind::Video if tag.is_sequence_header() => {
                    self.video_header = Some(tag.clone());
                    // What is kept is of the header before.
                    self.clear();
                }
                TagKind::Video => has_key_frame |= self.note_frame(tag),
            }
        }
        has_key_frame
    }

    fn note_frame(&mut self, tag: &Tag) -> bool {
        let is_key_frame = tag.is_key_frame();
        if is_key_frame {
            self.clear();
            self.frames.push(tag.clone());
        } else if !self.frames.is_empty() {
            self.bytes = self.bytes.saturating_add(tag.payload.len());
            self.frames.push(tag.clone());
            if self.frames.len() - 1 > self.limits.frames || self.bytes > self.limits.bytes {
                self.clear();
            }
        }
        is_key_frame
    }

    /// Forgets the frames: they are of the past.
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.bytes = 0;
    }

    /// What decoders must have been given before anything else.
    pub(crate) fn headers(&self) -> Vec<Tag> {
        [&self.metadata, &self.audio_header, &self.video_header]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// The last key frame and all since; empty where there is none.
    pub(crate) fn frames(&self) -> &[Tag] {
        &self.frames
    }
}

#[cfg(test)]
mod tests {
    use super::{CacheLimits, GopCache, METADATA};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    fn tag(kind: TagKind, payload: &[u8]) -> Tag {
        Tag { kind, timestamp: Timestamp(0), payload: payload.to_vec().into() }
    }

    fn header(mark: u8) -> Tag {
        tag(TagKind::Video, &[0x17, 0, 0, 0, 0, mark])
    }

    fn key(mark: u8) -> Tag {
        tag(TagKind::Video, &[0x17, 1, 0, 0, 0, mark])
    }

    fn inter(mark: u8) -> Tag {
        tag(TagKind::Video, &[0x27, 1, 0, 0, 0, mark])
    }

    fn cache(frames: usize, bytes: usize) -> GopCache {
        GopCache::new(CacheLimits { frames, bytes })
    }

    #[test]
    fn it_holds_the_last_key_frame_and_all_since() {
        let mut cache = cache(4, 1000);
        assert!(!cache.note(&[header(0), inter(0)]));
        assert!(cache.frames().is_empty(), "nothing can be decoded before a key frame");
        assert!(cache.note(&[key(1), inter(2), tag(TagKind::Audio, &[0xaf, 1, 0])]));
        assert_eq!(cache.frames(), [key(1), inter(2)]);
        assert!(cache.note(&[inter(3), key(4)]));
        assert_eq!(cache.frames(), [key(4)]);
    }

    #[test]
    fn beyond_its_bounds_it_is_empty_until_the_next_key_frame() {
        for mut cache in [cache(2, 1000), cache(100, 12)] {
            cache.note(&[key(0), inter(1), inter(2)]);
            assert_eq!(cache.frames().len(), 3);
            cache.note(&[inter(3)]);
            assert!(cache.frames().is_empty());
            cache.note(&[inter(4)]);
            assert!(cache.frames().is_empty());
            cache.note(&[key(5)]);
            assert_eq!(cache.frames(), [key(5)]);
        }
        let mut cache = cache(0, 0);
        assert!(cache.note(&[key(0)]));
        assert_eq!(cache.frames(), [key(0)], "another would not be smaller");
        cache.note(&[inter(1)]);
        assert!(cache.frames().is_empty());
    }

    #[test]
    fn headers_are_the_last_of_each_kind_and_outlive_the_frames() {
        let mut cache = cache(4, 1000);
        let metadata = tag(TagKind::Script, METADATA);
        let sound = tag(TagKind::Audio, &[0xaf, 0, 0x12]);
        let cue = tag(TagKind::Script, b"\x02\x00\x0aonCuePoint");
        cache.note(&[header(0), key(1), metadata.clone(), cue, sound.clone(), header(2)]);
        assert!(cache.frames().is_empty(), "a key frame of another header");
        cache.clear();
        assert_eq!(cache.headers(), [metadata, sound, header(2)]);
    }
}
