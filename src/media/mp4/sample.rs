//! Samples: the frames of a track.

use super::Error;

/// The most samples of a track: two days of sound at 48 kHz.
const MAX_SAMPLES: usize = 8 << 20;

/// The most bytes of a sample. With its header it must fit a tag.
const MAX_LENGTH: u32 = 0x00ff_ff00;
/// The bit of a length that marks a key frame.
const KEY_FRAME: u32 = 1 << 31;

/// The furthest that a frame is shown from when it is decoded, in milliseconds: a tag has 24 bits
/// for it.
const MAX_COMPOSITION: i32 = 0x007f_ffff;

/// A frame of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    /// Where its bytes are in the file.
    pub(super) offset: u64,
    /// Its length in bytes, and whether it is a key frame.
    length: u32,
    /// When it is decoded, in milliseconds.
    pub(super) time: i32,
    /// How much later it is shown, in milliseconds.
    pub(super) composition: i32,
}

impl Sample {
    pub(super) const fn length(&self) -> u32 {
        self.length & !KEY_FRAME
    }

    pub(super) const fn is_key_frame(&self) -> bool {
        self.length & KEY_FRAME != 0
    }

    /// Returns when it is shown, in milliseconds.
    pub(super) const fn shown(&self) -> i32 {
        self.time.saturating_add(self.composition)
    }

    /// Returns the same frame at other times, in milliseconds.
    pub(super) const fn moved_to(self, time: i32, composition: i32) -> Self {
        Self { time, composition, ..self }
    }

    #[cfg(test)]
    pub(super) const fn new(is_key_frame: bool, time: i32, composition: i32) -> Self {
        let length = if is_key_frame { KEY_FRAME } else { 0 };
        Self { offset: 0, length, time, composition }
    }
}

/// What turns the times of a track into milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// The units of a second.
    pub(super) timescale: u32,
    /// What the file's edit list takes away from all times, in these units.
    pub(super) shift: i64,
    /// What is taken away from the times of all tracks, in milliseconds: fragments may start at the
    /// time of day.
    pub(super) start: i64,
}

impl Clock {
    /// Returns a time in milliseconds, rounded to the nearest one.
    fn milliseconds(self, units: i64) -> i32 {
        let units = i128::from(units.saturating_sub(self.shift));
        let scale = i128::from(self.timescale.max(1));
        let doubled = units.saturating_mul(2000);
        let half = if units < 0 { scale.saturating_neg() } else { scale };
        let rounded = doubled.saturating_add(half).checked_div(scale.saturating_mul(2));
        let time = rounded.unwrap_or_default().saturating_sub(self.start.into());
        i32::try_from(time).unwrap_or(if time < 0 { i32::MIN } else { i32::MAX })
    }

    /// Makes times start at `units`, in whole seconds.
    pub(super) fn start_at(&mut self, units: i64) {
        self.start = units.checked_div(self.timescale.max(1).into()).unwrap_or_default();
        self.start = self.start.saturating_mul(1_000);
    }
}

/// The samples of a track, while they are collected.
#[derive(Debug)]
pub(super) struct Samples {
    pub(super) list: Vec<Sample>,
    /// The time behind the last one, in the track's units.
    pub(super) end: i64,
    pub(super) clock: Clock,
    /// The length of the file, in bytes.
    file_length: u64,
    /// Whether the file ends before its samples do.
    pub(super) is_cut_off: bool,
}

/// A sample as the file describes it, with times in the track's units.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewSample {
    pub(super) offset: u64,
    pub(super) length: u32,
    pub(super) duration: u32,
    pub(super) composition: i64,
    pub(super) is_key_frame: bool,
}

impl Samples {
    pub(super) const fn new(clock: Clock, file_length: u64) -> Self {
        Self { list: Vec::new(), end: 0, clock, file_length, is_cut_off: false }
    }

    /// Appends a sample. Returns false if the file does not have its bytes.
    pub(super) fn push(&mut self, sample: NewSample) -> Result<bool, Error> {
        if self.list.len() >= self.most() {
            return Err(Error::TooLong);
        }
        if sample.length > MAX_LENGTH {
            return Err(Error::LongFrame { bytes: sample.length });
        }
        let last_byte = sample.offset.saturating_add(sample.length.into());
        if last_byte > self.file_length {
            self.is_cut_off = true;
            return Ok(false);
        }
        let time = self.clock.milliseconds(self.end);
        let shown = self.clock.milliseconds(self.end.saturating_add(sample.composition));
        let key_frame = if sample.is_key_frame { KEY_FRAME } else { 0 };
        self.list.push(Sample {
            offset: sample.offset,
            length: sample.length | key_frame,
            time,
            composition: shown.saturating_sub(time).clamp(-MAX_COMPOSITION, MAX_COMPOSITION),
        });
        self.end = self.end.saturating_add(sample.duration.into());
        Ok(true)
    }

    /// Returns how many samples there may be: no more than the file has bytes.
    pub(super) fn most(&self) -> usize {
        usize::try_from(self.file_length).unwrap_or(usize::MAX).min(MAX_SAMPLES)
    }

    /// Returns the end of the last sample, in milliseconds.
    pub(super) fn end_time(&self) -> i32 {
        self.clock.milliseconds(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_to_the_nearest_millisecond() {
        let clock = |timescale, shift| Clock { timescale, shift, start: 0 };
        for (timescale, shift, units, expected) in [
            (1000, 0, 40, 40),
            (90_000, 0, 3003, 33),
            (12_800, 1024, 0, -80),
            (44_100, 1024, 0, -23),
            (3, 0, 1, 333),
            (2000, 0, 1, 1),
            (2000, 0, -1, -1),
            (0, 0, 1, 1000),
            (1, 0, i64::MAX, i32::MAX),
            (1, 0, i64::MIN, i32::MIN),
        ] {
            assert_eq!(
                clock(timescale, shift).milliseconds(units),
                expected,
                "{units}/{timescale}"
            );
        }
    }

    #[test]
    fn a_sample_is_small() {
        assert!(size_of::<Sample>() <= 24);
    }
}
