//! When the next picture of a source is expected.

use std::time::{Duration, Instant};

use super::frame::Frame;
use crate::media::TagClass;

/// How soon a picture must be expected for sound to wait for it. That is how long the sound of one
/// message lasts: 1,024 samples of AAC at 44,100 Hz.
pub(super) const SOON: Duration = Duration::from_millis(23);

/// The same for very many subscribers: to send something to all of them takes several milliseconds.
/// It is the time from one picture to the next, at 25 a second.
pub(super) const SOON_FOR_MANY: Duration = Duration::from_millis(40);

/// How late a picture may be. Sound waits for it that much longer.
const SLACK: Duration = Duration::from_millis(2);

/// Pictures that come closer together are of one burst, or of several tracks.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(5);

/// A source whose pictures are further apart has no rhythm.
const LONGEST_INTERVAL: Duration = Duration::from_secs(1);

/// When the pictures of a source come, so that sound that comes shortly before one can leave with
/// it. The picture itself never waits.
#[derive(Debug, Default)]
pub(super) struct PictureRhythm {
    last: Option<Instant>,
    /// A moving average.
    interval: Option<Duration>,
}

impl PictureRhythm {
    /// Notes frames that have come. Returns how long they had better wait for the next picture, if
    /// that is expected as soon as `soon`.
    pub(super) fn note(&mut self, frames: &[Frame], now: Instant, soon: Duration) -> Duration {
        if frames.iter().any(|frame| is_picture(frame.class)) {
            self.note_picture(now);
        }
        if frames.iter().any(|frame| frame.class != TagClass::Audio) {
            return Duration::ZERO;
        }
        let until = self.expected().map(|expected| expected + SLACK);
        let wait = until.map(|until| until.saturating_duration_since(now));
        wait.filter(|wait| *wait <= soon + SLACK).unwrap_or_default()
    }

    fn note_picture(&mut self, now: Instant) {
        let since = self.last.map(|last| now.saturating_duration_since(last));
        if since.is_some_and(|since| since < SHORTEST_INTERVAL) {
            return;
        }
        let since = since.filter(|since| *since <= LONGEST_INTERVAL);
        self.interval = since.map(|since| match self.interval {
            Some(interval) => (interval * 3 + since) / 4,
            None => since,
        });
        self.last = Some(now);
    }

    fn expected(&self) -> Option<Instant> {
        self.last?.checked_add(self.interval?)
    }
}

const fn is_picture(class: TagClass) -> bool {
    matches!(
        class,
        TagClass::KeyFrame
            | TagClass::InterFrame
            | TagClass::DisposableFrame
            | TagClass::UnknownVideo
    )
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Frame, PictureRhythm, SOON, SOON_FOR_MANY};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    /// Returns how long each of the frames waits, in milliseconds. They are `v`ideo, its `h`eader,
    /// `a`udio or `s`cript, at a time in milliseconds.
    fn waits(frames: &[(char, u64)]) -> Vec<u128> {
        waits_if(SOON, frames)
    }

    /// Does what [`waits`] does, if sound waits for a picture that is expected as soon as `soon`.
    fn waits_if(soon: Duration, frames: &[(char, u64)]) -> Vec<u128> {
        let (mut rhythm, start) = (PictureRhythm::default(), Instant::now());
        let mut wait = |kind, ms| {
            let (kind, payload) = match kind {
                'v' => (TagKind::Video, vec![0x27, 1, 0, 0, 0]),
                'h' => (TagKind::Video, vec![0x17, 0, 0, 0, 0]),
                'a' => (TagKind::Audio, vec![0xaf, 1, 0]),
                _ => (TagKind::Script, vec![2, 0, 1, b'a', 5]),
            };
            let payload = payload.into();
            let frame = Frame::from(Tag { kind, timestamp: Timestamp(0), payload });
            rhythm.note(&[frame], start + Duration::from_millis(ms), soon).as_millis()
        };
        frames.iter().map(|(kind, ms)| wait(*kind, *ms)).collect()
    }

    #[test]
    fn sound_waits_for_a_picture_that_is_expected_soon() {
        let pictures = [('v', 0), ('v', 40)];
        for (at, wait) in [(41, 0), (56, 0), (57, 25), (75, 7), (80, 2), (81, 1), (82, 0), (99, 0)]
        {
            let waits = waits(&[pictures[0], pictures[1], ('a', at)]);
            assert_eq!(waits, [0, 0, wait], "at {at} ms");
        }
    }

    #[test]
    fn sound_for_many_waits_for_the_next_of_25_pictures_a_second() {
        let frames = [('v', 0), ('v', 40), ('a', 40), ('a', 63), ('v', 90), ('a', 90)];
        assert_eq!(waits_if(SOON_FOR_MANY, &frames), [0, 0, 42, 19, 0, 0], "42.5 ms are too long");
    }

    #[test]
    fn nothing_else_waits() {
        assert_eq!(waits(&[('a', 0), ('a', 23), ('a', 46)]), [0; 3], "there are no pictures");
        assert_eq!(waits(&[('v', 0), ('a', 39)]), [0; 2], "the rhythm is not known");
        assert_eq!(waits(&[('v', 0), ('v', 40), ('s', 75), ('v', 75)]), [0; 4]);
        assert_eq!(waits(&[('v', 0), ('v', 2000), ('a', 3995)]), [0; 3], "a slide show");
    }

    #[test]
    fn a_header_or_a_second_track_does_not_change_the_rhythm() {
        let headers = [('v', 0), ('h', 39), ('v', 40), ('h', 62), ('a', 75)];
        assert_eq!(waits(&headers), [0, 0, 0, 0, 7]);
        let tracks = [('v', 0), ('v', 1), ('v', 40), ('v', 41), ('a', 55), ('a', 75)];
        assert_eq!(waits(&tracks), [0, 0, 0, 0, 0, 7]);
    }

    #[test]
    fn the_rhythm_is_that_of_the_last_pictures() {
        let mut frames: Vec<(char, u64)> = (0..20).map(|number| ('v', number * 40)).collect();
        frames.extend((1..20).map(|number| ('v', 760 + number * 20)));
        frames.extend([('a', 1145), ('a', 1155)]);
        assert_eq!(waits(&frames)[39..], [17, 7]);
        let after_a_pause =
            [('v', 0), ('v', 40), ('v', 5000), ('a', 5035), ('v', 5040), ('a', 5075)];
        assert_eq!(waits(&after_a_pause)[3..], [0, 0, 7]);
    }
}
