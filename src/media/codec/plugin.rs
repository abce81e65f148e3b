//! The interface of codecs that applications add.

use super::{VideoDecoder, VideoEncoder};

/// A codec that an application adds to a [`VideoCodecFactory`](super::VideoCodecFactory): an
/// encoder, a decoder or both. Several threads may call it at once.
///
/// ```
/// use std::sync::Arc;
///
/// use rendercast::media::codec::{
///     CodecNameTaken, VideoCodecFactory, VideoDecoder, VideoEncoder, VideoPlugin,
/// };
///
/// /// H.265 by the card in this machine.
/// struct Card;
///
/// impl VideoPlugin for Card {
///     fn name(&self) -> &str {
///         "hevc"
///     }
///
///     fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
///         None // if the card is missing
///     }
///
///     fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
///         None // it only encodes
///     }
/// }
///
/// let factory = VideoCodecFactory::default();
/// factory.add(Arc::new(Card))?;
/// assert!(factory.names().iter().any(|name| name == "hevc"));
/// # Ok::<(), CodecNameTaken>(())
/// ```
#[doc(alias = "IVideo_plugin")]
pub trait VideoPlugin: Send + Sync {
    /// Returns the codec's name, by which streams choose it. It must always be the same.
    /// [`carried_as`](super::carried_as) lists the names that RTMP can carry.
    #[doc(alias = "get_name")]
    fn name(&self) -> &str;

    /// Makes an encoder. Returns `None` if the plugin only decodes, or cannot encode at present.
    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>>;

    /// Makes a decoder. Returns `None` if the plugin only encodes, or cannot decode at present.
    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>>;
}
