//! The data that encoders return.

use bytes::Bytes;

/// The kind of an encoder's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoDataKind {
    /// The configuration that a decoder needs before the first frame (H.264's
    /// `AVCDecoderConfigurationRecord`).
    SequenceHeader,
    /// A frame that can be decoded by itself.
    KeyFrame,
    /// A frame that needs the frames before it.
    InterFrame,
}

/// A codec's data without FLV's header. On a stream that uses a codec, the server puts that header
/// in front.
#[doc(alias = "IVideo_data")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoData {
    /// The kind of the data.
    pub kind: VideoDataKind,
    /// The codec's bytes.
    pub bytes: Bytes,
}

impl VideoData {
    /// Returns whether a decoder can begin with it.
    #[must_use]
    pub const fn is_key_frame(&self) -> bool {
        matches!(self.kind, VideoDataKind::KeyFrame)
    }
}
