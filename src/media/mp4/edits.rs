//! Edit lists: which parts of a track's media are played, and when (ISO/IEC 14496-12, 8.6.6).

use mp4_atom::Elst;

use super::Error;
use super::boxes::Boxes;
use super::sample::Sample;
use crate::media::TagKind;

/// How much sound before the first edit is kept, in milliseconds: decoders need it to start.
const PRIMING: i32 = 100;

/// The longest delay that a track may start with, in seconds. A longer one is a mistake.
const MAX_DELAY: u64 = 24 * 3600;

/// The edits of a track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Edits {
    /// What to take away from all times so that they are those of the first edit, in the track's
    /// units.
    pub(super) shift: i64,
    /// In the order of playing, with times from which the shift was taken away.
    list: Vec<Edit>,
}

/// A part of a track's media, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edit {
    from: i32,
    to: i32,
    /// When it is played.
    at: i32,
}

impl Edits {
    /// Reads the `edts` box of a track, if it has one. `length` is that of the media, in the
    /// track's units. Edits that start behind it are left out.
    pub(super) fn read(edts: Boxes<'_>, timescale: u32, movie_timescale: u32, length: i64) -> Self {
        let list = edts.decode::<Elst>("elst").ok().flatten().unwrap_or_default();
        let movie_timescale = movie_timescale.max(1);
        let longest = MAX_DELAY.saturating_mul(movie_timescale.into());
        let units = |duration: u64| convert(duration.into(), movie_timescale, timescale.max(1));
        let milliseconds = |units: i128| saturate(convert(units, timescale.max(1), 1_000));
        let mut edits = Self::default();
        let mut at = 0_i128;
        for entry in list.entries {
            let Some(from) = entry.media_time.map(i128::from) else {
                if entry.segment_duration <= longest {
                    at = at.saturating_add(units(entry.segment_duration));
                }
                continue;
            };
            if from >= length.into() {
                continue;
            }
            if edits.list.is_empty() {
                edits.shift = i64::try_from(from.saturating_sub(at)).unwrap_or_default();
            }
            let length = match entry.segment_duration {
                // To the end of the media.
                0 => i128::from(i64::MAX),
                duration => units(duration),
            };
            let from = from.saturating_sub(edits.shift.into());
            edits.list.push(Edit {
                from: milliseconds(from),
                to: milliseconds(from.saturating_add(length)),
                at: milliseconds(at),
            });
            at = at.saturating_add(length);
        }
        edits
    }

    /// Returns the samples that are played, and the time at which the last one ends. `end` is that
    /// of the media. `most` bounds the number of samples.
    pub(super) fn apply(
        &self,
        samples: Vec<Sample>,
        most: usize,
        kind: TagKind,
        end: i32,
    ) -> Result<(Vec<Sample>, i32), Error> {
        let starts_later = |edit: &Edit| {
            let before = samples.iter().take_while(|it| it.shown() <= edit.from);
            before.skip(1).any(Sample::is_key_frame)
        };
        match self.list.as_slice() {
            [] => return Ok((samples, end)),
            [edit] if edit.to >= end && !starts_later(edit) => return Ok((samples, end)),
            _ => {}
        }
        let mut played = Played { samples: Vec::new(), most, end: i32::MIN };
        for (number, edit) in self.list.iter().enumerate() {
            let edit = Edit { to: edit.to.min(end), ..*edit };
            match kind {
                TagKind::Video => played.add_video(edit, &samples, number == 0)?,
                _ => played.add_audio(edit, &samples, number == 0)?,
            }
        }
        Ok((played.samples, played.end))
    }
}

/// What is played of a track.
struct Played {
    samples: Vec<Sample>,
    most: usize,
    end: i32,
}

impl Played {
    /// Adds the pictures of an edit, behind those that its first one refers to. These have the time
    /// of the edit's start, so that they are not seen. Those of the first edit come before it.
    fn add_video(&mut self, edit: Edit, media: &[Sample], is_first: bool) -> Result<(), Error> {
        let next = media.partition_point(|sample| sample.time <= edit.from);
        let before = media.get(..next).unwrap_or_default();
        let key_frame = before.iter().rposition(|it| it.is_key_frame() && it.shown() <= edit.from);
        let stop = media.partition_point(|sample| sample.time < edit.to);
        let start = key_frame.unwrap_or_default();
        let within = media.get(start..stop).unwrap_or_default();
        let last = within.iter().rposition(|sample| sample.shown() < edit.to);
        let moved = edit.at.saturating_sub(edit.from);
        let earliest = if is_first { i32::MIN } else { edit.at };
        for sample in within.get(..=last.unwrap_or_default()).unwrap_or_default() {
            let shown = sample.shown().min(edit.to).saturating_add(moved).max(earliest);
            self.push(sample, sample.time.saturating_add(moved).max(earliest), shown)?;
        }
        self.end = self.end.max(edit.to.saturating_add(moved));
        Ok(())
    }

    fn add_audio(&mut self, edit: Edit, media: &[Sample], is_first: bool) -> Result<(), Error> {
        let priming = if is_first { PRIMING } else { 0 };
        let from = edit.from.saturating_sub(priming);
        let start = media.partition_point(|sample| sample.time < from);
        let stop = media.partition_point(|sample| sample.time < edit.to);
        let moved = edit.at.saturating_sub(edit.from);
        for sample in media.get(start..stop).unwrap_or_default() {
            let time = sample.time.saturating_add(moved);
            self.push(sample, time, time)?;
        }
        self.end = self.end.max(edit.to.saturating_add(moved));
        Ok(())
    }

    /// Adds a sample. Times never decrease.
    fn push(&mut self, sample: &Sample, time: i32, shown: i32) -> Result<(), Error> {
        if self.samples.len() >= self.most {
            return Err(Error::TooLong);
        }
        let time = self.samples.last().map_or(time, |last| last.time.max(time));
        let composition = shown.saturating_sub(time).max(sample.composition.min(0));
        self.samples.push(sample.moved_to(time, composition));
        Ok(())
    }
}

/// Converts a time between units of `from` and of `to` a second, rounded to the nearest.
fn convert(time: i128, from: u32, to: u32) -> i128 {
    let half = i128::from(from / 2);
    let half = if time < 0 { half.saturating_neg() } else { half };
    time.saturating_mul(to.into()).saturating_add(half).checked_div(from.into()).unwrap_or_default()
}

fn saturate(time: i128) -> i32 {
    i32::try_from(time).unwrap_or(if time < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes an `edts` body of segment durations in milliseconds and media times at 12,800 Hz.
    fn edits(entries: &[(u32, i32)]) -> Edits {
        let mut elst = vec![0; 4];
        elst.extend((entries.len() as u32).to_be_bytes());
        for (duration, media_time) in entries {
            elst.extend(duration.to_be_bytes());
            elst.extend(media_time.to_be_bytes());
            elst.extend([0, 1, 0, 0]);
        }
        let mut edts = (elst.len() as u32 + 8).to_be_bytes().to_vec();
        edts.extend(b"elst");
        edts.extend(elst);
        Edits::read(Boxes(&edts), 12_800, 1_000, 52_480)
    }

    /// Four seconds of 10 frames each, which start with a key frame and are shown 100 ms later.
    fn media(shift: i32) -> Vec<Sample> {
        let sample = |number: i32| Sample::new(number % 10 == 0, number * 100 - shift, 100);
        (0..40).map(sample).collect()
    }

    /// What is shown when, by the frame's own time in the media.
    fn shown(entries: &[(u32, i32)]) -> (Vec<(i32, i32)>, i32) {
        let edits = edits(entries);
        let shift = edits.shift as i32 * 10 / 128;
        let before = media(shift);
        let (played, end) = edits.apply(before, 1_000, TagKind::Video, 4_100 - shift).unwrap();
        let times = played.windows(2).all(|pair| pair[0].time <= pair[1].time);
        assert!(times && played[0].is_key_frame(), "{played:?}");
        (played.iter().map(|it| (it.time, it.shown())).collect(), end)
    }

    #[test]
    fn an_edit_of_all_changes_nothing() {
        for entries in [&[(4_000, 1_280)][..], &[(0, 1_280)], &[(5_000, 1_280)], &[]] {
            let shift = if entries.is_empty() { 0 } else { 100 };
            let edits = edits(entries);
            let (played, end) =
                edits.apply(media(shift), 1_000, TagKind::Video, 4_100 - shift).unwrap();
            assert_eq!((played, end), (media(shift), 4_100 - shift), "{entries:?}");
        }
    }

    #[test]
    fn the_start_is_left_out_up_to_a_key_frame_and_the_end_from_the_edit_on() {
        // From 1.6 s of what is shown, which refers to the key frame at 1.1 s.
        let (played, end) = shown(&[(1_000, 20_480)]);
        assert_eq!((played.first(), played.last()), (Some(&(-600, -500)), Some(&(800, 900))));
        assert_eq!(end, 1_000);
    }

    #[test]
    fn later_edits_follow_and_what_they_refer_to_is_not_seen() {
        let (played, end) = shown(&[(500, 1_280), (500, 29_440)]);
        let expected_first = [(-100, 0), (0, 100), (100, 200), (200, 300), (300, 400)];
        assert_eq!(played[..5], expected_first);
        // The second edit starts at 2.3 s: the frames shown at 2.1 and 2.2 s come with it.
        assert_eq!(played[5..8], [(500, 500), (500, 500), (500, 500)]);
        assert_eq!((played[8], played.last().copied(), end), ((500, 600), Some((800, 900)), 1_000));
    }

    #[test]
    fn an_empty_edit_is_a_gap_and_a_repeated_one_is_played_again() {
        let (played, end) = shown(&[(200, 1_280), (1_000, -1), (200, 1_280)]);
        let times: Vec<i32> = played.iter().map(|(_, shown)| *shown).collect();
        assert_eq!((times, end), (vec![0, 100, 1_200, 1_300], 1_400));
    }

    #[test]
    fn edits_that_make_no_sense_are_left_out() {
        for entries in [&[(100, i32::MAX)][..], &[(u32::MAX, -1), (100, 52_480)]] {
            assert_eq!(edits(entries), Edits::default(), "{entries:?}");
        }
        assert_eq!(edits(&[(u32::MAX, -1), (0, 128)]).shift, 128);
        assert_eq!(edits(&[(5, -7)]), Edits::default());
    }

    #[test]
    fn sound_is_cut_at_its_frames() {
        let sound: Vec<Sample> = (0..40).map(|number| Sample::new(false, number * 20, 0)).collect();
        let edits = edits(&[(100, 0), (100, 5_120)]);
        let (played, end) = edits.apply(sound, 1_000, TagKind::Audio, 800).unwrap();
        let times: Vec<i32> = played.iter().map(|sample| sample.time).collect();
        assert_eq!((times, end), ((0..10).map(|number| number * 20).collect(), 200));
    }

    #[test]
    fn a_list_cannot_repeat_without_end() {
        let all = vec![(0, 0); 100_000];
        let long: Vec<Sample> = (0..1_000).map(|it| Sample::new(true, it, 0)).collect();
        let result = edits(&all).apply(long, 50_000, TagKind::Video, 1_000);
        assert!(matches!(result, Err(Error::TooLong)), "{result:?}");
    }
}
