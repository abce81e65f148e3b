//! When a silent peer is pinged, and when it is given up.

use std::sync::Arc;
use std::time::Instant;

use super::{Config, Timeout};
use crate::protocol::deadline::after;

#[derive(Debug)]
pub(in crate::protocol) struct Keepalive {
    config: Arc<Config>,
    /// Ping times count from here.
    epoch: Instant,
    heard: Instant,
    pinged: Instant,
}

impl Keepalive {
    pub(in crate::protocol) const fn new(config: Arc<Config>, now: Instant) -> Self {
        Self { config, epoch: now, heard: now, pinged: now }
    }

    /// Notes that bytes of the peer came at `now`.
    pub(in crate::protocol) fn heard(&mut self, now: Instant) {
        self.heard = self.heard.max(now);
    }

    /// Returns when bytes of the peer came last.
    #[cfg(feature = "web")]
    pub(in crate::protocol) const fn last_heard(&self) -> Instant {
        self.heard
    }

    /// Returns when to ask [`Self::is_ping_due`] again.
    pub(in crate::protocol) fn deadline(&self) -> Instant {
        let given_up = after(self.heard, self.config.idle_timeout);
        self.ping_deadline().map_or(given_up, |ping| ping.min(given_up))
    }

    /// # Errors
    /// Returns [`Timeout::Idle`] if the peer was silent for [`Config::idle_timeout`].
    pub(in crate::protocol) fn is_ping_due(&self, now: Instant) -> Result<bool, Timeout> {
        if now >= after(self.heard, self.config.idle_timeout) {
            return Err(Timeout::Idle);
        }
        Ok(self.ping_deadline().is_some_and(|deadline| now >= deadline))
    }

    /// Notes that a ping is sent at `now`. Returns the time that it must carry: milliseconds,
    /// modulo 2^32.
    pub(in crate::protocol) fn ping(&mut self, now: Instant) -> u32 {
        self.pinged = now;
        now.saturating_duration_since(self.epoch).as_millis() as u32
    }

    fn ping_deadline(&self) -> Option<Instant> {
        let silent_since = self.heard.max(self.pinged);
        let interval = self.config.ping_interval;
        (!interval.is_zero()).then(|| after(silent_since, interval))
    }
}
