//! Pictures as H.264 has them: brightness and, at half the size, two colour differences (I420).
#![allow(
    clippy::arithmetic_side_effects,
    reason = "sums of a few bytes times constants of 16 bits, within 32"
)]

use bytemuck::pod_read_unaligned;

use crate::media::{Canvas, PixelType};

/// Red, green and blue, each 0 to 255.
type Rgb = [i32; 3];

/// A picture in BT.709's limited range, which the stream says so (ITU-R BT.709-6 §3; H.264 annex
/// E). Its sides are even.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct I420 {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) y: Vec<u8>,
    pub(super) u: Vec<u8>,
    pub(super) v: Vec<u8>,
}

impl I420 {
    /// A black picture, large enough for one of this size.
    pub(super) fn new(width: u32, height: u32) -> Self {
        let even = |side: u32| (side as usize).next_multiple_of(2);
        let (width, height) = (even(width), even(height));
        let chroma = vec![128; width / 2 * (height / 2)];
        Self { width, height, y: vec![16; width * height], u: chroma.clone(), v: chroma }
    }

    /// Takes over a picture of the size that this one was made for. An odd side becomes even by a
    /// repeated column or row.
    pub(super) fn draw(&mut self, canvas: &Canvas<'_>) {
        let byte = i32::from;
        match canvas.pixel_type() {
            PixelType::Grey8 => self.draw_pixels(canvas, |&[grey]: &[u8; 1]| [byte(grey); 3]),
            PixelType::Rgb8 => self.draw_pixels(canvas, |rgb: &[u8; 3]| rgb.map(byte)),
            PixelType::Rgba8 => {
                self.draw_pixels(canvas, |&[r, g, b, _]: &[u8; 4]| [r, g, b].map(byte));
            }
            PixelType::Bgra8 => {
                self.draw_pixels(canvas, |&[b, g, r, _]: &[u8; 4]| [r, g, b].map(byte));
            }
            PixelType::RgbF32 => {
                self.draw_pixels(canvas, |floats: &[u8; 12]| {
                    pod_read_unaligned::<[f32; 3]>(floats).map(byte_of_float)
                });
            }
            PixelType::RgbaF32 => self.draw_pixels(canvas, |floats: &[u8; 16]| {
                let [r, g, b, _] = pod_read_unaligned::<[f32; 4]>(floats);
                [r, g, b].map(byte_of_float)
            }),
        }
    }

    fn draw_pixels<const N: usize>(
        &mut self,
        canvas: &Canvas<'_>,
        pixel: impl Fn(&[u8; N]) -> Rgb + Copy,
    ) {
        let luma = self.y.chunks_exact_mut(self.width * 2);
        let chroma = self.u.chunks_exact_mut(self.width / 2);
        let chroma = chroma.zip(self.v.chunks_exact_mut(self.width / 2));
        for ((luma, (u, v)), row) in luma.zip(chroma).zip((0..).step_by(2)) {
            let top = canvas.row(row).as_chunks().0;
            let bottom = match canvas.row(row + 1) {
                [] => top,
                bottom => bottom.as_chunks().0,
            };
            let (luma_top, luma_bottom) = luma.split_at_mut(self.width);
            draw_luma(top, luma_top, pixel);
            draw_luma(bottom, luma_bottom, pixel);
            draw_chroma(top, bottom, u, v, pixel);
        }
    }
}

fn draw_luma<const N: usize>(row: &[[u8; N]], luma: &mut [u8], pixel: impl Fn(&[u8; N]) -> Rgb) {
    for (luma, bytes) in luma.iter_mut().zip(row) {
        *luma = luma_of(pixel(bytes));
    }
    if let ([.., before, last], true) = (&mut *luma, row.len() % 2 == 1) {
        *last = *before;
    }
}

fn draw_chroma<const N: usize>(
    top: &[[u8; N]],
    bottom: &[[u8; N]],
    u: &mut [u8],
    v: &mut [u8],
    pixel: impl Fn(&[u8; N]) -> Rgb + Copy,
) {
    let (top_pairs, top_rest) = top.as_chunks::<2>();
    let (bottom_pairs, bottom_rest) = bottom.as_chunks::<2>();
    let chroma = u.iter_mut().zip(v.iter_mut());
    for ((u, v), ([a, b], [c, d])) in chroma.zip(top_pairs.iter().zip(bottom_pairs)) {
        (*u, *v) = chroma_of_four([a, b, c, d].map(pixel));
    }
    if let ([top], [bottom], Some(u), Some(v)) = (top_rest, bottom_rest, u.last_mut(), v.last_mut())
    {
        (*u, *v) = chroma_of_four([top, top, bottom, bottom].map(pixel));
    }
}

/// In 65536ths of what the range of 16 to 235 leaves of BT.709's weights.
const fn luma_of([r, g, b]: Rgb) -> u8 {
    ((11_966 * r + 40_254 * g + 4_064 * b + (16 << 16) + (1 << 15)) >> 16) as u8
}

/// The colour differences of four pixels' mean, each 16 to 240.
fn chroma_of_four(pixels: [Rgb; 4]) -> (u8, u8) {
    let [r, g, b] =
        pixels.into_iter().fold([0; 3], |[r, g, b], [dr, dg, db]| [r + dr, g + dg, b + db]);
    let scaled = |weighted: i32| ((weighted + (128 << 18) + (1 << 17)) >> 18) as u8;
    let u = scaled(-6_596 * r - 22_188 * g + 28_784 * b);
    let v = scaled(28_784 * r - 26_145 * g - 2_639 * b);
    (u, v)
}

/// What is no number is black.
fn byte_of_float(float: f32) -> i32 {
    (float.clamp(0.0, 1.0) * 255.0 + 0.5) as i32
}

impl openh264::formats::YUVSource for I420 {
    fn dimensions(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn strides(&self) -> (usize, usize, usize) {
        (self.width, self.width / 2, self.width / 2)
    }

    fn y(&self) -> &[u8] {
        &self.y
    }

    fn u(&self) -> &[u8] {
        &self.u
    }

    fn v(&self) -> &[u8] {
        &self.v
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::RowOrder;

    fn drawn(canvas: &Canvas<'_>) -> I420 {
        let mut picture = I420::new(canvas.width(), canvas.height());
        picture.draw(canvas);
        picture
    }

    /// By the definition, in floats.
    fn reference(rgb: [u8; 3]) -> [u8; 3] {
        let [r, g, b] = rgb.map(|byte| f64::from(byte) / 255.0);
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let (u, v) = ((b - y) / 1.8556, (r - y) / 1.5748);
        [16.0 + 219.0 * y, 128.0 + 224.0 * u, 128.0 + 224.0 * v].map(|value| value.round() as u8)
    }

    #[test]
    fn colours_are_those_of_the_definition() {
        for red in (0..=255).step_by(17) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(51) {
                    let rgb = [red as u8, green as u8, blue as u8];
                    let bytes = rgb.repeat(4);
                    let canvas = Canvas::borrowed(2, 2, PixelType::Rgb8, &bytes).unwrap();
                    let picture = drawn(&canvas);
                    let wanted = reference(rgb);
                    for (found, wanted) in
                        [picture.y[3], picture.u[0], picture.v[0]].iter().zip(wanted)
                    {
                        assert!(found.abs_diff(wanted) <= 1, "{rgb:?}: {picture:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_pixel_type_says_the_same() {
        let rgb = [200u8, 100, 50];
        let [r, g, b] = rgb;
        let floats = rgb.map(|byte| f32::from(byte) / 255.0);
        let with_alpha = [floats[0], floats[1], floats[2], 0.5];
        let expected = drawn(&Canvas::borrowed(2, 2, PixelType::Rgb8, &rgb.repeat(4)).unwrap());
        for (pixel_type, bytes) in [
            (PixelType::Rgba8, [r, g, b, 9].repeat(4)),
            (PixelType::Bgra8, [b, g, r, 9].repeat(4)),
            (PixelType::RgbF32, bytemuck::cast_slice(&floats.repeat(4)).to_vec()),
            (PixelType::RgbaF32, bytemuck::cast_slice(&with_alpha.repeat(4)).to_vec()),
        ] {
            let canvas = Canvas::borrowed(2, 2, pixel_type, &bytes).unwrap();
            assert_eq!(drawn(&canvas), expected, "{pixel_type:?}");
        }
        let grey = drawn(&Canvas::borrowed(2, 2, PixelType::Grey8, &[255; 4]).unwrap());
        assert_eq!((grey.y[0], grey.u[0], grey.v[0]), (235, 128, 128));
        let floats = [f32::NAN, -1.0, 2.0].repeat(4);
        let wild = Canvas::borrowed_floats(2, 2, PixelType::RgbF32, &floats).unwrap();
        let blue = [0, 0, 255].repeat(4);
        let blue = Canvas::borrowed(2, 2, PixelType::Rgb8, &blue).unwrap();
        assert_eq!(drawn(&wild), drawn(&blue));
    }

    #[test]
    fn odd_sides_become_even_by_repetition() {
        let odd = [10, 20, 30, 40, 50, 60, 70, 80, 90];
        let even = [10, 20, 30, 30, 40, 50, 60, 60, 70, 80, 90, 90, 70, 80, 90, 90];
        let odd = drawn(&Canvas::borrowed(3, 3, PixelType::Grey8, &odd).unwrap());
        let even = drawn(&Canvas::borrowed(4, 4, PixelType::Grey8, &even).unwrap());
        assert_eq!(odd, even);
    }

    #[test]
    fn the_topmost_row_comes_first_whatever_the_order_in_memory() {
        let down = Canvas::borrowed(2, 2, PixelType::Grey8, &[255, 255, 0, 0]).unwrap();
        let up = Canvas::borrowed(2, 2, PixelType::Grey8, &[0, 0, 255, 255]).unwrap();
        let expected = drawn(&down);
        assert_eq!(expected.y, [235, 235, 16, 16]);
        assert_eq!(drawn(&up.with_row_order(RowOrder::BottomUp)), expected);
    }
}
