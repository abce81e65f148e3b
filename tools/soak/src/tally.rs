//! What all viewers of a kind have seen, added up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::viewer::Departure;
use crate::watch::Watch;

/// How many different reasons are kept for the report.
const MAX_REASONS: usize = 8;

/// The sum of what viewers have seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// How often a viewer has started to connect.
    pub(crate) visits: u64,
    /// How often it came to see a key frame.
    pub(crate) played: u64,
    /// How often it reached the end of the stream.
    pub(crate) ended: u64,
    /// How often it was thrown out, or did not get in.
    pub(crate) dropped: u64,
    pub(crate) bytes: u64,
    pub(crate) messages: u64,
    pub(crate) jumps_back: u64,
    pub(crate) holes: u64,
    pub(crate) stalls: u64,
    pub(crate) first_key_frames: Vec<Duration>,
    /// How old frames were, and when they came.
    pub(crate) ages: Vec<(Instant, Duration)>,
    /// Of each visit the part of the time in which there was something to show, from 0 to 1.
    pub(crate) delivered: Vec<f64>,
    /// Why viewers were dropped, and how often.
    pub(crate) reasons: BTreeMap<String, u64>,
}

impl Tally {
    /// Adds a visit that ends now: why it ends, unless the viewer left of its own accord.
    pub(crate) fn add(&mut self, now: Instant, watch: &Watch, departure: Option<&Departure>) {
        self.visits += 1;
        self.played += u64::from(watch.first_key_frame.is_some());
        self.bytes += watch.bytes;
        self.messages += watch.messages;
        self.jumps_back += watch.jumps_back;
        self.holes += watch.holes;
        self.stalls += watch.stalls;
        self.first_key_frames.extend(watch.first_key_frame);
        self.ages.extend(watch.ages.iter().flatten());
        match departure {
            Some(Departure::Ended) => self.ended += 1,
            Some(departure) => self.drop_for(departure),
            None => {}
        }
        // What the server does between the last media and the end of the stream is no lateness.
        let end = if matches!(departure, Some(Departure::Ended)) { watch.heard } else { now };
        self.delivered.push(watch.delivered(end));
    }

    /// Adds a visit that never came about.
    pub(crate) fn add_failure(&mut self, departure: &Departure) {
        self.visits += 1;
        self.drop_for(departure);
    }

    fn drop_for(&mut self, departure: &Departure) {
        self.dropped += 1;
        let reason = departure.to_string();
        if self.reasons.len() < MAX_REASONS || self.reasons.contains_key(&reason) {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }

    /// Adds what others have seen.
    pub(crate) fn merge(&mut self, other: Self) {
        self.visits += other.visits;
        self.played += other.played;
        self.ended += other.ended;
        self.dropped += other.dropped;
        self.bytes += other.bytes;
        self.messages += other.messages;
        self.jumps_back += other.jumps_back;
        self.holes += other.holes;
        self.stalls += other.stalls;
        self.first_key_frames.extend(other.first_key_frames);
        self.ages.extend(other.ages);
        self.delivered.extend(other.delivered);
        for (reason, times) in other.reasons {
            *self.reasons.entry(reason).or_default() += times;
        }
    }

    /// The mean and the least of what came in time; nothing where nobody watched.
    pub(crate) fn delivered(&self) -> Option<(f64, f64)> {
        let least = self.delivered.iter().copied().reduce(f64::min)?;
        Some((self.delivered.iter().sum::<f64>() / self.delivered.len() as f64, least))
    }
}

/// The value that such a part of `durations` does not exceed, by the nearest rank.
pub(crate) fn percentile(durations: &[Duration], part: f64) -> Option<Duration> {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}
