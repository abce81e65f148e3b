//! How the line to a subscriber keeps up.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How far back the rate of a line is measured, and how old what waits can be found to be.
const WINDOW: Duration = Duration::from_millis(500);
/// The age of what waits on a line that has all but stopped.
const HOPELESS: Duration = Duration::from_millis(400);
/// The most samples of that time.
const MAX_SAMPLES: usize = 64;
/// For how long at least the shortest delay is remembered.
const BASE_LASTS: Duration = Duration::from_secs(10);
/// What a peer may acknowledge late although it has it: two segments, for so long.
const LATE_BYTES: u64 = 3000;
const LATE_FOR: Duration = Duration::from_millis(200);

/// How the line to a subscriber keeps up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// How long what waits will take, beyond what the line takes at its best.
    pub(crate) delay: Duration,
    /// How old the oldest byte is that waits, beyond the same.
    pub(crate) age: Duration,
    /// What it takes now, in bytes per second. `None` if nothing waits for the line.
    pub(crate) rate: Option<f64>,
    /// Whether bytes wait since a moment ago, so that the rate is a guess, and too high.
    pub(crate) is_guessed: bool,
    /// The bytes that are put at a time.
    pub(crate) frame_bytes: f64,
}

impl Line {
    /// Returns whether the line has taken less than `bytes_per_second` for so long that it is not
    /// worth waiting for.
    pub(crate) fn is_hopeless(&self, bytes_per_second: f64) -> bool {
        self.age >= HOPELESS && self.rate.is_some_and(|rate| rate < bytes_per_second)
    }

    /// Returns the worse of both in each respect.
    pub(crate) fn worst(self, other: Self) -> Self {
        let rates = [self.rate, other.rate].into_iter().flatten();
        Self {
            delay: self.delay.max(other.delay),
            age: self.age.max(other.age),
            rate: rates.reduce(f64::min),
            is_guessed: self.is_guessed || other.is_guessed,
            frame_bytes: self.frame_bytes.max(other.frame_bytes),
        }
    }

    /// Returns the worst of the lines of all viewers in each respect.
    ///
    /// A guess counts only for a viewer that is alone. What its line takes is known at the next
    /// frame, and the others need not lose this one for it.
    pub(crate) fn worst_of(lines: impl Iterator<Item = Self>) -> Self {
        let (mut count, mut all, mut known) = (0, Self::default(), Self::default());
        for line in lines {
            let free = Self { frame_bytes: line.frame_bytes, ..Self::default() };
            count += 1;
            all = all.worst(line);
            known = known.worst(if line.is_guessed { free } else { line });
        }
        if count > 1 { known } else { all }
    }
}

/// Measures a line by what was put and what still waits, each time before more is put.
///
/// The age of the oldest byte that waits tells a slow line from a long one: the first becomes ever
/// older, the second is never older than the round trip.
#[derive(Debug, Default)]
pub(crate) struct LineMeter {
    samples: VecDeque<Sample>,
    /// The shortest times that bytes have taken, of the present period and of the one before.
    bases: [Option<Duration>; 2],
    base_since: Option<Instant>,
    /// When nothing was waiting.
    clear_at: Option<Instant>,
    /// Since when the line has taken less than was put.
    full_since: Option<Instant>,
    frame_bytes: f64,
}

/// What had been put and delivered before the bytes that were put then.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Instant,
    put: u64,
    delivered: u64,
}

impl LineMeter {
    /// `put` is the number of bytes that were ever put, of which `waiting` have not arrived.
    /// `round_trip` says how long a byte takes at most on a free line, if the system knows. It is
    /// asked only if bytes wait.
    pub(crate) fn measure(
        &mut self,
        now: Instant,
        put: u64,
        waiting: u64,
        round_trip: impl FnOnce() -> Option<Duration>,
    ) -> Line {
        let delivered = put.saturating_sub(waiting);
        let last = self.samples.back().copied();
        let delivered = last.map_or(delivered, |last| delivered.max(last.delivered));
        if let Some(last) = last {
            self.note_frame(put.saturating_sub(last.put));
            self.note_base(now, last, delivered);
        }
        if delivered >= put {
            self.clear_at = Some(now);
        }
        let line = self.line(now, last, put, delivered, round_trip);
        self.full_since = line.rate.map(|_| self.full_since.unwrap_or(now));
        self.samples.push_back(Sample { at: now, put, delivered });
        while self.samples.len() > MAX_SAMPLES
            || self.samples.get(1).is_some_and(|next| now - next.at > WINDOW)
        {
            self.samples.pop_front();
        }
        line
    }

    fn note_frame(&mut self, bytes: u64) {
        if bytes > 0 {
            let share = if self.frame_bytes > 0.0 { 0.3 } else { 1.0 };
            self.frame_bytes += (bytes as f64 - self.frame_bytes) * share;
        }
    }

    /// Notes how long the newest bytes took that have arrived since the last sample, at least.
    fn note_base(&mut self, now: Instant, last: Sample, delivered: u64) {
        if delivered <= last.delivered {
            return;
        }
        let put_at = self.put_at(delivered - 1, now);
        let took = last.at.saturating_duration_since(put_at);
        if now - *self.base_since.get_or_insert(now) > BASE_LASTS {
            self.bases = [None, self.bases[0]];
            self.base_since = Some(now);
        }
        self.bases[0] = Some(self.bases[0].map_or(took, |base| base.min(took)));
    }

    /// Returns when the byte of this number was put, or the earliest time that is known.
    fn put_at(&self, byte: u64, now: Instant) -> Instant {
        let samples = self.samples.iter();
        let before = samples.take_while(|sample| sample.put <= byte).last();
        before.or_else(|| self.samples.front()).map_or(now, |sample| sample.at)
    }

    fn line(
        &self,
        now: Instant,
        last: Option<Sample>,
        put: u64,
        delivered: u64,
        round_trip: impl FnOnce() -> Option<Duration>,
    ) -> Line {
        let free = Line { frame_bytes: self.frame_bytes, ..Line::default() };
        let base = self.bases.into_iter().flatten().min();
        let (Some(last), Some(base)) = (last, base) else { return free };
        if delivered >= put {
            return free;
        }
        let age = now.saturating_duration_since(self.put_at(delivered, now));
        if put - delivered <= LATE_BYTES && age < LATE_FOR {
            return free;
        }
        // The oldest byte that had arrived may have done so as long ago as the last sample.
        let usual = round_trip().unwrap_or_else(|| base + (now - last.at));
        let excess = age.saturating_sub(usual);
        if excess.is_zero() {
            return free;
        }
        let rate = self.rate(now, delivered);
        let waits = Duration::try_from_secs_f64((put - delivered) as f64 / rate);
        let waits = waits.unwrap_or(Duration::MAX).saturating_sub(base);
        let is_guessed = self.full_since.is_none();
        Line { delay: excess.max(waits), age: excess, rate: Some(rate), is_guessed, ..free }
    }

    /// Returns what the line took since it was full, or within the window, in bytes per second:
    /// above 0. What it took when it was not full went into its buffers.
    fn rate(&self, now: Instant, delivered: u64) -> f64 {
        let since = self.full_since.or(self.clear_at);
        let is_busy = |sample: &&Sample| since.is_none_or(|since| sample.at >= since);
        let first = self.samples.iter().find(is_busy);
        let (bytes, time) = first
            .map_or((0, Duration::ZERO), |first| (delivered - first.delivered, now - first.at));
        (bytes as f64).max(1.0) / time.as_secs_f64().max(0.001)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: f64 = 10_000.0;

    /// Whether the system knows the round trip, and how long it is in milliseconds.
    type RoundTrip = (bool, u64);

    /// A frame of 10 kB each 40 ms. `bytes_per_second` says what the line takes at a millisecond;
    /// all of it arrives a round trip later. Returns what is measured before each frame, with its
    /// time in milliseconds.
    fn measured(
        until: u64,
        (is_known, round_trip): RoundTrip,
        bytes_per_second: impl Fn(u64) -> f64,
    ) -> Vec<(u64, Line)> {
        let known = || is_known.then(|| Duration::from_millis(round_trip + 5));
        let start = Instant::now();
        let mut meter = LineMeter::default();
        let (mut put, mut sent) = (0.0f64, vec![0.0f64]);
        let mut lines = Vec::new();
        for ms in 0..until {
            let before = *sent.last().unwrap();
            sent.push((before + bytes_per_second(ms) / 1000.0).min(put));
            if ms % 40 == 0 {
                let arrived = sent[sent.len().saturating_sub(1 + round_trip as usize)];
                let now = start + Duration::from_millis(ms);
                lines.push((ms, meter.measure(now, put as u64, (put - arrived) as u64, known)));
                put += FRAME;
            }
        }
        lines
    }

    fn known_or_not(round_trip: u64) -> [RoundTrip; 2] {
        [true, false].map(|is_known| (is_known, round_trip))
    }

    #[test]
    fn a_line_that_keeps_up_has_no_delay_however_long_it_is() {
        for round_trip in [0, 1, 30, 50, 200, 350].into_iter().flat_map(known_or_not) {
            for (ms, line) in measured(3000, round_trip, |_| 1e6) {
                let is_free = line.delay.is_zero() && line.rate.is_none();
                assert!(is_free, "{round_trip:?}: {line:?} at {ms} ms");
            }
        }
    }

    #[test]
    fn a_line_that_becomes_slow_is_known_with_its_rate_after_two_frames() {
        for round_trip in [0, 100].into_iter().flat_map(known_or_not) {
            let lines = measured(3000, round_trip, |ms| if ms < 1000 { 1e6 } else { 50_000.0 });
            let mut slow = lines.iter().filter(|(_, line)| line.rate.is_some());
            let (at, line) = slow.next().expect("it is");
            let (is_known, round_trip) = round_trip;
            let until = if is_known { 1040 } else { 1080 } + round_trip;
            assert!((1040..=until).contains(at), "{is_known}, {round_trip} ms: at {at} ms");
            assert!(line.is_guessed, "{line:?}");
            let (_, line) = slow.next().expect("it is");
            assert!(!line.is_guessed, "{line:?}");
            let rate = line.rate.expect("it is slow");
            assert!((45_000.0..55_000.0).contains(&rate), "{is_known}, {round_trip} ms: {rate}");
            let (_, last) = lines.last().unwrap();
            let rate = last.rate.expect("it is slow still");
            assert!((45_000.0..55_000.0).contains(&rate), "{rate}");
            // Five times as much was put as the line takes.
            assert!(last.delay > Duration::from_secs(7), "{last:?}");
            assert!((last.frame_bytes - FRAME).abs() < 1.0);
        }
    }

    #[test]
    fn a_line_that_stands_still_has_the_longest_delay() {
        let lines = measured(4000, (false, 10), |ms| if ms < 500 { 1e6 } else { 0.0 });
        let (_, last) = lines.last().unwrap();
        assert!(last.delay > Duration::from_secs(100), "{last:?}");
        let hopeless: Vec<u64> =
            lines.iter().filter(|(_, line)| line.is_hopeless(1e4)).map(|(ms, _)| *ms).collect();
        assert!((900..1100).contains(&hopeless[0]), "{hopeless:?}");
    }

    #[test]
    fn a_line_that_comes_back_is_free_again() {
        let lines =
            measured(6000, (true, 20), |ms| if (1000..2000).contains(&ms) { 5e4 } else { 2e6 });
        assert!(lines.iter().any(|(_, line)| line.rate.is_some()));
        let (at, _) = lines.iter().rfind(|(_, line)| line.rate.is_some()).unwrap();
        assert!((2000..2300).contains(at), "{at} ms");
    }

    #[test]
    fn what_is_acknowledged_late_does_not_make_a_line_slow() {
        let (start, mut meter) = (Instant::now(), LineMeter::default());
        let known = || Some(Duration::from_millis(5));
        for tick in 0..100 {
            let now = start + Duration::from_millis(40 * tick);
            let put = 10_000 * tick;
            let line = meter.measure(now, put, put.min(2900), known);
            assert_eq!(line.rate, None, "{line:?} at {tick}");
        }
        let later = start + Duration::from_millis(4200);
        assert!(meter.measure(later, 990_000, 2900, known).rate.is_some());
    }

    #[test]
    fn of_two_lines_the_worse_counts() {
        let slow = Line { delay: Duration::from_millis(9), rate: Some(5.0), ..Line::default() };
        let free = Line { frame_bytes: 7.0, ..Line::default() };
        assert_eq!(slow.worst(free), Line { frame_bytes: 7.0, ..slow });
        assert_eq!(free.worst(free), free);
        let slower = Line { rate: Some(4.0), ..slow };
        assert_eq!(slow.worst(slower).rate, Some(4.0));
    }

    #[test]
    fn a_guess_counts_only_for_a_viewer_that_is_alone() {
        let delay = Duration::from_millis(90);
        let slow = Line { delay, rate: Some(5.0), ..Line::default() };
        let guessed = Line { is_guessed: true, frame_bytes: 7.0, ..slow };
        let free = Line::default();
        let worst_of = |lines: &[Line]| Line::worst_of(lines.iter().copied());
        assert_eq!(worst_of(&[]), free);
        assert_eq!(worst_of(&[guessed]), guessed);
        assert_eq!(worst_of(&[guessed, free]), Line { frame_bytes: 7.0, ..free });
        assert_eq!(worst_of(&[slow, guessed]), Line { frame_bytes: 7.0, ..slow });
    }
}
