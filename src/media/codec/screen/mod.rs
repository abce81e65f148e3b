//! Screen video: Flash's two codecs for pictures that change little.
//!
//! A picture is cut into blocks. A frame holds the changed ones, each compressed with zlib. An
//! unchanged block costs two bytes.
//!
//! - [`ScreenEncoder`], [`ScreenDecoder`]: screen video, FLV's codec 3 (the SWF format
//!   specification, version 19, "Screen Video bitstream format"). Lossless, unless it is given
//!   a bitrate.
//! - [`Screen2Encoder`], [`Screen2Decoder`]: screen video 2, codec 6 (the same, "Screen Video V2
//!   bitstream format"), which refers back to the last key frame. Lossless, unless it is given a
//!   bitrate or the other colour space.
//!
//! The pixels are blue, green, red, with the bottommost row first. Canvases of any
//! [`PixelType`](crate::media::PixelType) are converted, floats by their
//! [`ToneMap`](crate::media::ToneMap). Alpha is left out, not blended.

mod block_choice;
mod canvas_out;
mod changes;
mod decoder;
mod encoder;
mod grid;
mod limits;
mod parameters;
mod picture;
mod precision;
#[cfg(test)]
mod tests;
mod v2;
mod zlib;

pub use decoder::ScreenDecoder;
pub use encoder::ScreenEncoder;
pub use v2::{Screen2Decoder, Screen2Encoder};
