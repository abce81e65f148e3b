//! Whether the pictures that an encoder is given stand still.

use std::time::{Duration, Instant};

use crate::media::Canvas;

/// How long a picture must stand still before it is refined.
pub(crate) const STILL_AFTER: Duration = Duration::from_millis(300);
/// How long after the last frame a refined picture is encoded again.
const REPEATED_AFTER: Duration = Duration::from_secs(1);

/// What becomes of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Encoding,
    /// It stands still: encode it as well as possible.
    Refining,
    /// The viewer has it, refined.
    Nothing,
}

/// Whether the pictures that an encoder is given stand still. Keeps a copy of the last one.
#[derive(Debug, Default)]
pub(super) struct AtRest {
    last: Option<Canvas<'static>>,
    changed_at: Option<Instant>,
    encoded_at: Option<Instant>,
    is_refined: bool,
}

impl AtRest {
    /// Returns what becomes of the next picture.
    pub(super) fn needs(&mut self, canvas: &Canvas<'_>, now: Instant) -> Needs {
        let since = |then: Option<Instant>| {
            then.map_or(Duration::MAX, |then| now.saturating_duration_since(then))
        };
        let needs = if !self.is_last(canvas) {
            self.keep(canvas);
            (self.changed_at, self.is_refined) = (Some(now), false);
            Needs::Encoding
        } else if since(self.changed_at) < STILL_AFTER {
            Needs::Encoding
        } else if !self.is_refined {
            self.is_refined = true;
            Needs::Refining
        } else if since(self.encoded_at) >= REPEATED_AFTER {
            Needs::Encoding
        } else {
            Needs::Nothing
        };
        if needs != Needs::Nothing {
            self.encoded_at = Some(now);
        }
        needs
    }

    /// Lets the picture be refined again: the viewer has not got it.
    pub(super) const fn refine_again(&mut self) {
        self.is_refined = false;
    }

    fn is_last(&self, canvas: &Canvas<'_>) -> bool {
        let last = self.last.as_ref().filter(|last| last.is_alike(canvas));
        last.is_some_and(|last| last.rows().eq(canvas.rows()))
    }

    fn keep(&mut self, canvas: &Canvas<'_>) {
        match self.last.as_mut().filter(|last| last.is_alike(canvas)) {
            Some(last) => {
                for row in 0..canvas.height() {
                    last.row_mut(row).copy_from_slice(canvas.row(row));
                }
            }
            None => self.last = Some(canvas.clone().into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::PixelType;

    fn canvas(grey: u8) -> Canvas<'static> {
        Canvas::from_vec(1, 2, PixelType::Grey8, vec![0, grey]).unwrap()
    }

    /// Gives a picture each 40 ms up to a time in milliseconds. Returns one letter each.
    fn given(at_rest: &mut AtRest, (start, times): (Instant, std::ops::Range<u64>)) -> String {
        let letter = |ms| match at_rest.needs(&canvas(7), start + Duration::from_millis(ms)) {
            Needs::Encoding => 'e',
            Needs::Refining => 'R',
            Needs::Nothing => '.',
        };
        times.step_by(40).map(letter).collect()
    }

    #[test]
    fn a_picture_that_stands_still_is_refined_once_and_then_repeated_seldom() {
        let (mut at_rest, start) = (AtRest::default(), Instant::now());
        for (grey, ms) in [(1, 0), (2, 400), (3, 800)] {
            let needs = at_rest.needs(&canvas(grey), start + Duration::from_millis(ms));
            assert_eq!(needs, Needs::Encoding, "{grey}");
        }
        let all = given(&mut at_rest, (start, 1000..3400));
        assert_eq!(all, format!("eeeeeeeeR{0}e{0}e.", ".".repeat(24)));
        assert_eq!(at_rest.needs(&canvas(8), start + Duration::from_secs(4)), Needs::Encoding);
        assert_eq!(given(&mut at_rest, (start, 4040..4400)), "eeeeeeeeR");
    }

    #[test]
    fn what_a_viewer_has_not_got_is_refined_again() {
        let (mut at_rest, start) = (AtRest::default(), Instant::now());
        assert_eq!(given(&mut at_rest, (start, 0..400)), "eeeeeeeeR.");
        at_rest.refine_again();
        assert_eq!(given(&mut at_rest, (start, 400..520)), "R..");
    }
}
