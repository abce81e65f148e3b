//! Samples: the frames of a track.

use super::Error;

/// The most samples of a track: two days of sound at 48 kHz.
pub(super) const MAX_SAMPLES: usize = 8 << 20;

/// The most bytes of a sample. With its header it must fit an FLV tag.
const MAX_LENGTH: u32 = 0x00ff_ff00;
/// The bit of a length that marks a key frame.
const KEY_FRAME: u32 = 1 << 31;

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
}

/// What turns the times of a track into milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// The units of a second.
    pub(super) timescale: u32,
    /// What the file's edit list takes away from all times, in these units.
    pub(super) shift: i64,
}

impl Clock {
    /// Returns a time in milliseconds, rounded to the nearest one.
    fn milliseconds(self, units: i64) -> i32 {
        let units = i128::from(units.saturating_sub(self.shift));
        let scale = i128::from(self.timescale.max(1));
        let doubled = units.saturating_mul(2000);
        let half = if units < 0 { scale.saturating_neg() } else { scale };
        let rounded = doubled.saturating_add(half).checked_div(scale.saturating_mul(2));
        rounded.and_then(|it| i32::try_from(it).ok()).unwrap_or(i32::MAX)
    }
}

/// The samples of a track, while they are collected.
#[derive(Debug)]
pub(super) struct Samples {
    pub(super) list: Vec<Sample>,
    /// The time behind the last one, in the track's units.
    pub(super) end: i64,
    clock: Clock,
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
        let most = usize::try_from(self.file_length).unwrap_or(usize::MAX).min(MAX_SAMPLES);
        if self.list.len() >= most || sample.length > MAX_LENGTH {
            return Err(Error::TooLong);
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
            composition: shown.saturating_sub(time),
        });
        self.end = self.end.saturating_add(sample.duration.into());
        Ok(true)
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
        let clock = |timescale, shift| Clock { timescale, shift };
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
