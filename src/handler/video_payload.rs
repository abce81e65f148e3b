//! The forms in which a handler may put video.

use bytes::{Bytes, BytesMut};

use crate::media::codec::{VideoData, VideoDataKind};
use crate::media::video::Codec;

/// What [`MediaOut::video`](crate::MediaOut::video) takes: the [`VideoData`] of an encoder, the
/// `Option` or `Vec` of it that encoders return, or plain bytes.
#[derive(Debug)]
pub struct VideoPayload(Payload);

#[derive(Debug)]
enum Payload {
    Encoded(Vec<VideoData>),
    Plain(Bytes),
}

impl VideoPayload {
    /// Returns the bodies of the tags to send. `codec` is how RTMP carries the codec of the stream,
    /// if it uses one.
    pub(super) fn into_tag_bodies(self, codec: Option<Codec>) -> Vec<Bytes> {
        let frames = match (self.0, codec) {
            (Payload::Encoded(frames), _) => frames,
            (Payload::Plain(bytes), None) => return vec![bytes],
            (Payload::Plain(bytes), Some(_)) => {
                // A player that begins at a frame wrongly marked as a key frame shows garbage. One
                // that misses a key frame waits for the next.
                vec![VideoData::new(VideoDataKind::InterFrame, bytes)]
            }
        };
        let body = |data: VideoData| match codec {
            Some(codec) => data.to_tag_body(codec),
            None => Some(data.bytes),
        };
        frames.into_iter().filter_map(body).collect()
    }
}

impl From<VideoData> for VideoPayload {
    fn from(data: VideoData) -> Self {
        Self(Payload::Encoded(vec![data]))
    }
}

impl From<Vec<VideoData>> for VideoPayload {
    fn from(frames: Vec<VideoData>) -> Self {
        Self(Payload::Encoded(frames))
    }
}

impl From<Option<VideoData>> for VideoPayload {
    fn from(data: Option<VideoData>) -> Self {
        Self(Payload::Encoded(data.into_iter().collect()))
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
        let mut bodies = payload.into().into_tag_bodies(codec);
        let body = bodies.pop().map(|body| body.to_vec());
        assert!(bodies.is_empty(), "one at most");
        body
    }

    fn data(kind: VideoDataKind) -> VideoData {
        VideoData::new(kind, Bytes::from_static(&[9]))
    }

    #[test]
    fn without_a_codec_bytes_go_as_they_are() {
        assert_eq!(body(vec![9], None), Some(vec![9]));
        assert_eq!(body(data(VideoDataKind::KeyFrame), None), Some(vec![9]));
        assert_eq!(body(None::<VideoData>, None), None);
    }

    #[test]
    fn with_a_codec_all_get_its_header() {
        assert_eq!(body(data(VideoDataKind::KeyFrame), SCREEN), Some(vec![0x13, 9]));
        assert_eq!(body(Some(data(VideoDataKind::InterFrame)), SCREEN), Some(vec![0x23, 9]));
        assert_eq!(body(vec![9], SCREEN), Some(vec![0x23, 9]));
        assert_eq!(body(&[9][..], AVC), Some(vec![0x27, 1, 0, 0, 0, 9]));
        assert_eq!(body(None::<VideoData>, SCREEN), None);
        assert_eq!(body(data(VideoDataKind::SequenceHeader), SCREEN), None);
        let frames = vec![data(VideoDataKind::KeyFrame), data(VideoDataKind::InterFrame)];
        let bodies = VideoPayload::from(frames).into_tag_bodies(SCREEN);
        assert_eq!(bodies, [&[0x13, 9][..], &[0x23, 9]]);
        let header = body(data(VideoDataKind::SequenceHeader), AVC);
        assert_eq!(header, Some(vec![0x17, 0, 0, 0, 0, 9]));
    }
}
