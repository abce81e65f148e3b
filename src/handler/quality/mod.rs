//! Quality by circumstances: bitrate and frame rate follow what the lines of the viewers take.

mod adaptive_quality;
mod quality_control;
mod steered_codec;

pub use adaptive_quality::AdaptiveQuality;

pub(crate) use adaptive_quality::OwnQuality;
pub(crate) use steered_codec::{Steered, SteeredCodec};
