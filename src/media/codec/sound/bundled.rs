//! The audio codecs that are part of this crate.

use std::sync::Arc;

use super::{AudioEncoder, AudioPlugin};

/// An audio codec of this crate.
struct Bundled {
    name: &'static str,
    encoder: fn() -> Box<dyn AudioEncoder>,
}

const BUNDLED: &[Bundled] = &[
    Bundled { name: "pcm", encoder: || Box::new(super::PcmEncoder::new()) },
    #[cfg(feature = "opus")]
    Bundled { name: "opus", encoder: || Box::new(super::OpusEncoder::new()) },
    #[cfg(feature = "aac")]
    Bundled { name: "aac", encoder: || Box::new(super::AacEncoder::new()) },
];

/// Returns one plugin of each.
pub(super) fn plugins() -> Vec<Arc<dyn AudioPlugin>> {
    BUNDLED.iter().map(|codec| Arc::new(codec) as Arc<dyn AudioPlugin>).collect()
}

impl AudioPlugin for &'static Bundled {
    fn name(&self) -> &str {
        self.name
    }

    fn create_audio_encoder(&self) -> Option<Box<dyn AudioEncoder>> {
        Some((self.encoder)())
    }
}
