//! When a loop's next frame is due.

use std::time::Instant;

use crate::ticker::Ticker;

/// When the next frame is due: on average one in each period of the loop's rate.
///
/// A new picture is sent as soon as it is there. The loop may be one frame ahead of its rate, but
/// no more: a picture that comes even sooner waits. If a period brought no picture, the last one is
/// sent again at its end. So the rate does not depend on the renderer, and no picture of a renderer
/// that keeps the rate waits for a tick.
#[derive(Debug, Default)]
pub(crate) struct FramePace {
    /// The end of the period that has had its frame.
    served_until: Option<Instant>,
    /// When the rate is kept again. It allows one more frame than these from a period before on.
    paid_at: Option<Instant>,
}

impl FramePace {
    /// Returns when the next frame is due, or `None` if not before there is a picture. `is_new`
    /// tells whether there is a picture that was not sent yet.
    pub(crate) fn due(&self, ticker: Ticker, now: Instant, is_new: bool) -> Option<Instant> {
        if is_new {
            let allowed = self.paid_at.and_then(|at| at.checked_sub(ticker.period()));
            return Some(allowed.unwrap_or(now));
        }
        self.served_until.map(|end| ticker.next_after(end))
    }

    /// Records a frame that is made now. A new picture serves the period that has begun, the last
    /// picture the one that has passed without a frame.
    pub(crate) fn made(&mut self, ticker: Ticker, now: Instant, is_new: bool) {
        self.served_until =
            Some(if is_new { ticker.next_after(now) } else { ticker.last_until(now) });
        let paid_at = self.paid_at.map_or(now, |at| at.max(now));
        self.paid_at = paid_at.checked_add(ticker.period());
    }

    /// Forgets all frames: the next one needs a new picture.
    pub(crate) const fn restart(&mut self) {
        self.served_until = None;
        self.paid_at = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::FramePace;
    use crate::ticker::Ticker;

    /// Returns when frames are made at 25 a second, and whether they show new pictures. All times
    /// are in milliseconds.
    fn frames(pictures: &[u64], until: u64) -> Vec<(u64, bool)> {
        let start = Instant::now();
        let ticker = Ticker::new(start, 25.0);
        let mut pace = FramePace::default();
        let (mut frames, mut waiting, mut pictures) =
            (Vec::new(), false, pictures.iter().peekable());
        for ms in 0..until {
            let now = start + Duration::from_millis(ms);
            waiting |= pictures.next_if_eq(&&ms).is_some();
            if pace.due(ticker, now, waiting).is_some_and(|due| due <= now) {
                frames.push((ms, waiting));
                pace.made(ticker, now, waiting);
                waiting = false;
            }
        }
        frames
    }

    #[test]
    fn pictures_of_the_same_rate_are_sent_as_they_come() {
        let pictures = [3, 45, 89, 121, 199];
        let expected = pictures.map(|ms| (ms, true));
        assert_eq!(frames(&pictures, 239), expected);
    }

    #[test]
    fn during_a_long_render_the_last_picture_is_repeated_once_a_period() {
        let new_ones = |ms| (ms, true);
        let repeated = |ms| (ms, false);
        assert_eq!(
            frames(&[5, 255, 290], 330),
            [
                new_ones(5),
                repeated(80),
                repeated(120),
                repeated(160),
                repeated(200),
                repeated(240),
                new_ones(255),
                new_ones(290),
            ]
        );
    }

    #[test]
    fn the_loop_is_one_frame_ahead_of_its_rate_at_most() {
        assert_eq!(frames(&[5, 20, 30], 100), [(5, true), (20, true), (45, true)]);
        let many: Vec<u64> = (0..400).collect();
        let found = frames(&many, 400);
        assert_eq!(found.len(), 11);
        assert!(found.iter().all(|(_, is_new)| *is_new));
    }

    #[test]
    fn a_picture_too_many_at_the_start_delays_none_of_those_that_follow() {
        let pictures = [5, 20, 60, 100, 140, 180];
        assert_eq!(frames(&pictures, 200), pictures.map(|ms| (ms, true)));
    }

    #[test]
    fn before_the_first_picture_there_is_no_frame() {
        assert_eq!(frames(&[], 500), []);
        assert_eq!(frames(&[130], 150), [(130, true)]);
    }
}
