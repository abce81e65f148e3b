//! The codec that a stream uses.

use std::sync::Mutex;
#[cfg(feature = "web")]
use std::sync::{Arc, OnceLock};

use super::VideoCodec;
#[cfg(feature = "web")]
use super::capture::Capture;
use crate::media::codec::{VideoCodecFactory, carried_as};
use crate::media::video::Codec;
use crate::protocol::amf::Object;
use crate::sync::lock;

/// The codec that a stream uses, and the encoder of its current playback.
///
/// Its lock is never held while an encoder is made, called or dropped: those are application code.
#[derive(Debug)]
pub(crate) struct CodecSlot {
    factory: VideoCodecFactory,
    used: Mutex<Option<Box<Used>>>,
    /// Gets the pictures too, if the client wants one of them.
    #[cfg(feature = "web")]
    capture: OnceLock<Arc<Capture>>,
}

#[derive(Debug)]
struct Used {
    name: String,
    carried_as: Codec,
    /// `None` after a playback, until the next encoder is asked for.
    encoder: Option<VideoCodec>,
}

impl CodecSlot {
    pub(crate) const fn new(factory: VideoCodecFactory) -> Self {
        Self {
            factory,
            used: Mutex::new(None),
            #[cfg(feature = "web")]
            capture: OnceLock::new(),
        }
    }

    pub(crate) const fn factory(&self) -> &VideoCodecFactory {
        &self.factory
    }

    /// Changes the codec, and closes the encoder of the former one. Returns `false` if there is no
    /// such codec, or RTMP cannot carry it.
    pub(crate) fn use_codec(&self, name: &str) -> bool {
        let Some(carried_as) = carried_as(name) else { return false };
        let Some(encoder) = self.create(name, carried_as) else { return false };
        let used = Used { name: name.to_owned(), carried_as, encoder: Some(encoder) };
        let former = lock(&self.used).replace(Box::new(used)).and_then(|used| used.encoder);
        if let Some(former) = former {
            // What it has left would follow the header of its successor.
            let _ = former.close();
        }
        true
    }

    /// Returns the encoder of the current playback, which is made at the first call. Returns `None`
    /// without a codec.
    pub(crate) fn encoder(&self) -> Option<VideoCodec> {
        let (name, carried_as) = {
            let used = lock(&self.used);
            let used = used.as_ref()?;
            if used.encoder.is_some() {
                return used.encoder.clone();
            }
            (used.name.clone(), used.carried_as)
        };
        let created = self.create(&name, carried_as);
        let mut used = lock(&self.used);
        let used = used.as_mut()?;
        // Another thread may have made one meanwhile, or changed the codec.
        if used.encoder.is_none() && used.name == name {
            used.encoder.clone_from(&created);
        }
        used.encoder.clone()
    }

    /// Returns the encoder of the current playback, if it is initialised.
    pub(super) fn running(&self) -> Option<VideoCodec> {
        let encoder = lock(&self.used).as_ref()?.encoder.clone()?;
        encoder.is_initialised().then_some(encoder)
    }

    pub(super) fn carried_as(&self) -> Option<Codec> {
        lock(&self.used).as_ref().map(|used| used.carried_as)
    }

    /// Takes a picture of what the encoders are given that are made from now on.
    #[cfg(feature = "web")]
    pub(super) fn capture_pictures(&self) {
        let _ = self.capture.set(Arc::default());
    }

    #[cfg(feature = "web")]
    pub(super) fn capture(&self) -> Option<&Arc<Capture>> {
        self.capture.get()
    }

    /// Removes the encoder of a playback that has ended. The caller closes it.
    pub(crate) fn retire(&self) -> Option<VideoCodec> {
        lock(&self.used).as_mut()?.encoder.take()
    }

    /// Returns what `onMetaData` says of the picture. Returns `None` until the encoder is
    /// initialised.
    pub(crate) fn metadata(&self) -> Option<Object> {
        let encoder = lock(&self.used).as_ref()?.encoder.clone()?;
        encoder.metadata()
    }

    fn create(&self, name: &str, carried_as: Codec) -> Option<VideoCodec> {
        let encoder = self.factory.create_video_encoder(name)?;
        let codec = VideoCodec::new(
            name.to_owned(),
            carried_as,
            encoder,
            #[cfg(feature = "web")]
            self.capture.get().cloned(),
        );
        Some(codec)
    }
}
