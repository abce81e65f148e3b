//! Canvases as image files.

use std::error::Error;
use std::io::Write;

use super::Canvas;
use super::bgr::{BGR, swap_blue_and_red};
use super::bgr_rows::BgrRows;
use crate::protocol::web_session::ImageType;

/// Of 1 to 100. A picture looks like the original, and has a tenth of its bytes.
#[cfg(feature = "jpeg")]
const JPEG_QUALITY: u8 = 85;

/// An image cannot be made of a canvas.
#[derive(Debug, thiserror::Error)]
#[error("a picture of {width}x{height} cannot be an image of this type: {cause}")]
pub(crate) struct ImageError {
    width: u32,
    height: u32,
    cause: Cause,
}

type Cause = Box<dyn Error + Send + Sync>;

/// Returns a canvas as an image file, without alpha.
pub(crate) fn encode(canvas: &Canvas<'_>, image_type: ImageType) -> Result<Vec<u8>, ImageError> {
    let (width, height) = (canvas.width(), canvas.height());
    let file = match image_type {
        ImageType::Png => to_png(canvas),
        #[cfg(feature = "jpeg")]
        ImageType::Jpeg => to_jpeg(canvas),
    };
    file.map_err(|cause| ImageError { width, height, cause })
}

fn to_png(canvas: &Canvas<'_>) -> Result<Vec<u8>, Cause> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, canvas.width(), canvas.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    let mut pixels = writer.stream_writer()?;
    let width = usize::try_from(canvas.width()).unwrap_or_default();
    let mut line = vec![0; width.saturating_mul(BGR)];
    let mut rows = BgrRows::default();
    for row in 0..canvas.height() {
        rows.read(canvas, row, &mut line);
        swap_blue_and_red(&mut line);
        pixels.write_all(&line)?;
    }
    pixels.finish()?;
    writer.finish()?;
    Ok(file)
}

#[cfg(feature = "jpeg")]
fn to_jpeg(canvas: &Canvas<'_>) -> Result<Vec<u8>, Cause> {
    let width = u16::try_from(canvas.width())?;
    let height = u16::try_from(canvas.height())?;
    let line = usize::from(width).saturating_mul(BGR);
    let mut pixels = vec![0; line.saturating_mul(height.into())];
    let mut rows = BgrRows::default();
    for (row, line) in (0..canvas.height()).zip(pixels.chunks_exact_mut(line.max(1))) {
        rows.read(canvas, row, line);
    }
    let mut file = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut file, JPEG_QUALITY);
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Bgr)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::{ImageType, encode};
    use crate::media::{Canvas, PixelType, RowOrder};

    /// Decodes a PNG into width, height and red, green, blue.
    fn decode(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let decoder = png::Decoder::new(std::io::Cursor::new(file));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
        pixels.truncate(info.buffer_size());
        (info.width, info.height, pixels)
    }

    #[test]
    fn a_png_has_the_pixels_of_the_canvas_whatever_their_type_and_order() {
        let grey = Canvas::from_vec(2, 2, PixelType::Grey8, vec![0, 7, 128, 255]).unwrap();
        let rgb = [[0; 3], [7; 3], [128; 3], [255; 3]].concat();
        assert_eq!(decode(&encode(&grey, ImageType::Png).unwrap()), (2, 2, rgb));
        let bgra = vec![3, 2, 1, 0, 6, 5, 4, 255, 9, 8, 7, 1, 12, 11, 10, 2, 15, 14, 13, 3];
        let bgra = Canvas::from_vec(1, 5, PixelType::Bgra8, bgra).unwrap();
        let expected = (1..=15).collect();
        assert_eq!(decode(&encode(&bgra, ImageType::Png).unwrap()), (1, 5, expected));
        let planes = Canvas::borrowed(2, 1, PixelType::Nv12, &[235, 16, 128, 128]).unwrap();
        let expected = vec![255, 255, 255, 0, 0, 0];
        assert_eq!(decode(&encode(&planes, ImageType::Png).unwrap()), (2, 1, expected));
        let upward = Canvas::borrowed(1, 2, PixelType::Rgb8, &[4, 5, 6, 1, 2, 3]).unwrap();
        let upward = upward.with_row_order(RowOrder::BottomUp);
        let expected = vec![1, 2, 3, 4, 5, 6];
        assert_eq!(decode(&encode(&upward, ImageType::Png).unwrap()), (1, 2, expected));
    }
}
