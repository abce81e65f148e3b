//! Encoders of sound: the counterpart of the video encoders.

mod audio_data;
mod audio_encoder;
mod factory;
mod pcm;
mod resampler;

pub use audio_data::{AudioData, AudioDataKind, AudioFormat, audio_carried_as};
pub use audio_encoder::AudioEncoder;
pub use factory::{AudioCodecFactory, AudioPlugin};
pub use pcm::PcmEncoder;

pub(crate) use resampler::Resampler;
