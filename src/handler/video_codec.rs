//! The encoder of a stream.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use crate::media::codec::{CodecError, VideoCodecFactory, VideoData, VideoEncoder, carried_as};
use crate::media::video::Codec;
use crate::media::{Canvas, PixelType};
use crate::protocol::amf::Object;
use crate::sync::lock;

/// A stream's encoder, for all of the stream's handlers, whichever thread they are called on: what
/// [`Stream::video_codec`](crate::Stream::video_codec) returns.
///
/// Each call has the encoder to itself, and waits for the one that another thread is making. It may
/// be kept: once its stream has stopped or uses another codec the encoder is closed, and calls fail
/// with [`CodecError::NotInitialised`].
///
/// ```
/// use rendercast::media::Canvas;
/// use rendercast::{FrameOut, HandlerResult, Stream};
///
/// fn play(stream: &Stream, out: &mut FrameOut) -> HandlerResult {
///     let Some(codec) = stream.video_codec() else { return Ok(false) };
///     codec.set_parameter("bitrate", "2000000");
///     out.video(codec.init(640, 360)?); // a sequence header, if it has one
///     Ok(true)
/// }
///
/// fn frame(stream: &Stream, out: &mut FrameOut, canvas: &Canvas<'_>) -> HandlerResult {
///     let Some(codec) = stream.video_codec() else { return Ok(false) };
///     out.video(codec.encode_canvas(canvas)?);
///     Ok(true)
/// }
/// ```
#[derive(Clone)]
pub struct VideoCodec(Arc<InUse>);

struct InUse {
    name: String,
    carried_as: Codec,
    encoder: Mutex<Box<dyn VideoEncoder>>,
    /// Width and height, once initialised.
    size: OnceLock<(u32, u32)>,
}

impl VideoCodec {
    /// The name that was given to [`Stream::use_codec`](crate::Stream::use_codec).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Prepares for pictures of this size. What it returns is to be put before the first frame.
    ///
    /// # Errors
    /// As [`VideoEncoder::init`].
    pub fn init(&self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        let header = lock(&self.0.encoder).init(width, height)?;
        // An encoder is initialised once.
        let _ = self.0.size.set((width, height));
        Ok(header)
    }

    /// Sets a parameter; false: the encoder has none of that name, or not with that value. See
    /// [`VideoEncoder::set_parameter`] for the usual ones.
    pub fn set_parameter(&self, name: &str, value: &str) -> bool {
        lock(&self.0.encoder).set_parameter(name, value)
    }

    /// A parameter's value; none where the encoder has no such parameter.
    #[doc(alias = "get_parameter")]
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        lock(&self.0.encoder).parameter(name)
    }

    /// The pixel types that it takes, the one that costs least first.
    #[doc(alias = "get_supported_type")]
    #[must_use]
    pub fn supported_types(&self) -> Vec<PixelType> {
        lock(&self.0.encoder).supported_types().to_vec()
    }

    /// Encodes a picture; blocks for as long as that takes. None: the encoder left it out, or has
    /// not come to it yet.
    ///
    /// # Errors
    /// As [`VideoEncoder::encode_canvas`].
    pub fn encode_canvas(&self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        lock(&self.0.encoder).encode_canvas(canvas)
    }

    /// Ends the encoding, and returns what is left. The server does so when the stream stops, where
    /// its `stop` handler has not.
    ///
    /// # Errors
    /// As [`VideoEncoder::close`].
    pub fn close(&self) -> Result<Option<VideoData>, CodecError> {
        lock(&self.0.encoder).close()
    }

    /// One line for people: name and version.
    #[doc(alias = "get_identifier")]
    #[must_use]
    pub fn identifier(&self) -> String {
        lock(&self.0.encoder).identifier().to_owned()
    }

    /// What `onMetaData` says of the picture; none before [`init`](Self::init).
    fn metadata(&self) -> Option<Object> {
        let (width, height) = self.0.size.get()?;
        let metadata = Object::new()
            .with("width", *width)
            .with("height", *height)
            .with("videocodecid", self.0.carried_as.as_number())
            .with("encoder", self.identifier());
        Some(metadata)
    }
}

impl fmt::Debug for VideoCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoCodec").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// Which codec a stream uses, and its encoder: one for each playing.
#[derive(Debug)]
pub(crate) struct CodecSlot {
    factory: VideoCodecFactory,
    used: Mutex<Option<Used>>,
}

#[derive(Debug)]
struct Used {
    name: String,
    carried_as: Codec,
    /// None: the last one was closed, and the next is made once it is asked for.
    encoder: Option<VideoCodec>,
}

impl CodecSlot {
    pub(crate) const fn new(factory: VideoCodecFactory) -> Self {
        Self { factory, used: Mutex::new(None) }
    }

    pub(crate) fn use_codec(&self, name: &str) -> bool {
        let Some(carried_as) = carried_as(name) else { return false };
        let Some(encoder) = self.create(name, carried_as) else { return false };
        let used = Used { name: name.to_owned(), carried_as, encoder: Some(encoder) };
        let former = lock(&self.used).replace(used).and_then(|used| used.encoder);
        if let Some(former) = former {
            // What it has left would come under the header of its successor.
            let _ = former.close();
        }
        true
    }

    pub(crate) fn encoder(&self) -> Option<VideoCodec> {
        let mut slot = lock(&self.used);
        let used = slot.as_mut()?;
        if used.encoder.is_none() {
            used.encoder = self.create(&used.name, used.carried_as);
        }
        used.encoder.clone()
    }

    pub(super) fn carried_as(&self) -> Option<Codec> {
        lock(&self.used).as_ref().map(|used| used.carried_as)
    }

    /// The encoder of a playing that has ended, to be closed.
    pub(crate) fn retire(&self) -> Option<VideoCodec> {
        lock(&self.used).as_mut()?.encoder.take()
    }

    /// What `onMetaData` says of the picture, once the encoder is initialised.
    pub(crate) fn metadata(&self) -> Option<Object> {
        let encoder = lock(&self.used).as_ref()?.encoder.clone()?;
        encoder.metadata()
    }

    fn create(&self, name: &str, carried_as: Codec) -> Option<VideoCodec> {
        let encoder = Mutex::new(self.factory.create_video_encoder(name)?);
        let (name, size) = (name.to_owned(), OnceLock::new());
        Some(VideoCodec(Arc::new(InUse { name, carried_as, encoder, size })))
    }
}
