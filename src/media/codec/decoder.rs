//! What a decoder has to be able to do.

use super::CodecError;
use crate::media::{Canvas, PixelType};

/// What a decoder has found out about its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoFormat {
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// What the canvases that it returns are made of.
    pub pixel_type: PixelType,
}

/// A video decoder: the counterpart of [`VideoEncoder`](super::VideoEncoder). It is called by one
/// thread at a time.
#[doc(alias = "IVideo_decoder")]
pub trait VideoDecoder: Send {
    /// Prepares for a stream that begins with `data`: what the encoder's `init` returned, where it
    /// returned any, else empty.
    ///
    /// # Errors
    /// [`CodecError::InvalidData`], [`AlreadyInitialised`](CodecError::AlreadyInitialised),
    /// [`NoDevice`](CodecError::NoDevice), [`Failed`](CodecError::Failed).
    fn init(&mut self, data: &[u8]) -> Result<(), CodecError>;

    /// Size and pixels, once known: mostly after the first picture.
    fn format(&self) -> Option<VideoFormat>;

    /// Sets a parameter; false: there is none of that name, or not with that value.
    fn set_parameter(&mut self, name: &str, value: &str) -> bool;

    /// A parameter's value; none where the decoder has no such parameter.
    fn parameter(&self, name: &str) -> Option<String>;

    /// Decodes a codec's data, FLV's header taken off. None: it held no whole picture.
    ///
    /// # Errors
    /// [`CodecError::InvalidData`], [`NotInitialised`](CodecError::NotInitialised),
    /// [`Allocation`](CodecError::Allocation), [`Failed`](CodecError::Failed).
    fn decode_canvas(&mut self, data: &[u8]) -> Result<Option<Canvas<'_>>, CodecError>;

    /// Ends the decoding.
    fn close(&mut self);

    /// One line for people: name and version.
    fn identifier(&self) -> &str;
}
