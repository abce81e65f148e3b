//! Makes audio encoders by their codecs' names.

use std::fmt;
use std::sync::{Arc, RwLock};

use super::{AudioEncoder, AudioPlugin, bundled};
use crate::media::codec::CodecNameTaken;
use crate::sync;

/// Makes audio encoders by their codecs' names: `"pcm"` of this crate, `"opus"` with the feature
/// `opus`, `"aac"` with the feature `aac`, and those that were added. Ignores the case of names.
///
/// A clone is the same factory. Any thread may use it.
///
/// ```
/// use rendercast::media::codec::sound::AudioCodecFactory;
///
/// let factory = AudioCodecFactory::default();
/// assert!(factory.create_audio_encoder("PCM").is_some());
/// assert!(factory.create_audio_encoder("vorbis").is_none());
/// ```
#[derive(Clone)]
pub struct AudioCodecFactory {
    plugins: Arc<RwLock<Vec<Arc<dyn AudioPlugin>>>>,
}

impl AudioCodecFactory {
    /// Adds a codec, for as long as the factory exists.
    ///
    /// # Errors
    /// [`CodecNameTaken`]. The codec that has the name stays.
    pub fn add(&self, plugin: Arc<dyn AudioPlugin>) -> Result<(), CodecNameTaken> {
        let mut plugins = sync::write(&self.plugins);
        let name = plugin.name();
        if plugins.iter().any(|other| other.name().eq_ignore_ascii_case(name)) {
            return Err(CodecNameTaken { name: name.to_owned() });
        }
        plugins.push(plugin);
        Ok(())
    }

    /// Makes an encoder. Returns `None` if there is no codec of that name, or it cannot encode.
    #[must_use]
    pub fn create_audio_encoder(&self, codec_name: &str) -> Option<Box<dyn AudioEncoder>> {
        // The plugin is taken out, so that the lock is free while it makes an encoder.
        let plugin = {
            let plugins = sync::read(&self.plugins);
            plugins.iter().find(|plugin| plugin.name().eq_ignore_ascii_case(codec_name)).cloned()
        };
        plugin?.create_audio_encoder()
    }

    /// Returns the names of all codecs: those of this crate, then those that were added.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        sync::read(&self.plugins).iter().map(|plugin| plugin.name().to_owned()).collect()
    }
}

impl Default for AudioCodecFactory {
    /// Makes a factory of this crate's codecs.
    fn default() -> Self {
        Self { plugins: Arc::new(RwLock::new(bundled::plugins())) }
    }
}

impl fmt::Debug for AudioCodecFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioCodecFactory").field("names", &self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_once_whatever_its_capitals() {
        let factory = AudioCodecFactory::default();
        let pcm = bundled::plugins().swap_remove(0);
        assert_eq!(factory.add(pcm), Err(CodecNameTaken { name: "pcm".to_owned() }));
        assert_eq!(factory.clone().names()[0], "pcm");
        assert!(factory.create_audio_encoder("Pcm").is_some());
        assert!(factory.create_audio_encoder("mp3").is_none());
    }
}
