//! Encoders of sound: the counterpart of the video encoders.

#[cfg(feature = "aac")]
mod aac;
mod audio_data;
mod audio_encoder;
mod audio_plugin;
mod bundled;
mod factory;
#[cfg(feature = "opus")]
mod opus;
mod pcm;
mod resampler;

#[cfg(feature = "aac")]
pub use aac::AacEncoder;
pub use audio_data::{AudioData, AudioDataKind, AudioFormat, audio_carried_as};
pub use audio_encoder::AudioEncoder;
pub use audio_plugin::AudioPlugin;
pub use factory::AudioCodecFactory;
#[cfg(feature = "opus")]
pub use opus::OpusEncoder;
pub use pcm::PcmEncoder;

pub(crate) use resampler::Resampler;

#[cfg(all(test, any(feature = "aac", feature = "opus")))]
mod tests {
    //! What the tests of the encoders share.

    use std::f64::consts::TAU;

    use super::AudioFormat;

    /// Returns tones that begin and end slowly: 440 Hz, and 600 Hz in the second channel.
    pub(super) fn tone(format: AudioFormat, seconds: f64) -> Vec<f32> {
        let frames = (f64::from(format.sample_rate) * seconds) as u32;
        let value = |frame: u32, channel: u16| {
            let time = f64::from(frame) / f64::from(format.sample_rate);
            let swell = (time / seconds * TAU / 2.0).sin() * 0.5;
            ((time * TAU * (440.0 + 160.0 * f64::from(channel))).sin() * swell) as f32
        };
        (0..frames)
            .flat_map(|frame| (0..format.channels).map(move |channel| value(frame, channel)))
            .collect()
    }

    /// Fails if `found` is not `wanted`, and whatever follows it, with 30 times less noise.
    #[track_caller]
    pub(super) fn assert_same_sound(wanted: &[f32], found: &[f32]) {
        assert!(found.len() >= wanted.len(), "{} samples of {}", found.len(), wanted.len());
        let power = |values: &mut dyn Iterator<Item = f32>| -> f32 { values.map(|v| v * v).sum() };
        let noise = power(&mut wanted.iter().zip(found).map(|(one, other)| one - other));
        let ratio = power(&mut wanted.iter().copied()) / noise;
        assert!(ratio > 900.0, "the signal has {ratio} times the power of the noise");
    }
}
