//! What of a stream's media its client gets.

use crate::media::{AudioHeader, Tag, TagKind, VideoHeader};

/// Leaves out what the client does not want, and what it could not decode.
#[derive(Debug)]
pub(crate) struct Filter {
    wants_audio: bool,
    wants_video: bool,
    /// Video was left out: nothing can be decoded before the next key frame.
    awaits_key_frame: bool,
    /// Sequence headers that were lost: without them nothing can be decoded at all.
    owed: Vec<Tag>,
}

/// Whether a client gets a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Passes,
    Unwanted,
    Undecodable,
}

impl Default for Filter {
    fn default() -> Self {
        Self { wants_audio: true, wants_video: true, awaits_key_frame: false, owed: Vec::new() }
    }
}

impl Filter {
    /// Leaves in `tags` what the client gets, behind the headers that it is owed, and returns how
    /// many frames it would have wanted but could not decode.
    pub(crate) fn apply(&mut self, tags: &mut Vec<Tag>) -> u64 {
        let mut undecodable = 0;
        tags.retain(|tag| {
            let verdict = self.judge(tag);
            undecodable += u64::from(verdict == Verdict::Undecodable);
            verdict == Verdict::Passes
        });
        if !self.owed.is_empty() {
            tags.splice(..0, std::mem::take(&mut self.owed));
        }
        undecodable
    }

    /// What was to be sent was lost, `headers` among it.
    pub(crate) fn lost(&mut self, headers: Vec<Tag>) {
        self.awaits_key_frame = true;
        for header in headers {
            self.owed.retain(|tag| tag.kind != header.kind);
            self.owed.push(header);
        }
    }

    pub(crate) const fn want_audio(&mut self, wants: bool) {
        self.wants_audio = wants;
    }

    /// Whether that is news.
    pub(crate) const fn want_video(&mut self, wants: bool) -> bool {
        self.awaits_key_frame |= wants && !self.wants_video;
        std::mem::replace(&mut self.wants_video, wants) != wants
    }

    /// Whether video that is wanted is left out until the next key frame.
    pub(crate) const fn misses_key_frame(&self) -> bool {
        self.wants_video && self.awaits_key_frame
    }

    /// Another play begins, from a key frame on. What the client wants stays: it may say so before.
    pub(crate) fn restart(&mut self) {
        self.awaits_key_frame = false;
        self.owed.clear();
    }

    /// Sequence headers pass also of a kind that is unwanted, so that it can come back: sound with
    /// its next frame, video with its next key frame.
    fn judge(&mut self, tag: &Tag) -> Verdict {
        match tag.kind {
            TagKind::Audio if !self.wants_audio && !is_audio_header(&tag.payload) => {
                Verdict::Unwanted
            }
            TagKind::Video => self.judge_video(&tag.payload),
            TagKind::Audio | TagKind::Script => Verdict::Passes,
        }
    }

    fn judge_video(&mut self, payload: &[u8]) -> Verdict {
        if self.wants_video && !self.awaits_key_frame {
            return Verdict::Passes;
        }
        let header = VideoHeader::parse(payload);
        if header.is_some_and(|header| header.is_sequence_header()) {
            return Verdict::Passes;
        }
        if !self.wants_video {
            return Verdict::Unwanted;
        }
        // What has no header that we know is passed on as it is: the application knows better.
        if header.is_some_and(|header| !header.is_key_frame()) {
            return Verdict::Undecodable;
        }
        self.awaits_key_frame = false;
        Verdict::Passes
    }
}

fn is_audio_header(payload: &[u8]) -> bool {
    AudioHeader::parse(payload).is_some_and(|header| header.is_sequence_header())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Filter, Tag, TagKind, Verdict};
    use crate::protocol::Timestamp;

    const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1];
    const KEY: &[u8] = &[0x17, 1, 0, 0, 0, 1];
    const INTER: &[u8] = &[0x27, 1, 0, 0, 0, 1];

    fn tag(kind: TagKind, payload: &'static [u8]) -> Tag {
        Tag { kind, timestamp: Timestamp(0), payload: Bytes::from_static(payload) }
    }

    fn passes(filter: &mut Filter, kind: TagKind, payload: &'static [u8]) -> bool {
        filter.judge(&tag(kind, payload)) == Verdict::Passes
    }

    #[test]
    fn after_a_loss_video_goes_on_at_a_key_frame() {
        let mut filter = Filter::default();
        assert!(passes(&mut filter, TagKind::Video, INTER));
        filter.lost(Vec::new());
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
        filter.lost(Vec::new());
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
        assert!(passes(&mut filter, TagKind::Audio, &[0xaf, 0, 0x12]));
        assert!(!passes(&mut filter, TagKind::Video, KEY));
        assert!(passes(&mut filter, TagKind::Video, HEADER));
        assert!(passes(&mut filter, TagKind::Script, &[2]));
        filter.want_video(true);
        assert!(!passes(&mut filter, TagKind::Video, INTER));
        assert!(passes(&mut filter, TagKind::Video, KEY));
    }

    #[test]
    fn headers_that_were_lost_come_before_what_is_sent_next() {
        let mut filter = Filter::default();
        let header = tag(TagKind::Video, HEADER);
        filter.lost(vec![header.clone(), tag(TagKind::Audio, &[0xaf, 0, 0x12])]);
        filter.lost(vec![header.clone()]);
        let mut tags = vec![tag(TagKind::Video, INTER), tag(TagKind::Video, KEY)];
        assert_eq!(filter.apply(&mut tags), 1);
        let audio = tag(TagKind::Audio, &[0xaf, 0, 0x12]);
        assert_eq!(tags, [audio, header, tag(TagKind::Video, KEY)]);
        let mut tags = vec![tag(TagKind::Video, INTER)];
        assert_eq!(filter.apply(&mut tags), 0);
        assert_eq!(tags.len(), 1);
    }
}
