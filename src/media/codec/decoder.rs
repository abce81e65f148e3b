//! The interface of video decoders.

use super::CodecError;
use crate::media::{Canvas, PixelType};

/// The format of a decoded stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoFormat {
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The pixel type of the canvases that the decoder returns.
    pub pixel_type: PixelType,
}

/// A video decoder, the counterpart of [`VideoEncoder`](super::VideoEncoder). Only one thread calls
/// it at a time.
#[doc(alias = "IVideo_decoder")]
pub trait VideoDecoder: Send {
    /// Prepares for a stream. `data` is what the encoder's `init` returned, or empty if it returned
    /// nothing.
    ///
    /// # Errors
    /// [`CodecError::InvalidData`], [`AlreadyInitialised`](CodecError::AlreadyInitialised),
    /// [`NoDevice`](CodecError::NoDevice), [`Failed`](CodecError::Failed).
    fn init(&mut self, data: &[u8]) -> Result<(), CodecError>;

    /// Returns size and pixel type. Most decoders know them after the first picture, and return
    /// `None` before.
    fn format(&self) -> Option<VideoFormat>;

    /// Sets a parameter. Returns false if there is none of that name or the value is invalid.
    fn set_parameter(&mut self, name: &str, value: &str) -> bool;

    /// Returns a parameter's value, or `None` if the decoder has no such parameter.
    fn parameter(&self, name: &str) -> Option<String>;

    /// Decodes a codec's data without FLV's header. Returns `None` if it holds no whole picture.
    ///
    /// # Errors
    /// [`CodecError::InvalidData`], [`NotInitialised`](CodecError::NotInitialised),
    /// [`Allocation`](CodecError::Allocation), [`Failed`](CodecError::Failed).
    fn decode_canvas(&mut self, data: &[u8]) -> Result<Option<Canvas<'_>>, CodecError>;

    /// Ends the decoding.
    fn close(&mut self);

    /// Returns one line for people: name and version.
    fn identifier(&self) -> &str;
}
