//! Converts rows of canvases to bytes of blue, green, red.

use super::bgr::{convert, pack};
use super::canvas::FloatRows;
use super::yuv_rows::{YuvRows, separate};
use crate::media::{Canvas, PixelType};

/// Converts rows of canvases of any pixel type to bytes of blue, green, red, for encoders that take
/// nothing else. It keeps buffers, so that one for many rows allocates little.
///
/// Floats are converted by the canvas's [`ToneMap`](crate::media::ToneMap), Y, U and V by its
/// [`ColourSpace`](crate::media::ColourSpace). Alpha is left out, not blended.
///
/// ```
/// use rendercast::media::{BgrRows, Canvas, CanvasError, PixelType};
///
/// let canvas = Canvas::borrowed_floats(1, 1, PixelType::RgbaF32, &[1.0, 0.5, 0.0, 1.0])?;
/// let mut bgr = [0; 3];
/// BgrRows::default().read(&canvas, 0, &mut bgr);
/// assert_eq!(bgr, [0, 188, 255]); // half of the light is 188 in sRGB
/// # Ok::<(), CanvasError>(())
/// ```
#[derive(Debug, Default)]
pub struct BgrRows {
    floats: FloatRows,
    yuv: YuvRows,
    /// A buffer for a row's U and V.
    chroma: [Vec<u8>; 2],
}

impl BgrRows {
    /// Converts a row, the topmost one at 0. `bgr` must have three bytes for each pixel. If it has
    /// another length, or there is no such row, what it then holds is of no use.
    pub fn read(&mut self, canvas: &Canvas<'_>, row: u32, bgr: &mut [u8]) {
        let bytes = canvas.row(row);
        match canvas.pixel_type() {
            PixelType::Grey8 => convert(bytes, bgr, |[grey]: [u8; 1]| pack(grey, grey, grey)),
            PixelType::Rgb8 => convert(bytes, bgr, |[red, green, blue]| pack(blue, green, red)),
            PixelType::Bgr8 if bgr.len() == bytes.len() => bgr.copy_from_slice(bytes),
            PixelType::Bgr8 => {}
            PixelType::Rgba8 => convert(bytes, bgr, |pixel| u32::from_be_bytes(pixel) >> 8),
            PixelType::Bgra8 => {
                convert(bytes, bgr, |pixel| u32::from_le_bytes(pixel) & 0x00ff_ffff);
            }
            PixelType::RgbF32 | PixelType::RgbaF32 | PixelType::RgbaF16 => {
                canvas.tone_map().to_bgr(canvas.pixel_type(), bytes, &mut self.floats, bgr);
            }
            PixelType::I420 => {
                let [u, v] = [1, 2].map(|plane| canvas.plane_row(plane, row / 2));
                self.yuv.convert(canvas.colour_space(), bytes, (u, v), bgr);
            }
            PixelType::Nv12 => {
                let [u, v] = &mut self.chroma;
                separate(canvas.plane_row(1, row / 2), u, v);
                self.yuv.convert(canvas.colour_space(), bytes, (u, v), bgr);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::bgr::BGR;
    use crate::media::{RowOrder, ToneMap};

    fn converted(pixel_type: PixelType, row: &[u8]) -> Vec<u8> {
        let pixels = row.len() / pixel_type.bytes_per_pixel().unwrap();
        let mut bgr = vec![0xee; pixels * BGR];
        let canvas = Canvas::borrowed(pixels as u32, 1, pixel_type, row).unwrap();
        let canvas = canvas.with_tone_map(ToneMap::encoded());
        BgrRows::default().read(&canvas, 0, &mut bgr);
        bgr
    }

    #[test]
    fn every_type_becomes_blue_green_red() {
        let floats = [1.0f32, 0.5, 0.25, 0.0].map(f32::to_ne_bytes).concat();
        let halves = [0x3c00u16, 0x3800, 0x3400, 0].map(u16::to_ne_bytes).concat();
        for (pixel_type, pixel, bgr) in [
            (PixelType::Grey8, &[7u8][..], [7, 7, 7]),
            (PixelType::Rgb8, &[1, 2, 3], [3, 2, 1]),
            (PixelType::Bgr8, &[3, 2, 1], [3, 2, 1]),
            (PixelType::Rgba8, &[1, 2, 3, 4], [3, 2, 1]),
            (PixelType::Bgra8, &[3, 2, 1, 4], [3, 2, 1]),
            (PixelType::RgbF32, &floats[..12], [64, 128, 255]),
            (PixelType::RgbaF32, &floats, [64, 128, 255]),
            (PixelType::RgbaF16, &halves, [64, 128, 255]),
        ] {
            // Below a group, a group, and one with a rest.
            for count in [1, 2, 3, 4, 7, 9] {
                let found = converted(pixel_type, &pixel.repeat(count));
                assert_eq!(found, bgr.repeat(count), "{count} of {pixel_type:?}");
            }
        }
    }

    #[test]
    fn planes_become_blue_green_red_row_by_row() {
        // Two rows of white above two of black, and an odd column.
        let planes = [[235; 6], [16; 6]].concat();
        let chroma = [128; 4];
        for (pixel_type, order) in [
            (PixelType::I420, RowOrder::TopDown),
            (PixelType::Nv12, RowOrder::TopDown),
            (PixelType::I420, RowOrder::BottomUp),
            (PixelType::Nv12, RowOrder::BottomUp),
        ] {
            let bytes = [&planes[..], &chroma, &chroma].concat();
            let canvas = Canvas::borrowed(3, 4, pixel_type, &bytes).unwrap();
            let canvas = canvas.with_row_order(order);
            let mut rows = BgrRows::default();
            for row in 0..4 {
                let mut bgr = [7; 9];
                rows.read(&canvas, row, &mut bgr);
                let is_white = (row < 2) == (order == RowOrder::TopDown);
                assert_eq!(bgr, [if is_white { 255 } else { 0 }; 9], "{pixel_type:?}, {order:?}");
            }
        }
    }
}
