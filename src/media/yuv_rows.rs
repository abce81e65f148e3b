//! Converts rows of brightness and colour differences to bytes of blue, green, red.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "bytes times weights of less than 3, in 16ths, within 16 bits"
)]

use super::bgr::{convert, pack};
use super::{ColourMatrix, ColourRange, ColourSpace};

/// The weights of brightness and colour differences, in 8192ths.
#[derive(Clone, Copy)]
struct Weights {
    /// The brightness of black.
    black: i16,
    luma: i16,
    red_of_v: i16,
    green_of_u: i16,
    green_of_v: i16,
    blue_of_u: i16,
}

/// Every colour space. Each has a copy of the loops below, in which its weights are constants: the
/// compiler then knows that their products fit the vector instruction for 16 bits.
const SPACES: [ColourSpace; 6] = {
    use ColourMatrix::{Bt601, Bt709, Bt2020};
    use ColourRange::{Full, Limited};
    [
        ColourSpace { matrix: Bt709, range: Limited },
        ColourSpace { matrix: Bt709, range: Full },
        ColourSpace { matrix: Bt601, range: Limited },
        ColourSpace { matrix: Bt601, range: Full },
        ColourSpace { matrix: Bt2020, range: Limited },
        ColourSpace { matrix: Bt2020, range: Full },
    ]
};

impl Weights {
    const fn of(ColourSpace { matrix, range }: ColourSpace) -> Self {
        let (red, blue) = match matrix {
            ColourMatrix::Bt601 => (0.299, 0.114),
            ColourMatrix::Bt709 => (0.2126, 0.0722),
            ColourMatrix::Bt2020 => (0.2627, 0.0593),
        };
        let (black, luma, chroma) = match range {
            ColourRange::Limited => (16, 255.0 / 219.0, 255.0 / 224.0),
            ColourRange::Full => (0, 1.0, 1.0),
        };
        let green = 1.0 - red - blue;
        let (of_v, of_u) = (2.0 * (1.0 - red) * chroma, 2.0 * (1.0 - blue) * chroma);
        Self {
            black,
            luma: weight(luma),
            red_of_v: weight(of_v),
            green_of_u: -weight(of_u * blue / green),
            green_of_v: -weight(of_v * red / green),
            blue_of_u: weight(of_u),
        }
    }
}

/// Rounds a positive weight.
#[allow(clippy::cast_possible_truncation, reason = "less than 3 times 8192")]
const fn weight(weight: f64) -> i16 {
    (weight * 8192.0 + 0.5) as i16
}

/// Converts rows. It keeps a buffer for each step, since the compiler finds vector instructions for
/// one step at a time.
#[derive(Debug, Default)]
pub(super) struct YuvRows {
    /// Brightness, in 16ths.
    luma: Vec<i16>,
    /// What colour adds to blue, green and red for two pixels each, in 16ths.
    added: [Vec<i16>; 3],
    /// The same for each pixel, two in a number.
    wide: [Vec<u32>; 3],
    pixels: Vec<u32>,
}

impl YuvRows {
    /// Converts a row. U and V have half as many samples, rounded up. `bgr` has room for exactly
    /// the pixels of the row.
    pub(super) fn convert(
        &mut self,
        space: ColourSpace,
        y: &[u8],
        (u, v): (&[u8], &[u8]),
        bgr: &mut [u8],
    ) {
        match SPACES.iter().position(|known| *known == space) {
            Some(1) => self.convert_in::<1>(y, (u, v), bgr),
            Some(2) => self.convert_in::<2>(y, (u, v), bgr),
            Some(3) => self.convert_in::<3>(y, (u, v), bgr),
            Some(4) => self.convert_in::<4>(y, (u, v), bgr),
            Some(5) => self.convert_in::<5>(y, (u, v), bgr),
            _ => self.convert_in::<0>(y, (u, v), bgr),
        }
    }

    #[allow(clippy::indexing_slicing, reason = "SPACE is one of the six")]
    fn convert_in<const SPACE: usize>(&mut self, y: &[u8], (u, v): (&[u8], &[u8]), bgr: &mut [u8]) {
        let weights = const { Weights::of(SPACES[SPACE]) };
        let Self { luma, added, wide, pixels } = self;
        luma.resize(y.len(), 0);
        for (luma, y) in luma.iter_mut().zip(y) {
            *luma = times((i16::from(*y) - weights.black) << 7, weights.luma) + HALF;
        }
        for buffer in &mut *added {
            buffer.resize(u.len(), 0);
        }
        let [blue, green, red] = &mut *added;
        let difference = |byte: &u8| (i16::from(*byte) - 128) << 7;
        for (blue, u) in blue.iter_mut().zip(u) {
            *blue = times(difference(u), weights.blue_of_u);
        }
        for (red, v) in red.iter_mut().zip(v) {
            *red = times(difference(v), weights.red_of_v);
        }
        for (green, (u, v)) in green.iter_mut().zip(u.iter().zip(v)) {
            *green =
                times(difference(u), weights.green_of_u) + times(difference(v), weights.green_of_v);
        }
        for (wide, added) in wide.iter_mut().zip(added) {
            wide.resize(added.len(), 0);
            for (wide, added) in wide.iter_mut().zip(added) {
                let bits = u32::from(added.cast_unsigned());
                *wide = bits | bits << 16;
            }
        }
        let [blue, green, red] = &*wide;
        let [blue, green, red] =
            [blue, green, red].map(|wide| bytemuck::cast_slice::<_, i16>(wide));
        pixels.resize(y.len(), 0);
        let sums = luma.iter().zip(blue).zip(green.iter().zip(red));
        for (pixel, ((luma, blue), (green, red))) in pixels.iter_mut().zip(sums) {
            *pixel = pack(channel(luma + blue), channel(luma + green), channel(luma + red));
        }
        convert(bytemuck::cast_slice(pixels), bgr, u32::from_ne_bytes);
    }
}

/// Half of what a byte is.
const HALF: i16 = 8;

/// Separates U and V that lie side by side.
pub(super) fn separate(uv: &[u8], u: &mut Vec<u8>, v: &mut Vec<u8>) {
    let pairs = uv.as_chunks::<2>().0;
    for out in [&mut *u, &mut *v] {
        out.resize(pairs.len(), 0);
    }
    separate_into(uv, u, v);
}

/// Does the same where there is room for it.
pub(super) fn separate_into(uv: &[u8], u: &mut [u8], v: &mut [u8]) {
    for (([from_u, from_v], u), v) in uv.as_chunks::<2>().0.iter().zip(u).zip(v) {
        (*u, *v) = (*from_u, *from_v);
    }
}

/// Returns a 16th of a product of 8192ths and 128ths.
#[allow(clippy::cast_possible_truncation, reason = "the upper half of 32 bits")]
#[inline]
const fn times(scaled: i16, weight: i16) -> i16 {
    ((scaled as i32 * weight as i32) >> 16) as i16
}

/// Returns the byte of a channel in 16ths.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
#[inline]
fn channel(sixteenths: i16) -> u8 {
    (sixteenths >> 4).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::super::colour_definition::Definition;
    use super::*;

    /// By the definition, in floats: blue, green, red.
    fn reference(space: ColourSpace, [y, u, v]: [u8; 3]) -> [f64; 3] {
        let Definition { red, blue, black, luma, chroma } = Definition::of(space);
        let y = (f64::from(y) - black) / luma;
        let [u, v] = [u, v].map(|byte| (f64::from(byte) - 128.0) / chroma);
        let (r, b) = (y + 2.0 * (1.0 - red) * v, y + 2.0 * (1.0 - blue) * u);
        let g = (y - red * r - blue * b) / (1.0 - red - blue);
        [b, g, r].map(|value| value.clamp(0.0, 1.0) * 255.0)
    }

    #[test]
    fn colours_are_those_of_the_definition() {
        let mut rows = YuvRows::default();
        for matrix in [ColourMatrix::Bt601, ColourMatrix::Bt709, ColourMatrix::Bt2020] {
            for range in [ColourRange::Limited, ColourRange::Full] {
                let space = ColourSpace { matrix, range };
                for y in (0..=255).step_by(5) {
                    for u in (0..=255).step_by(15) {
                        for v in (0..=255).step_by(15) {
                            // Whole groups, and a rest of one pixel.
                            let mut bgr = [0; 17 * 3];
                            rows.convert(space, &[y; 17], (&[u; 9], &[v; 9]), &mut bgr);
                            let wanted = reference(space, [y, u, v]).repeat(17);
                            for (found, wanted) in bgr.iter().zip(wanted) {
                                let off = (f64::from(*found) - wanted).abs();
                                assert!(off <= 1.0, "{space:?} {y} {u} {v}: {found} {wanted}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn each_pixel_has_its_own_brightness_and_its_pairs_colour() {
        let y: Vec<u8> = (20..63).collect();
        let u: Vec<u8> = (100..122).collect();
        let v: Vec<u8> = (120..142).rev().collect();
        let mut bgr = vec![0; y.len() * 3];
        let mut rows = YuvRows::default();
        rows.convert(ColourSpace::default(), &y, (&u, &v), &mut bgr);
        for (x, pixel) in bgr.chunks(3).enumerate() {
            let mut alone = [0; 3];
            let pair = (&u[x / 2..=x / 2], &v[x / 2..=x / 2]);
            rows.convert(ColourSpace::default(), &y[x..=x], pair, &mut alone);
            assert_eq!(pixel, alone, "{x}");
        }
        let (mut first, mut second) = (vec![1; 9], Vec::new());
        separate(&[1, 2, 3, 4, 5, 6], &mut first, &mut second);
        assert_eq!((first, second), (vec![1, 3, 5], vec![2, 4, 6]));
    }
}
