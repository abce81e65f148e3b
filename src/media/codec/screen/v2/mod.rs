//! Screen video 2: what it adds to screen video.

mod decoder;
mod encoder;
mod flags;
mod hybrid;
mod palette;

pub use decoder::Screen2Decoder;
pub use encoder::Screen2Encoder;
