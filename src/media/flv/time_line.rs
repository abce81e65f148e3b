//! A file's own time line: one clock, made of timestamps that may jump or start anew.

use crate::protocol::Timestamp;

/// How far a frame may lie before the latest one of its kind, in milliseconds. Beyond that, its
/// clock has started anew.
const MAX_STEP_BACK: i64 = 500;
/// The longest gap that is kept while sound plays, in milliseconds. Players close longer ones too:
/// their clock is that of the sound, which does not wait.
const MAX_GAP: i64 = 10_000;
/// The longest gap that is kept where there is no sound, in milliseconds: slides may change rarely.
const MAX_SILENT_GAP: i64 = 600_000;
/// A step forward beyond this, in milliseconds, may be the wrong timestamp of one frame.
const SUSPECT_STEP: i64 = 1_000;
/// The assumed distance of frames where the file gives none, in milliseconds.
const DEFAULT_FRAME: i64 = 40;
/// The longest distance of frames that is bridged at a joint, in milliseconds.
const MAX_FRAME: i64 = 1_000;

/// The two kinds of frames, which may keep different clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frames {
    Audio,
    Video,
}

/// Gives each frame of a file its position, in milliseconds since the first frame.
///
/// Positions follow the timestamps as long as those are plausible. At a jump, such as that of two
/// recordings in one file, the new clock is joined to the end of the old one.
#[derive(Debug, Default)]
pub(super) struct TimeLine {
    audio: Clock,
    video: Clock,
    /// The latest position of any frame.
    end: i64,
    has_begun: bool,
}

/// The clock of one kind of frames.
#[derive(Clone, Debug, Default)]
struct Clock {
    /// What turns a timestamp into a position, and what did so before the last joint.
    shift: u32,
    former_shift: Option<u32>,
    /// The latest position. `None` before the first frame.
    last: Option<i64>,
    /// The distance of the two latest frames.
    step: Option<i64>,
    /// The latest frame lies suspiciously late: the end of the time line and `last` before it.
    suspect: Option<(i64, i64)>,
}

/// The position of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) position: u32,
    /// The right position of the frame of this kind before, whose timestamp proved to be wrong.
    pub(super) previous: Option<u32>,
}

impl TimeLine {
    /// The latest position of any frame, in milliseconds.
    pub(super) fn end(&self) -> u32 {
        saturate(self.end)
    }

    /// Places the next frame of the file.
    pub(super) fn place(&mut self, frames: Frames, timestamp: Timestamp) -> Placed {
        let previous = self.unmask_suspect(frames, timestamp);
        let position = self.find(frames, timestamp);
        let end = self.end;
        let clock = self.clock_mut(frames);
        let step = position.saturating_sub(clock.last.unwrap_or(position));
        let is_suspect = clock.last.is_some() && step > SUSPECT_STEP;
        clock.suspect = clock.last.filter(|_| is_suspect).map(|last| (end, last));
        if step > 0 {
            clock.step = Some(step.min(MAX_FRAME));
        }
        clock.last = Some(position);
        self.end = end.max(position);
        self.has_begun = true;
        Placed { position: saturate(position), previous: previous.map(saturate) }
    }

    /// Finds out whether the timestamp before was wrong: this one goes on from the frame before it.
    fn unmask_suspect(&mut self, frames: Frames, timestamp: Timestamp) -> Option<i64> {
        let (end, last) = self.clock_mut(frames).suspect.take()?;
        let clock = self.clock(frames);
        let position = self.position(clock.shift, timestamp);
        let goes_on = position >= last && position < last.saturating_add(SUSPECT_STEP);
        if !goes_on || clock.last.is_none_or(|wrong| position > wrong.saturating_sub(SUSPECT_STEP))
        {
            return None;
        }
        let other = self.clock(frames.other()).last.unwrap_or(0);
        self.end = end.max(other);
        self.clock_mut(frames).last = Some(last);
        Some(last)
    }

    fn find(&mut self, frames: Frames, timestamp: Timestamp) -> i64 {
        if !self.has_begun {
            let shift = 0_u32.wrapping_sub(timestamp.0);
            self.clock_mut(frames).shift = shift;
            return 0;
        }
        let (own, other) = (self.clock(frames), self.clock(frames.other()));
        let candidates = [
            own.last.map(|_| own.shift),
            other.last.map(|_| other.shift),
            own.former_shift,
            other.former_shift,
        ];
        let found = candidates
            .into_iter()
            .flatten()
            .map(|shift| (shift, self.position(shift, timestamp)))
            .filter(|(_, position)| self.is_plausible(frames, *position))
            .enumerate()
            // The clock in use is kept unless another one fits much better.
            .min_by_key(|(rank, (_, position))| {
                (position.saturating_sub(self.end).abs() / SUSPECT_STEP, *rank)
            });
        let end = self.end;
        let (shift, position) = match found {
            Some((_, found)) => found,
            None => {
                let position = end.saturating_add(own.step.unwrap_or(DEFAULT_FRAME));
                (saturate(position).wrapping_sub(timestamp.0), position)
            }
        };
        let clock = self.clock_mut(frames);
        if clock.last.is_some() && clock.shift != shift {
            clock.former_shift = Some(clock.shift);
        }
        clock.shift = shift;
        position.max(0)
    }

    /// Whether the next frame may lie there.
    fn is_plausible(&self, frames: Frames, position: i64) -> bool {
        let earliest = match self.clock(frames).last {
            Some(last) => last.saturating_sub(MAX_STEP_BACK),
            None => MAX_STEP_BACK.saturating_neg(),
        };
        let is_silent = self.audio.last.is_none_or(|last| last < self.end.saturating_sub(MAX_GAP));
        let gap = if is_silent { MAX_SILENT_GAP } else { MAX_GAP };
        position >= earliest && position <= self.end.saturating_add(gap)
    }

    /// Where `timestamp` lies by a clock, taking it for near to the end: timestamps wrap.
    fn position(&self, shift: u32, timestamp: Timestamp) -> i64 {
        let distance = timestamp.0.wrapping_add(shift).wrapping_sub(self.end as u32);
        self.end.saturating_add(distance.cast_signed().into())
    }

    const fn clock(&self, frames: Frames) -> &Clock {
        match frames {
            Frames::Audio => &self.audio,
            Frames::Video => &self.video,
        }
    }

    const fn clock_mut(&mut self, frames: Frames) -> &mut Clock {
        match frames {
            Frames::Audio => &mut self.audio,
            Frames::Video => &mut self.video,
        }
    }
}

impl Frames {
    const fn other(self) -> Self {
        match self {
            Self::Audio => Self::Video,
            Self::Video => Self::Audio,
        }
    }
}

/// Saturates after 49.7 days.
fn saturate(position: i64) -> u32 {
    u32::try_from(position.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The final positions of frames: `a` or `v`, and the timestamp.
    fn positions(frames: &[(char, u32)]) -> Vec<u32> {
        let mut line = TimeLine::default();
        let mut placed: Vec<(char, u32)> = Vec::new();
        for &(kind, timestamp) in frames {
            let frames = if kind == 'a' { Frames::Audio } else { Frames::Video };
            let found = line.place(frames, Timestamp(timestamp));
            if let Some(previous) = found.previous {
                placed.iter_mut().rfind(|(of, _)| *of == kind).unwrap().1 = previous;
            }
            placed.push((kind, found.position));
        }
        placed.into_iter().map(|(_, position)| position).collect()
    }

    const HOUR: u32 = 3_600_000;

    #[test]
    fn plausible_timestamps_are_kept_from_the_first_frame_on() {
        assert_eq!(
            positions(&[('v', 700), ('a', 710), ('v', 740), ('a', 733), ('v', 2_740)]),
            [0, 10, 40, 33, 2_040]
        );
        let late_sound = [('v', 0), ('v', 40), ('v', 80), ('a', 0), ('a', 23)];
        assert_eq!(positions(&late_sound), [0, 40, 80, 0, 23]);
    }

    #[test]
    fn a_clock_that_jumps_is_joined_to_the_end() {
        type Case<'a> = (&'a str, &'a [(char, u32)], &'a [u32]);
        let table: &[Case<'_>] = &[
            (
                "the first sound at 0, the rest 10 hours later",
                &[('a', 0), ('v', 10 * HOUR), ('a', 10 * HOUR + 3), ('v', 10 * HOUR + 40)],
                &[0, 40, 43, 80],
            ),
            (
                "a gap of an hour",
                &[('v', 0), ('a', 5), ('v', 40), ('v', HOUR), ('a', HOUR + 5), ('v', HOUR + 40)],
                &[0, 5, 40, 80, 85, 120],
            ),
            (
                "a gap of an hour without sound",
                &[('v', 0), ('v', 40), ('v', HOUR), ('v', HOUR + 40)],
                &[0, 40, 80, 120],
            ),
            (
                "one picture 10.4 hours late",
                &[('v', 0), ('a', 0), ('v', 37_440_000), ('a', 40), ('v', 80), ('v', 120)],
                &[0, 0, 40, 40, 80, 120],
            ),
            (
                "one picture 8 seconds late",
                &[('v', 0), ('a', 0), ('v', 40), ('v', 8_000), ('a', 40), ('v', 120), ('v', 160)],
                &[0, 0, 40, 40, 40, 120, 160],
            ),
            (
                "one picture at 0",
                &[('v', 0), ('v', 4_000), ('v', 4_040), ('v', 0), ('v', 4_120), ('v', 4_160)],
                &[0, 4_000, 4_040, 4_080, 4_120, 4_160],
            ),
            (
                "two recordings in one file",
                &[('v', 0), ('a', 0), ('v', 900), ('a', 900), ('v', 0), ('a', 23), ('v', 40)],
                &[0, 0, 900, 900, 1_800, 1_823, 1_840],
            ),
            (
                "sound and pictures by different clocks",
                &[('a', 0), ('v', HOUR), ('a', 40), ('v', HOUR + 40), ('a', 80), ('v', HOUR + 80)],
                &[0, 40, 40, 80, 80, 120],
            ),
            (
                "above 2^31",
                &[('v', 1 << 31), ('a', (1 << 31) + 5), ('v', (1 << 31) + 40)],
                &[0, 5, 40],
            ),
            (
                "across 2^32",
                &[('v', u32::MAX - 19), ('a', u32::MAX), ('v', 20), ('a', 23)],
                &[0, 19, 40, 43],
            ),
        ];
        for (name, frames, expected) in table {
            assert_eq!(positions(frames), *expected, "{name}");
        }
    }

    #[test]
    fn slides_without_sound_keep_their_times() {
        let slides = [('v', 0), ('v', 60_000), ('v', 300_000), ('v', 301_000)];
        assert_eq!(positions(&slides), [0, 60_000, 300_000, 301_000]);
        let sound_first = [('a', 0), ('v', 0), ('a', 500), ('v', 9_000), ('v', 40_000)];
        assert_eq!(positions(&sound_first), [0, 0, 500, 9_000, 40_000 - 31_000 + 1_000]);
    }
}
