//! The data that encoders return.

use bytes::Bytes;

use crate::media::video::clamp_composition_time;

/// The kind of an encoder's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoDataKind {
    /// The configuration that a decoder needs before the first frame (H.264's
    /// `AVCDecoderConfigurationRecord`).
    SequenceHeader,
    /// A frame that can be decoded by itself.
    KeyFrame,
    /// A frame that needs other frames.
    InterFrame,
}

/// A codec's data without FLV's header. On a stream that uses a codec, the server puts that header
/// in front.
///
/// ```
/// use rendercast::media::codec::{VideoData, VideoDataKind};
///
/// // A frame that is shown 80 ms after its time, behind B frames that are decoded after it.
/// let frame = VideoData::new(VideoDataKind::InterFrame, vec![1, 2]).with_composition_time(80);
/// assert_eq!(frame.composition_time, 80);
/// ```
#[doc(alias = "IVideo_data")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VideoData {
    /// The kind of the data.
    pub kind: VideoDataKind,
    /// The codec's bytes.
    pub bytes: Bytes,
    /// The time from the canvas of the call that returned it to the presentation, in milliseconds.
    /// 0 unless the codec reorders pictures. It is sent as ±8388607 at most.
    pub composition_time: i32,
}

impl VideoData {
    /// Makes data without a composition time.
    pub fn new(kind: VideoDataKind, bytes: impl Into<Bytes>) -> Self {
        Self { kind, bytes: bytes.into(), composition_time: 0 }
    }

    /// Sets the composition time, in milliseconds. FLV has 24 bits for it, so it is brought into
    /// ±8388607.
    #[must_use]
    pub const fn with_composition_time(mut self, milliseconds: i32) -> Self {
        self.composition_time = clamp_composition_time(milliseconds);
        self
    }

    /// Returns whether a decoder can begin with it.
    #[must_use]
    pub const fn is_key_frame(&self) -> bool {
        matches!(self.kind, VideoDataKind::KeyFrame)
    }
}
