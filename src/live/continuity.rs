//! One timeline for all publishers of a stream, whatever their timestamps are.

use std::time::{Duration, Instant};

use crate::media::TagKind;
use crate::protocol::Timestamp;

/// How far a timestamp may go back before it counts as a new beginning, in milliseconds. Less is an
/// imperfection, and is moved to its predecessor's time.
const MAX_BACK: i64 = 1_000;

/// How far one kind of media may begin behind the other, in milliseconds.
const MAX_APART: i64 = 10_000;

/// How far a timestamp may run ahead of the time that has passed, in milliseconds.
const MAX_AHEAD: i64 = 10_000;

/// Places the timestamps of one publisher after the other on one timeline, which never goes back.
///
/// A publisher that returns goes on where the former ceased, later by the time in between. So does
/// one whose timestamps jump. Audio and video keep their distance over a jump.
#[derive(Debug)]
pub(super) struct Continuity {
    video: Track,
    audio: Track,
    /// What is added to the timestamps of the publisher, modulo 2^32. `None` before its first
    /// frame.
    shift: Option<u32>,
    /// The latest timestamp of the timeline, and when it was reached.
    reached: Option<(Timestamp, Instant)>,
    repairs: u64,
}

/// The audio or the video of a stream.
#[derive(Debug, Default)]
struct Track {
    /// What is added to its timestamps. `None` before its first frame.
    shift: Option<u32>,
    last: Option<Timestamp>,
}

impl Continuity {
    pub(super) fn new() -> Self {
        Self {
            video: Track::default(),
            audio: Track::default(),
            // The first publisher keeps its timestamps.
            shift: Some(0),
            reached: None,
            repairs: 0,
        }
    }

    /// Begins with another publisher, or with the same again.
    pub(super) fn begin(&mut self) {
        if self.reached.is_some() {
            self.shift = None;
        }
        self.video.shift = None;
        self.audio.shift = None;
    }

    /// Returns how many timestamps were repaired.
    pub(super) const fn repairs(&self) -> u64 {
        self.repairs
    }

    /// Returns the place of a tag that is no frame: data or the header of a decoder. Publishers
    /// time these at 0 or anyhow.
    pub(super) fn place_aside(&mut self, timestamp: Timestamp, now: Instant) -> Timestamp {
        let Some((reached, _)) = self.reached else {
            self.reached = Some((timestamp, now));
            return timestamp;
        };
        let placed = self.shift.map(|shift| timestamp.plus(shift));
        placed
            .filter(|placed| (0..MAX_AHEAD).contains(&distance(*placed, reached)))
            .unwrap_or(reached)
    }

    /// Returns the place of a frame.
    pub(super) fn place(&mut self, kind: TagKind, timestamp: Timestamp, now: Instant) -> Timestamp {
        let reached = self.reached;
        let passed = reached.map_or(Duration::ZERO, |(_, at)| now.saturating_duration_since(at));
        let passed = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX / 2);
        let track = if kind == TagKind::Audio { &mut self.audio } else { &mut self.video };
        let own = track.shift.zip(track.last).filter(|(shift, last)| {
            let ahead = distance(timestamp.plus(*shift), *last);
            (-MAX_BACK..=passed.saturating_add(MAX_AHEAD)).contains(&ahead)
        });
        let common = || {
            self.shift.filter(|shift| {
                reached.is_none_or(|(reached, _)| {
                    let ahead = distance(timestamp.plus(*shift), reached);
                    (-MAX_APART..=passed.saturating_add(MAX_AHEAD)).contains(&ahead)
                })
            })
        };
        let shift = own.map(|(shift, _)| shift).or_else(common).unwrap_or_else(|| {
            let passed = u32::try_from(passed).unwrap_or(u32::MAX);
            let place = reached.map_or(timestamp, |(reached, _)| reached.plus(passed.max(1)));
            let shift = place.0.wrapping_sub(timestamp.0);
            self.repairs += u64::from(track.shift.is_some());
            self.shift = Some(shift);
            shift
        });
        track.shift = Some(shift);
        let mut placed = timestamp.plus(shift);
        if let Some(last) = track.last
            && placed.since(last) < 0
        {
            self.repairs += 1;
            placed = last;
        }
        track.last = Some(placed);
        if reached.is_none_or(|(reached, _)| placed.since(reached) >= 0) {
            self.reached = Some((placed, now));
        }
        placed
    }
}

/// Returns by how many milliseconds `later` is after `earlier`. Timestamps wrap.
fn distance(later: Timestamp, earlier: Timestamp) -> i64 {
    i64::from(later.since(earlier))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Continuity;
    use crate::media::TagKind::{Audio, Video};
    use crate::protocol::Timestamp;

    struct Feed {
        continuity: Continuity,
        start: Instant,
    }

    impl Feed {
        fn new() -> Self {
            Self { continuity: Continuity::new(), start: Instant::now() }
        }

        /// Returns the places of frames that each come `period` ms after the one before.
        fn place(&mut self, from: u64, period: u64, times: &[u32]) -> Vec<u32> {
            let at =
                |index: usize| self.start + Duration::from_millis(from + period * index as u64);
            let place = |(index, time): (usize, &u32)| {
                self.continuity.place(Video, Timestamp(*time), at(index)).0
            };
            times.iter().enumerate().map(place).collect()
        }
    }

    #[test]
    fn the_first_publisher_keeps_its_timestamps_wherever_they_start() {
        for start in [0, 7, 3_600_000, u32::MAX - 50] {
            let times = [0, 40, 80, 120].map(|time: u32| start.wrapping_add(time));
            assert_eq!(Feed::new().place(0, 40, &times), times, "also over the wrap");
        }
    }

    #[test]
    fn a_publisher_that_returns_continues_after_the_time_that_it_was_away() {
        let mut feed = Feed::new();
        feed.place(0, 40, &[1000, 1040, 1080]);
        feed.continuity.begin();
        assert_eq!(feed.place(5080, 40, &[90_000_000, 90_000_040]), [6080, 6120]);
        feed.continuity.begin();
        assert_eq!(feed.place(6120, 40, &[0, 40]), [7120, 7160]);
        assert_eq!(feed.continuity.repairs(), 0, "a return is no fault");
    }

    #[test]
    fn jumps_go_on_with_the_time_that_passed() {
        let mut feed = Feed::new();
        let placed = feed.place(0, 40, &[0, 40, 500_000, 500_040, 3, 43, 1 << 31, (1 << 31) + 40]);
        assert_eq!(placed, [0, 40, 80, 120, 160, 200, 240, 280]);
        assert_eq!(feed.continuity.repairs(), 3);
    }

    #[test]
    fn a_pause_of_the_source_is_no_jump() {
        let mut feed = Feed::new();
        assert_eq!(feed.place(0, 60_000, &[0, 60_000, 120_000]), [0, 60_000, 120_000]);
        assert_eq!(feed.continuity.repairs(), 0);
    }

    #[test]
    fn a_small_step_back_is_moved_to_the_predecessor() {
        let mut feed = Feed::new();
        assert_eq!(feed.place(0, 20, &[0, 40, 20, 80]), [0, 40, 40, 80]);
        assert_eq!(feed.continuity.repairs(), 1);
    }

    #[test]
    fn audio_and_video_keep_their_distance_over_a_jump() {
        let mut feed = Feed::new();
        let now = feed.start;
        let mut place = |kind, time, ms| {
            feed.continuity.place(kind, Timestamp(time), now + Duration::from_millis(ms)).0
        };
        assert_eq!([place(Video, 0, 0), place(Audio, 10, 0)], [0, 10]);
        assert_eq!([place(Video, 700_000, 40), place(Audio, 700_010, 40)], [50, 60]);
        assert_eq!(place(Audio, 700_030, 60), 80);
    }

    #[test]
    fn tracks_that_are_far_apart_from_the_start_both_go_on() {
        let mut feed = Feed::new();
        let now = feed.start;
        let mut place = |kind, time, ms| {
            feed.continuity.place(kind, Timestamp(time), now + Duration::from_millis(ms)).0
        };
        place(Audio, 0, 0);
        let first = place(Video, 5_000_000, 0);
        assert!(first < 100, "{first}");
        assert_eq!(place(Audio, 40, 40), 40);
        assert_eq!(place(Video, 5_000_040, 40), first + 40);
    }

    #[test]
    fn data_and_headers_come_with_their_neighbours() {
        let mut feed = Feed::new();
        let now = feed.start;
        assert_eq!(feed.continuity.place_aside(Timestamp(0), now), Timestamp(0));
        assert_eq!(feed.continuity.place(Video, Timestamp(0), now), Timestamp(0));
        assert_eq!(feed.continuity.place(Video, Timestamp(900), now), Timestamp(900));
        assert_eq!(feed.continuity.place_aside(Timestamp(0), now), Timestamp(900));
        assert_eq!(feed.continuity.place_aside(Timestamp(940), now), Timestamp(940));
        feed.continuity.begin();
        assert_eq!(feed.continuity.place_aside(Timestamp(77), now), Timestamp(900));
    }
}
