//! Decides how good the next frames are.

use std::time::{Duration, Instant};

use super::adaptive_quality::AdaptiveQuality;
use crate::hub::Line;

/// The share of what a line takes that is used while something waits for it.
const USED_SHARE: f64 = 0.8;
/// How long a cut takes to show in what is measured.
const CUT_LASTS: Duration = Duration::from_millis(150);
/// How long the line must be free before the quality grows.
const HOLD: Duration = Duration::from_millis(400);
/// How much it grows in a second near the rate at which the line was full.
const CAREFUL_GROWTH: f64 = 1.15;
/// What counts as near.
const NEAR: std::ops::Range<f64> = 0.9..1.05;
/// The longest time between two decisions for which the quality grows.
const LONGEST_STEP: Duration = Duration::from_millis(200);

/// What a source could send at its best.
#[derive(Clone, Copy, Debug)]
pub(super) struct Best {
    /// In bit/s.
    pub(super) bitrate: f64,
    /// In frames/s.
    pub(super) rate: f64,
    /// Whether the encoder keeps a bitrate. If not, only the rate can follow.
    pub(super) keeps_bitrate: bool,
}

/// How good the next frames are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decision {
    /// In bit/s.
    pub(super) bitrate: f64,
    /// In frames/s.
    pub(super) rate: f64,
    /// Whether the next frame is left out, because it would be late.
    pub(super) leaves_out: bool,
}

/// Decides how good the next frames are, by what is known of the line. It has no clock, no socket
/// and no encoder.
///
/// While something waits, the bitrate falls below what the line takes. While the line is free it
/// grows, slowly near the rate at which the line was full. A frame that would wait for too long is
/// left out, so the delay is bounded before the bitrate has followed.
#[derive(Debug)]
pub(super) struct QualityControl {
    config: AdaptiveQuality,
    /// The present share of the best bitrate.
    share: f64,
    /// The bitrate at which the line was full.
    full_at: Option<f64>,
    last: Option<Instant>,
    last_cut: Option<Instant>,
    full_until: Option<Instant>,
}

impl QualityControl {
    pub(super) const fn new(config: AdaptiveQuality) -> Self {
        Self { config, share: 1.0, full_at: None, last: None, last_cut: None, full_until: None }
    }

    pub(super) fn decide(&mut self, now: Instant, line: Line, best: Best) -> Decision {
        let step = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.last = Some(now);
        let least = (f64::from(self.config.min_bitrate) / best.bitrate).min(1.0);
        let target = self.config.max_delay / 2;
        let delay = delay_of_next(line);
        if let Some(rate) = line.rate {
            // If the line bears it, it neither falls nor grows.
            self.full_until = Some(now);
            if !line.is_guessed && delay > target {
                self.cut(now, rate * 8.0, best.bitrate);
            }
        } else if self.full_until.is_none_or(|full| now - full >= HOLD) {
            self.grow(step.min(LONGEST_STEP), best.bitrate);
        }
        self.share = self.share.clamp(least, 1.0);
        Decision {
            bitrate: best.bitrate * self.share,
            rate: self.rate(best),
            // What the line takes is known at the next frame.
            leaves_out: line.is_guessed || delay > self.config.max_delay,
        }
    }

    fn cut(&mut self, now: Instant, line_takes: f64, best: f64) {
        let is_recent = |cut: Instant| now.saturating_duration_since(cut) < CUT_LASTS;
        if self.last_cut.is_some_and(is_recent) {
            return;
        }
        self.last_cut = Some(now);
        self.full_at = Some(line_takes);
        // What a line takes is known roughly at first, so no cut takes more than half.
        let wanted = line_takes * USED_SHARE / best;
        self.share = self.share.min(wanted.max(self.share / 2.0));
    }

    fn grow(&mut self, step: Duration, best: f64) {
        let bitrate = best * self.share;
        let near = self.full_at.map(|full| NEAR.start * full..NEAR.end * full);
        let is_near = near.as_ref().is_some_and(|near| near.contains(&bitrate));
        if near.is_some_and(|near| bitrate >= near.end) {
            // The line takes more than it did.
            self.full_at = None;
        }
        let growth = if is_near { CAREFUL_GROWTH } else { self.config.growth };
        self.share *= growth.min(self.config.growth).powf(step.as_secs_f64());
    }

    /// With a quarter of the bitrate, half as many frames are twice as fine as all of them were.
    fn rate(&self, best: Best) -> f64 {
        let share = if best.keeps_bitrate { self.share.sqrt() } else { self.share };
        let least = self.config.min_rate.clamp(0.0, best.rate);
        (best.rate * share).clamp(least, best.rate)
    }
}

/// Returns how long another frame would wait for the line.
fn delay_of_next(line: Line) -> Duration {
    let takes = |rate| Duration::try_from_secs_f64(line.frame_bytes / rate);
    let takes = line.rate.map_or(Duration::ZERO, |rate| takes(rate).unwrap_or(Duration::MAX));
    line.delay.saturating_add(takes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::LineMeter;

    /// What became of a frame, all in milliseconds and bytes.
    #[derive(Clone, Copy, Debug)]
    struct Sent {
        at: u64,
        delay: u64,
        bytes: f64,
    }

    const BEST: Best = Best { bitrate: 2e6, rate: 25.0, keeps_bitrate: true };

    /// What the sender knows of the line.
    #[derive(Clone, Copy, Debug)]
    struct Known {
        /// How much the line holds that has arrived as far as the sender knows, in bytes.
        is_held: f64,
        round_trip: Option<Duration>,
    }

    const FROM_ITSELF: Known = Known { is_held: 0.0, round_trip: None };

    /// Sends frames of the bitrate that is decided, over a line that takes `line(ms)` bit/s.
    fn run(
        config: AdaptiveQuality,
        best: Best,
        until: u64,
        known: Known,
        line: impl Fn(u64) -> f64,
    ) -> Vec<Sent> {
        let start = Instant::now();
        let mut control = QualityControl::new(config);
        let mut meter = LineMeter::default();
        let (mut put, mut arrived, mut next) = (0.0f64, 0.0f64, 0.0f64);
        let (mut frames, mut arrivals) = (Vec::new(), 0);
        for ms in 0..until {
            arrived = (arrived + line(ms) / 8000.0).min(put);
            while let Some((at, end, bytes, None)) = frames.get(arrivals).copied()
                && arrived >= end
            {
                frames[arrivals] = (at, end, bytes, Some(ms - at));
                arrivals += 1;
            }
            if (ms as f64) < next {
                continue;
            }
            let now = start + Duration::from_millis(ms);
            let waiting = (put - arrived - known.is_held).max(0.0) as u64;
            let line = meter.measure(now, put as u64, waiting, || known.round_trip);
            let decision = control.decide(now, line, best);
            next = ms as f64 + 1000.0 / decision.rate;
            if !decision.leaves_out {
                let bitrate = if best.keeps_bitrate { decision.bitrate } else { best.bitrate };
                let of_rate = if best.keeps_bitrate { decision.rate } else { best.rate };
                // Frames are not of the same size.
                let bytes = bitrate / 8.0 / of_rate * if ms % 3 == 0 { 1.2 } else { 0.9 };
                put += bytes;
                frames.push((ms, put, bytes, None));
            }
        }
        let sent = frames.into_iter();
        sent.filter_map(|(at, _, bytes, delay)| Some(Sent { at, delay: delay?, bytes })).collect()
    }

    fn bitrate(sent: &[Sent], from: u64, to: u64) -> f64 {
        let bytes: f64 =
            sent.iter().filter(|sent| (from..to).contains(&sent.at)).map(|sent| sent.bytes).sum();
        bytes * 8.0 / (to - from) as f64 * 1000.0
    }

    #[test]
    fn on_a_fifth_of_the_line_the_delay_is_bounded_and_the_quality_comes_back() {
        for (throttled, best) in [
            (4e5, BEST),
            (4e5, Best { rate: 60.0, ..BEST }),
            (4e5, Best { keeps_bitrate: false, ..BEST }),
            (1e6, BEST),
        ] {
            let line = |ms| if (2000..12_000).contains(&ms) { throttled } else { 1e7 };
            let sent = run(AdaptiveQuality::default(), best, 20_000, FROM_ITSELF, line);
            let longest = sent.iter().max_by_key(|sent| sent.delay).unwrap();
            assert!(longest.delay < 500, "{best:?}: {longest:?}");
            let full = bitrate(&sent, 0, 2000);
            let slow = bitrate(&sent, 4000, 12_000);
            // A frame or two wait at the end.
            let most = 1.05 * throttled;
            assert!((0.5 * throttled..most).contains(&slow), "{best:?}: {slow} bit/s");
            let back = bitrate(&sent, 17_000, 20_000);
            assert!(back > 0.9 * full, "{best:?}: {back} of {full} bit/s");
        }
    }

    /// At a fifth of the bitrate the line's own 8 KiB take 160 ms.
    #[test]
    fn a_line_that_holds_bytes_itself_delays_little_more() {
        let known = Known { is_held: 8192.0, round_trip: Some(Duration::from_millis(5)) };
        for rate in [25.0, 60.0] {
            for begins in 2000..2040 {
                let line = |ms| if ms >= begins { 4e5 } else { 1e7 };
                let best = Best { rate, ..BEST };
                let sent = run(AdaptiveQuality::default(), best, 5000, known, line);
                let longest = sent.iter().max_by_key(|sent| sent.delay).unwrap();
                assert!(longest.delay < 440, "{rate} frames/s from {begins}: {longest:?}");
            }
        }
    }

    #[test]
    fn a_free_line_costs_nothing() {
        let sent = run(AdaptiveQuality::default(), BEST, 5000, FROM_ITSELF, |_| 1e7);
        assert_eq!(sent.len(), 125);
        assert!(bitrate(&sent, 0, 5000) > 1.9e6);
    }

    #[test]
    fn the_bounds_hold() {
        let config = AdaptiveQuality::default().min_bitrate(500_000).min_rate(15.0);
        let mut control = QualityControl::new(config);
        let start = Instant::now();
        let line = Line {
            delay: Duration::from_secs(9),
            rate: Some(10.0),
            frame_bytes: 10_000.0,
            ..Line::default()
        };
        let mut last = None;
        for ms in (0..5000).step_by(40) {
            last = Some(control.decide(start + Duration::from_millis(ms), line, BEST));
        }
        let expected = Decision { bitrate: 5e5, rate: 15.0, leaves_out: true };
        assert_eq!(last, Some(expected));
        for ms in (5000..20_000).step_by(40) {
            last = Some(control.decide(start + Duration::from_millis(ms), Line::default(), BEST));
        }
        assert_eq!(last, Some(Decision { bitrate: 2e6, rate: 25.0, leaves_out: false }));
    }

    #[test]
    fn a_line_that_flaps_costs_the_other_viewers_no_frame() {
        let guessed = Line {
            delay: Duration::from_millis(20),
            rate: Some(1e6),
            is_guessed: true,
            frame_bytes: 10_000.0,
            ..Line::default()
        };
        for (lines, leaves_out) in [(vec![guessed, Line::default()], false), (vec![guessed], true)]
        {
            let line = Line::worst_of(lines.into_iter());
            let mut control = QualityControl::new(AdaptiveQuality::default());
            let decision = control.decide(Instant::now(), line, BEST);
            assert_eq!(decision, Decision { bitrate: 2e6, rate: 25.0, leaves_out });
        }
    }

    #[test]
    fn the_growth_is_as_set() {
        let seconds_to_recover = |growth| {
            let mut control = QualityControl::new(AdaptiveQuality::default().growth(growth));
            control.share = 0.25;
            let start = Instant::now();
            let mut recovered = (0..100_000).step_by(40).filter(|ms| {
                let now = start + Duration::from_millis(*ms);
                control.decide(now, Line::default(), BEST).bitrate >= 2e6
            });
            recovered.next().unwrap() as f64 / 1000.0
        };
        assert!((1.9..2.2).contains(&seconds_to_recover(2.0)));
        assert!((0.9..1.2).contains(&seconds_to_recover(4.0)));
    }
}
