//! Where a file's clock changes, and where it is damaged.

use super::time_line::Frames;

/// The most breaks of a file: more would take more memory than they are worth.
const MAX_BREAKS: usize = 1 << 16;

/// What turns the timestamps of both kinds of frames into positions, by a wrapping addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shifts {
    audio: u32,
    video: u32,
}

impl Shifts {
    pub(super) const fn of(self, frames: Frames) -> u32 {
        match frames {
            Frames::Audio => self.audio,
            Frames::Video => self.video,
        }
    }

    const fn set(&mut self, frames: Frames, shift: u32) {
        match frames {
            Frames::Audio => self.audio = shift,
            Frames::Video => self.video = shift,
        }
    }
}

/// A point of the file from which on other rules hold.
#[derive(Clone, Copy, Debug)]
struct Break {
    /// Its offset, where a tag's header is or must be.
    offset: u64,
    /// Where to go on reading: further on if the file is damaged here.
    resume: u64,
    shifts: Shifts,
}

/// A part of a file that is read from tag to tag, with one clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Segment {
    /// Where to read.
    pub(super) from: u64,
    /// Where this segment ends.
    pub(super) until: u64,
    pub(super) shifts: Shifts,
}

/// Where a file's clock changes, and where it is damaged, in the file's order.
#[derive(Debug, Default)]
pub(super) struct Breaks {
    list: Vec<Break>,
}

impl Breaks {
    /// Returns whether no more breaks fit.
    pub(super) const fn is_full(&self) -> bool {
        self.list.len() >= MAX_BREAKS
    }

    /// Notes that tags go on at `resume`, behind what is damaged at `offset`.
    pub(super) fn add_gap(&mut self, offset: u64, resume: u64) {
        if let Some(at) = self.at(offset)
            && let Some(found) = self.list.get_mut(at)
        {
            found.resume = resume;
        }
    }

    /// Notes that frames of one kind have this shift from the tag at `offset` on.
    pub(super) fn set_shift(&mut self, offset: u64, frames: Frames, shift: u32) {
        if self.latest().of(frames) == shift {
            return;
        }
        if let Some(at) = self.at(offset) {
            for found in self.list.iter_mut().skip(at) {
                found.shifts.set(frames, shift);
            }
        }
    }

    /// Corrects the shift of the one tag from `offset` to `next`.
    pub(super) fn correct(&mut self, offset: u64, next: u64, frames: Frames, shift: u32) {
        let before = self.before(offset).of(frames);
        let (Some(_), Some(at)) = (self.at(offset), self.at(next)) else { return };
        for found in &mut self.list {
            if found.offset >= offset && found.offset < next {
                found.shifts.set(frames, shift);
            }
        }
        for found in self.list.iter_mut().skip(at) {
            found.shifts.set(frames, before);
        }
    }

    /// Returns the segment that a tag at `offset` is in, or that follows if the file is damaged
    /// there. It ends at `frontier` at the latest.
    pub(super) fn segment(&self, offset: u64, frontier: u64) -> Segment {
        let after = self.list.partition_point(|found| found.offset <= offset);
        let until = self.list.get(after).map_or(frontier, |next| next.offset.min(frontier));
        match after.checked_sub(1).and_then(|at| self.list.get(at)) {
            Some(found) => Segment { from: offset.max(found.resume), until, shifts: found.shifts },
            None => Segment { from: offset, until, shifts: Shifts::default() },
        }
    }

    /// Returns the latest shifts.
    pub(super) fn latest(&self) -> Shifts {
        self.list.last().map(|last| last.shifts).unwrap_or_default()
    }

    fn before(&self, offset: u64) -> Shifts {
        let after = self.list.partition_point(|found| found.offset < offset);
        let before = after.checked_sub(1).and_then(|at| self.list.get(at));
        before.map(|found| found.shifts).unwrap_or_default()
    }

    /// Returns the number of the break at `offset`, which is made if there is none. It is near the
    /// end. Returns `None` if no more breaks fit.
    fn at(&mut self, offset: u64) -> Option<usize> {
        let at = self.list.partition_point(|found| found.offset < offset);
        if self.list.get(at).is_some_and(|found| found.offset == offset) {
            return Some(at);
        }
        if self.is_full() {
            return None;
        }
        let shifts = self.before(offset);
        self.list.insert(at, Break { offset, resume: offset, shifts });
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shifts(breaks: &Breaks, offsets: &[u64]) -> Vec<(u32, u32)> {
        let of = |offset| breaks.segment(offset, 1_000).shifts;
        offsets.iter().map(|offset| (of(*offset).audio, of(*offset).video)).collect()
    }

    #[test]
    fn a_shift_holds_from_its_tag_on() {
        let mut breaks = Breaks::default();
        breaks.set_shift(10, Frames::Video, 7);
        breaks.set_shift(20, Frames::Audio, 5);
        breaks.set_shift(30, Frames::Audio, 5);
        breaks.set_shift(40, Frames::Video, 9);
        let expected = [(0, 0), (0, 7), (5, 7), (5, 7), (5, 9)];
        assert_eq!(shifts(&breaks, &[0, 10, 25, 30, 50]), expected);
        assert_eq!(breaks.segment(10, 1_000).until, 20);
        assert_eq!(breaks.segment(50, 1_000).until, 1_000);
        assert_eq!(breaks.list.len(), 3);
    }

    #[test]
    fn one_tag_is_corrected_and_no_other() {
        let mut breaks = Breaks::default();
        breaks.set_shift(0, Frames::Video, 1);
        breaks.set_shift(50, Frames::Video, 100);
        breaks.set_shift(70, Frames::Audio, 4);
        breaks.correct(50, 60, Frames::Video, 2);
        assert_eq!(
            shifts(&breaks, &[40, 50, 60, 70, 80]),
            [(0, 1), (0, 2), (0, 1), (4, 1), (4, 1)]
        );
    }

    #[test]
    fn a_gap_is_skipped_from_wherever_it_is_met() {
        let mut breaks = Breaks::default();
        breaks.set_shift(0, Frames::Audio, 3);
        breaks.add_gap(100, 140);
        for (offset, from) in [(99, 99), (100, 140), (120, 140), (140, 140), (150, 150)] {
            assert_eq!(breaks.segment(offset, 1_000).from, from, "{offset}");
        }
        assert_eq!(breaks.segment(120, 1_000).shifts.audio, 3);
    }
}
