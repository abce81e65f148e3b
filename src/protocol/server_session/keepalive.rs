//! Whether a connected peer is still there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Config, Timeout};
use crate::protocol::deadline::after;

/// When a peer was heard last, and when it is to be pinged or given up.
#[derive(Debug)]
pub(super) struct Keepalive {
    config: Arc<Config>,
    /// Ping times are counted from here.
    epoch: Instant,
    heard: Instant,
    pinged: Instant,
    round_trip: Option<Duration>,
}

impl Keepalive {
    pub(super) const fn new(config: Arc<Config>, now: Instant) -> Self {
        Self { config, epoch: now, heard: now, pinged: now, round_trip: None }
    }

    pub(super) const fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    pub(super) fn heard(&mut self, now: Instant) {
        self.heard = self.heard.max(now);
    }

    /// When [`Self::is_ping_due`] is to be asked again.
    pub(super) fn deadline(&self) -> Instant {
        let given_up = after(self.heard, self.config.idle_timeout);
        self.ping_deadline().map_or(given_up, |ping| ping.min(given_up))
    }

    /// # Errors
    /// [`Timeout::Idle`]: the peer is gone.
    pub(super) fn is_ping_due(&self, now: Instant) -> Result<bool, Timeout> {
        if now >= after(self.heard, self.config.idle_timeout) {
            return Err(Timeout::Idle);
        }
        Ok(self.ping_deadline().is_some_and(|deadline| now >= deadline))
    }

    /// A ping is sent now; returns the time that it carries.
    pub(super) fn ping(&mut self, now: Instant) -> u32 {
        self.pinged = now;
        self.milliseconds(now)
    }

    /// The peer has answered the ping of that time.
    pub(super) fn ponged(&mut self, now: Instant, time: u32) {
        if time == self.milliseconds(self.pinged) {
            self.round_trip = Some(now.saturating_duration_since(self.pinged));
        }
    }

    fn ping_deadline(&self) -> Option<Instant> {
        let silent_since = self.heard.max(self.pinged);
        let interval = self.config.ping_interval;
        (!interval.is_zero()).then(|| after(silent_since, interval))
    }

    /// The time since the epoch as pings carry it; it wraps.
    fn milliseconds(&self, instant: Instant) -> u32 {
        instant.saturating_duration_since(self.epoch).as_millis() as u32
    }
}
