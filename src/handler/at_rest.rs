//! Whether the pictures that an encoder is given stand still.

use std::hash::{BuildHasher, Hash as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

use crate::media::{Canvas, ToneMap};

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

/// Whether the pictures that an encoder is given stand still. Keeps a digest of the last one: each
/// viewer may have an encoder of its own, and a copy has megabytes.
#[derive(Debug, Default)]
pub(super) struct AtRest {
    /// The halves of a digest have different keys, so no picture can be made to look like another.
    keys: [RandomState; 2],
    last: Option<Seen>,
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
        let seen = Some(self.see(canvas));
        let needs = if self.last != seen {
            self.last = seen;
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

    fn see(&self, canvas: &Canvas<'_>) -> Seen {
        let form = (canvas.width(), canvas.height(), canvas.pixel_type(), canvas.colour_space());
        let mut hashers = self.keys.each_ref().map(BuildHasher::build_hasher);
        for hasher in &mut hashers {
            form.hash(hasher);
        }
        let planes = 0..canvas.pixel_type().planes();
        for row in planes.flat_map(|plane| canvas.plane_rows(plane)) {
            for hasher in &mut hashers {
                hasher.write(row);
            }
        }
        let digest = hashers.map(|hasher| hasher.finish());
        Seen { digest, tone_map: canvas.tone_map().clone() }
    }
}

/// What is kept of a picture.
#[derive(Debug, PartialEq)]
struct Seen {
    /// Of the rows of all planes, and of what they mean.
    digest: [u64; 2],
    tone_map: ToneMap,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{ColourRange, ColourSpace, PixelType, RowOrder};

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

    #[test]
    fn each_byte_of_each_plane_counts_and_what_it_means() {
        let bytes: Vec<u8> = (0..17).collect();
        let of = |pixel_type, bytes: &[u8]| {
            Canvas::from_vec(3, 3, pixel_type, bytes.to_vec()).expect("two sizes of planes")
        };
        let full = ColourSpace { range: ColourRange::Full, ..ColourSpace::default() };
        for pixel_type in [PixelType::I420, PixelType::Nv12] {
            let canvas = of(pixel_type, &bytes);
            let mut others: Vec<_> = (0..17)
                .map(|place| {
                    let mut changed = bytes.clone();
                    changed[place] ^= 1;
                    of(pixel_type, &changed)
                })
                .collect();
            others.push(canvas.clone().with_row_order(RowOrder::BottomUp));
            others.push(canvas.clone().with_colour_space(full));
            others.push(canvas.clone().with_tone_map(ToneMap::encoded()));
            let (mut at_rest, start) = (AtRest::default(), Instant::now());
            let later = start + Duration::from_secs(9);
            for other in others {
                at_rest.needs(&canvas, start);
                assert_eq!(at_rest.needs(&canvas, later), Needs::Refining);
                assert_eq!(at_rest.needs(&canvas, later), Needs::Nothing);
                assert_eq!(at_rest.needs(&other, later), Needs::Encoding, "{other:?}");
            }
        }
    }

    #[test]
    fn what_lies_between_the_rows_does_not_count() {
        let (mut at_rest, start) = (AtRest::default(), Instant::now());
        for (bytes, needs) in [
            ([1, 2, 0, 3, 4, 0], Needs::Encoding),
            ([1, 2, 7, 3, 4, 9], Needs::Refining),
            ([1, 2, 8, 3, 4, 8], Needs::Nothing),
        ] {
            let canvas = Canvas::borrowed_with_stride(2, 2, PixelType::Grey8, &bytes, 3);
            let now = if needs == Needs::Encoding { start } else { start + STILL_AFTER };
            assert_eq!(at_rest.needs(&canvas.expect("it fits"), now), needs);
        }
    }
}
