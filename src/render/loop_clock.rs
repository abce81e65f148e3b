//! The times of a loop's frames.

use std::time::Instant;

use crate::protocol::Timestamp;

/// The times of a loop's frames: milliseconds since the loop was made. No two frames have the same,
/// since a player may show only one of them.
#[derive(Debug)]
pub(crate) struct LoopClock {
    origin: Instant,
    last: Option<Timestamp>,
}

impl LoopClock {
    pub(crate) const fn new(origin: Instant) -> Self {
        Self { origin, last: None }
    }

    /// Returns the time of a frame that is made now.
    pub(crate) fn next(&mut self, now: Instant) -> Timestamp {
        let since = now.saturating_duration_since(self.origin);
        // Timestamps wrap, so only the low bits count.
        #[allow(clippy::cast_possible_truncation, reason = "wraps as timestamps do")]
        let clock = Timestamp(since.as_millis() as u32);
        let next = match self.last {
            Some(last) if clock.since(last) <= 0 => last.plus(1),
            _ => clock,
        };
        self.last = Some(next);
        next
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{LoopClock, Timestamp};

    #[test]
    fn no_two_frames_have_the_same_time() {
        let origin = Instant::now();
        let mut clock = LoopClock::new(origin);
        let mut at = |us| clock.next(origin + Duration::from_micros(us));
        let times = [at(0), at(300), at(900), at(1500), at(2900), at(8000)];
        assert_eq!(times, [0, 1, 2, 3, 4, 8].map(Timestamp));
    }
}
