//! How long to wait before the next try.

use std::time::Duration;

/// The waits between tries: each about twice the one before, up to a longest one.
///
/// A wait is between half and all of that, at random. So many relays that lose one server do not
/// return to it at the same instant.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    shortest: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest: longest.max(shortest), next: shortest }
    }

    /// Begins again with the shortest wait.
    pub(super) const fn reset(&mut self) {
        self.next = self.shortest;
    }

    /// Returns the next wait. `random` chooses within its range.
    pub(super) fn next(&mut self, random: u32) -> Duration {
        let half = self.next / 2;
        self.next = self.next.saturating_mul(2).min(self.longest);
        half.saturating_add(half.mul_f64(f64::from(random) / f64::from(u32::MAX)))
    }

    pub(super) const fn longest(&self) -> Duration {
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn waits_double_up_to_the_longest_and_begin_again() {
        let mut backoff = Backoff::new(ms(500), ms(3000));
        let waits: Vec<_> = (0..5).map(|_| backoff.next(u32::MAX)).collect();
        assert_eq!(waits, [500, 1000, 2000, 3000, 3000].map(ms));
        backoff.reset();
        assert_eq!(backoff.next(0), ms(250), "half of it at least");
        assert_eq!(backoff.longest(), ms(3000));
    }

    #[test]
    fn no_setting_overflows() {
        let mut backoff = Backoff::new(Duration::MAX, Duration::ZERO);
        assert!(backoff.next(u32::MAX) > ms(1));
        let mut backoff = Backoff::new(Duration::ZERO, Duration::ZERO);
        assert_eq!(backoff.next(u32::MAX), Duration::ZERO);
    }
}
