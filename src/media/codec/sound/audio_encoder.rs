//! The interface of audio encoders.

use super::audio_data::{AudioData, AudioFormat};
use crate::media::codec::CodecError;

/// Encodes the sound of one stream, from [`init`](Self::init) to [`close`](Self::close).
///
/// Only one thread calls it at a time, mostly the frame thread of a
/// [`RenderLoop`](crate::RenderLoop).
pub trait AudioEncoder: Send {
    /// Returns the format nearest to `wanted` that the encoder takes. The server converts to it.
    fn supported_format(&self, wanted: AudioFormat) -> AudioFormat;

    /// Prepares for sound of a format that [`supported_format`](Self::supported_format) returned.
    /// The server sends the returned data before the first frame.
    ///
    /// # Errors
    /// [`CodecError::InvalidParameters`] if it does not take the format,
    /// [`AlreadyInitialised`](CodecError::AlreadyInitialised),
    /// [`NoDevice`](CodecError::NoDevice), [`Failed`](CodecError::Failed).
    fn init(&mut self, format: AudioFormat) -> Result<Option<AudioData>, CodecError>;

    /// Sets a parameter, before [`init`](Self::init) or later. Returns `false`, and changes
    /// nothing, if there is none of that name, the value is invalid, or it cannot change any more.
    /// The usual name is `"bitrate"`: bit/s of all channels.
    fn set_parameter(&mut self, name: &str, value: &str) -> bool;

    /// Returns a parameter's value, or `None` if the encoder has no such parameter.
    fn parameter(&self, name: &str) -> Option<String>;

    /// Returns the number of samples of one channel by which the decoded sound is later than the
    /// encoded. Only valid after [`init`](Self::init). The server moves the timestamps by it, so
    /// that sound and pictures stay together. Defaults to 0.
    fn delay(&self) -> u32 {
        0
    }

    /// Encodes any number of samples, which follow those of the call before. Returns the frames
    /// that are complete.
    ///
    /// # Errors
    /// [`CodecError::NotInitialised`], [`Failed`](CodecError::Failed).
    fn encode(&mut self, samples: &[f32]) -> Result<Vec<AudioData>, CodecError>;

    /// Ends the encoding, and returns the remaining frames.
    ///
    /// # Errors
    /// [`CodecError::NotInitialised`], [`Failed`](CodecError::Failed).
    fn close(&mut self) -> Result<Vec<AudioData>, CodecError>;

    /// Returns one line for people: name and version.
    fn identifier(&self) -> &str;
}
