//! The first byte of an answer: how long the client is to wait before it asks again.

/// After so many empty answers in a row the interval grows.
const PATIENCE: u8 = 10;

/// The steps that other servers take, and Flash Player so knows. Their unit is the client's affair:
/// ffmpeg and librtmp skip the byte.
const STEPS: [u8; 6] = [0x01, 0x03, 0x05, 0x09, 0x11, 0x21];

/// A tunnel's polling interval: grows while nothing is to be fetched, and is at its shortest as soon
/// as there is something.
#[derive(Clone, Copy, Debug, Default)]
pub struct Interval {
    step: usize,
    empty_answers: u8,
}

impl Interval {
    /// That of a new tunnel.
    #[must_use]
    pub const fn new() -> Self {
        Self { step: 0, empty_answers: 0 }
    }

    /// Takes note of an answer, and says what its first byte is.
    pub fn after(&mut self, is_empty: bool) -> u8 {
        if !is_empty {
            *self = Self::default();
        } else if self.empty_answers < PATIENCE {
            self.empty_answers = self.empty_answers.saturating_add(1);
        } else {
            self.empty_answers = 0;
            self.step = self.step.saturating_add(1).min(STEPS.len().saturating_sub(1));
        }
        STEPS.get(self.step).copied().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Interval, STEPS};

    #[test]
    fn it_grows_while_idle_up_to_the_longest_and_shrinks_at_once() {
        let mut interval = Interval::default();
        let mut seen: Vec<u8> = (0..100).map(|_| interval.after(true)).collect();
        assert!(seen.is_sorted());
        seen.dedup();
        assert_eq!(seen, STEPS);
        assert_eq!(interval.after(false), 1);
        assert_eq!(interval.after(true), 1);
    }
}
