//! Makes encoders and decoders by their codecs' names.

use std::fmt;
use std::sync::{Arc, RwLock};

use super::{VideoDecoder, VideoEncoder, VideoPlugin};
use crate::sync;

/// Makes encoders and decoders by their codecs' names: those of this crate, and those that were
/// added. Ignores the case of names.
///
/// A clone is the same factory. Any thread may use it.
///
/// ```
/// use rendercast::media::codec::VideoCodecFactory;
///
/// let factory = VideoCodecFactory::default();
/// assert!(factory.create_video_encoder("sorenson").is_none());
/// ```
#[doc(alias = "IVideo_codec_factory")]
#[derive(Clone)]
pub struct VideoCodecFactory {
    plugins: Arc<RwLock<Vec<Arc<dyn VideoPlugin>>>>,
}

/// A codec of that name exists already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a codec named {name:?} exists already")]
pub struct CodecNameTaken {
    /// The name.
    pub name: String,
}

impl VideoCodecFactory {
    /// Adds a codec, for as long as the factory exists.
    ///
    /// # Errors
    /// [`CodecNameTaken`]. The codec that has the name stays.
    pub fn add(&self, plugin: Arc<dyn VideoPlugin>) -> Result<(), CodecNameTaken> {
        let mut plugins = sync::write(&self.plugins);
        let name = plugin.name();
        if plugins.iter().any(|other| is_same(other.name(), name)) {
            return Err(CodecNameTaken { name: name.to_owned() });
        }
        plugins.push(plugin);
        Ok(())
    }

    /// Makes an encoder. Returns `None` if there is no codec of that name, or it only decodes.
    #[must_use]
    pub fn create_video_encoder(&self, codec_name: &str) -> Option<Box<dyn VideoEncoder>> {
        self.plugin(codec_name)?.create_video_encoder()
    }

    /// Makes a decoder. Returns `None` if there is no codec of that name, or it only encodes.
    #[must_use]
    pub fn create_video_decoder(&self, codec_name: &str) -> Option<Box<dyn VideoDecoder>> {
        self.plugin(codec_name)?.create_video_decoder()
    }

    /// Returns the names of all codecs: those of this crate, then those that were added.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let plugins = sync::read(&self.plugins);
        plugins.iter().map(|plugin| plugin.name().to_owned()).collect()
    }

    /// Returns the plugin itself, so that the lock is free while it makes an encoder.
    fn plugin(&self, codec_name: &str) -> Option<Arc<dyn VideoPlugin>> {
        let plugins = sync::read(&self.plugins);
        plugins.iter().find(|plugin| is_same(plugin.name(), codec_name)).cloned()
    }
}

impl Default for VideoCodecFactory {
    /// Makes a factory of this crate's codecs.
    fn default() -> Self {
        Self { plugins: Arc::new(RwLock::new(super::bundled::plugins())) }
    }
}

impl fmt::Debug for VideoCodecFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoCodecFactory").field("names", &self.names()).finish()
    }
}

fn is_same(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing(&'static str);

    impl VideoPlugin for Nothing {
        fn name(&self) -> &str {
            self.0
        }

        fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
            None
        }

        fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
            None
        }
    }

    #[test]
    fn a_name_is_taken_once_whatever_its_capitals() {
        let factory = VideoCodecFactory::default();
        let bundled = factory.names();
        assert_eq!(factory.add(Arc::new(Nothing("Test"))), Ok(()));
        for name in bundled.iter().map(String::as_str).chain(["TEST"]) {
            let name: &'static str = name.to_owned().leak();
            let refused = factory.add(Arc::new(Nothing(name)));
            assert_eq!(refused, Err(CodecNameTaken { name: name.to_owned() }));
        }
        let names: Vec<_> = bundled.into_iter().chain(["Test".to_owned()]).collect();
        assert_eq!(factory.clone().names(), names);
    }

    #[test]
    fn every_codec_of_the_librarys_own_can_be_made_and_carried() {
        let factory = VideoCodecFactory::default();
        for name in factory.names() {
            assert!(factory.create_video_encoder(&name).is_some(), "{name}");
            assert!(factory.create_video_encoder(&name.to_uppercase()).is_some(), "{name}");
            assert!(crate::media::codec::carried_as(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_nobody_has_added_is_not_there() {
        let factory = VideoCodecFactory::default();
        assert!(factory.create_video_encoder("sorenson").is_none());
        assert!(factory.create_video_decoder("sorenson").is_none());
    }
}
