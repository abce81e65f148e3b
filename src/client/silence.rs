//! How long a server has sent nothing.

use std::time::{Duration, Instant};

use crate::protocol::deadline::after;

/// How long a server has sent nothing, and what follows from that.
///
/// Not every server sends pings by itself: SRS sends none. So the client asks once, and any server
/// that is there answers.
#[derive(Debug)]
pub(super) struct Silence {
    ask_at: Option<Instant>,
    over_at: Instant,
}

impl Silence {
    /// Begins now. The server has until `timeout`, and is asked after half of it.
    pub(super) fn new(now: Instant, timeout: Duration) -> Self {
        Self { ask_at: Some(after(now, timeout / 2)), over_at: after(now, timeout) }
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        now >= self.over_at
    }

    /// Returns whether the server must be asked now. It is at most once.
    pub(super) fn must_ask(&mut self, now: Instant) -> bool {
        self.ask_at.take_if(|at| now >= *at).is_some()
    }

    /// Returns when the next of this is due.
    pub(super) fn due(&self) -> Instant {
        self.ask_at.unwrap_or(self.over_at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Silence;

    #[test]
    fn a_silent_server_is_asked_once_and_then_given_up() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut silence = Silence::new(start, Duration::from_secs(30));
        assert_eq!(silence.due(), at(15));
        assert!(!silence.must_ask(at(14)));
        assert!(silence.must_ask(at(15)) && !silence.must_ask(at(16)));
        assert_eq!(silence.due(), at(30));
        assert!(!silence.is_over(at(29)) && silence.is_over(at(30)));
    }
}
