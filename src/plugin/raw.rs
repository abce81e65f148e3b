//! Reads texts, bytes and canvases that the other side of the boundary points to.
#![allow(unsafe_code, reason = "C passes texts and bytes as pointers")]

use std::borrow::Cow;
use std::ffi::c_char;
use std::ptr;

use super::abi::{self, RawCanvas};
use crate::media::{Canvas, ColourSpace, Plane, RowOrder};
use crate::protocol::Timestamp;

/// The most bytes that are read of a text of one line.
pub(super) const MAX_LINE_BYTES: usize = 4096;

impl RawCanvas {
    /// Describes `canvas`. Valid for as long as `canvas` is.
    pub(super) fn of(canvas: &Canvas<'_>) -> Self {
        let bytes = canvas.bytes();
        let ColourSpace { matrix, range } = canvas.colour_space();
        let chroma = |plane| match canvas.plane(plane) {
            [] => ptr::null(),
            bytes => bytes.as_ptr(),
        };
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
            timestamp: canvas.timestamp().map_or(abi::NO_TIMESTAMP, |time| time.0.into()),
            colour_matrix: abi::colour_matrix_number(matrix),
            colour_range: abi::colour_range_number(range),
            chroma: [1, 2].map(chroma),
            chroma_row_bytes: [1, 2].map(|plane| canvas.plane_stride(plane) as u64),
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

/// Copies a canvas that the other side describes. Members that its header lacks are as if there
/// were none.
///
/// # Safety
/// `canvas` points to as many bytes as its `struct_size` says, and at least to that.
pub(super) unsafe fn read(canvas: *const RawCanvas) -> RawCanvas {
    let mut copy = RawCanvas::EMPTY;
    // SAFETY: every canvas begins with its size.
    let size = common_size(unsafe { (*canvas).struct_size });
    // SAFETY: both have that many bytes. The copy is of plain numbers and pointers.
    unsafe { ptr::copy_nonoverlapping(canvas.cast::<u8>(), (&raw mut copy).cast(), size) };
    copy
}

/// Fills in a canvas of the other side, as far as its header has the members.
///
/// # Safety
/// As [`read`].
pub(super) unsafe fn write(canvas: *mut RawCanvas, mut picture: RawCanvas) {
    // SAFETY: every canvas begins with its size.
    picture.struct_size = unsafe { (*canvas).struct_size };
    let size = common_size(picture.struct_size);
    // SAFETY: both have that many bytes.
    unsafe { ptr::copy_nonoverlapping((&raw const picture).cast::<u8>(), canvas.cast(), size) };
}

fn common_size(struct_size: u32) -> usize {
    let ours = size_of::<RawCanvas>();
    usize::try_from(struct_size).map_or(ours, |size| size.min(ours))
}

/// Returns the canvas that `raw` describes.
///
/// # Errors
/// What is wrong with the description.
///
/// # Safety
/// `raw.data` is null, or points to `raw.size` bytes that stay valid for `'a`. So do both pointers
/// of `raw.chroma`, to the rows that the header says.
pub(super) unsafe fn canvas<'a>(raw: &RawCanvas) -> Result<Canvas<'a>, String> {
    let RawCanvas { width, height, row_bytes, size, .. } = *raw;
    let pixel_type = abi::pixel_type(raw.pixel_type)
        .ok_or_else(|| format!("there is no pixel type {}", raw.pixel_type))?;
    let row_order = match raw.row_order {
        abi::ROWS_TOP_DOWN => RowOrder::TopDown,
        abi::ROWS_BOTTOM_UP => RowOrder::BottomUp,
        other => return Err(format!("there is no row order {other}")),
    };
    let faulty = || format!("there are no {height} rows of {row_bytes} bytes");
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { slice(raw.data, size) }.ok_or_else(faulty)?;
    let stride = usize::try_from(row_bytes).map_err(|_| faulty())?;
    let mut planes = vec![Plane { bytes, stride }];
    let chroma = raw.chroma.into_iter().zip(raw.chroma_row_bytes);
    for (number, (data, row_bytes)) in (1..pixel_type.planes()).zip(chroma) {
        let size = pixel_type.plane_size(number, width, height);
        let (row, rows) = size.ok_or_else(|| format!("a picture cannot be {width}x{height}"))?;
        // SAFETY: the caller's promise is the same.
        planes.push(unsafe { plane(data, row_bytes, (row, rows)) }?);
    }
    let canvas = Canvas::borrowed_planes(width, height, pixel_type, &planes);
    let canvas = canvas.map_err(|error| error.to_string())?.with_row_order(row_order);
    let canvas = canvas.with_colour_space(ColourSpace {
        matrix: abi::colour_matrix(raw.colour_matrix)
            .ok_or_else(|| format!("there is no colour matrix {}", raw.colour_matrix))?,
        range: abi::colour_range(raw.colour_range)
            .ok_or_else(|| format!("there is no colour range {}", raw.colour_range))?,
    });
    Ok(match u32::try_from(raw.timestamp) {
        Ok(milliseconds) => canvas.with_timestamp(Timestamp(milliseconds)),
        Err(_) => canvas,
    })
}

/// Returns `rows` rows of `row` bytes, which begin `row_bytes` apart. Nothing is read behind the
/// last.
///
/// # Safety
/// `data` is null, or points to so many rows, which stay valid for `'a`.
unsafe fn plane<'a>(
    data: *const u8,
    row_bytes: u64,
    (row, rows): (usize, u32),
) -> Result<Plane<'a>, String> {
    let faulty = || format!("there are no {rows} rows of {row_bytes} bytes");
    let row = u64::try_from(row).ok().filter(|row| *row <= row_bytes).ok_or_else(faulty)?;
    let before_last = rows.checked_sub(1).and_then(|rows| row_bytes.checked_mul(rows.into()));
    let size = before_last.and_then(|size| size.checked_add(row)).ok_or_else(faulty)?;
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { slice(data, size) }.ok_or_else(faulty)?;
    let stride = usize::try_from(row_bytes).map_err(|_| faulty())?;
    Ok(Plane { bytes, stride })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{ColourMatrix, ColourRange, PixelType};

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

    fn read_bytes<'a>(raw: &RawCanvas, _bytes: &'a [u8]) -> Result<Canvas<'a>, String> {
        // SAFETY: no test below describes more bytes than there are.
        unsafe { canvas(raw) }
    }

    #[test]
    fn rows_may_have_gaps_between_them() {
        let bytes = [1, 2, 3, 0, 0, 4, 5, 6, 0, 0];
        let canvas = read_bytes(&raw(1, 2, 5, &bytes), &bytes).unwrap();
        assert_eq!(canvas.rows().collect::<Vec<_>>(), [[1, 2, 3], [4, 5, 6]]);
        let canvas =
            read_bytes(&RawCanvas { row_order: 1, ..raw(1, 2, 5, &bytes) }, &bytes).unwrap();
        assert_eq!(canvas.row(0), [4, 5, 6]);
        for bytes in [&bytes[..8], &bytes[..9]] {
            let canvas = read_bytes(&raw(1, 2, 5, bytes), bytes).expect("its last row is whole");
            assert_eq!(canvas.rows().collect::<Vec<_>>(), [[1, 2, 3], [4, 5, 6]]);
        }
        assert!(read_bytes(&raw(1, 2, 5, &bytes[..7]), &bytes).is_err());
        let bytes = [1, 2, 3, 4, 5, 6];
        let canvas = read_bytes(&raw(2, 1, 6, &bytes), &bytes).unwrap();
        assert_eq!((canvas.width(), canvas.bytes()), (2, &bytes[..]));
    }

    #[test]
    fn every_canvas_is_the_same_on_the_other_side() {
        let bytes: Vec<u8> = (0..100).collect();
        let part = |range: std::ops::Range<usize>, stride| Plane { bytes: &bytes[range], stride };
        let full = ColourSpace { matrix: ColourMatrix::Bt2020, range: ColourRange::Full };
        for (pixel_type, planes) in [
            (PixelType::Bgr8, &[part(0..30, 10)][..]),
            (PixelType::RgbaF16, &[part(0..72, 24)]),
            (PixelType::Bgr8, &[part(0..29, 10)]),
            (PixelType::Nv12, &[part(0..12, 4), part(20..30, 6)]),
            (PixelType::Nv12, &[part(0..11, 4), part(20..30, 6)]),
            (PixelType::I420, &[part(0..9, 3), part(20..24, 2), part(31..38, 5)]),
        ] {
            let canvas = Canvas::borrowed_planes(3, 3, pixel_type, planes).unwrap();
            let canvas = canvas.with_row_order(RowOrder::BottomUp).with_colour_space(full);
            for canvas in [canvas.clone().with_timestamp(Timestamp(u32::MAX)), canvas] {
                assert_eq!(read_bytes(&RawCanvas::of(&canvas), &bytes), Ok(canvas));
            }
        }
    }

    #[test]
    fn a_side_with_an_older_header_gets_and_gives_what_that_has() {
        const OLD: usize = 48;
        let bytes = [1, 2, 3];
        let canvas = Canvas::borrowed(3, 1, PixelType::Grey8, &bytes).unwrap();
        let mut raw = RawCanvas::of(&canvas.clone().with_timestamp(Timestamp(7)));
        raw.struct_size = OLD as u32;
        // SAFETY: it is longer than it says.
        let copy = unsafe { read(&raw const raw) };
        assert_eq!(copy.timestamp, abi::NO_TIMESTAMP);
        assert_eq!(read_bytes(&copy, &bytes), Ok(canvas));

        let mut old = RawCanvas { struct_size: OLD as u32, timestamp: 99, ..RawCanvas::EMPTY };
        raw.struct_size = size_of::<RawCanvas>() as u32;
        // SAFETY: the same.
        unsafe { write(&raw mut old, raw) };
        assert_eq!((old.width, old.size, old.struct_size), (3, 3, OLD as u32));
        assert_eq!(old.timestamp, 99, "there is none for the other side");
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        let bytes = [0; 12];
        let good = raw(2, 2, 6, &bytes);
        assert!(read_bytes(&good, &bytes).is_ok());
        for bad in [
            RawCanvas { pixel_type: 0, ..good },
            RawCanvas { pixel_type: 11, ..good },
            RawCanvas { colour_matrix: 3, ..good },
            RawCanvas { colour_range: 2, ..good },
            RawCanvas { pixel_type: 9, row_bytes: 6, ..good },
            RawCanvas { pixel_type: 10, chroma: [bytes.as_ptr(); 2], ..good },
            RawCanvas { row_order: 2, ..good },
            RawCanvas { width: 3, ..good },
            RawCanvas { width: u32::MAX, ..good },
            RawCanvas { width: 0, ..good },
            RawCanvas { height: 3, ..good },
            RawCanvas { height: 0, size: 0, ..good },
            RawCanvas { row_bytes: u64::MAX, ..good },
            RawCanvas { row_bytes: u64::MAX, size: u64::MAX, height: 1, ..good },
            RawCanvas { data: ptr::null(), ..good },
        ] {
            assert!(read_bytes(&bad, &bytes).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_text_ends_at_its_nul_or_where_it_is_cut() {
        // SAFETY: a C literal ends in a NUL.
        let of = |most| unsafe { bytes_of(c"text".as_ptr(), most) };
        assert_eq!(of(10), Some(&b"text"[..]));
        assert_eq!(of(2), Some(&b"te"[..]));
        // SAFETY: null is no text.
        assert_eq!(unsafe { bytes_of(ptr::null(), 9) }, None);
        // SAFETY: a C literal ends in a NUL.
        assert_eq!(unsafe { line(c"a\xffb".as_ptr()) }.as_deref(), Some("a\u{fffd}b"));
    }
}
