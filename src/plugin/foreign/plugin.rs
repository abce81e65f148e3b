//! A library as the codec factory knows it.

use std::sync::Arc;

use super::Resident;
use super::decoder::ForeignDecoder;
use super::encoder::ForeignEncoder;
use crate::media::codec::{VideoDecoder, VideoEncoder, VideoPlugin};

/// Keeps the library loaded, as does each encoder and decoder of it.
pub(super) struct ForeignPlugin(pub(super) Arc<Resident>);

impl VideoPlugin for ForeignPlugin {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        Some(Box::new(ForeignEncoder::create(&self.0)?))
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        Some(Box::new(ForeignDecoder::create(&self.0)?))
    }
}
