//! The forms in which a handler may put video.

use bytes::{Bytes, BytesMut};

use crate::media::codec::{VideoData, VideoDataKind};
use crate::media::video::Codec;

/// What [`MediaOut::video`](crate::MediaOut::video) takes: the [`VideoData`] of an encoder, the
/// `Option` of it that encoders return, or plain bytes.
#[derive(Debug)]
pub struct VideoPayload(Payload);

#[derive(Debug)]
enum Payload {
    /// The encoder returned nothing.
    Nothing,
    Encoded(VideoData),
    Plain(Bytes),
}

impl VideoPayload {
    /// Returns the body of the tag to send. `codec` is how RTMP carries the codec of the stream, if
    /// it uses one. Returns `None` if there is nothing to send.
    pub(super) fn into_tag_body(self, codec: Option<Codec>) -> Option<Bytes> {
        let data = match (self.0, codec) {
            (Payload::Nothing, _) => return None,
            (Payload::Encoded(data), _) => data,
            (Payload::Plain(bytes), None) => return Some(bytes),
            (Payload::Plain(bytes), Some(_)) => {
                // A player that begins at a frame wrongly marked as a key frame shows garbage. One
                // that misses a key frame waits for the next.
                VideoData { kind: VideoDataKind::InterFrame, bytes }
            }
        };
        match codec {
            Some(codec) => data.to_tag_body(codec),
            None => Some(data.bytes),
        }
    }
}

impl From<VideoData> for VideoPayload {
    fn from(data: VideoData) -> Self {
        Self(Payload::Encoded(data))
    }
}

impl From<Option<VideoData>> for VideoPayload {
    fn from(data: Option<VideoData>) -> Self {
        data.map_or(Self(Payload::Nothing), Self::from)
    }
}

impl From<Bytes> for VideoPayload {
    fn from(bytes: Bytes) -> Self {
        Self(Payload::Plain(bytes))
    }
}

impl From<BytesMut> for VideoPayload {
    fn from(bytes: BytesMut) -> Self {
        bytes.freeze().into()
    }
}

impl From<Vec<u8>> for VideoPayload {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<Box<[u8]>> for VideoPayload {
    fn from(bytes: Box<[u8]>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&'static [u8]> for VideoPayload {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::video::CodecId;

    const SCREEN: Option<Codec> = Some(Codec::Classic(CodecId::SCREEN));
    const AVC: Option<Codec> = Some(Codec::Classic(CodecId::AVC));

    fn body(payload: impl Into<VideoPayload>, codec: Option<Codec>) -> Option<Vec<u8>> {
        payload.into().into_tag_body(codec).map(|body| body.to_vec())
    }

    fn data(kind: VideoDataKind) -> VideoData {
        VideoData { kind, bytes: Bytes::from_static(&[9]) }
    }

    #[test]
    fn without_a_codec_bytes_go_as_they_are() {
        assert_eq!(body(vec![9], None), Some(vec![9]));
        assert_eq!(body(data(VideoDataKind::KeyFrame), None), Some(vec![9]));
        assert_eq!(body(None, None), None);
    }

    #[test]
    fn with_a_codec_all_get_its_header() {
        assert_eq!(body(data(VideoDataKind::KeyFrame), SCREEN), Some(vec![0x13, 9]));
        assert_eq!(body(Some(data(VideoDataKind::InterFrame)), SCREEN), Some(vec![0x23, 9]));
        assert_eq!(body(vec![9], SCREEN), Some(vec![0x23, 9]));
        assert_eq!(body(&[9][..], AVC), Some(vec![0x27, 1, 0, 0, 0, 9]));
        assert_eq!(body(None, SCREEN), None);
        assert_eq!(body(data(VideoDataKind::SequenceHeader), SCREEN), None);
        let header = body(data(VideoDataKind::SequenceHeader), AVC);
        assert_eq!(header, Some(vec![0x17, 0, 0, 0, 0, 9]));
    }
}
