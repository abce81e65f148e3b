//! Encoders and decoders of video: the SDK's plugin contract, in Rust.

mod bundled;
mod decoder;
mod encapsulation;
mod encoder;
mod error;
mod factory;
#[cfg(feature = "h264")]
pub mod h264;
pub(crate) mod life;
mod plugin;
#[cfg(feature = "screen-video")]
pub mod screen;
pub mod sound;
mod video_data;

pub use decoder::{VideoDecoder, VideoFormat};
pub use encapsulation::carried_as;
pub use encoder::VideoEncoder;
pub(crate) use encoder::{COLOUR_MATRIX, COLOUR_RANGE};
pub use error::CodecError;
pub use factory::{CodecNameTaken, VideoCodecFactory};
pub use plugin::VideoPlugin;
pub use video_data::{VideoData, VideoDataKind};
