//! The part of a stream's media that its client is sent.

use crate::hub::{Frame, StreamHeaders};
use crate::media::{TagClass, TagKind};

/// Leaves out media that the client does not want, and video that it could not decode.
#[derive(Debug)]
pub(crate) struct Filter {
    wants_audio: bool,
    wants_video: bool,
    /// Whether video was left out, so that nothing can be decoded before the next key frame.
    awaits_key_frame: bool,
    /// Headers that were lost, and without which nothing can be decoded. `None` if there are none,
    /// as nearly always.
    owed: Option<Box<StreamHeaders>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Passes,
    Unwanted,
    Undecodable,
}

/// What passes a filter.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// All frames, and nothing else.
    All,
    Some {
        frames: Vec<Frame>,
        /// The number of frames that the client wants but could not decode.
        undecodable: u64,
    },
}

impl Default for Filter {
    fn default() -> Self {
        Self { wants_audio: true, wants_video: true, awaits_key_frame: false, owed: None }
    }
}

impl Filter {
    /// Returns whether all frames pass. If so, `apply` changes nothing.
    pub(crate) fn passes_all(&self) -> bool {
        self.wants_audio && self.wants_video && !self.awaits_key_frame && self.owes_nothing()
    }

    fn owes_nothing(&self) -> bool {
        self.owed.as_ref().is_none_or(|owed| owed.is_empty())
    }

    /// Returns the frames that the client is sent, behind the headers that it is owed.
    pub(crate) fn apply(&mut self, frames: &[Frame]) -> Passed {
        if self.passes_all() {
            return Passed::All;
        }
        let mut undecodable = 0;
        let owed = self.owed.take();
        let mut passed: Vec<Frame> = owed.into_iter().flat_map(|mut owed| owed.take()).collect();
        for frame in frames {
            match self.judge(frame.class) {
                Verdict::Passes => passed.push(frame.clone()),
                Verdict::Unwanted => {}
                Verdict::Undecodable => undecodable += 1,
            }
        }
        Passed::Some { frames: passed, undecodable }
    }

    /// Records that frames which had passed were lost. After the loss of video, nothing can be
    /// decoded before the next key frame.
    pub(crate) fn lost<'a>(&mut self, frames: impl IntoIterator<Item = &'a Frame>) {
        for frame in frames {
            let is_video = frame.tag.kind == TagKind::Video;
            self.awaits_key_frame |= is_video;
            if frame.class.is_header() {
                self.owed.get_or_insert_default().note(frame);
            }
        }
    }

    /// Returns whether a header without which sound cannot be decoded was lost.
    pub(crate) fn owes_audio_header(&self) -> bool {
        let owed = self.owed.iter().flat_map(|owed| owed.iter());
        owed.into_iter().any(|frame| matches!(frame.class, TagClass::AudioHeader(_)))
    }

    /// Leaves out video until the next key frame.
    pub(crate) const fn await_key_frame(&mut self) {
        self.awaits_key_frame = true;
    }

    pub(crate) const fn want_audio(&mut self, wants: bool) {
        self.wants_audio = wants;
    }

    /// Returns whether the value has changed.
    pub(crate) const fn want_video(&mut self, wants: bool) -> bool {
        self.awaits_key_frame |= wants && !self.wants_video;
        std::mem::replace(&mut self.wants_video, wants) != wants
    }

    /// Returns whether video that the client wants is left out until the next key frame.
    pub(crate) const fn misses_key_frame(&self) -> bool {
        self.wants_video && self.awaits_key_frame
    }

    /// Begins another playback, which starts at a key frame. What the client wants does not change:
    /// it may have said so before.
    pub(crate) fn restart(&mut self) {
        self.awaits_key_frame = false;
        self.owed = None;
    }

    /// Headers also pass if their kind is unwanted, so that it can come back: sound with its next
    /// frame, video with its next key frame.
    fn judge(&mut self, class: TagClass) -> Verdict {
        match class {
            TagClass::Metadata
            | TagClass::Script
            | TagClass::AudioHeader(_)
            | TagClass::VideoHeader(_) => Verdict::Passes,
            TagClass::Audio if self.wants_audio => Verdict::Passes,
            TagClass::Audio => Verdict::Unwanted,
            _ if !self.wants_video => Verdict::Unwanted,
            TagClass::KeyFrame | TagClass::UnknownVideo => {
                self.awaits_key_frame = false;
                Verdict::Passes
            }
            TagClass::InterFrame | TagClass::DisposableFrame | TagClass::VideoEvent => {
                if self.awaits_key_frame { Verdict::Undecodable } else { Verdict::Passes }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Filter, Frame, Passed, TagKind, Verdict};
    use crate::media::Tag;
    use crate::protocol::Timestamp;

    const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1];
    const KEY: &[u8] = &[0x17, 1, 0, 0, 0, 1];
    const INTER: &[u8] = &[0x27, 1, 0, 0, 0, 1];

    fn frame(kind: TagKind, payload: &'static [u8]) -> Frame {
        Tag { kind, timestamp: Timestamp(0), payload: Bytes::from_static(payload) }.into()
    }

    fn passes(filter: &mut Filter, kind: TagKind, payload: &'static [u8]) -> bool {
        filter.judge(frame(kind, payload).class) == Verdict::Passes
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
    fn a_loss_of_sound_costs_no_video() {
        let mut filter = Filter::default();
        filter.lost(&[frame(TagKind::Audio, &[0xaf, 1, 0])]);
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
        let (header, key) = (frame(TagKind::Video, HEADER), frame(TagKind::Video, KEY));
        let audio = frame(TagKind::Audio, &[0xaf, 0, 0x12]);
        filter.lost(&[header.clone(), key.clone()]);
        assert!(!filter.owes_audio_header());
        filter.lost(std::slice::from_ref(&audio));
        assert!(filter.owes_audio_header());
        filter.lost(std::slice::from_ref(&header));
        let passed = filter.apply(&[frame(TagKind::Video, INTER), key.clone()]);
        assert_eq!(passed, Passed::Some { frames: vec![audio, header, key], undecodable: 1 });
        assert!(filter.passes_all());
        assert_eq!(filter.apply(&[frame(TagKind::Video, INTER)]), Passed::All);
    }
}
