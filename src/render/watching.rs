//! Whether a loop is watched, and for how long it was not.

use std::time::{Duration, Instant};

/// What becomes of a loop that is not watched.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdleTimes {
    /// Whether it never rests.
    pub(crate) runs_without_viewers: bool,
    /// The time until it rests.
    pub(crate) rests_after: Duration,
    /// The time until it ends. `None` if it does not.
    pub(crate) ends_after: Option<Duration>,
}

/// How many watch a loop, and since when none does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watching {
    viewers: usize,
    unwatched_since: Instant,
}

impl Watching {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { viewers: 0, unwatched_since: now }
    }

    pub(crate) const fn viewers(&self) -> usize {
        self.viewers
    }

    pub(crate) const fn set_viewers(&mut self, viewers: usize, now: Instant) {
        self.viewers = viewers;
        self.unwatched_since = now;
    }

    /// Counts the time without viewers from now on.
    pub(crate) const fn keep_alive(&mut self, now: Instant) {
        self.unwatched_since = now;
    }

    /// Returns whether the loop runs.
    pub(crate) fn is_wanted(&self, times: IdleTimes, now: Instant) -> bool {
        self.viewers > 0 || times.runs_without_viewers || self.idle(now) < times.rests_after
    }

    /// Returns whether the loop ends, because nothing has watched it for long.
    pub(crate) fn must_end(&self, times: IdleTimes, now: Instant) -> bool {
        self.viewers == 0 && times.ends_after.is_some_and(|limit| self.idle(now) >= limit)
    }

    /// Returns when one of these answers changes next, if no viewer comes or goes.
    pub(crate) fn next_change(&self, times: IdleTimes, now: Instant) -> Option<Instant> {
        if self.viewers > 0 {
            return None;
        }
        let rests_after = (!times.runs_without_viewers).then_some(times.rests_after);
        let limits = [rests_after, times.ends_after].into_iter().flatten();
        let instants = limits.filter_map(|limit| self.unwatched_since.checked_add(limit));
        instants.filter(|instant| *instant > now).min()
    }

    fn idle(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.unwatched_since)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{IdleTimes, Watching};

    #[test]
    fn without_viewers_a_loop_rests_and_then_ends() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let times = IdleTimes {
            runs_without_viewers: false,
            rests_after: Duration::from_secs(10),
            ends_after: Some(Duration::from_secs(60)),
        };
        let mut watching = Watching::new(start);
        let states = |watching: &Watching, seconds| {
            let now = at(seconds);
            (watching.is_wanted(times, now), watching.must_end(times, now))
        };
        assert_eq!(states(&watching, 9), (true, false));
        assert_eq!(watching.next_change(times, at(9)), Some(at(10)));
        assert_eq!(states(&watching, 10), (false, false));
        assert_eq!(watching.next_change(times, at(10)), Some(at(60)));
        assert_eq!(states(&watching, 60), (false, true));
        watching.keep_alive(at(60));
        assert_eq!(states(&watching, 69), (true, false));
        watching.set_viewers(2, at(80));
        assert_eq!(states(&watching, 1000), (true, false));
        assert_eq!(watching.next_change(times, at(1000)), None);
        watching.set_viewers(0, at(1000));
        assert_eq!(states(&watching, 1059), (false, false));
        assert_eq!(states(&watching, 1060), (false, true));
    }

    #[test]
    fn by_default_it_rests_at_once_and_never_ends() {
        let now = Instant::now();
        let watching = Watching::new(now);
        assert!(!watching.is_wanted(IdleTimes::default(), now));
        assert_eq!(watching.next_change(IdleTimes::default(), now), None);
        let runs = IdleTimes { runs_without_viewers: true, ..IdleTimes::default() };
        assert!(watching.is_wanted(runs, now));
        assert!(!watching.must_end(runs, now + Duration::from_secs(1 << 20)));
    }
}
