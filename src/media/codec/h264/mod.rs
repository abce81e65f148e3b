//! H.264, by OpenH264 (feature `h264`).

mod annex_b;
mod configuration;
mod decoder;
mod encoder;
mod library;
mod parameters;
mod picture;
#[cfg(test)]
mod tests;

pub use decoder::H264Decoder;
pub use encoder::H264Encoder;
