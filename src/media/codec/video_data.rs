//! What encoders return.

use bytes::Bytes;

/// What an encoder's data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoDataKind {
    /// What a decoder must have been given before the first frame (H.264's
    /// `AVCDecoderConfigurationRecord`).
    SequenceHeader,
    /// A frame that can be decoded by itself.
    KeyFrame,
    /// A frame that needs those before it.
    InterFrame,
}

/// What an encoder returns: a codec's data without any header of FLV's. The server puts that in
/// front, on a stream that uses a codec.
#[doc(alias = "IVideo_data")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoData {
    /// What it is.
    pub kind: VideoDataKind,
    /// The codec's bytes.
    pub bytes: Bytes,
}

impl VideoData {
    /// Whether a decoder can begin with it.
    #[must_use]
    pub const fn is_key_frame(&self) -> bool {
        matches!(self.kind, VideoDataKind::KeyFrame)
    }
}
