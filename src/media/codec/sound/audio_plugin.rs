//! The interface of audio codecs that applications add.

use super::AudioEncoder;

/// An audio codec that an application adds to an [`AudioCodecFactory`](super::AudioCodecFactory).
/// Several threads may call it at once.
///
/// ```
/// use std::sync::Arc;
///
/// use rendercast::media::codec::CodecNameTaken;
/// use rendercast::media::codec::sound::{AudioCodecFactory, AudioEncoder, AudioPlugin};
///
/// /// MP3 by a library of yours.
/// struct Mp3;
///
/// impl AudioPlugin for Mp3 {
///     fn name(&self) -> &str {
///         "mp3"
///     }
///
///     fn create_audio_encoder(&self) -> Option<Box<dyn AudioEncoder>> {
///         None // if the library is missing
///     }
/// }
///
/// let factory = AudioCodecFactory::default();
/// factory.add(Arc::new(Mp3))?;
/// assert!(factory.names().iter().any(|name| name == "mp3"));
/// # Ok::<(), CodecNameTaken>(())
/// ```
pub trait AudioPlugin: Send + Sync {
    /// Returns the codec's name, by which loops choose it. It must always be the same.
    /// [`audio_carried_as`](super::audio_carried_as) lists the names that RTMP can carry.
    fn name(&self) -> &str;

    /// Makes an encoder. Returns `None` if the plugin cannot encode at present.
    fn create_audio_encoder(&self) -> Option<Box<dyn AudioEncoder>>;
}
