//! When a source is asked for a key frame.

use std::time::{Duration, Instant};

/// The least time between a key frame and the request for another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MinIntervals {
    /// For a subscriber that has just joined.
    pub(crate) joined: Duration,
    /// For a subscriber that fell behind.
    pub(crate) fell_behind: Duration,
}

/// When a source is asked for a key frame. Any number of subscribers that want one cause one
/// request, and requests are no more frequent than the intervals allow.
#[derive(Debug)]
pub(crate) struct KeyFrameRequests {
    intervals: MinIntervals,
    /// When the last key frame was sent or asked for.
    last: Option<Instant>,
    has_joined: bool,
    has_fallen_behind: bool,
}

impl KeyFrameRequests {
    pub(crate) const fn new(intervals: MinIntervals) -> Self {
        Self { intervals, last: None, has_joined: false, has_fallen_behind: false }
    }

    /// A subscriber has joined that can be shown nothing before the next key frame.
    pub(crate) const fn joined(&mut self) {
        self.has_joined = true;
    }

    /// Sets whether a subscriber that fell behind could go on with a key frame.
    pub(crate) const fn set_fallen_behind(&mut self, has_fallen_behind: bool) {
        self.has_fallen_behind = has_fallen_behind;
    }

    /// A key frame was sent.
    pub(crate) const fn key_frame_sent(&mut self, now: Instant) {
        self.last = Some(now);
        self.has_joined = false;
        self.has_fallen_behind = false;
    }

    /// Allows the next request at once.
    pub(crate) const fn reset_interval(&mut self) {
        self.last = None;
    }

    /// Returns whether to ask for a key frame now. If so, the intervals begin anew.
    pub(crate) fn ask(&mut self, now: Instant) -> bool {
        let passed = self.last.map(|last| now.saturating_duration_since(last));
        let is_past = |interval| passed.is_none_or(|passed| passed >= interval);
        let asks = self.has_joined && is_past(self.intervals.joined)
            || self.has_fallen_behind && is_past(self.intervals.fell_behind);
        if asks {
            self.last = Some(now);
        }
        asks
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{KeyFrameRequests, MinIntervals};

    fn requests() -> (KeyFrameRequests, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        let intervals = MinIntervals {
            joined: Duration::from_millis(500),
            fell_behind: Duration::from_secs(4),
        };
        (KeyFrameRequests::new(intervals), move |ms| start + Duration::from_millis(ms))
    }

    #[test]
    fn many_that_join_at_once_cause_one_request() {
        let (mut requests, at) = requests();
        assert!(!requests.ask(at(0)));
        for _ in 0..50 {
            requests.joined();
        }
        let asked: Vec<u64> = (0..400).step_by(10).filter(|ms| requests.ask(at(*ms))).collect();
        assert_eq!(asked, [0]);
        requests.key_frame_sent(at(400));
        assert!(!requests.ask(at(5000)), "no subscriber wants one any more");
    }

    #[test]
    fn a_subscriber_that_joins_soon_after_a_key_frame_waits_for_the_interval() {
        let (mut requests, at) = requests();
        requests.key_frame_sent(at(0));
        requests.joined();
        let asked: Vec<u64> = (0..1200).step_by(10).filter(|ms| requests.ask(at(*ms))).collect();
        assert_eq!(asked, [500, 1000], "it asks again if no key frame comes");
    }

    #[test]
    fn subscribers_that_fell_behind_wait_longer_and_ask_for_nothing_once_they_are_gone() {
        let (mut requests, at) = requests();
        requests.key_frame_sent(at(0));
        requests.set_fallen_behind(true);
        assert!(!requests.ask(at(3990)));
        assert!(requests.ask(at(4000)));
        assert!(!requests.ask(at(7990)));
        requests.set_fallen_behind(false);
        assert!(!requests.ask(at(9000)));
        requests.reset_interval();
        requests.joined();
        assert!(requests.ask(at(9001)));
    }
}
