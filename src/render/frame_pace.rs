//! When a loop's next frame is due.

use std::time::Instant;

use crate::ticker::Ticker;

/// When the next frame is due: one in each period of the loop's rate. A new picture goes out as soon as
/// it is there, once in a period; where a period brought none, the last picture goes out again at
/// its end. So a picture never waits for a tick, and the rate holds whatever the renderer does.
#[derive(Debug, Default)]
pub(crate) struct FramePace {
    /// The end of the period that has had its frame.
    served_until: Option<Instant>,
}

impl FramePace {
    /// When the next frame is due; none: not before there is a picture. `is_fresh`: there is one
    /// that was not sent yet.
    pub(crate) fn due(&self, ticker: Ticker, now: Instant, is_fresh: bool) -> Option<Instant> {
        match (self.served_until, is_fresh) {
            (None, false) => None,
            (None, true) => Some(now),
            (Some(end), true) => Some(end),
            (Some(end), false) => Some(ticker.next_after(end)),
        }
    }

    /// A frame is made now: of a new picture, for the period that now is in; of the last one, for
    /// the period that has passed without.
    pub(crate) fn made(&mut self, ticker: Ticker, now: Instant, is_fresh: bool) {
        self.served_until =
            Some(if is_fresh { ticker.next_after(now) } else { ticker.last_until(now) });
    }

    /// There is no picture any more.
    pub(crate) const fn restart(&mut self) {
        self.served_until = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::FramePace;
    use crate::ticker::Ticker;

    /// When frames are made and whether they are new, at 25 a second, of pictures that are there at
    /// these times in milliseconds.
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
    fn pictures_of_the_same_rate_go_out_as_they_come() {
        let pictures = [3, 45, 89, 121, 199];
        let expected = pictures.map(|ms| (ms, true));
        assert_eq!(frames(&pictures, 239), expected);
    }

    #[test]
    fn a_long_render_has_the_last_picture_repeated_once_a_period() {
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
