//! How much a stream is sent at most.

use std::time::{Duration, Instant};

use crate::hub::Line;

/// How much may be sent ahead of the rate.
const AHEAD: Duration = Duration::from_millis(100);

/// How much a stream is sent at most: as if its line took no more.
#[derive(Debug)]
pub(super) struct RateLimit {
    bytes_per_second: f64,
    /// What was sent and a line of that rate would not have taken yet, in bytes.
    waiting: f64,
    at: Instant,
}

impl RateLimit {
    pub(super) fn new(bits_per_second: u32, now: Instant) -> Self {
        Self { bytes_per_second: f64::from(bits_per_second.max(8)) / 8.0, waiting: 0.0, at: now }
    }

    /// Returns whether more may be sent. What is sent at a time may exceed the limit, but then
    /// nothing may follow for as long as that takes.
    pub(super) fn has_room(&mut self, now: Instant) -> bool {
        self.delay(now) <= AHEAD
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.waiting += bytes as f64;
    }

    /// Returns the line that this limit stands for.
    pub(super) fn line(&mut self, now: Instant) -> Line {
        let delay = self.delay(now);
        let rate = (!delay.is_zero()).then_some(self.bytes_per_second);
        Line { delay, rate, ..Line::default() }
    }

    fn delay(&mut self, now: Instant) -> Duration {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.waiting = (self.waiting - since * self.bytes_per_second).max(0.0);
        Duration::try_from_secs_f64(self.waiting / self.bytes_per_second).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_sent_than_the_limit_whatever_the_frames_are() {
        for frame in [100, 1000, 10_000, 60_000] {
            let start = Instant::now();
            let mut limit = RateLimit::new(800_000, start);
            let mut sent = 0;
            for ms in (0..10_000).step_by(5) {
                if limit.has_room(start + Duration::from_millis(ms)) {
                    limit.sent(frame);
                    sent += frame;
                }
            }
            let most = 1_000_000 + 10_000 + frame;
            assert!((900_000..=most).contains(&sent) || frame == 100, "{sent} in {frame}");
            assert!(sent <= most);
        }
    }

    #[test]
    fn it_is_a_line_that_is_slow_while_too_much_was_sent() {
        let start = Instant::now();
        let mut limit = RateLimit::new(8000, start);
        assert_eq!(limit.line(start), Line::default());
        limit.sent(500);
        let expected =
            Line { delay: Duration::from_millis(400), rate: Some(1000.0), ..Line::default() };
        assert_eq!(limit.line(start + Duration::from_millis(100)), expected);
        assert!(!limit.has_room(start + Duration::from_millis(300)));
        assert!(limit.has_room(start + Duration::from_millis(400)));
        assert_eq!(limit.line(start + Duration::from_millis(500)), Line::default());
    }
}
