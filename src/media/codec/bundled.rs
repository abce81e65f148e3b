//! The codecs that are part of this crate.

use std::sync::Arc;

use super::{VideoDecoder, VideoEncoder, VideoPlugin};

/// A codec of this crate.
struct Bundled {
    name: &'static str,
    encoder: fn() -> Box<dyn VideoEncoder>,
    decoder: fn() -> Box<dyn VideoDecoder>,
}

const BUNDLED: &[Bundled] = &[
    #[cfg(feature = "screen-video")]
    Bundled {
        name: "screen video",
        encoder: || Box::new(super::screen::ScreenEncoder::new()),
        decoder: || Box::new(super::screen::ScreenDecoder::new()),
    },
    #[cfg(feature = "screen-video")]
    Bundled {
        name: "screen video 2",
        encoder: || Box::new(super::screen::Screen2Encoder::new()),
        decoder: || Box::new(super::screen::Screen2Decoder::new()),
    },
    #[cfg(feature = "h264")]
    Bundled {
        name: "h264",
        encoder: || Box::new(super::h264::H264Encoder::new()),
        decoder: || Box::new(super::h264::H264Decoder::new()),
    },
];

/// Returns one plugin of each.
pub(super) fn plugins() -> Vec<Arc<dyn VideoPlugin>> {
    BUNDLED.iter().map(|codec| Arc::new(codec) as Arc<dyn VideoPlugin>).collect()
}

impl VideoPlugin for &'static Bundled {
    fn name(&self) -> &str {
        self.name
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        Some((self.encoder)())
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        Some((self.decoder)())
    }
}
