//! Why pixels cannot be a canvas.

use super::PixelType;

/// Why pixels cannot be a canvas.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CanvasError {
    /// The number of bytes is not that of the picture. If its rows may have gaps, it is too small.
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
    /// A plane has fewer bytes than its rows.
    #[error(
        "plane {plane} of a picture of {width}x{height} {pixel_type:?} has {rows} rows that \
        begin {stride} bytes apart: {wanted} bytes or more, not {found}"
    )]
    PlaneSize {
        /// The number of the plane: 0 for Y.
        plane: usize,
        /// The picture's width in pixels.
        width: u32,
        /// The picture's height in pixels.
        height: u32,
        /// The format of its pixels.
        pixel_type: PixelType,
        /// The number of rows of the plane.
        rows: u32,
        /// The distance from the start of a row to that of the next, in bytes.
        stride: usize,
        /// The size of the plane in bytes, without a gap behind its last row.
        wanted: usize,
        /// The number of bytes that there are.
        found: usize,
    },
    /// The pixel type has another number of planes.
    #[error("{pixel_type:?} has {wanted} planes, not {found}")]
    Planes {
        /// The pixel type.
        pixel_type: PixelType,
        /// The number of its planes.
        wanted: usize,
        /// The number of planes that there are.
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
    /// The data are floats of 32 or 16 bits, and the pixel type is not made of those.
    #[error("{pixel_type:?} is not made of floats of {bits} bits")]
    NotFloats {
        /// The pixel type.
        pixel_type: PixelType,
        /// The size of the floats: 32 or 16.
        bits: u32,
    },
}
