//! Reads texts, bytes and canvases that the other side of the boundary points to.
#![allow(unsafe_code, reason = "C passes texts and bytes as pointers")]

use std::borrow::Cow;
use std::ffi::c_char;

use super::abi::{self, RawCanvas};
use crate::media::{Canvas, PixelType, RowOrder};

/// The most bytes that are read of a text of one line.
pub(super) const MAX_LINE_BYTES: usize = 4096;

impl RawCanvas {
    /// Describes `canvas`. Valid for as long as `canvas` is.
    pub(super) fn of(canvas: &Canvas<'_>) -> Self {
        let bytes = canvas.bytes();
        Self {
            width: canvas.width(),
            height: canvas.height(),
            pixel_type: abi::pixel_type_number(canvas.pixel_type()),
            row_order: match canvas.row_order() {
                RowOrder::TopDown => abi::ROWS_TOP_DOWN,
                RowOrder::BottomUp => abi::ROWS_BOTTOM_UP,
            },
            row_bytes: canvas.stride() as u64,
            size: bytes.len() as u64,
            data: bytes.as_ptr(),
            ..Self::EMPTY
        }
    }
}

/// Returns the bytes of a text, at most `most`. Returns `None` if `text` is null.
///
/// # Safety
/// `text` is null, or points to bytes that can be read up to a NUL, and stay valid for `'a`.
pub(super) unsafe fn bytes_of<'a>(text: *const c_char, most: usize) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    let mut length = 0;
    // SAFETY: the loop ends at the NUL, so no byte behind it is read.
    while length < most && unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: the loop has just read these bytes.
    Some(unsafe { std::slice::from_raw_parts(text.cast(), length) })
}

/// Returns a line of text, with invalid UTF-8 replaced.
///
/// # Safety
/// As [`bytes_of`].
pub(super) unsafe fn line<'a>(text: *const c_char) -> Option<Cow<'a, str>> {
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { bytes_of(text, MAX_LINE_BYTES) }?;
    Some(String::from_utf8_lossy(bytes))
}

/// Returns `size` bytes at `data`. Returns `None` if `data` is null or `size` too large.
///
/// # Safety
/// `data` is null, or points to `size` bytes that stay valid for `'a`.
pub(super) unsafe fn slice<'a>(data: *const u8, size: u64) -> Option<&'a [u8]> {
    if size == 0 {
        return Some(&[]);
    }
    let size = usize::try_from(size).ok().filter(|size| isize::try_from(*size).is_ok())?;
    // SAFETY: the pointer is not null, and the size no more than a slice's. The rest is the
    // caller's promise.
    (!data.is_null()).then(|| unsafe { std::slice::from_raw_parts(data, size) })
}

/// Returns the canvas that `raw` describes. Copies it if there are gaps between its rows.
///
/// # Errors
/// What is wrong with the description.
///
/// # Safety
/// `raw.data` is null, or points to `raw.size` bytes that stay valid for `'a`.
pub(super) unsafe fn canvas<'a>(raw: &RawCanvas) -> Result<Canvas<'a>, String> {
    let RawCanvas { width, height, row_bytes, size, .. } = *raw;
    let pixel_type = abi::pixel_type(raw.pixel_type)
        .ok_or_else(|| format!("there is no pixel type {}", raw.pixel_type))?;
    let row_order = match raw.row_order {
        abi::ROWS_TOP_DOWN => RowOrder::TopDown,
        abi::ROWS_BOTTOM_UP => RowOrder::BottomUp,
        other => return Err(format!("there is no row order {other}")),
    };
    let faulty = || format!("{size} bytes are not {height} rows of {row_bytes} bytes");
    if row_bytes.checked_mul(height.into()) != Some(size) {
        return Err(faulty());
    }
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { slice(raw.data, size) }.ok_or_else(faulty)?;
    let canvas = without_gaps(width, height, pixel_type, row_bytes, bytes)?;
    Ok(canvas.with_row_order(row_order))
}

fn without_gaps(
    width: u32,
    height: u32,
    pixel_type: PixelType,
    row_bytes: u64,
    bytes: &[u8],
) -> Result<Canvas<'_>, String> {
    let faulty = || format!("a row of {width} pixels does not fit into {row_bytes} bytes");
    let full = usize::try_from(row_bytes).map_err(|_| faulty())?;
    let taken = usize::try_from(width).ok().and_then(|width| {
        let taken = width.checked_mul(pixel_type.bytes_per_pixel())?;
        (taken <= full).then_some(taken)
    });
    let taken = taken.ok_or_else(faulty)?;
    let canvas = if taken == full || taken == 0 {
        Canvas::borrowed(width, height, pixel_type, bytes)
    } else {
        let rows = bytes.chunks_exact(full).flat_map(|row| row.iter().take(taken));
        Canvas::from_vec(width, height, pixel_type, rows.copied().collect())
    };
    canvas.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(width: u32, height: u32, row_bytes: u64, bytes: &[u8]) -> RawCanvas {
        RawCanvas {
            width,
            height,
            pixel_type: 2,
            row_bytes,
            size: bytes.len() as u64,
            data: bytes.as_ptr(),
            ..RawCanvas::EMPTY
        }
    }

    fn read<'a>(raw: &RawCanvas, _bytes: &'a [u8]) -> Result<Canvas<'a>, String> {
        // SAFETY: no test below describes more bytes than there are.
        unsafe { canvas(raw) }
    }

    #[test]
    fn gaps_between_rows_are_left_out() {
        let bytes = [1, 2, 3, 0, 0, 4, 5, 6, 0, 0];
        let canvas = read(&raw(1, 2, 5, &bytes), &bytes).unwrap();
        assert_eq!(canvas.bytes(), [1, 2, 3, 4, 5, 6]);
        let canvas = read(&RawCanvas { row_order: 1, ..raw(1, 2, 5, &bytes) }, &bytes).unwrap();
        assert_eq!(canvas.row(0), [4, 5, 6]);
        let bytes = [1, 2, 3, 4, 5, 6];
        let canvas = read(&raw(2, 1, 6, &bytes), &bytes).unwrap();
        assert_eq!((canvas.width(), canvas.bytes()), (2, &bytes[..]));
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        let bytes = [0; 12];
        let good = raw(2, 2, 6, &bytes);
        assert!(read(&good, &bytes).is_ok());
        for bad in [
            RawCanvas { pixel_type: 0, ..good },
            RawCanvas { pixel_type: 7, ..good },
            RawCanvas { row_order: 2, ..good },
            RawCanvas { width: 3, ..good },
            RawCanvas { width: u32::MAX, ..good },
            RawCanvas { width: 0, ..good },
            RawCanvas { height: 3, ..good },
            RawCanvas { height: 0, size: 0, ..good },
            RawCanvas { row_bytes: u64::MAX, ..good },
            RawCanvas { row_bytes: u64::MAX, size: u64::MAX, height: 1, ..good },
            RawCanvas { data: std::ptr::null(), ..good },
        ] {
            assert!(read(&bad, &bytes).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_text_ends_at_its_nul_or_where_it_is_cut() {
        // SAFETY: a C literal ends in a NUL.
        let of = |most| unsafe { bytes_of(c"text".as_ptr(), most) };
        assert_eq!(of(10), Some(&b"text"[..]));
        assert_eq!(of(2), Some(&b"te"[..]));
        // SAFETY: null is no text.
        assert_eq!(unsafe { bytes_of(std::ptr::null(), 9) }, None);
        // SAFETY: a C literal ends in a NUL.
        assert_eq!(unsafe { line(c"a\xffb".as_ptr()) }.as_deref(), Some("a\u{fffd}b"));
    }
}
