//! The encoder of a stream, as handlers use it.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use super::at_rest::{AtRest, Needs};
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
/// The parameter that makes the next frame as good as possible. It has no lasting value either.
const REFINE: &str = "refine";

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
    /// Looks for pictures that stand still, to refine them.
    at_rest: Mutex<Option<Box<AtRest>>>,
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
            at_rest: Mutex::default(),
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
        if is_set && [FORCE_KEY_FRAME, REFINE].contains(&name) {
            self.refine_again();
        } else if is_set {
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
    /// the picture out, or returns it with a later call, and if a viewer has the same picture
    /// [refined](crate::manual::quality#a-picture-that-stands-still).
    ///
    /// # Errors
    /// As [`VideoEncoder::encode_canvas`].
    pub fn encode_canvas(&self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        #[cfg(feature = "web")]
        if let Some(capture) = &self.0.capture {
            capture.offer(canvas);
        }
        let mut encoder = lock(&self.0.encoder);
        match self.needs(&***encoder, canvas) {
            Needs::Encoding => encoder.encode_canvas(canvas),
            Needs::Nothing => Ok(None),
            Needs::Refining => {
                let can_refine = encoder.set_parameter(REFINE, "1");
                let encoded = encoder.encode_canvas(canvas);
                if !can_refine || !matches!(encoded, Ok(Some(_))) {
                    self.refine_again();
                }
                encoded
            }
        }
    }

    fn needs(&self, encoder: &dyn VideoEncoder, canvas: &Canvas<'_>) -> Needs {
        match &mut *lock(&self.0.at_rest) {
            Some(at_rest) if is_lossy(encoder) => at_rest.needs(canvas, Instant::now()),
            _ => Needs::Encoding,
        }
    }

    fn refine_again(&self) {
        if let Some(at_rest) = &mut *lock(&self.0.at_rest) {
            at_rest.refine_again();
        }
    }

    /// Refines pictures that stand still, and then encodes them seldom.
    pub(crate) fn refine_at_rest(&self, refines: bool) {
        let mut at_rest = lock(&self.0.at_rest);
        if refines {
            at_rest.get_or_insert_default();
        } else {
            *at_rest = None;
        }
    }

    /// Makes the next frame a key frame, if the encoder can.
    pub(crate) fn force_key_frame(&self) {
        self.set_parameter(FORCE_KEY_FRAME, "1");
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

/// Returns whether the encoder keeps a bitrate, so that a picture can be refined.
fn is_lossy(encoder: &dyn VideoEncoder) -> bool {
    let bitrate = encoder.parameter("bitrate").and_then(|bitrate| bitrate.parse::<f64>().ok());
    bitrate.is_some_and(|bitrate| bitrate > 0.0)
}

impl fmt::Debug for VideoCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoCodec").field("name", &self.name()).finish_non_exhaustive()
    }
}
