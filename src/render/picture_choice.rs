//! Which pictures are encoded.

use std::time::{Duration, Instant};

use crate::handler::{STILL_AFTER, Steered};

/// What a frame thread knows of the picture that is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) now: Instant,
    /// Whether it differs from the one before.
    pub(crate) is_changed: bool,
    /// Whether nothing is at work on another picture.
    pub(crate) is_settled: bool,
    /// Whether something waits for this frame: a viewer for a key frame, or a command.
    pub(crate) is_awaited: bool,
}

/// What becomes of a picture that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Encode,
    /// Encode it as well as possible: it stands still.
    Refine,
    LeaveOut,
}

/// Chooses which pictures are encoded. One that stands still is refined once, and then repeated
/// seldom. On a slow line only some are encoded.
#[derive(Debug)]
pub(crate) struct PictureChoice {
    idle_period: Duration,
    changed_at: Option<Instant>,
    encoded_at: Option<Instant>,
    is_refined: bool,
    /// The share of a frame that the line has had time for.
    credit: f64,
}

impl PictureChoice {
    /// `idle_rate` is in frames per second and above 0.
    pub(crate) fn new(idle_rate: f64) -> Self {
        Self {
            idle_period: Duration::try_from_secs_f64(1.0 / idle_rate).unwrap_or(Duration::MAX),
            changed_at: None,
            encoded_at: None,
            is_refined: false,
            credit: 1.0,
        }
    }

    /// Chooses for a picture. `rate` is that of the loop, in frames per second. `steered` is what
    /// the line bears, if the loop follows that.
    pub(crate) fn choose(&mut self, due: Due, rate: f64, steered: Option<Steered>) -> Choice {
        if due.is_changed {
            self.is_refined = false;
        }
        if due.is_changed || !due.is_settled || self.changed_at.is_none() {
            self.changed_at = Some(due.now);
        }
        let choice = self.choice(due, rate, steered);
        if choice != Choice::LeaveOut {
            self.encoded_at = Some(due.now);
        }
        self.is_refined |= choice == Choice::Refine;
        choice
    }

    fn choice(&mut self, due: Due, rate: f64, steered: Option<Steered>) -> Choice {
        if let Some(steered) = steered {
            self.credit = (self.credit + steered.rate / rate).min(2.0);
            if steered.leaves_out || self.credit < 1.0 && !due.is_awaited {
                return Choice::LeaveOut;
            }
        }
        let since = |then: Option<Instant>| {
            then.map_or(Duration::MAX, |then| due.now.saturating_duration_since(then))
        };
        let choice = if since(self.changed_at) < STILL_AFTER {
            Choice::Encode
        } else if !self.is_refined {
            Choice::Refine
        } else if due.is_awaited || since(self.encoded_at) >= self.idle_period {
            Choice::Encode
        } else {
            Choice::LeaveOut
        };
        if choice != Choice::LeaveOut {
            self.credit = (self.credit - 1.0).max(0.0);
        }
        choice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what becomes of each of 25 pictures a second, from one time to another in
    /// milliseconds, one letter each. `due` says what is so at a millisecond.
    fn chosen(
        choice: &mut PictureChoice,
        (start, times): (Instant, std::ops::Range<u64>),
        due: impl Fn(u64) -> Due,
        steered: Option<Steered>,
    ) -> String {
        let letter = |choice| match choice {
            Choice::Encode => 'e',
            Choice::Refine => 'R',
            Choice::LeaveOut => '.',
        };
        let due = |ms| Due { now: start + Duration::from_millis(ms), ..due(ms) };
        times.step_by(40).map(|ms| letter(choice.choose(due(ms), 25.0, steered))).collect()
    }

    fn due(is_changed: bool) -> Due {
        Due { now: Instant::now(), is_changed, is_settled: true, is_awaited: false }
    }

    #[test]
    fn a_picture_that_stands_still_is_refined_once_and_then_repeated_seldom() {
        let mut choice = PictureChoice::new(1.0);
        let start = Instant::now();
        let moving = chosen(&mut choice, (start, 0..400), |_| due(true), None);
        assert_eq!(moving, "eeeeeeeeee");
        let still = chosen(&mut choice, (start, 400..2800), |_| due(false), None);
        assert_eq!(still, format!("eeeeeeeR{0}e{0}e..", ".".repeat(24)));
        let again = chosen(&mut choice, (start, 2800..3280), |ms| due(ms == 2800), None);
        assert_eq!(again, "eeeeeeeeR...");
    }

    #[test]
    fn while_a_renderer_works_the_last_picture_is_repeated_at_the_rate() {
        let mut choice = PictureChoice::new(1.0);
        let start = Instant::now();
        let works = |ms| Due { is_settled: ms > 1000, ..due(ms == 0) };
        let all = chosen(&mut choice, (start, 0..2000), works, None);
        assert_eq!(all, format!("{}R{}", "e".repeat(33), ".".repeat(16)));
    }

    #[test]
    fn what_is_awaited_is_encoded_though_the_picture_stands_still() {
        let mut choice = PictureChoice::new(0.1);
        let start = Instant::now();
        chosen(&mut choice, (start, 0..1000), |ms| due(ms == 0), None);
        let awaited = |ms| Due { is_awaited: ms == 1080, ..due(false) };
        assert_eq!(chosen(&mut choice, (start, 1000..1200), awaited, None), "..e..");
    }

    #[test]
    fn on_a_slow_line_only_some_are_encoded() {
        let mut choice = PictureChoice::new(1.0);
        let start = Instant::now();
        let some = Steered { rate: 10.0, leaves_out: false };
        let made = chosen(&mut choice, (start, 0..4000), |_| due(true), Some(some));
        assert_eq!(made.matches('e').count(), 41, "{made}");
        let none = Steered { rate: 10.0, leaves_out: true };
        let made = chosen(&mut choice, (start, 4000..5000), |_| due(false), Some(none));
        assert_eq!(made, ".".repeat(25), "and it is not refined yet");
        let made = chosen(&mut choice, (start, 5000..5100), |_| due(false), Some(some));
        assert_eq!(made, "R..");
    }
}
