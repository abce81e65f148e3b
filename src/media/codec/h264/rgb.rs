//! Converts decoded pictures to RGB.
#![allow(clippy::arithmetic_side_effects, reason = "bytes times constants of 11 bits, within 32")]

use openh264::formats::YUVSource;

/// Converts a picture of BT.709 in limited range to red, green and blue bytes. Resizes `output`.
pub(super) fn write_rgb(picture: &impl YUVSource, output: &mut Vec<u8>) {
    let (width, height) = picture.dimensions();
    let (y_stride, u_stride, v_stride) = picture.strides();
    output.clear();
    output.reserve(width * height * 3);
    let rows = picture.y().chunks(y_stride.max(1)).take(height);
    let row_of = |plane: &'_ [u8], stride: usize, row: usize| -> Vec<u8> {
        plane.chunks(stride.max(1)).nth(row / 2).unwrap_or_default().to_vec()
    };
    for (row, luma) in rows.enumerate() {
        let (u, v) = (row_of(picture.u(), u_stride, row), row_of(picture.v(), v_stride, row));
        let chroma = u.iter().zip(&v).flat_map(|pair| [pair; 2]);
        for (y, (u, v)) in luma.iter().take(width).zip(chroma) {
            output.extend(rgb_of(*y, *u, *v));
        }
    }
    output.resize(width * height * 3, 0);
}

/// In 1024ths.
fn rgb_of(y: u8, u: u8, v: u8) -> [u8; 3] {
    let [y, u, v] = [(y, 16), (u, 128), (v, 128)].map(|(byte, zero)| i32::from(byte) - zero);
    let luma = 1_192 * y + 512;
    [luma + 1_836 * v, luma - 218 * u - 546 * v, luma + 2_163 * u]
        .map(|scaled| (scaled >> 10).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::super::i420::I420;
    use super::*;
    use crate::media::{Canvas, PixelType};

    #[test]
    fn colours_come_back() {
        for rgb in
            [[0u8, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 130, 7]]
        {
            let bytes = rgb.repeat(24);
            let mut picture = I420::new(6, 4);
            picture.draw(&Canvas::borrowed(6, 4, PixelType::Rgb8, &bytes).unwrap());
            let mut output = Vec::new();
            write_rgb(&picture, &mut output);
            assert_eq!(output.len(), bytes.len());
            for (found, wanted) in output.iter().zip(&bytes) {
                assert!(found.abs_diff(*wanted) <= 2, "{rgb:?}: {:?}", &output[..3]);
            }
        }
    }
}
