//! Screen video 2: the parts that differ from screen video.

mod decoder;
mod encoder;
mod flags;
mod hybrid;
mod palette;

pub use decoder::Screen2Decoder;
pub use encoder::Screen2Encoder;
