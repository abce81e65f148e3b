//! How exact pixels are, for the sake of a bitrate.

/// The fewest bits of a channel.
const FEWEST: u32 = 3;
const ALL: u32 = 8;
/// How much a new frame counts in the mean.
const SHARE: f64 = 0.3;
/// The shares of the bitrate between which nothing changes.
const ENOUGH: std::ops::RangeInclusive<f64> = 0.5..=1.05;
/// How many unchanged frames make a picture still.
const STILL: u32 = 5;

/// How many bits of each channel a frame has. Fewer compress better.
///
/// A pixel of an older frame stays if it is exact enough, so fewer bits never make a change where
/// there was none. With all bits, all that is not exact yet is a change.
#[derive(Clone, Debug)]
pub(super) struct Precision {
    /// In bit/s. 0: every frame is exact.
    pub(super) bitrate: u32,
    /// In frames/s.
    pub(super) framerate: f64,
    /// Whether the next frame is exact.
    pub(super) refine: bool,
    bits: u32,
    mean_bytes: f64,
    unchanged: u32,
}

impl Default for Precision {
    fn default() -> Self {
        Self {
            bitrate: 0,
            framerate: 25.0,
            refine: false,
            bits: ALL,
            mean_bytes: 0.0,
            unchanged: 0,
        }
    }
}

impl Precision {
    /// Returns the bits of the next frame that count.
    pub(super) const fn mask(&self) -> u8 {
        if self.bitrate == 0 || self.refine || self.unchanged >= STILL {
            return u8::MAX;
        }
        // `ALL` bits at most.
        u8::MAX.wrapping_shl(ALL.saturating_sub(self.bits))
    }

    /// Takes note of a frame. `is_changed` tells whether anything in it has changed.
    pub(super) fn note(&mut self, bytes: usize, is_changed: bool) {
        let was_exact = self.mask() == u8::MAX && self.bits < ALL;
        self.refine = false;
        if !is_changed || was_exact {
            // What makes a still picture exact says nothing of moving ones.
            self.unchanged =
                if is_changed && !was_exact { 0 } else { self.unchanged.saturating_add(1) };
            return;
        }
        self.unchanged = 0;
        let mean = if self.mean_bytes > 0.0 { self.mean_bytes } else { bytes as f64 };
        self.mean_bytes = mean + (bytes as f64 - mean) * SHARE;
        let used = self.mean_bytes * 8.0 * self.framerate / f64::from(self.bitrate.max(1));
        if used > *ENOUGH.end() && self.bits > FEWEST {
            self.bits = self.bits.saturating_sub(1);
        } else if used < *ENOUGH.start() && self.bits < ALL {
            self.bits = self.bits.saturating_add(1);
        }
    }
}

/// Takes what is left of `new` with the bits of `mask`. What agrees with `old` in those stays as it
/// was.
pub(super) fn coarsen(old: &[u8], new: &mut [u8], mask: u8) {
    // In the middle of what the bits leave open.
    let middle = !mask >> 1;
    for (new, old) in new.iter_mut().zip(old) {
        let is_alike = (*old ^ *new) & mask == 0;
        *new = if is_alike { *old } else { (*new & mask) | middle };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_bitrate_all_is_exact() {
        let mut precision = Precision::default();
        for _ in 0..100 {
            assert_eq!(precision.mask(), 0xff);
            precision.note(1 << 20, true);
        }
    }

    #[test]
    fn bits_follow_the_bitrate_and_a_still_picture_becomes_exact() {
        let mut precision = Precision { bitrate: 800_000, ..Precision::default() };
        for _ in 0..20 {
            precision.note(20_000, true);
        }
        assert_eq!(precision.mask(), 0b1110_0000, "five times the bitrate");
        for _ in 0..4 {
            precision.note(50, false);
        }
        assert_eq!(precision.mask(), 0b1110_0000);
        precision.note(50, false);
        assert_eq!(precision.mask(), 0xff, "it stands still");
        precision.note(40_000, true);
        assert_eq!(precision.mask(), 0xff);
        for _ in 0..100 {
            precision.note(50, false);
        }
        precision.refine = true;
        precision.note(50, false);
        assert!(!precision.refine);
    }

    #[test]
    fn bits_come_back_when_there_is_room() {
        let mut precision = Precision { bitrate: 800_000, ..Precision::default() };
        for _ in 0..20 {
            precision.note(20_000, true);
        }
        for _ in 0..20 {
            precision.note(1000, true);
        }
        assert_eq!(precision.mask(), 0xff);
    }

    #[test]
    fn what_is_exact_enough_stays() {
        let old = [0x12, 0x34, 0xff, 0x80];
        let mut new = [0x1f, 0x44, 0xf1, 0x7f];
        coarsen(&old, &mut new, 0xf0);
        assert_eq!(new, [0x12, 0x47, 0xff, 0x77]);
        coarsen(&old, &mut new, 0xff);
        assert_eq!(new, [0x12, 0x47, 0xff, 0x77]);
    }
}
