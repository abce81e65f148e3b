//! Pictures in memory, as renderers make them.

mod error;
mod half_float;
mod pixel_type;
mod plane;
mod srgb_curve;
#[cfg(test)]
mod tests;
mod tone_map;

use std::borrow::Cow;

pub use error::CanvasError;
pub use pixel_type::{ColourMatrix, ColourRange, ColourSpace, PixelType, RowOrder};
pub use plane::Plane;
use plane::{Rows, least_length_of, length_of, sizes_of, split};
pub(in crate::media) use tone_map::FloatRows;
pub use tone_map::ToneMap;

use crate::protocol::Timestamp;

/// A picture that borrows its pixels from a renderer, or owns them.
///
/// ```
/// use rendercast::media::{Canvas, CanvasError, PixelType, RowOrder};
///
/// // The pixels of an OpenGL renderer: the bottom row comes first.
/// let pixels = [0, 0, 0, 255, 255, 255];
/// let canvas = Canvas::borrowed(1, 2, PixelType::Rgb8, &pixels)?;
/// let canvas = canvas.with_row_order(RowOrder::BottomUp);
/// assert_eq!(canvas.row(0), [255, 255, 255]); // rows are counted from the top all the same
///
/// let mut own = Canvas::new(640, 360, PixelType::Rgba8)?;
/// own.row_mut(0).fill(255);
/// # Ok::<(), CanvasError>(())
/// ```
#[doc(alias = "ICanvas")]
#[derive(Clone, Debug, PartialEq)]
pub struct Canvas<'a> {
    width: u32,
    height: u32,
    pixel_type: PixelType,
    row_order: RowOrder,
    colour_space: ColourSpace,
    tone_map: ToneMap,
    timestamp: Option<Timestamp>,
    first: Rows<'a>,
    /// The planes after the first. Those that the pixel type lacks are empty.
    others: [Rows<'a>; 2],
}

impl<'a> Canvas<'a> {
    /// Makes a canvas that borrows a renderer's pixels. The topmost row comes first. The planes of
    /// [`PixelType::I420`] and [`PixelType::Nv12`] follow each other. Their U and V have half the
    /// width and half the height, rounded up.
    ///
    /// # Errors
    /// [`CanvasError::Size`], [`CanvasError::Dimensions`].
    pub fn borrowed(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        bytes: &'a [u8],
    ) -> Result<Self, CanvasError> {
        Self::of(width, height, pixel_type, Cow::Borrowed(bytes))
    }

    /// Makes a canvas that borrows a renderer's pixels with gaps between the rows, as graphics
    /// cards return them. `stride` is the distance from the start of a row to that of the next in
    /// bytes. The last row needs no gap behind it, and `bytes` may go on after that, as mapped
    /// buffers do. The topmost row comes first.
    ///
    /// ```
    /// use rendercast::media::{Canvas, CanvasError, PixelType};
    ///
    /// let pixels = [1, 2, 0, 0, 3, 4];
    /// let canvas = Canvas::borrowed_with_stride(2, 2, PixelType::Grey8, &pixels, 4)?;
    /// assert_eq!(canvas.row(1), [3, 4]);
    /// # Ok::<(), CanvasError>(())
    /// ```
    ///
    /// # Errors
    /// [`CanvasError::Stride`], [`CanvasError::Planes`] if the pixel type has several, and those of
    /// [`borrowed`](Self::borrowed).
    pub fn borrowed_with_stride(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        bytes: &'a [u8],
        stride: usize,
    ) -> Result<Self, CanvasError> {
        let planes = Self::borrowed_planes(width, height, pixel_type, &[Plane { bytes, stride }]);
        planes.map_err(|error| match error {
            CanvasError::PlaneSize { wanted, found, .. } => {
                CanvasError::Size { width, height, pixel_type, wanted, found }
            }
            other => other,
        })
    }

    /// Makes a canvas that borrows its planes, Y first, each with the distance between its rows.
    /// The last row of a plane needs no gap behind it, and the bytes may go on after that. The
    /// topmost rows come first. [`with_colour_space`](Self::with_colour_space) says what the
    /// samples mean.
    ///
    /// ```
    /// use rendercast::media::{Canvas, CanvasError, PixelType, Plane};
    ///
    /// // What a graphics card returns: rows of 4 pixels, 256 bytes apart.
    /// let (y, uv) = (vec![16; 256 * 2], vec![128; 256]);
    /// let planes = [Plane { bytes: &y, stride: 256 }, Plane { bytes: &uv, stride: 256 }];
    /// let canvas = Canvas::borrowed_planes(4, 2, PixelType::Nv12, &planes)?;
    /// assert_eq!(canvas.plane_row(1, 0), [128; 4]); // U, V, U, V
    /// # Ok::<(), CanvasError>(())
    /// ```
    ///
    /// # Errors
    /// [`CanvasError::Planes`], [`CanvasError::PlaneSize`], [`CanvasError::Stride`],
    /// [`CanvasError::Dimensions`].
    pub fn borrowed_planes(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        planes: &[Plane<'a>],
    ) -> Result<Self, CanvasError> {
        let (wanted, found) = (pixel_type.planes(), planes.len());
        if wanted != found {
            return Err(CanvasError::Planes { pixel_type, wanted, found });
        }
        let sizes = sizes_of(width, height, pixel_type)?;
        let mut rows = [Rows::default(), Rows::default(), Rows::default()];
        for (plane, ((out, size), Plane { bytes, stride })) in
            rows.iter_mut().zip(sizes).zip(planes.iter().copied()).enumerate()
        {
            let (row_bytes, rows) = size;
            if stride < row_bytes {
                return Err(CanvasError::Stride { stride, row_bytes });
            }
            let wanted = least_length_of(stride, size);
            let wanted = wanted.ok_or(CanvasError::Dimensions { width, height })?;
            let found = bytes.len();
            if found < wanted {
                return Err(CanvasError::PlaneSize {
                    plane,
                    width,
                    height,
                    pixel_type,
                    rows,
                    stride,
                    wanted,
                    found,
                });
            }
            let whole = length_of(stride, rows).unwrap_or(usize::MAX);
            let bytes = bytes.get(..whole).unwrap_or(bytes);
            *out = Rows::new(size, stride, Cow::Borrowed(bytes));
        }
        Ok(Self::with_rows(width, height, pixel_type, rows))
    }

    /// Makes a canvas that borrows a renderer's floats. The topmost row comes first.
    /// [`with_tone_map`](Self::with_tone_map) says what becomes of them.
    ///
    /// # Errors
    /// [`CanvasError::NotFloats`], and those of [`borrowed`](Self::borrowed).
    pub fn borrowed_floats(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        floats: &'a [f32],
    ) -> Result<Self, CanvasError> {
        if !matches!(pixel_type, PixelType::RgbF32 | PixelType::RgbaF32) {
            return Err(CanvasError::NotFloats { pixel_type, bits: 32 });
        }
        Self::of(width, height, pixel_type, Cow::Borrowed(bytemuck::cast_slice(floats)))
    }

    /// Makes a canvas that borrows a renderer's floats of 16 bits, each as the number that its bits
    /// are (`half::f16::to_bits`). The topmost row comes first.
    ///
    /// ```
    /// use rendercast::media::{Canvas, CanvasError, PixelType};
    ///
    /// // 0, 0.5, 1 and an opaque alpha.
    /// let canvas =
    ///     Canvas::borrowed_half_floats(1, 1, PixelType::RgbaF16, &[0, 0x3800, 0x3c00, 0x3c00])?;
    /// # Ok::<(), CanvasError>(())
    /// ```
    ///
    /// # Errors
    /// [`CanvasError::NotFloats`], and those of [`borrowed`](Self::borrowed).
    pub fn borrowed_half_floats(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        floats: &'a [u16],
    ) -> Result<Self, CanvasError> {
        if pixel_type != PixelType::RgbaF16 {
            return Err(CanvasError::NotFloats { pixel_type, bits: 16 });
        }
        Self::of(width, height, pixel_type, Cow::Borrowed(bytemuck::cast_slice(floats)))
    }

    /// Makes a canvas of planes that follow each other without gaps.
    fn of(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        bytes: Cow<'a, [u8]>,
    ) -> Result<Self, CanvasError> {
        let sizes = sizes_of(width, height, pixel_type)?;
        let [first, second, third] =
            sizes.map(|(row_bytes, rows)| length_of(row_bytes, rows).unwrap_or(usize::MAX));
        let wanted = first.saturating_add(second).saturating_add(third);
        let found = bytes.len();
        if found != wanted {
            return Err(CanvasError::Size { width, height, pixel_type, wanted, found });
        }
        let parts = split(bytes, first, second);
        let mut rows = [Rows::default(), Rows::default(), Rows::default()];
        for ((out, size), part) in rows.iter_mut().zip(sizes).zip(parts) {
            *out = Rows::new(size, size.0, part);
        }
        Ok(Self::with_rows(width, height, pixel_type, rows))
    }

    fn with_rows(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        [first, second, third]: [Rows<'a>; 3],
    ) -> Self {
        Self {
            width,
            height,
            pixel_type,
            row_order: RowOrder::TopDown,
            colour_space: ColourSpace::default(),
            tone_map: ToneMap::default(),
            timestamp: None,
            first,
            others: [second, third],
        }
    }

    /// Sets the order in which the rows lie in memory, those of all planes.
    #[must_use]
    pub const fn with_row_order(mut self, row_order: RowOrder) -> Self {
        self.row_order = row_order;
        self
    }

    /// Sets what Y, U and V mean. They stay as they are. [`black`](Canvas::black) makes new ones.
    #[must_use]
    pub const fn with_colour_space(mut self, colour_space: ColourSpace) -> Self {
        self.colour_space = colour_space;
        self
    }

    /// Sets how floats become what a display shows.
    #[must_use]
    pub fn with_tone_map(mut self, tone_map: ToneMap) -> Self {
        self.tone_map = tone_map;
        self
    }

    /// Sets the picture's time on the clock of its stream, for encoders that reorder pictures.
    /// Render loops set it themselves. A frame handler sets [`MediaOut::clock`].
    ///
    /// [`MediaOut::clock`]: crate::MediaOut::clock
    #[must_use]
    pub const fn with_timestamp(mut self, timestamp: Timestamp) -> Self {
        self.timestamp = Some(timestamp);
        self
    }

    /// Returns a canvas that borrows this one's pixels.
    #[must_use]
    pub fn borrow(&self) -> Canvas<'_> {
        let [second, third] = &self.others;
        Canvas {
            first: self.first.borrow(),
            others: [second.borrow(), third.borrow()],
            tone_map: self.tone_map.clone(),
            ..*self
        }
    }

    /// Copies the pixels if they are borrowed, so that the canvas can be kept.
    #[must_use]
    pub fn into_owned(self) -> Canvas<'static> {
        Canvas {
            width: self.width,
            height: self.height,
            pixel_type: self.pixel_type,
            row_order: self.row_order,
            colour_space: self.colour_space,
            tone_map: self.tone_map,
            timestamp: self.timestamp,
            first: self.first.into_owned(),
            others: self.others.map(Rows::into_owned),
        }
    }

    /// Returns the width in pixels, at least 1.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Returns the height in pixels, at least 1.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Returns the format of the pixels.
    #[must_use]
    pub const fn pixel_type(&self) -> PixelType {
        self.pixel_type
    }

    /// Returns which row comes first in [`bytes`](Self::bytes).
    #[must_use]
    pub const fn row_order(&self) -> RowOrder {
        self.row_order
    }

    /// Returns what Y, U and V mean.
    #[must_use]
    pub const fn colour_space(&self) -> ColourSpace {
        self.colour_space
    }

    /// Returns how floats become what a display shows.
    #[must_use]
    pub const fn tone_map(&self) -> &ToneMap {
        &self.tone_map
    }

    /// Returns the picture's time on the clock of its stream, if it is known.
    #[must_use]
    pub const fn timestamp(&self) -> Option<Timestamp> {
        self.timestamp
    }

    /// Returns whether `other` has the same size, pixels and order of rows, and its pixels mean the
    /// same.
    pub(crate) fn is_alike(&self, other: &Canvas<'_>) -> bool {
        (self.width, self.height, self.pixel_type, self.row_order, self.colour_space)
            == (other.width, other.height, other.pixel_type, other.row_order, other.colour_space)
            && self.tone_map == other.tone_map
    }

    /// Returns the distance from the start of a row to that of the next in memory, in bytes.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.first.stride
    }

    /// Returns the distance from the start of a row of a plane to that of the next, in bytes.
    /// Returns 0 for a plane that the pixel type lacks.
    #[must_use]
    pub fn plane_stride(&self, plane: usize) -> usize {
        self.rows_of(plane).map_or(0, |rows| rows.stride)
    }

    /// Returns all pixels as they lie in memory, and what lies between the rows. Behind the last
    /// row there may be a gap or none. That is the first plane alone, if there are more.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.first.bytes
    }

    /// Returns the bytes of a plane as they lie in memory, and what lies between the rows. Behind
    /// the last row there may be a gap or none. Returns an empty slice for a plane that the pixel
    /// type lacks.
    #[must_use]
    pub fn plane(&self, plane: usize) -> &[u8] {
        self.rows_of(plane).map_or(&[], |rows| &rows.bytes)
    }

    /// Returns a row's pixels, or its Y. Row 0 is the topmost one, whatever the order in memory.
    /// Returns an empty slice below the last row.
    #[must_use]
    pub fn row(&self, row: u32) -> &[u8] {
        self.first.row(self.row_order, row)
    }

    /// Returns a row's pixels for drawing, or its Y. Copies the pixels first if they are borrowed.
    pub fn row_mut(&mut self, row: u32) -> &mut [u8] {
        self.first.row_mut(self.row_order, row)
    }

    /// Returns a row of a plane, the topmost one at 0. U and V have half as many, rounded up.
    /// Returns an empty slice below the last row, and for a plane that the pixel type lacks.
    #[must_use]
    pub fn plane_row(&self, plane: usize, row: u32) -> &[u8] {
        self.rows_of(plane).map_or(&[], |rows| rows.row(self.row_order, row))
    }

    /// Returns a row of a plane for drawing, as [`plane_row`](Self::plane_row) does. Copies the
    /// plane first if it is borrowed.
    pub fn plane_row_mut(&mut self, plane: usize, row: u32) -> &mut [u8] {
        let order = self.row_order;
        let rows = match plane.checked_sub(1) {
            None => Some(&mut self.first),
            Some(other) => self.others.get_mut(other),
        };
        rows.map_or(&mut [], |rows| rows.row_mut(order, row))
    }

    /// Returns all rows, the topmost first. Of several planes that is the first, Y, alone.
    /// [`plane_rows`](Self::plane_rows) returns those of the others.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.plane_rows(0)
    }

    /// Returns all rows of a plane, the topmost first. A plane that the pixel type lacks has none.
    pub fn plane_rows(&self, plane: usize) -> impl DoubleEndedIterator<Item = &[u8]> {
        let rows = self.rows_of(plane).map_or(0, |rows| rows.rows);
        (0..rows).map(move |row| self.plane_row(plane, row))
    }

    fn rows_of(&self, plane: usize) -> Option<&Rows<'a>> {
        match plane.checked_sub(1) {
            None => Some(&self.first),
            Some(other) => self.others.get(other),
        }
    }
}

impl Canvas<'static> {
    /// Makes a black canvas: zeros, and transparent if there is alpha. I420 and NV12 are black of
    /// BT.709 in limited range, where Y is 16. [`black`](Self::black) is for others.
    ///
    /// # Errors
    /// [`CanvasError::Dimensions`].
    pub fn new(width: u32, height: u32, pixel_type: PixelType) -> Result<Self, CanvasError> {
        Self::black(width, height, pixel_type, ColourSpace::default())
    }

    /// Makes a black canvas of that colour space. All else is as with [`new`](Self::new).
    ///
    /// ```
    /// use rendercast::media::{Canvas, CanvasError, ColourRange, ColourSpace, PixelType};
    ///
    /// let full = ColourSpace { range: ColourRange::Full, ..ColourSpace::default() };
    /// let canvas = Canvas::black(2, 2, PixelType::I420, full)?;
    /// assert_eq!((canvas.row(0), canvas.colour_space()), (&[0, 0][..], full));
    /// # Ok::<(), CanvasError>(())
    /// ```
    ///
    /// # Errors
    /// [`CanvasError::Dimensions`].
    pub fn black(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        colour_space: ColourSpace,
    ) -> Result<Self, CanvasError> {
        let sizes = sizes_of(width, height, pixel_type)?;
        let is_planar = pixel_type.planes() > 1;
        let mut rows = [Rows::default(), Rows::default(), Rows::default()];
        for (plane, (out, size)) in rows.iter_mut().zip(sizes).enumerate() {
            let black = match plane {
                0 if is_planar => colour_space.range.black(),
                0 => 0,
                _ => 128,
            };
            let length = length_of(size.0, size.1);
            let length = length.ok_or(CanvasError::Dimensions { width, height })?;
            *out = Rows::new(size, size.0, Cow::Owned(vec![black; length]));
        }
        let canvas = Self::with_rows(width, height, pixel_type, rows);
        Ok(canvas.with_colour_space(colour_space))
    }

    /// Makes a canvas that owns its pixels. All else is as with [`borrowed`](Canvas::borrowed).
    ///
    /// # Errors
    /// Those of [`borrowed`](Self::borrowed).
    pub fn from_vec(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        bytes: Vec<u8>,
    ) -> Result<Self, CanvasError> {
        Self::of(width, height, pixel_type, Cow::Owned(bytes))
    }
}
