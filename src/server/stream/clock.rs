//! The clock of a stream.

use std::time::{Duration, Instant};

use crate::protocol::Timestamp;

/// Starts at zero when a play is granted, and stands still during pauses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
    paused_since: Option<Instant>,
    paused_in_all: Duration,
}

impl Clock {
    pub(crate) const fn start(now: Instant) -> Self {
        Self { started: now, paused_since: None, paused_in_all: Duration::ZERO }
    }

    /// Returns when a play was granted.
    pub(crate) const fn started(&self) -> Instant {
        self.started
    }

    pub(crate) const fn pause(&mut self, now: Instant) {
        if self.paused_since.is_none() {
            self.paused_since = Some(now);
        }
    }

    pub(crate) fn resume(&mut self, now: Instant) {
        if let Some(since) = self.paused_since.take() {
            self.paused_in_all += now.saturating_duration_since(since);
        }
    }

    pub(crate) fn read(&self, now: Instant) -> Timestamp {
        let until = self.paused_since.unwrap_or(now);
        let running =
            until.saturating_duration_since(self.started).saturating_sub(self.paused_in_all);
        // The low bits are wanted, because a Timestamp wraps.
        #[allow(clippy::cast_possible_truncation, reason = "wraps as a Timestamp does")]
        Timestamp(running.as_millis() as u32)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Clock, Timestamp};

    #[test]
    fn it_stands_still_during_pauses() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut clock = Clock::start(start);
        assert_eq!(clock.read(at(100)), Timestamp(100));
        clock.pause(at(200));
        clock.pause(at(250));
        assert_eq!(clock.read(at(900)), Timestamp(200));
        clock.resume(at(1000));
        assert_eq!(clock.read(at(1100)), Timestamp(300));
    }
}
