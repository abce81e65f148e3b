//! Makes tags of what encoders return: H.264 between start codes, AAC in ADTS.

mod aac;
mod h264;
pub(super) mod parameter_sets;

pub use aac::AacPacker;
pub use h264::H264Packer;
