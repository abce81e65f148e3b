//! Encoders and decoders of video: the SDK's plugin contract, in Rust.

mod decoder;
mod encoder;
mod error;
mod video_data;

pub use decoder::{VideoDecoder, VideoFormat};
pub use encoder::VideoEncoder;
pub use error::CodecError;
pub use video_data::{VideoData, VideoDataKind};
