//! When an encoder is asked for a key frame.

use std::time::{Duration, Instant};

/// How often an encoder may be asked for a key frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MinIntervals {
    /// How long after the last key frame for one that has just come.
    pub(crate) newcomer: Duration,
    /// The same for one that did not keep up.
    pub(crate) laggard: Duration,
}

/// When an encoder is asked for a key frame: however many want one, it is asked for one, and at
/// most as often as the distances say.
#[derive(Debug)]
pub(crate) struct KeyFrameRequests {
    distances: MinIntervals,
    /// When the last key frame came, or was asked for.
    last: Option<Instant>,
    newcomer: bool,
    laggard: bool,
}

impl KeyFrameRequests {
    pub(crate) const fn new(distances: MinIntervals) -> Self {
        Self { distances, last: None, newcomer: false, laggard: false }
    }

    /// Somebody is here who cannot be shown anything before the next key frame.
    pub(crate) const fn newcomer(&mut self) {
        self.newcomer = true;
    }

    /// Whether somebody who did not keep up could go on with a key frame.
    pub(crate) const fn laggards(&mut self, are_there: bool) {
        self.laggard = are_there;
    }

    /// There was a key frame.
    pub(crate) const fn met(&mut self, now: Instant) {
        self.last = Some(now);
        self.newcomer = false;
        self.laggard = false;
    }

    /// Nobody was there for a while.
    pub(crate) const fn forget(&mut self) {
        self.last = None;
    }

    /// Whether to ask for a key frame now.
    pub(crate) fn ask(&mut self, now: Instant) -> bool {
        let passed = self.last.map(|last| now.saturating_duration_since(last));
        let is_past = |distance| passed.is_none_or(|passed| passed >= distance);
        let asks = self.newcomer && is_past(self.distances.newcomer)
            || self.laggard && is_past(self.distances.laggard);
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

    fn demand() -> (KeyFrameRequests, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        let distances =
            MinIntervals { newcomer: Duration::from_millis(500), laggard: Duration::from_secs(4) };
        (KeyFrameRequests::new(distances), move |ms| start + Duration::from_millis(ms))
    }

    #[test]
    fn many_who_come_at_once_get_one_key_frame_together() {
        let (mut demand, at) = demand();
        assert!(!demand.ask(at(0)));
        for _ in 0..50 {
            demand.newcomer();
        }
        let asked: Vec<u64> = (0..400).step_by(10).filter(|ms| demand.ask(at(*ms))).collect();
        assert_eq!(asked, [0]);
        demand.met(at(400));
        assert!(!demand.ask(at(5000)), "nobody wants one any more");
    }

    #[test]
    fn whoever_comes_soon_after_a_key_frame_waits_out_the_distance() {
        let (mut demand, at) = demand();
        demand.met(at(0));
        demand.newcomer();
        let asked: Vec<u64> = (0..1200).step_by(10).filter(|ms| demand.ask(at(*ms))).collect();
        assert_eq!(asked, [500, 1000], "it is asked again where the encoder does not listen");
    }

    #[test]
    fn laggards_wait_longer_and_ask_for_nothing_once_they_are_gone() {
        let (mut demand, at) = demand();
        demand.met(at(0));
        demand.laggards(true);
        assert!(!demand.ask(at(3990)));
        assert!(demand.ask(at(4000)));
        assert!(!demand.ask(at(7990)));
        demand.laggards(false);
        assert!(!demand.ask(at(9000)));
        demand.forget();
        demand.newcomer();
        assert!(demand.ask(at(9001)));
    }
}
