//! The timestamps of a stream, and those that a subscriber is sent.

use std::num::Wrapping;

use super::frame::Frame;
use crate::media::TagKind;
use crate::protocol::Timestamp;

/// Offsets are multiples of this many milliseconds, so that subscribers that join together have the
/// same one, and share bytes. It is less than anyone can see or hear. A power of two divides the
/// range of timestamps, which wrap.
const OFFSET_STEP: u32 = 32;

/// How the frames that a new subscriber is sent first are timed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replay {
    /// At their own times. The subscriber begins at the last key frame, and stays as far behind the
    /// source as that was. Needed for frames that are shown in another order than they are sent in.
    #[default]
    OwnTimes,
    /// A millisecond apart, up to the last frame that was sent. The subscriber decodes all at once
    /// and shows the present. Sound of the past is left out. For frames without composition times,
    /// such as those of a renderer.
    CatchUp,
}

/// How far a timestamp may go back before it counts as a new beginning, in milliseconds.
const MAX_BACK: i32 = 1_000;

/// How far a timestamp may be ahead and still belong to a timeline that was left, in milliseconds.
const MAX_AHEAD: i32 = 10_000;

/// Sees to it that timestamps never go back.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// Audio, video and data. They are apart, since sources may send one kind a little ahead of
    /// another.
    tracks: [Track; 3],
    repairs: u64,
}

/// One kind of media.
#[derive(Clone, Copy, Debug, Default)]
struct Track {
    last: Option<Timestamp>,
    /// What is added to the timestamps of the source, and what was added before that.
    shift: u32,
    former_shift: u32,
}

impl Timeline {
    /// Moves a frame that is timed before its predecessor of the same kind to that one's time. If
    /// it is timed long before, a timeline begins that follows the former one, for all kinds of
    /// media.
    pub(crate) fn repair(&mut self, frame: &mut Frame) {
        let kind = match frame.tag.kind {
            TagKind::Audio => 0,
            TagKind::Video => 1,
            TagKind::Script => 2,
        };
        let Some(mut track) = self.tracks.get(kind).copied() else { return };
        let given = frame.tag.timestamp;
        // Sources time headers and data at 0 or anyhow.
        let is_aside = frame.class.is_header() || frame.tag.kind == TagKind::Script;
        if !is_aside {
            self.choose_shift(&mut track, given);
        }
        let mut placed = given.plus(track.shift);
        if let Some(last) = track.last {
            let moved = not_before(last, placed);
            self.repairs += u64::from(moved != placed && !is_aside);
            placed = moved;
        }
        frame.tag.timestamp = placed;
        track.last = Some(placed);
        if let Some(kept) = self.tracks.get_mut(kind) {
            *kept = track;
        }
    }

    /// Returns how many timestamps of frames were changed, not counting those that follow a change.
    pub(crate) const fn repairs(&self) -> u64 {
        self.repairs
    }

    /// Chooses what is added to the timestamps of a track from now on.
    fn choose_shift(&mut self, track: &mut Track, given: Timestamp) {
        let Some(last) = track.last else {
            // Another kind of media may have begun anew before this one came.
            let shifted = self.tracks.iter().find(|other| other.last.is_some() && other.shift != 0);
            if let Some(other) = shifted.filter(|other| fits(other, other.shift, given)) {
                track.shift = other.shift;
            }
            return;
        };
        let ahead = given.plus(track.shift).since(last);
        if (-MAX_BACK..=MAX_AHEAD).contains(&ahead) {
            return;
        }
        let others = self.tracks.iter().map(|other| other.shift);
        let mut known = others.chain([track.former_shift]);
        let shift = match known.find(|shift| fits(track, *shift, given)) {
            Some(shift) => shift,
            // A gap: the source knows better.
            None if ahead > 0 => return,
            None => {
                self.repairs += 1;
                self.reached(last).plus(1).0.wrapping_sub(given.0)
            }
        };
        track.former_shift = std::mem::replace(&mut track.shift, shift);
    }

    /// Returns the latest time of all kinds of media.
    fn reached(&self, last: Timestamp) -> Timestamp {
        let times = self.tracks.iter().filter_map(|track| track.last);
        times.fold(last, not_before)
    }
}

/// Returns whether a frame belongs behind the last one of a track if so much is added to its time.
fn fits(track: &Track, shift: u32, given: Timestamp) -> bool {
    let ahead = track.last.map(|last| given.plus(shift).since(last));
    ahead.is_some_and(|ahead| (-MAX_BACK..=MAX_AHEAD).contains(&ahead))
}

/// Returns the cached frames with the times that a new subscriber is sent, behind the headers.
pub(crate) fn replay<'a>(
    replay: Replay,
    headers: impl Iterator<Item = &'a Frame>,
    cached: &[Frame],
) -> Vec<Frame> {
    let mut frames = match replay {
        Replay::OwnTimes => cached.to_vec(),
        Replay::CatchUp => caught_up(cached),
    };
    let start = frames.first().map_or(Timestamp(0), |frame| frame.tag.timestamp);
    for frame in &mut frames {
        frame.tag.timestamp = not_before(start, frame.tag.timestamp);
    }
    let headers = headers.map(|header| at(header, start));
    headers.chain(frames).collect()
}

fn caught_up(cached: &[Frame]) -> Vec<Frame> {
    let shown: Vec<&Frame> =
        cached.iter().filter(|frame| frame.tag.kind != TagKind::Audio).collect();
    let Some(last) = shown.last().map(|frame| frame.tag.timestamp) else { return Vec::new() };
    let back = (0..shown.len()).rev();
    // The limits of the cache keep the number of frames far below the range of timestamps.
    #[allow(clippy::cast_possible_truncation, reason = "a number of cached frames")]
    let times = back.map(|back| Timestamp((Wrapping(last.0) - Wrapping(back as u32)).0));
    shown.into_iter().zip(times).map(|(frame, time)| at(frame, time)).collect()
}

/// From the times of a stream to those of one subscriber.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    /// The first time of the stream that the subscriber was sent, while it is recent.
    start: Option<Timestamp>,
    /// By how many milliseconds the stream is ahead of the subscriber.
    offset: u32,
}

impl Placement {
    /// How long frames may come that are timed before the first, in milliseconds: sources may send
    /// one kind of media this much ahead of another.
    const SETTLING_MS: i32 = 60_000;

    /// Places the time `first` of a stream at `position` of a subscriber, or up to 31 ms later.
    pub(crate) const fn new(first: Timestamp, position: Timestamp) -> Self {
        let ahead = first.0.wrapping_sub(position.0);
        Self { start: Some(first), offset: ahead & !(OFFSET_STEP - 1) }
    }

    pub(crate) const fn offset(self) -> u32 {
        self.offset
    }

    /// Returns the frames with times not before the first, or `None` if none needs another time.
    pub(crate) fn settle(&mut self, frames: &[Frame]) -> Option<Vec<Frame>> {
        let start = self.start?;
        let is_early = |frame: &Frame| frame.tag.timestamp.since(start) < 0;
        if frames.iter().any(is_early) {
            let placed = |frame: &Frame| at(frame, not_before(start, frame.tag.timestamp));
            return Some(frames.iter().map(placed).collect());
        }
        let has_settled = |frame: &Frame| frame.tag.timestamp.since(start) > Self::SETTLING_MS;
        if frames.iter().all(has_settled) {
            self.start = None;
        }
        None
    }
}

const fn not_before(earliest: Timestamp, timestamp: Timestamp) -> Timestamp {
    if timestamp.since(earliest) < 0 { earliest } else { timestamp }
}

fn at(frame: &Frame, timestamp: Timestamp) -> Frame {
    let mut frame = frame.clone();
    frame.tag.timestamp = timestamp;
    frame
}

#[cfg(test)]
mod tests {
    use super::{Frame, Placement, Replay, Timeline, replay};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    fn frame(kind: TagKind, time: u32) -> Frame {
        Tag { kind, timestamp: Timestamp(time), payload: vec![0x27, 1, 0, 0, 0].into() }.into()
    }

    fn video(times: &[u32]) -> Vec<Frame> {
        times.iter().map(|time| frame(TagKind::Video, *time)).collect()
    }

    fn times(frames: &[Frame]) -> Vec<u32> {
        frames.iter().map(|frame| frame.tag.timestamp.0).collect()
    }

    #[test]
    fn each_kind_of_media_never_goes_back() {
        let mut timeline = Timeline::default();
        let table = [
            (TagKind::Video, u32::MAX - 9, u32::MAX - 9),
            (TagKind::Audio, 20, 20),
            (TagKind::Video, 10, 10),
            (TagKind::Video, 5, 10),
            (TagKind::Audio, 19, 20),
            (TagKind::Script, 0, 0),
            (TagKind::Video, 30, 30),
        ];
        for (kind, given, repaired) in table {
            let mut frame = frame(kind, given);
            timeline.repair(&mut frame);
            assert_eq!(frame.tag.timestamp, Timestamp(repaired), "{kind:?} {given}");
        }
    }

    /// Frames of one kind after the other: each kind with its time, and the time that it gets.
    fn assert_repaired(table: &[(TagKind, u32, u32)]) {
        let mut timeline = Timeline::default();
        for (kind, given, repaired) in table {
            let mut frame = frame(*kind, *given);
            timeline.repair(&mut frame);
            assert_eq!(frame.tag.timestamp, Timestamp(*repaired), "{kind:?} {given} of {table:?}");
        }
    }

    #[test]
    fn a_source_that_begins_anew_goes_on_for_both_kinds() {
        use TagKind::{Audio, Script, Video};
        assert_repaired(&[
            (Video, 90_000, 90_000),
            (Audio, 90_010, 90_010),
            (Video, 0, 90_011),
            (Script, 0, 0),
            // The last of the former timeline.
            (Audio, 90_030, 90_030),
            (Audio, 10, 90_030),
            (Video, 40, 90_051),
            (Audio, 50, 90_061),
            (Video, 5_000, 95_011),
        ]);
        // The sound comes only after the new beginning.
        assert_repaired(&[(Video, 50_000, 50_000), (Video, 0, 50_001), (Audio, 5, 50_006)]);
        // Beyond half of the range, and over its end.
        assert_repaired(&[(Video, 5, 5), (Video, 3_000_000_000, 6), (Video, 3_000_000_040, 46)]);
        assert_repaired(&[(Video, u32::MAX - 9, u32::MAX - 9), (Video, 30, 30)]);
    }

    #[test]
    fn one_wrong_timestamp_changes_no_other() {
        use TagKind::{Audio, Video};
        assert_repaired(&[
            (Video, 80_000, 80_000),
            (Audio, 80_000, 80_000),
            (Video, 0, 80_001),
            (Video, 80_040, 80_040),
            (Audio, 80_020, 80_020),
            (Video, 80_080, 80_080),
        ]);
        // A gap stays, and what follows it.
        assert_repaired(&[(Video, 0, 0), (Video, 500_000, 500_000), (Video, 500_040, 500_040)]);
    }

    #[test]
    fn the_past_is_replayed_at_its_own_times_or_at_once() {
        let mut cached = video(&[9000, 9040, 9080]);
        cached.insert(1, frame(TagKind::Audio, 8990));
        let header = frame(TagKind::Video, 1000);
        let of = |policy| times(&replay(policy, std::iter::once(&header), &cached));
        assert_eq!(of(Replay::OwnTimes), [9000, 9000, 9000, 9040, 9080]);
        assert_eq!(of(Replay::CatchUp), [9078, 9078, 9079, 9080]);
        assert_eq!(times(&replay(Replay::CatchUp, std::iter::once(&header), &[])), [0]);
    }

    #[test]
    fn a_subscriber_begins_at_its_position_or_a_little_later() {
        for (first, position) in [(9000, 0), (9001, 7), (5, 1_000_000), (u32::MAX, 3), (31, 0)] {
            let placement = Placement::new(Timestamp(first), Timestamp(position));
            let placed = Timestamp(first.wrapping_sub(placement.offset()));
            assert!((0..32).contains(&placed.since(Timestamp(position))), "{first}: {placed}");
        }
        let offset =
            |first, position| Placement::new(Timestamp(first), Timestamp(position)).offset();
        assert_eq!(offset(9000, 0), offset(9000, 3), "they share bytes");
    }

    #[test]
    fn what_is_timed_before_the_first_frame_comes_with_it() {
        let mut placement = Placement::new(Timestamp(1000), Timestamp(0));
        assert_eq!(placement.settle(&video(&[1000, 1040])), None);
        let settled = placement.settle(&video(&[990, 1080])).expect("one is early");
        assert_eq!(times(&settled), [1000, 1080]);
        assert_eq!(placement.settle(&video(&[70_000])), None);
        // Times that have wrapped around half of their range are not early.
        assert_eq!(placement.settle(&video(&[1000_u32.wrapping_sub(9)])), None);
    }
}
