//! The rate at which connections are accepted.

use std::time::{Duration, Instant};

/// Limits the number of events per second. Allows those of a tenth of a second at once.
#[derive(Debug)]
pub(crate) struct RateLimit {
    per_event: Duration,
    burst: Duration,
    /// The instant at which the last event was due at the full rate.
    due: Instant,
}

impl RateLimit {
    /// `rate` is in events per second, at least 1.
    pub(crate) fn new(rate: u32, now: Instant) -> Self {
        let per_event = Duration::from_secs(1) / rate.max(1);
        Self { per_event, burst: Duration::from_millis(100).max(per_event), due: now }
    }

    /// Counts an event. Returns how long to wait before the next.
    pub(crate) fn count(&mut self, now: Instant) -> Duration {
        self.due = self.due.max(now) + self.per_event;
        self.due.saturating_duration_since(now).saturating_sub(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::RateLimit;

    #[test]
    fn a_flood_is_slowed_to_the_rate_after_a_short_burst() {
        let mut now = Instant::now();
        let start = now;
        let mut meter = RateLimit::new(100, now);
        for _ in 0..500 {
            now += meter.count(now);
        }
        let elapsed = now - start;
        assert!(elapsed > Duration::from_millis(4850), "{elapsed:?}");
        assert!(elapsed <= Duration::from_secs(5), "{elapsed:?}");
    }

    #[test]
    fn events_below_the_rate_never_wait() {
        let start = Instant::now();
        let mut meter = RateLimit::new(100, start);
        for event in 0..100 {
            assert_eq!(meter.count(start + event * Duration::from_millis(11)), Duration::ZERO);
        }
    }
}
