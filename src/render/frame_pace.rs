//! When a loop's next frame is due.

use std::time::Instant;

use crate::ticker::Ticker;

/// When the next frame is due: one in each period of the loop's rate.
///
/// A new picture is sent as soon as it is there, once in a period. If a period brought none, the
/// last picture is sent again at its end. So a picture never waits for a tick, and the rate does
/// not depend on the renderer.
#[derive(Debug, Default)]
pub(crate) struct FramePace {
    /// The end of the period that has had its frame.
    served_until: Option<Instant>,
}

impl FramePace {
    /// Returns when the next frame is due, or `None` if not before there is a picture. `is_new`
    /// tells whether there is a picture that was not sent yet.
    pub(crate) fn due(&self, ticker: Ticker, now: Instant, is_new: bool) -> Option<Instant> {
        match (self.served_until, is_new) {
            (None, false) => None,
            (None, true) => Some(now),
            (Some(end), true) => Some(end),
            (Some(end), false) => Some(ticker.next_after(end)),
        }
    }

    /// Records a frame that is made now. A new picture serves the period that has begun, the last
    /// picture the one that has passed without a frame.
    pub(crate) fn made(&mut self, ticker: Ticker, now: Instant, is_new: bool) {
        self.served_until =
            Some(if is_new { ticker.next_after(now) } else { ticker.last_until(now) });
    }

    /// Forgets all frames: the next one needs a new picture.
    pub(crate) const fn restart(&mut self) {
        self.served_until = None;
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
    fn a_second_picture_within_a_period_waits_for_the_next() {
        assert_eq!(frames(&[5, 20, 50], 100), [(5, true), (40, true), (80, true)]);
    }

    #[test]
    fn before_the_first_picture_there_is_no_frame() {
        assert_eq!(frames(&[], 500), []);
        assert_eq!(frames(&[130], 150), [(130, true)]);
    }
}
