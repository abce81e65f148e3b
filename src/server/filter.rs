//! What of a stream's media its client gets.

use crate::media::video::VideoHeader;
use crate::media::{Tag, TagKind};

/// Leaves out what the client does not want, and what it could not decode.
#[derive(Debug)]
pub(super) struct Filter {
    wants_audio: bool,
    wants_video: bool,
    /// Video was left out: nothing can be decoded before the next key frame.
    awaits_key_frame: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self { wants_audio: true, wants_video: true, awaits_key_frame: false }
    }
}

impl Filter {
    pub(super) const fn want_audio(&mut self, wants: bool) {
        self.wants_audio = wants;
    }

    pub(super) const fn want_video(&mut self, wants: bool) {
        self.awaits_key_frame |= wants && !self.wants_video;
        self.wants_video = wants;
    }

    /// Another play begins, from a key frame on. What the client wants stays: it may say so before.
    pub(super) const fn restart(&mut self) {
        self.awaits_key_frame = false;
    }

    /// A frame was lost.
    pub(super) const fn await_key_frame(&mut self) {
        self.awaits_key_frame = true;
    }

    /// Whether the client gets `tag`. Sequence headers pass also while video is unwanted, so that
    /// it can come back at the next key frame.
    pub(super) fn passes(&mut self, tag: &Tag) -> bool {
        match tag.kind {
            TagKind::Script => true,
            TagKind::Audio => self.wants_audio,
            TagKind::Video => self.passes_video(&tag.payload),
        }
    }

    fn passes_video(&mut self, payload: &[u8]) -> bool {
        if self.wants_video && !self.awaits_key_frame {
            return true;
        }
        // What has no header that we know is passed on as it is: the application knows better.
        let Some(header) = VideoHeader::parse(payload) else { return self.wants_video };
        if header.is_sequence_header() {
            return true;
        }
        if !self.wants_video {
            return false;
        }
        self.awaits_key_frame = !header.is_key_frame();
        !self.awaits_key_frame
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Filter, Tag, TagKind};
    use crate::protocol::Timestamp;

    const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1];
    const KEY: &[u8] = &[0x17, 1, 0, 0, 0, 1];
    const INTER: &[u8] = &[0x27, 1, 0, 0, 0, 1];

    fn passes(filter: &mut Filter, kind: TagKind, payload: &'static [u8]) -> bool {
        filter.passes(&Tag { kind, timestamp: Timestamp(0), payload: Bytes::from_static(payload) })
    }

    #[test]
    fn after_a_loss_video_goes_on_at_a_key_frame() {
        let mut filter = Filter::default();
        assert!(passes(&mut filter, TagKind::Video, INTER));
        filter.await_key_frame();
        assert!(!passes(&mut filter, TagKind::Video, INTER));
        assert!(passes(&mut filter, TagKind::Audio, &[0xaf, 1, 0]));
        assert!(passes(&mut filter, TagKind::Video, HEADER));
        assert!(!passes(&mut filter, TagKind::Video, INTER));
        assert!(passes(&mut filter, TagKind::Video, KEY));
        assert!(passes(&mut filter, TagKind::Video, INTER));
    }

    #[test]
    fn another_play_leaves_out_what_the_client_did_not_want_before() {
        let mut filter = Filter::default();
        filter.want_audio(false);
        filter.await_key_frame();
        filter.restart();
        assert!(!passes(&mut filter, TagKind::Audio, &[0xaf, 1, 0]));
        assert!(passes(&mut filter, TagKind::Video, INTER));
    }

    #[test]
    fn unwanted_kinds_are_left_out_and_video_comes_back_at_a_key_frame() {
        let mut filter = Filter::default();
        filter.want_audio(false);
        filter.want_video(false);
        assert!(!passes(&mut filter, TagKind::Audio, &[0xaf, 1, 0]));
        assert!(!passes(&mut filter, TagKind::Video, KEY));
        assert!(passes(&mut filter, TagKind::Video, HEADER));
        assert!(passes(&mut filter, TagKind::Script, &[2]));
        filter.want_video(true);
        assert!(!passes(&mut filter, TagKind::Video, INTER));
        assert!(passes(&mut filter, TagKind::Video, KEY));
    }
}
