//! Screen video: Flash's two codecs for pictures of which little changes.
//!
//! A picture is cut into blocks; a frame holds those that have changed, each compressed with zlib on
//! its own. What has not changed costs two bytes.
//!
//! - [`ScreenEncoder`], [`ScreenDecoder`]: screen video, FLV's codec 3 (the SWF format specification,
//!   version 19, "Screen Video bitstream format"). Lossless, always.
//! - [`Screen2Encoder`], [`Screen2Decoder`]: screen video 2, codec 6 (the same, "Screen Video V2
//!   bitstream format"), which refers back to the last key frame. Lossless but for one of its
//!   colour spaces, which has to be asked for.
//!
//! The pixels are blue, green, red, with the bottommost row first. Canvases of any
//! [`PixelType`](crate::media::PixelType) are converted on the way: floats are clamped to 0..1 and
//! rounded, one that is no number counts as 0; alpha is left out, not blended.

mod block_choice;
mod canvas_out;
mod changes;
mod decoder;
mod encoder;
mod grid;
mod limits;
mod parameters;
mod picture;
mod pixels;
#[cfg(test)]
mod tests;
mod v2;
mod zlib;

pub use decoder::ScreenDecoder;
pub use encoder::ScreenEncoder;
pub use v2::{Screen2Decoder, Screen2Encoder};
