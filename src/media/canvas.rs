//! Pictures in memory, as renderers make them.

use std::borrow::Cow;

/// The format of a canvas's pixels. A row has no gaps between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelType {
    /// One byte: black 0 to white 255.
    Grey8,
    /// Three bytes: red, green, blue.
    Rgb8,
    /// Four bytes: red, green, blue, alpha.
    Rgba8,
    /// Four bytes: blue, green, red, alpha. Windows and capture cards use it.
    Bgra8,
    /// Three 32-bit floats in the machine's byte order, red, green, blue, each 0 to 1.
    RgbF32,
    /// Four 32-bit floats in the machine's byte order, red, green, blue, alpha, each 0 to 1.
    RgbaF32,
}

impl PixelType {
    /// Returns the size of a pixel in bytes.
    #[must_use]
    pub const fn bytes_per_pixel(self) -> usize {
        match self {
            Self::Grey8 => 1,
            Self::Rgb8 => 3,
            Self::Rgba8 | Self::Bgra8 => 4,
            Self::RgbF32 => 12,
            Self::RgbaF32 => 16,
        }
    }

    const fn is_float(self) -> bool {
        matches!(self, Self::RgbF32 | Self::RgbaF32)
    }
}

/// The row of a picture that comes first in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RowOrder {
    /// The topmost, as in image files and windows.
    #[default]
    TopDown,
    /// The bottommost, as in OpenGL, the SDK's canvases and screen video.
    BottomUp,
}

/// Why pixels cannot be a canvas.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanvasError {
    /// The number of bytes is not that of the picture.
    #[error("a picture of {width}x{height} {pixel_type:?} takes {wanted} bytes, not {found}")]
    Size {
        /// The picture's width in pixels.
        width: u32,
        /// The picture's height in pixels.
        height: u32,
        /// The format of its pixels.
        pixel_type: PixelType,
        /// The size of the picture in bytes.
        wanted: usize,
        /// The number of bytes that there are.
        found: usize,
    },
    /// A side is 0, or the picture is larger than the address space.
    #[error("a picture cannot be {width}x{height}")]
    Dimensions {
        /// The width in pixels.
        width: u32,
        /// The height in pixels.
        height: u32,
    },
    /// The distance of the rows is shorter than a row.
    #[error("rows of {row_bytes} bytes cannot begin {stride} bytes apart")]
    Stride {
        /// The distance from the start of a row to that of the next, in bytes.
        stride: usize,
        /// The length of a row in bytes.
        row_bytes: usize,
    },
    /// The data are floats, and the pixel type is not.
    #[error("{pixel_type:?} is not made of floats")]
    NotFloats {
        /// The pixel type.
        pixel_type: PixelType,
    },
}

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
    row_bytes: usize,
    /// From the start of a row to that of the next.
    stride: usize,
    bytes: Cow<'a, [u8]>,
}

impl<'a> Canvas<'a> {
    /// Makes a canvas that borrows a renderer's pixels. The topmost row comes first.
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
    /// bytes. `bytes` has that many for each row, the last one included. The topmost row comes
    /// first.
    ///
    /// ```
    /// use rendercast::media::{Canvas, CanvasError, PixelType};
    ///
    /// let pixels = [1, 2, 0, 0, 3, 4, 0, 0];
    /// let canvas = Canvas::borrowed_with_stride(2, 2, PixelType::Grey8, &pixels, 4)?;
    /// assert_eq!(canvas.row(1), [3, 4]);
    /// # Ok::<(), CanvasError>(())
    /// ```
    ///
    /// # Errors
    /// [`CanvasError::Stride`], and those of [`borrowed`](Self::borrowed).
    pub fn borrowed_with_stride(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        bytes: &'a [u8],
        stride: usize,
    ) -> Result<Self, CanvasError> {
        let (row_bytes, _) = size_of(width, height, pixel_type)?;
        if stride < row_bytes {
            return Err(CanvasError::Stride { stride, row_bytes });
        }
        let wanted = usize::try_from(height).ok().and_then(|height| stride.checked_mul(height));
        let wanted = wanted.ok_or(CanvasError::Dimensions { width, height })?;
        let found = bytes.len();
        if found != wanted {
            return Err(CanvasError::Size { width, height, pixel_type, wanted, found });
        }
        let (row_order, bytes) = (RowOrder::TopDown, Cow::Borrowed(bytes));
        Ok(Self { width, height, pixel_type, row_order, row_bytes, stride, bytes })
    }

    /// Makes a canvas that borrows a renderer's floats. The topmost row comes first.
    ///
    /// # Errors
    /// [`CanvasError::NotFloats`], and those of [`borrowed`](Self::borrowed).
    pub fn borrowed_floats(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        floats: &'a [f32],
    ) -> Result<Self, CanvasError> {
        if !pixel_type.is_float() {
            return Err(CanvasError::NotFloats { pixel_type });
        }
        Self::of(width, height, pixel_type, Cow::Borrowed(bytemuck::cast_slice(floats)))
    }

    fn of(
        width: u32,
        height: u32,
        pixel_type: PixelType,
        bytes: Cow<'a, [u8]>,
    ) -> Result<Self, CanvasError> {
        let (row_bytes, wanted) = size_of(width, height, pixel_type)?;
        let found = bytes.len();
        if found != wanted {
            return Err(CanvasError::Size { width, height, pixel_type, wanted, found });
        }
        let (row_order, stride) = (RowOrder::TopDown, row_bytes);
        Ok(Self { width, height, pixel_type, row_order, row_bytes, stride, bytes })
    }

    /// Sets the order in which the rows lie in memory.
    #[must_use]
    pub fn with_row_order(mut self, row_order: RowOrder) -> Self {
        self.row_order = row_order;
        self
    }

    /// Copies the pixels if they are borrowed, so that the canvas can be kept.
    #[must_use]
    pub fn into_owned(self) -> Canvas<'static> {
        let Self { width, height, pixel_type, row_order, row_bytes, stride, bytes } = self;
        let bytes = Cow::Owned(bytes.into_owned());
        Canvas { width, height, pixel_type, row_order, row_bytes, stride, bytes }
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

    /// Returns whether `other` has the same size, pixels and order of rows.
    pub(crate) fn is_alike(&self, other: &Canvas<'_>) -> bool {
        (self.width, self.height, self.pixel_type, self.row_order)
            == (other.width, other.height, other.pixel_type, other.row_order)
    }

    /// Returns the distance from the start of a row to that of the next in memory, in bytes.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.stride
    }

    /// Returns all pixels as they lie in memory, and what lies between the rows.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns a row's pixels. Row 0 is the topmost one, whatever the order in memory. Returns an
    /// empty slice below the last row.
    #[must_use]
    pub fn row(&self, row: u32) -> &[u8] {
        self.range_of(row).and_then(|range| self.bytes.get(range)).unwrap_or_default()
    }

    /// Returns a row's pixels for drawing. Copies the pixels first if they are borrowed.
    pub fn row_mut(&mut self, row: u32) -> &mut [u8] {
        match self.range_of(row) {
            Some(range) => self.bytes.to_mut().get_mut(range).unwrap_or_default(),
            None => &mut [],
        }
    }

    /// Returns all rows, the topmost first.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        (0..self.height).map(|row| self.row(row))
    }

    fn range_of(&self, row: u32) -> Option<std::ops::Range<usize>> {
        let from_bottom = self.height.checked_sub(row)?.checked_sub(1)?;
        let place = match self.row_order {
            RowOrder::TopDown => row,
            RowOrder::BottomUp => from_bottom,
        };
        let start = usize::try_from(place).ok()?.checked_mul(self.stride)?;
        Some(start..start.checked_add(self.row_bytes)?)
    }
}

impl Canvas<'static> {
    /// Makes a black canvas. If it has alpha, it is transparent.
    ///
    /// # Errors
    /// [`CanvasError::Dimensions`].
    pub fn new(width: u32, height: u32, pixel_type: PixelType) -> Result<Self, CanvasError> {
        let (_, length) = size_of(width, height, pixel_type)?;
        Self::of(width, height, pixel_type, Cow::Owned(vec![0; length]))
    }

    /// Makes a canvas that owns `pixels`. The topmost row comes first.
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

/// Returns the size of a row and of the whole, in bytes.
fn size_of(width: u32, height: u32, pixel_type: PixelType) -> Result<(usize, usize), CanvasError> {
    let sides = [width, height].map(|side| usize::try_from(side).ok().filter(|side| *side > 0));
    let [Some(columns), Some(rows)] = sides else {
        return Err(CanvasError::Dimensions { width, height });
    };
    let row_bytes = columns.checked_mul(pixel_type.bytes_per_pixel());
    let length = row_bytes
        .and_then(|row_bytes| row_bytes.checked_mul(rows))
        // A Vec cannot hold more.
        .filter(|length| isize::try_from(*length).is_ok());
    match (row_bytes, length) {
        (Some(row_bytes), Some(length)) => Ok((row_bytes, length)),
        _ => Err(CanvasError::Dimensions { width, height }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_that_do_not_fit_are_an_error_that_says_so() {
        let error = Canvas::borrowed(3, 2, PixelType::Rgb8, &[0; 17]).unwrap_err();
        assert_eq!(error.to_string(), "a picture of 3x2 Rgb8 takes 18 bytes, not 17");
        assert_eq!(
            Canvas::new(0, 2, PixelType::Grey8),
            Err(CanvasError::Dimensions { width: 0, height: 2 })
        );
        assert_eq!(
            Canvas::new(u32::MAX, u32::MAX, PixelType::RgbaF32),
            Err(CanvasError::Dimensions { width: u32::MAX, height: u32::MAX })
        );
        assert_eq!(
            Canvas::borrowed_floats(1, 1, PixelType::Rgb8, &[0.0; 3]),
            Err(CanvasError::NotFloats { pixel_type: PixelType::Rgb8 })
        );
    }

    #[test]
    fn rows_are_counted_from_the_top() {
        let pixels = [1, 2, 3, 4, 5, 6];
        let canvas = Canvas::borrowed(2, 3, PixelType::Grey8, &pixels).unwrap();
        assert_eq!(canvas.rows().collect::<Vec<_>>(), [[1, 2], [3, 4], [5, 6]]);
        let canvas = canvas.with_row_order(RowOrder::BottomUp);
        assert_eq!(canvas.rows().collect::<Vec<_>>(), [[5, 6], [3, 4], [1, 2]]);
        assert!(canvas.row(3).is_empty());
    }

    #[test]
    fn rows_may_have_gaps_between_them() {
        let pixels = [1, 2, 9, 3, 4, 9];
        let of =
            |bytes, stride| Canvas::borrowed_with_stride(2, 2, PixelType::Grey8, bytes, stride);
        let mut canvas = of(&pixels, 3).unwrap().with_row_order(RowOrder::BottomUp);
        assert_eq!(canvas.rows().collect::<Vec<_>>(), [[3, 4], [1, 2]]);
        assert_eq!(canvas.stride(), 3);
        canvas.row_mut(0).fill(7);
        assert_eq!(canvas.bytes(), [1, 2, 9, 7, 7, 9]);
        assert_eq!(of(&pixels, 1), Err(CanvasError::Stride { stride: 1, row_bytes: 2 }));
        assert!(matches!(of(&pixels, 2), Err(CanvasError::Size { wanted: 4, found: 6, .. })));
        assert!(matches!(of(&pixels, usize::MAX), Err(CanvasError::Dimensions { .. })));
    }

    #[test]
    fn drawing_on_a_borrowed_canvas_leaves_the_lender_alone() {
        let pixels = [1, 2];
        let mut canvas = Canvas::borrowed(1, 2, PixelType::Grey8, &pixels).unwrap();
        canvas.row_mut(1).fill(9);
        assert_eq!(canvas.bytes(), [1, 9]);
        assert_eq!(pixels, [1, 2]);
        assert!(canvas.row_mut(2).is_empty());
    }

    #[test]
    fn floats_are_taken_as_they_are() {
        let floats = [0.0, 0.5, 1.0];
        let canvas = Canvas::borrowed_floats(1, 1, PixelType::RgbF32, &floats).unwrap();
        assert_eq!(canvas.row(0)[4..8], 0.5f32.to_ne_bytes());
    }
}
