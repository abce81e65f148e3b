//! Converts rows of brightness and colour differences to bytes of blue, green, red.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "bytes times weights of less than 3, in 16ths, within 16 bits"
)]

use super::bgr::{BGR, pack, store};
use super::{ColourMatrix, ColourRange, ColourSpace};

/// Pixels are converted in groups of this many, for the sake of vector instructions.
const LANES: usize = 16;
const PAIRS: usize = LANES / 2;

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

impl Weights {
    #[allow(clippy::cast_possible_truncation, reason = "less than 3 times 8192")]
    fn of(ColourSpace { matrix, range }: ColourSpace) -> Self {
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
        let weight = |weight: f64| (weight * 8192.0).round() as i16;
        Self {
            black,
            luma: weight(luma),
            red_of_v: weight(of_v),
            green_of_u: weight(-of_u * blue / green),
            green_of_v: weight(-of_v * red / green),
            blue_of_u: weight(of_u),
        }
    }
}

/// Converts a row. U and V have half as many samples, rounded up. `bgr` has room for exactly the
/// pixels of the row.
pub(super) fn to_bgr(space: ColourSpace, y: &[u8], (u, v): (&[u8], &[u8]), bgr: &mut [u8]) {
    let weights = Weights::of(space);
    let (groups, rest) = y.as_chunks::<LANES>();
    let (u_groups, u_rest) = u.split_at_checked(groups.len() * PAIRS).unwrap_or_default();
    let (v_groups, v_rest) = v.split_at_checked(groups.len() * PAIRS).unwrap_or_default();
    let chroma = u_groups.as_chunks().0.iter().zip(v_groups.as_chunks().0);
    let (out_groups, out_rest) =
        bgr.split_at_mut_checked(groups.len() * LANES * BGR).unwrap_or_default();
    let out = out_groups.as_chunks_mut().0.iter_mut();
    for ((y, (u, v)), out) in groups.iter().zip(chroma).zip(out) {
        *out = group(weights, y, (u, v));
    }
    let last: [u8; LANES * BGR] = group(weights, &filled(rest), (&filled(u_rest), &filled(v_rest)));
    for (out, byte) in out_rest.iter_mut().zip(last) {
        *out = byte;
    }
}

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

fn filled<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut all = [0; N];
    for (out, byte) in all.iter_mut().zip(bytes) {
        *out = *byte;
    }
    all
}

#[inline]
fn group(
    weights: Weights,
    y: &[u8; LANES],
    (u, v): (&[u8; PAIRS], &[u8; PAIRS]),
) -> [u8; LANES * BGR] {
    let difference = |byte: u8| (i16::from(byte) - 128) << 7;
    let (u, v) = (u.map(difference), v.map(difference));
    let y = y.map(|byte| times((i16::from(byte) - weights.black) << 7, weights.luma) + 8);
    let mut green = v.map(|v| times(v, weights.green_of_v));
    for (green, u) in green.iter_mut().zip(u) {
        *green += times(u, weights.green_of_u);
    }
    let blue = channel(&y, &u.map(|u| times(u, weights.blue_of_u)));
    let green = channel(&y, &green);
    let red = channel(&y, &v.map(|v| times(v, weights.red_of_v)));
    let mut packed = [0; LANES];
    for (packed, ((blue, green), red)) in packed.iter_mut().zip(blue.iter().zip(green).zip(red)) {
        *packed = pack(*blue, green, red);
    }
    let mut out = [[[0; BGR]; 4]; LANES / 4];
    for (out, group) in out.iter_mut().zip(packed.as_chunks().0) {
        *out = store(*group);
    }
    bytemuck::cast(out)
}

/// Returns a 16th of a product of 8192ths and 128ths.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the upper half of 32 bits")]
const fn times(scaled: i16, weight: i16) -> i16 {
    ((scaled as i32 * weight as i32) >> 16) as i16
}

/// Adds brightness and difference, both in 16ths.
#[inline]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn channel(y: &[i16; LANES], difference: &[i16; PAIRS]) -> [u8; LANES] {
    let mut wide = [0; LANES];
    for (pair, difference) in wide.as_chunks_mut().0.iter_mut().zip(difference) {
        *pair = [*difference; 2];
    }
    let mut out = [0; LANES];
    for (out, (y, difference)) in out.iter_mut().zip(y.iter().zip(wide)) {
        *out = ((*y + difference) >> 4).clamp(0, 255) as u8;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the definition, in floats: blue, green, red.
    fn reference(space: ColourSpace, [y, u, v]: [u8; 3]) -> [f64; 3] {
        let (red, blue) = match space.matrix {
            ColourMatrix::Bt601 => (0.299, 0.114),
            ColourMatrix::Bt709 => (0.2126, 0.0722),
            ColourMatrix::Bt2020 => (0.2627, 0.0593),
        };
        let (black, luma, chroma) = match space.range {
            ColourRange::Limited => (16.0, 219.0, 224.0),
            ColourRange::Full => (0.0, 255.0, 255.0),
        };
        let y = (f64::from(y) - black) / luma;
        let [u, v] = [u, v].map(|byte| (f64::from(byte) - 128.0) / chroma);
        let (r, b) = (y + 2.0 * (1.0 - red) * v, y + 2.0 * (1.0 - blue) * u);
        let g = (y - red * r - blue * b) / (1.0 - red - blue);
        [b, g, r].map(|value| value.clamp(0.0, 1.0) * 255.0)
    }

    #[test]
    fn colours_are_those_of_the_definition() {
        for matrix in [ColourMatrix::Bt601, ColourMatrix::Bt709, ColourMatrix::Bt2020] {
            for range in [ColourRange::Limited, ColourRange::Full] {
                let space = ColourSpace { matrix, range };
                for y in (0..=255).step_by(5) {
                    for u in (0..=255).step_by(15) {
                        for v in (0..=255).step_by(15) {
                            // A whole group, and a rest of one pixel.
                            let mut bgr = [0; 17 * 3];
                            to_bgr(space, &[y; 17], (&[u; 9], &[v; 9]), &mut bgr);
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
        to_bgr(ColourSpace::default(), &y, (&u, &v), &mut bgr);
        for (x, pixel) in bgr.chunks(3).enumerate() {
            let mut alone = [0; 3];
            let pair = (&u[x / 2..=x / 2], &v[x / 2..=x / 2]);
            to_bgr(ColourSpace::default(), &y[x..=x], pair, &mut alone);
            assert_eq!(pixel, alone, "{x}");
        }
        let (mut first, mut second) = (vec![1; 9], Vec::new());
        separate(&[1, 2, 3, 4, 5, 6], &mut first, &mut second);
        assert_eq!((first, second), (vec![1, 3, 5], vec![2, 4, 6]));
    }
}
