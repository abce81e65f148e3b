//! The interface of video encoders.

use super::{CodecError, VideoData};
use crate::media::{Canvas, PixelType};

/// The parameters that say which colour space the canvases of an encoder are in.
pub(crate) const COLOUR_MATRIX: &str = "colour_matrix";
pub(crate) const COLOUR_RANGE: &str = "colour_range";

/// A video encoder of one stream. The calls are [`init`](Self::init), any number of
/// [`encode_canvas`](Self::encode_canvas), then [`close`](Self::close). It cannot be used after
/// that.
///
/// Only one thread calls it at a time. In a server that is mostly the frame loop's thread.
#[doc(alias = "IVideo_encoder")]
pub trait VideoEncoder: Send {
    /// Prepares for pictures of this size. The server sends the returned data before the first
    /// frame.
    ///
    /// # Errors
    /// [`CodecError::InvalidParameters`], [`Resolution`](CodecError::Resolution),
    /// [`AlreadyInitialised`](CodecError::AlreadyInitialised), [`NoDevice`](CodecError::NoDevice),
    /// [`Failed`](CodecError::Failed).
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError>;

    /// Sets a parameter. Returns false, and changes nothing, if there is none of that name or the
    /// value is invalid. Can be called at any time before `close`, unless the encoder documents
    /// otherwise.
    ///
    /// Usual names are `"bitrate"` in bit/s, `"framerate"` in frames/s, `"keyframe_interval"` in
    /// frames, `"preset"`, and `"quality"`. `"force_keyframe"` makes the next frame a key frame.
    /// `"refine"` makes it as good as possible, for a picture that stands still. `"colour_matrix"`
    /// (`bt601`, `bt709`, `bt2020`) and `"colour_range"` (`limited`, `full`) are what Y, U and V
    /// mean. Render loops may set both before `init`. Each encoder documents those that it has.
    fn set_parameter(&mut self, name: &str, value: &str) -> bool;

    /// Returns a parameter's value, or `None` if the encoder has no such parameter.
    #[doc(alias = "get_parameter")]
    fn parameter(&self, name: &str) -> Option<String>;

    /// Returns the pixel types that it takes, the cheapest one first.
    #[doc(alias = "get_supported_type")]
    fn supported_types(&self) -> &[PixelType];

    /// Encodes a picture of the size given to `init`. Returns `None` if the encoder skipped the
    /// picture to keep its bitrate, or will return it later.
    ///
    /// An encoder that returns pictures later, and in another order (B frames), must set the
    /// [composition time](VideoData::composition_time) of each. The server sends what a call
    /// returns at the time of that call's canvas, [`Canvas::timestamp`]. So a picture that is shown
    /// `delay` after its own canvas has `own canvas + delay - canvas of this call`. Without
    /// timestamps, the canvases are as far apart as the parameter `"framerate"` says.
    ///
    /// # Errors
    /// [`CodecError::InvalidParameters`] if the size or pixel type is not the agreed one,
    /// [`NotInitialised`](CodecError::NotInitialised), [`Allocation`](CodecError::Allocation),
    /// [`Failed`](CodecError::Failed).
    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError>;

    /// Ends the encoding, and returns the remaining frames, in the order in which they are decoded.
    ///
    /// # Errors
    /// [`CodecError::NotInitialised`], [`Failed`](CodecError::Failed).
    fn close(&mut self) -> Result<Vec<VideoData>, CodecError>;

    /// Returns one line for people: name and version.
    #[doc(alias = "get_identifier")]
    fn identifier(&self) -> &str;
}
