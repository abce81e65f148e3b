//! What adds a codec.

use super::{VideoDecoder, VideoEncoder};

/// A codec that an application adds to a [`VideoCodecFactory`](super::VideoCodecFactory): an encoder,
/// a decoder or both. It is called by any thread, by several at once.
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
///         None // where the card is missing
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
    /// The codec's name, by which streams choose it. Which names RTMP can carry is said at
    /// [`carried_as`](super::carried_as). Always the same.
    #[doc(alias = "get_name")]
    fn name(&self) -> &str;

    /// A new encoder; none where the plugin only decodes, or cannot encode here and now.
    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>>;

    /// A new decoder; none where the plugin only encodes, or cannot decode here and now.
    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>>;
}
