//! The rows of a canvas in memory.

use std::borrow::Cow;
use std::ops::Range;

use super::{CanvasError, PixelType, RowOrder};

/// The samples of one plane of a picture, as [`Canvas::borrowed_planes`] takes them.
///
/// [`Canvas::borrowed_planes`]: super::Canvas::borrowed_planes
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plane<'a> {
    /// The bytes of all rows, with the gaps between them. What is behind the last row is left out.
    pub bytes: &'a [u8],
    /// The distance from the start of a row to that of the next, in bytes.
    pub stride: usize,
}

/// The rows of one plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows<'a> {
    pub(super) row_bytes: usize,
    pub(super) rows: u32,
    /// From the start of a row to that of the next.
    pub(super) stride: usize,
    pub(super) bytes: Cow<'a, [u8]>,
}

impl<'a> Rows<'a> {
    /// The caller has checked the length.
    pub(super) const fn new(
        (row_bytes, rows): (usize, u32),
        stride: usize,
        bytes: Cow<'a, [u8]>,
    ) -> Self {
        Self { row_bytes, rows, stride, bytes }
    }

    /// Returns a row, counted from the top. Returns an empty slice below the last.
    pub(super) fn row(&self, order: RowOrder, row: u32) -> &[u8] {
        self.range_of(order, row).and_then(|range| self.bytes.get(range)).unwrap_or_default()
    }

    /// Copies the bytes first if they are borrowed.
    pub(super) fn row_mut(&mut self, order: RowOrder, row: u32) -> &mut [u8] {
        match self.range_of(order, row) {
            Some(range) => self.bytes.to_mut().get_mut(range).unwrap_or_default(),
            None => &mut [],
        }
    }

    pub(super) fn borrow(&self) -> Rows<'_> {
        let Self { row_bytes, rows, stride, bytes } = self;
        Rows { row_bytes: *row_bytes, rows: *rows, stride: *stride, bytes: Cow::Borrowed(bytes) }
    }

    pub(super) fn into_owned(self) -> Rows<'static> {
        let Self { row_bytes, rows, stride, bytes } = self;
        Rows { row_bytes, rows, stride, bytes: Cow::Owned(bytes.into_owned()) }
    }

    fn range_of(&self, order: RowOrder, row: u32) -> Option<Range<usize>> {
        let from_bottom = self.rows.checked_sub(row)?.checked_sub(1)?;
        let place = match order {
            RowOrder::TopDown => row,
            RowOrder::BottomUp => from_bottom,
        };
        let start = usize::try_from(place).ok()?.checked_mul(self.stride)?;
        Some(start..start.checked_add(self.row_bytes)?)
    }
}

/// Returns the bytes that a plane needs, from the start of its first row to the end of its last, if
/// a `Vec` can hold that many. `stride` must not be shorter than a row.
pub(super) fn least_length_of(stride: usize, (row_bytes, rows): (usize, u32)) -> Option<usize> {
    let before_last = length_of(stride, rows.checked_sub(1)?)?;
    before_last.checked_add(row_bytes).filter(|length| isize::try_from(*length).is_ok())
}

/// Returns the length of a plane, if a `Vec` can hold that many bytes.
pub(super) fn length_of(stride: usize, rows: u32) -> Option<usize> {
    let length = stride.checked_mul(usize::try_from(rows).ok()?)?;
    isize::try_from(length).is_ok().then_some(length)
}

/// Returns the bytes of a row and the number of rows, of each plane.
pub(super) fn sizes_of(
    width: u32,
    height: u32,
    pixel_type: PixelType,
) -> Result<[(usize, u32); 3], CanvasError> {
    let fits = |plane| {
        let size @ (row_bytes, rows) = pixel_type.plane_size(plane, width, height)?;
        length_of(row_bytes, rows).map(|_| size)
    };
    match [fits(0), fits(1), fits(2)] {
        [Some(first), Some(second), Some(third)] if width > 0 && height > 0 => {
            Ok([first, second, third])
        }
        _ => Err(CanvasError::Dimensions { width, height }),
    }
}

/// Splits the bytes of three planes.
pub(super) fn split(bytes: Cow<'_, [u8]>, first: usize, second: usize) -> [Cow<'_, [u8]>; 3] {
    match bytes {
        Cow::Borrowed(bytes) => {
            let (first, rest) = bytes.split_at_checked(first).unwrap_or_default();
            let (second, third) = rest.split_at_checked(second).unwrap_or_default();
            [first, second, third].map(Cow::Borrowed)
        }
        Cow::Owned(mut first_plane) => {
            let mut rest = first_plane.split_off(first.min(first_plane.len()));
            let third = rest.split_off(second.min(rest.len()));
            [first_plane, rest, third].map(Cow::Owned)
        }
    }
}
