//! How long a client rests before it asks again.
//!
//! ffmpeg rests 50 ms after an answer with nothing in it. Who waits for its next request on the socket
//! is woken by it, only to hold it, and to be woken again at the end of the hold. Who knows how long
//! it rests sleeps until the end of the hold, finds the request there, and answers it: one wake-up in
//! place of two.

use std::ops::Range;
use std::time::{Duration, Instant};

/// Shorter rests are none, and longer ones not those of a player that polls.
const RESTS: Range<Duration> = Duration::from_millis(5)..Duration::from_millis(200);

/// After so many rests that were slept through, one is watched: the client may have changed.
const SLEEPS: u8 = 15;

/// A request that is read so soon after a sleep was there before.
const AT_ONCE: Duration = Duration::from_millis(1);

/// What is known of a client's rests.
#[derive(Debug, Default)]
pub(crate) struct PollInterval {
    /// How long it rests after an answer with nothing in it.
    rest: Option<Duration>,
    /// When the last answer was written.
    since: Option<Instant>,
    /// Whether there was nothing in it.
    is_empty: bool,
    /// How many rests were slept through since one was watched.
    sleeps: u8,
    /// When the last sleep ended, if the last rest was slept through.
    woken: Option<Instant>,
}

impl PollInterval {
    /// Takes note of an answer.
    pub(crate) fn begin(&mut self, now: Instant, is_empty: bool) {
        self.since = Some(now);
        self.is_empty = is_empty;
    }

    /// How long the client rests now; none: that is to be watched, or it does not rest.
    pub(crate) fn expected(&mut self) -> Option<Duration> {
        self.since?;
        // After an answer with something in it all clients ask at once.
        let rest = if self.is_empty { self.rest? } else { Duration::ZERO };
        if self.sleeps >= SLEEPS {
            self.sleeps = 0;
            return None;
        }
        self.sleeps += 1;
        Some(rest)
    }

    /// A rest was slept through.
    pub(crate) fn woke(&mut self, now: Instant) {
        self.woken = Some(now);
    }

    /// A request was read; returns when it came, as far as that is known.
    pub(crate) fn end(&mut self, now: Instant) -> Instant {
        let (since, woken) = (self.since.take(), self.woken.take());
        let Some(since) = since else { return now };
        let was_there = woken.is_some_and(|woken| now.saturating_duration_since(woken) < AT_ONCE);
        let rest = now.saturating_duration_since(since);
        match self.rest {
            _ if was_there && !self.is_empty => since,
            Some(rest) if was_there => (since + rest).min(now),
            _ => {
                if self.is_empty {
                    self.rest = Some(rest).filter(|rest| RESTS.contains(rest));
                }
                now
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{PollInterval, SLEEPS};

    const REST: Duration = Duration::from_millis(50);
    const HOLD: Duration = Duration::from_millis(30);

    /// A lull that has watched one rest, and the time after the next empty answer.
    fn after_a_rest_of(rest: Duration) -> (PollInterval, Instant) {
        let (mut lull, now) = (PollInterval::default(), Instant::now());
        lull.begin(now, true);
        assert_eq!(lull.expected(), None, "nothing is known yet");
        assert_eq!(lull.end(now + rest), now + rest);
        lull.begin(now + rest, true);
        (lull, now + rest)
    }

    #[test]
    fn a_request_that_is_there_after_a_sleep_came_when_it_was_expected() {
        let (mut lull, now) = after_a_rest_of(REST);
        assert_eq!(lull.expected(), Some(REST));
        lull.woke(now + REST + HOLD);
        assert_eq!(lull.end(now + REST + HOLD), now + REST);
    }

    #[test]
    fn a_request_that_comes_after_the_sleep_came_then() {
        let (mut lull, mut now) = after_a_rest_of(REST);
        assert_eq!(lull.expected(), Some(REST));
        lull.woke(now + REST + HOLD);
        now += 2 * REST;
        assert_eq!(lull.end(now), now);
        lull.begin(now, true);
        assert_eq!(lull.expected(), Some(2 * REST), "it rests longer now");
    }

    #[test]
    fn rests_are_watched_from_time_to_time() {
        let (mut lull, mut now) = after_a_rest_of(REST);
        for _ in 0..SLEEPS {
            assert_eq!(lull.expected(), Some(REST));
            now += REST;
            lull.woke(now);
            lull.end(now);
            lull.begin(now, true);
        }
        assert_eq!(lull.expected(), None);
    }

    #[test]
    fn who_does_not_rest_is_not_slept_for() {
        let rests = [Duration::ZERO, Duration::from_millis(4), Duration::from_millis(200)];
        for rest in rests {
            let (mut lull, _) = after_a_rest_of(rest);
            assert_eq!(lull.expected(), None, "{rest:?}");
        }
    }

    #[test]
    fn nobody_rests_after_an_answer_with_something_in_it() {
        let (mut lull, now) = after_a_rest_of(REST);
        lull.begin(now, false);
        assert_eq!(lull.expected(), Some(Duration::ZERO));
        lull.woke(now + HOLD);
        assert_eq!(lull.end(now + HOLD), now);
        lull.begin(now, true);
        assert_eq!(lull.expected(), Some(REST), "that tells nothing of its rests");
    }
}
