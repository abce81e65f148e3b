//! What an encoder has to be able to do.

use super::{CodecError, VideoData};
use crate::media::{Canvas, PixelType};

/// A video encoder: stateful, of one stream. Its life is [`init`](Self::init), any number of
/// [`encode_canvas`](Self::encode_canvas), [`close`](Self::close); after that it is of no more use.
///
/// It is called by one thread at a time, in a server mostly the frame loop's.
#[doc(alias = "IVideo_encoder")]
pub trait VideoEncoder: Send {
    /// Prepares for pictures of this size. What it returns is sent before the first frame.
    ///
    /// # Errors
    /// [`CodecError::InvalidParameters`], [`Resolution`](CodecError::Resolution),
    /// [`AlreadyInitialised`](CodecError::AlreadyInitialised), [`NoDevice`](CodecError::NoDevice),
    /// [`Failed`](CodecError::Failed).
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError>;

    /// Sets a parameter; false: the encoder has none of that name, or not with that value, and goes
    /// on as before. May be called at any time before `close`, where the encoder does not say
    /// otherwise. Usual names, each documented where an encoder has it: `"bitrate"` in bit/s,
    /// `"framerate"` in frames/s, `"keyframe_interval"` in frames, `"preset"`, `"quality"`, and
    /// `"force_keyframe"`, which makes the next frame a key frame.
    fn set_parameter(&mut self, name: &str, value: &str) -> bool;

    /// A parameter's value; none where the encoder has no such parameter.
    #[doc(alias = "get_parameter")]
    fn parameter(&self, name: &str) -> Option<String>;

    /// The pixel types that it takes, the one that costs least first.
    #[doc(alias = "get_supported_type")]
    fn supported_types(&self) -> &[PixelType];

    /// Encodes a picture of the size given to `init`. None: the encoder left it out, to keep its
    /// bitrate, or has not come to it yet.
    ///
    /// # Errors
    /// [`CodecError::InvalidParameters`] where size or pixel type are not what was agreed,
    /// [`NotInitialised`](CodecError::NotInitialised), [`Allocation`](CodecError::Allocation),
    /// [`Failed`](CodecError::Failed).
    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError>;

    /// Ends the encoding, and returns what is left.
    ///
    /// # Errors
    /// [`CodecError::NotInitialised`], [`Failed`](CodecError::Failed).
    fn close(&mut self) -> Result<Option<VideoData>, CodecError>;

    /// One line for people: name and version.
    #[doc(alias = "get_identifier")]
    fn identifier(&self) -> &str;
}
