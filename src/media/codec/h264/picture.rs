//! Pictures as H.264 has them: brightness and, at half the size, two colour differences (I420).

use yuv::{
    BufferStoreMut, YuvConversionMode, YuvError, YuvPlanarImageMut, YuvRange, YuvStandardMatrix,
};

use crate::media::bgr::BGR;
use crate::media::bgr_rows::BgrRows;
use crate::media::codec::CodecError;
use crate::media::yuv_rows::separate_into;
use crate::media::{Canvas, ColourMatrix, ColourRange, ColourSpace, PixelType, Plane, RowOrder};

/// How many rows are converted at once if the canvas's own cannot be taken. They stay in the cache.
/// It is even.
const STRIP: usize = 16;

/// Makes pictures of canvases: takes the planes of those that have them, and converts others.
#[derive(Debug)]
pub(super) struct PictureMaker {
    /// The canvas's width and height.
    size: (u32, u32),
    space: ColourSpace,
    own: OwnPlanes,
    rows: BgrRows,
    strip: Vec<u8>,
}

/// Planes whose sides are even.
#[derive(Debug)]
struct OwnPlanes {
    width: usize,
    height: usize,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
}

/// A picture whose sides are even. Its rows lie from the top down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Picture<'a> {
    width: usize,
    height: usize,
    y: Plane<'a>,
    u: Plane<'a>,
    v: Plane<'a>,
}

impl PictureMaker {
    /// Makes pictures of this size and colour space. An odd side becomes even by a repeated column
    /// or row.
    pub(super) fn new(width: u32, height: u32, space: ColourSpace) -> Self {
        let even = |side: u32| (side as usize).next_multiple_of(2);
        let (size, width, height) = ((width, height), even(width), even(height));
        let pixels = width.saturating_mul(height);
        let chroma = vec![128; pixels / 4];
        let y = vec![space.range.black(); pixels];
        let own = OwnPlanes { width, height, y, u: chroma.clone(), v: chroma };
        Self { size, space, own, rows: BgrRows::default(), strip: Vec::new() }
    }

    /// A black picture.
    pub(super) fn black(&self) -> Picture<'_> {
        self.own.picture()
    }

    /// Returns the picture of a canvas, which has the size of this.
    ///
    /// # Errors
    /// [`CodecError::InvalidParameters`] if the planes have another colour space.
    pub(super) fn picture<'a>(
        &'a mut self,
        canvas: &'a Canvas<'_>,
    ) -> Result<Picture<'a>, CodecError> {
        let is_planar = canvas.pixel_type().planes() > 1;
        if is_planar && canvas.colour_space() != self.space {
            let (found, wanted) = (canvas.colour_space(), self.space);
            let fault = format!(
                "the canvas is {:?} in {:?} range, and the encoder was told {:?} in {:?} range: \
                 set its parameters colour_matrix and colour_range before init",
                found.matrix, found.range, wanted.matrix, wanted.range
            );
            return Err(CodecError::InvalidParameters(fault));
        }
        // Only then do the planes have the form that the library takes.
        let is_plain = canvas.row_order() == RowOrder::TopDown
            && self.size == (self.own.width as u32, self.own.height as u32);
        let plane =
            |plane| Plane { bytes: canvas.plane(plane), stride: canvas.plane_stride(plane) };
        match canvas.pixel_type() {
            PixelType::I420 if is_plain => {
                let OwnPlanes { width, height, .. } = self.own;
                return Ok(Picture { width, height, y: plane(0), u: plane(1), v: plane(2) });
            }
            PixelType::I420 => {
                self.own.copy_luma(canvas);
                self.own.copy_chroma(|row, u, v| {
                    u.copy_from_slice(canvas.plane_row(1, row));
                    v.copy_from_slice(canvas.plane_row(2, row));
                });
            }
            PixelType::Nv12 => {
                self.own.copy_chroma(|row, u, v| separate_into(canvas.plane_row(1, row), u, v));
                if is_plain {
                    return Ok(Picture { y: plane(0), ..self.own.picture() });
                }
                self.own.copy_luma(canvas);
            }
            _ if is_plain && self.convert_whole(canvas)? => {}
            _ => self.convert_strips(canvas)?,
        }
        Ok(self.own.picture())
    }

    /// Converts all pixels at once. Returns `false` if they must pass through strips.
    fn convert_whole(&mut self, canvas: &Canvas<'_>) -> Result<bool, CodecError> {
        let convert = match canvas.pixel_type() {
            PixelType::Rgb8 => yuv::rgb_to_yuv420,
            PixelType::Bgr8 => yuv::bgr_to_yuv420,
            PixelType::Rgba8 => yuv::rgba_to_yuv420,
            PixelType::Bgra8 => yuv::bgra_to_yuv420,
            _ => return Ok(false),
        };
        let Ok(stride) = u32::try_from(canvas.stride()) else { return Ok(false) };
        let mut image = self.own.image(0, self.own.height);
        let (range, matrix) = words_of(self.space);
        let mode = YuvConversionMode::Balanced;
        convert(&mut image, canvas.bytes(), stride, range, matrix, mode).map_err(failed)?;
        Ok(true)
    }

    fn convert_strips(&mut self, canvas: &Canvas<'_>) -> Result<(), CodecError> {
        let row_bytes = self.own.width.saturating_mul(BGR);
        let given = (canvas.width() as usize).saturating_mul(BGR);
        self.strip.resize(row_bytes.saturating_mul(STRIP), 0);
        let last = canvas.height().saturating_sub(1);
        let (range, matrix) = words_of(self.space);
        for top in (0..self.own.height).step_by(STRIP) {
            let rows = STRIP.min(self.own.height.saturating_sub(top));
            for (number, line) in (top..).zip(self.strip.chunks_exact_mut(row_bytes).take(rows)) {
                let (line, added) = line.split_at_mut(given.min(line.len()));
                self.rows.read(canvas, (number as u32).min(last), line);
                if let ([.., before], [first]) =
                    (line.as_chunks::<BGR>().0, added.as_chunks_mut::<BGR>().0)
                {
                    *first = *before;
                }
            }
            let mut image = self.own.image(top, rows);
            let mode = YuvConversionMode::Balanced;
            let stride = row_bytes as u32;
            yuv::bgr_to_yuv420(&mut image, &self.strip, stride, range, matrix, mode)
                .map_err(failed)?;
        }
        Ok(())
    }
}

impl OwnPlanes {
    const fn picture(&self) -> Picture<'_> {
        let (stride, half) = (self.width, self.width / 2);
        Picture {
            width: self.width,
            height: self.height,
            y: Plane { bytes: self.y.as_slice(), stride },
            u: Plane { bytes: self.u.as_slice(), stride: half },
            v: Plane { bytes: self.v.as_slice(), stride: half },
        }
    }

    /// Returns some rows for writing, as the converter takes them. Both numbers are even.
    fn image(&mut self, top: usize, rows: usize) -> YuvPlanarImageMut<'_, u8> {
        let (width, half) = (self.width, self.width / 2);
        let part = |stride: usize, top: usize, rows: usize| {
            let start = stride.saturating_mul(top);
            start..start.saturating_add(stride.saturating_mul(rows))
        };
        let (luma, chroma) = (part(width, top, rows), part(half, top / 2, rows / 2));
        let borrowed = |plane: Option<_>| BufferStoreMut::Borrowed(plane.unwrap_or_default());
        YuvPlanarImageMut {
            y_plane: borrowed(self.y.get_mut(luma)),
            y_stride: width as u32,
            u_plane: borrowed(self.u.get_mut(chroma.clone())),
            u_stride: half as u32,
            v_plane: borrowed(self.v.get_mut(chroma)),
            v_stride: half as u32,
            width: width as u32,
            height: rows as u32,
        }
    }

    fn copy_luma(&mut self, canvas: &Canvas<'_>) {
        let last = canvas.height().saturating_sub(1);
        for (out, row) in self.y.chunks_exact_mut(self.width).zip(0..) {
            let row = canvas.row(last.min(row));
            let (out, added) = out.split_at_mut(row.len().min(out.len()));
            out.copy_from_slice(row);
            if let ([first], Some(before)) = (added, row.last()) {
                *first = *before;
            }
        }
    }

    fn copy_chroma(&mut self, mut copy: impl FnMut(u32, &mut [u8], &mut [u8])) {
        let half = self.width / 2;
        let rows = self.u.chunks_exact_mut(half).zip(self.v.chunks_exact_mut(half));
        for ((u, v), row) in rows.zip(0..) {
            copy(row, u, v);
        }
    }
}

const fn words_of(space: ColourSpace) -> (YuvRange, YuvStandardMatrix) {
    let range = match space.range {
        ColourRange::Limited => YuvRange::Limited,
        ColourRange::Full => YuvRange::Full,
    };
    let matrix = match space.matrix {
        ColourMatrix::Bt601 => YuvStandardMatrix::Bt601,
        ColourMatrix::Bt709 => YuvStandardMatrix::Bt709,
        ColourMatrix::Bt2020 => YuvStandardMatrix::Bt2020,
    };
    (range, matrix)
}

fn failed(error: YuvError) -> CodecError {
    CodecError::Failed(format!("a canvas cannot be converted: {error}"))
}

impl openh264::formats::YUVSource for Picture<'_> {
    fn dimensions(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn strides(&self) -> (usize, usize, usize) {
        (self.y.stride, self.u.stride, self.v.stride)
    }

    fn y(&self) -> &[u8] {
        self.y.bytes
    }

    fn u(&self) -> &[u8] {
        self.u.bytes
    }

    fn v(&self) -> &[u8] {
        self.v.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::colour_definition::Definition;

    fn space(matrix: ColourMatrix, range: ColourRange) -> ColourSpace {
        ColourSpace { matrix, range }
    }

    /// Returns the planes without gaps.
    fn drawn(canvas: &Canvas<'_>, space: ColourSpace) -> [Vec<u8>; 3] {
        let mut maker = PictureMaker::new(canvas.width(), canvas.height(), space);
        let picture = maker.picture(canvas).unwrap();
        let rows = |plane: Plane<'_>, width: usize| -> Vec<u8> {
            plane.bytes.chunks(plane.stride).flat_map(|row| row[..width].to_vec()).collect()
        };
        let (width, half) = (picture.width, picture.width / 2);
        [rows(picture.y, width), rows(picture.u, half), rows(picture.v, half)]
    }

    fn drawn_709(canvas: &Canvas<'_>) -> [Vec<u8>; 3] {
        drawn(canvas, ColourSpace::default())
    }

    /// By the definition, in floats.
    fn reference(space: ColourSpace, rgb: [u8; 3]) -> [f64; 3] {
        let Definition { red, blue, black, luma, chroma } = Definition::of(space);
        let [r, g, b] = rgb.map(|byte| f64::from(byte) / 255.0);
        let y = red * r + (1.0 - red - blue) * g + blue * b;
        let (u, v) = ((b - y) / 2.0 / (1.0 - blue), (r - y) / 2.0 / (1.0 - red));
        [black + luma * y, 128.0 + chroma * u, 128.0 + chroma * v].map(|value| value.min(255.0))
    }

    #[test]
    fn colours_are_those_of_the_definition() {
        for space in [
            ColourSpace::default(),
            space(ColourMatrix::Bt601, ColourRange::Limited),
            space(ColourMatrix::Bt2020, ColourRange::Limited),
            space(ColourMatrix::Bt709, ColourRange::Full),
        ] {
            for red in (0..=255).step_by(51) {
                for green in (0..=255).step_by(15) {
                    for blue in (0..=255).step_by(51) {
                        let rgb = [red as u8, green as u8, blue as u8];
                        let bytes = rgb.repeat(36);
                        let canvas = Canvas::borrowed(18, 2, PixelType::Rgb8, &bytes).unwrap();
                        let planes = drawn(&canvas, space);
                        for (plane, wanted) in planes.iter().zip(reference(space, rgb)) {
                            for found in plane {
                                let off = (f64::from(*found) - wanted).abs();
                                assert!(off <= 1.5, "{space:?} {rgb:?}: {found} {wanted}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_pixel_type_says_the_same() {
        let rgb = [255u8, 0, 255];
        let [r, g, b] = rgb;
        let floats = rgb.map(|byte| f32::from(byte) / 255.0);
        let with_alpha = [floats[0], floats[1], floats[2], 0.5];
        let halves = [0x3c00u16, 0, 0x3c00, 0x3800];
        let expected = drawn_709(&Canvas::borrowed(2, 2, PixelType::Rgb8, &rgb.repeat(4)).unwrap());
        for (pixel_type, bytes) in [
            (PixelType::Bgr8, [b, g, r].repeat(4)),
            (PixelType::Rgba8, [r, g, b, 9].repeat(4)),
            (PixelType::Bgra8, [b, g, r, 9].repeat(4)),
            (PixelType::RgbF32, bytemuck::cast_slice(&floats.repeat(4)).to_vec()),
            (PixelType::RgbaF32, bytemuck::cast_slice(&with_alpha.repeat(4)).to_vec()),
            (PixelType::RgbaF16, bytemuck::cast_slice(&halves.repeat(4)).to_vec()),
        ] {
            let canvas = Canvas::borrowed(2, 2, pixel_type, &bytes).unwrap();
            assert_eq!(drawn_709(&canvas), expected, "{pixel_type:?}");
            let upward = canvas.with_row_order(RowOrder::BottomUp);
            assert_eq!(drawn_709(&upward), expected, "{pixel_type:?}");
        }
        let grey = drawn_709(&Canvas::borrowed(2, 2, PixelType::Grey8, &[255; 4]).unwrap());
        assert_eq!(grey, [vec![235; 4], vec![128], vec![128]]);
    }

    #[test]
    fn the_planes_of_a_canvas_reach_the_encoder_as_they_are() {
        let bytes: Vec<u8> = (0..=255).cycle().take(64 * 20 * 2).collect();
        let (y, rest) = bytes.split_at(64 * 20);
        let (u, v) = rest.split_at(32 * 10);
        let v = &v[..32 * 10];
        let planes = [(y, 64), (u, 32), (v, 32)].map(|(bytes, stride)| Plane { bytes, stride });
        let canvas = Canvas::borrowed_planes(50, 20, PixelType::I420, &planes).unwrap();
        let mut maker = PictureMaker::new(50, 20, ColourSpace::default());
        let picture = maker.picture(&canvas).unwrap();
        for (found, given) in [picture.y, picture.u, picture.v].iter().zip(planes) {
            assert_eq!(*found, given);
            assert_eq!(found.bytes.as_ptr(), given.bytes.as_ptr(), "not a copy");
        }

        let uv: Vec<u8> = u.iter().zip(v).flat_map(|(u, v)| [*u, *v]).collect();
        let interleaved = [planes[0], Plane { bytes: &uv, stride: 64 }];
        let nv12 = Canvas::borrowed_planes(50, 20, PixelType::Nv12, &interleaved).unwrap();
        let mut maker = PictureMaker::new(50, 20, ColourSpace::default());
        assert_eq!(maker.picture(&nv12).unwrap().y.bytes.as_ptr(), y.as_ptr(), "not a copy");
        assert_eq!(drawn_709(&nv12), drawn_709(&canvas));
    }

    #[test]
    fn planes_that_must_be_copied_keep_their_bytes() {
        let bytes: Vec<u8> = (0..17).collect();
        let wanted = |y: [u8; 16], u: [u8; 4], v: [u8; 4]| [y.to_vec(), u.to_vec(), v.to_vec()];
        let down = wanted(
            [0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 6, 7, 8, 8],
            [9, 10, 11, 12],
            [13, 14, 15, 16],
        );
        let up = wanted(
            [6, 7, 8, 8, 3, 4, 5, 5, 0, 1, 2, 2, 0, 1, 2, 2],
            [11, 12, 9, 10],
            [15, 16, 13, 14],
        );
        let nv12 = [&bytes[..9], &[9, 13, 10, 14, 11, 15, 12, 16]].concat();
        for (pixel_type, bytes) in [(PixelType::I420, &bytes), (PixelType::Nv12, &nv12)] {
            let canvas = Canvas::borrowed(3, 3, pixel_type, bytes).unwrap();
            assert_eq!(drawn_709(&canvas), down, "{pixel_type:?}");
            assert_eq!(drawn_709(&canvas.with_row_order(RowOrder::BottomUp)), up, "{pixel_type:?}");
        }
    }

    #[test]
    fn planes_of_another_colour_space_are_refused() {
        let canvas = Canvas::new(2, 2, PixelType::I420).unwrap();
        let full = space(ColourMatrix::Bt601, ColourRange::Full);
        let mut maker = PictureMaker::new(2, 2, ColourSpace::default());
        let error = maker.picture(&canvas.with_colour_space(full)).unwrap_err();
        let expected = "invalid parameters: the canvas is Bt601 in Full range, and the encoder was \
                        told Bt709 in Limited range: set its parameters colour_matrix and \
                        colour_range before init";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn odd_sides_become_even_by_repetition() {
        let odd = [10, 20, 30, 40, 50, 60, 70, 80, 90];
        let even = [10, 20, 30, 30, 40, 50, 60, 60, 70, 80, 90, 90, 70, 80, 90, 90];
        let odd = drawn_709(&Canvas::borrowed(3, 3, PixelType::Grey8, &odd).unwrap());
        let even = drawn_709(&Canvas::borrowed(4, 4, PixelType::Grey8, &even).unwrap());
        assert_eq!(odd, even);
    }

    #[test]
    fn the_topmost_row_comes_first_whatever_the_order_in_memory() {
        // More than a strip.
        let rows: Vec<u8> = (0..40).flat_map(|row| [row; 2]).collect();
        let flipped: Vec<u8> = rows.iter().rev().copied().collect();
        let down = Canvas::borrowed(2, 40, PixelType::Grey8, &rows).unwrap();
        let up = Canvas::borrowed(2, 40, PixelType::Grey8, &flipped).unwrap();
        let expected = drawn_709(&down);
        assert!(expected[0].is_sorted() && expected[0][78] > expected[0][0] + 30);
        assert_eq!(drawn_709(&up.with_row_order(RowOrder::BottomUp)), expected);
    }
}
