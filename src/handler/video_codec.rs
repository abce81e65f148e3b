//! The encoder of a stream, as handlers use it.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

#[cfg(feature = "web")]
use super::capture::Capture;
use crate::media::codec::{CodecError, VideoData, VideoEncoder};
use crate::media::video::Codec;
use crate::media::{Canvas, PixelType};
use crate::panics::Caught;
use crate::protocol::amf::Object;
use crate::sync::lock;

/// The parameter that makes the next frame a key frame. It has no lasting value.
const FORCE_KEY_FRAME: &str = "force_keyframe";

/// The encoder of a stream: what [`Stream::video_codec`](crate::Stream::video_codec) returns.
///
/// Any thread may use it. A call waits until a call on another thread has returned. It may be kept:
/// once the stream has stopped or uses another codec, the encoder is closed, and calls fail with
/// [`CodecError::NotInitialised`].
///
/// ```
/// use rendercast::media::Canvas;
/// use rendercast::{FrameOut, HandlerResult, PlayOut, Stream};
///
/// fn play(stream: &Stream, out: &mut PlayOut) -> HandlerResult {
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
    encoder: Mutex<Caught<Box<dyn VideoEncoder>>>,
    /// The last value of each parameter that was set, for an encoder that takes its place.
    parameters: Mutex<Vec<(String, String)>>,
    /// Width and height, once initialised.
    size: OnceLock<(u32, u32)>,
    /// Gets the pictures too, if the client wants one of them.
    #[cfg(feature = "web")]
    capture: Option<Arc<Capture>>,
}

impl VideoCodec {
    pub(super) fn new(
        name: String,
        carried_as: Codec,
        encoder: Box<dyn VideoEncoder>,
        #[cfg(feature = "web")] capture: Option<Arc<Capture>>,
    ) -> Self {
        let (encoder, size) = (Mutex::new(Caught::new(encoder)), OnceLock::new());
        let parameters = Mutex::default();
        Self(Arc::new(InUse {
            name,
            carried_as,
            encoder,
            parameters,
            size,
            #[cfg(feature = "web")]
            capture,
        }))
    }

    /// Returns the name that was given to [`Stream::use_codec`](crate::Stream::use_codec).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Prepares for pictures of this size in pixels. What it returns must be put before the first
    /// frame.
    ///
    /// # Errors
    /// As [`VideoEncoder::init`].
    pub fn init(&self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        let header = lock(&self.0.encoder).init(width, height)?;
        // An encoder is initialised once.
        let _ = self.0.size.set((width, height));
        Ok(header)
    }

    /// Sets a parameter. Returns `false` if the encoder has no such parameter, or refuses the
    /// value. [`VideoEncoder::set_parameter`] lists the usual ones.
    pub fn set_parameter(&self, name: &str, value: &str) -> bool {
        let is_set = lock(&self.0.encoder).set_parameter(name, value);
        if is_set && name != FORCE_KEY_FRAME {
            let mut parameters = lock(&self.0.parameters);
            parameters.retain(|(other, _)| other != name);
            parameters.push((name.to_owned(), value.to_owned()));
        }
        is_set
    }

    /// Sets the parameters that were set on another encoder of the same codec.
    pub(crate) fn copy_parameters(&self, other: &Self) {
        let parameters = lock(&other.0.parameters).clone();
        for (name, value) in parameters {
            self.set_parameter(&name, &value);
        }
    }

    /// Returns the value of a parameter. Returns `None` if the encoder has no such parameter.
    #[doc(alias = "get_parameter")]
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        lock(&self.0.encoder).parameter(name)
    }

    /// Returns the pixel types that the encoder takes, the cheapest first.
    #[doc(alias = "get_supported_type")]
    #[must_use]
    pub fn supported_types(&self) -> Vec<PixelType> {
        lock(&self.0.encoder).supported_types().to_vec()
    }

    /// Encodes a picture. Blocks for as long as that takes. Returns `None` if the encoder leaves
    /// the picture out, or returns it with a later call.
    ///
    /// # Errors
    /// As [`VideoEncoder::encode_canvas`].
    pub fn encode_canvas(&self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        #[cfg(feature = "web")]
        if let Some(capture) = &self.0.capture {
            capture.offer(canvas);
        }
        lock(&self.0.encoder).encode_canvas(canvas)
    }

    /// Ends the encoding, and returns the frames that are left. The server does so when the stream
    /// stops, unless its `stop` handler has done it.
    ///
    /// # Errors
    /// As [`VideoEncoder::close`].
    pub fn close(&self) -> Result<Vec<VideoData>, CodecError> {
        lock(&self.0.encoder).close()
    }

    /// Returns one line for people: name and version.
    #[doc(alias = "get_identifier")]
    #[must_use]
    pub fn identifier(&self) -> String {
        lock(&self.0.encoder).identifier().to_owned()
    }

    pub(super) fn is_initialised(&self) -> bool {
        self.0.size.get().is_some()
    }

    /// Returns what `onMetaData` says of the picture. Returns `None` before [`init`](Self::init).
    pub(super) fn metadata(&self) -> Option<Object> {
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
