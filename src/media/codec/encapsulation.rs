//! Puts FLV's header in front of a codec's data.

use bytes::{BufMut as _, Bytes, BytesMut};

use super::{VideoData, VideoDataKind};
use crate::media::video::{Codec, CodecId, FrameType, Packet};
use crate::media::{FourCc, VideoHeader};

/// The codecs that RTMP can carry, by the SDK's names and by today's.
const CARRIED: &[(&str, Codec)] = &[
    ("sorenson", Codec::Classic(CodecId::SORENSON)),
    ("screen video", Codec::Classic(CodecId::SCREEN)),
    ("vp6", Codec::Classic(CodecId::VP6)),
    ("vp6 alpha", Codec::Classic(CodecId::VP6_ALPHA)),
    ("screen video 2", Codec::Classic(CodecId::SCREEN_2)),
    ("h264", Codec::Classic(CodecId::AVC)),
    ("hevc", Codec::Enhanced(FourCc::HEVC)),
    ("h265", Codec::Enhanced(FourCc::HEVC)),
    ("vvc", Codec::Enhanced(FourCc::VVC)),
    ("h266", Codec::Enhanced(FourCc::VVC)),
    ("av1", Codec::Enhanced(FourCc::AV1)),
    ("vp8", Codec::Enhanced(FourCc::VP8)),
    ("vp9", Codec::Enhanced(FourCc::VP9)),
];

/// Returns how RTMP carries the codec of this name. Ignores case. Returns `None` if RTMP cannot
/// carry it.
///
/// - By FLV's numbers (FLV 10.1 §E.4.3.1): `"sorenson"`, `"screen video"`, `"vp6"`, `"vp6 alpha"`,
///   `"screen video 2"`, `"h264"`.
/// - By Enhanced RTMP's names, which recent players support: `"hevc"` or `"h265"`, `"vvc"` or
///   `"h266"`, `"av1"`, `"vp8"`, `"vp9"`.
///
/// ```
/// use rendercast::media::codec::carried_as;
/// use rendercast::media::video::{Codec, CodecId};
///
/// assert_eq!(carried_as("Screen Video"), Some(Codec::Classic(CodecId::SCREEN)));
/// assert_eq!(carried_as("mjpeg"), None);
/// ```
#[must_use]
pub fn carried_as(codec_name: &str) -> Option<Codec> {
    let carried = CARRIED.iter().find(|(name, _)| name.eq_ignore_ascii_case(codec_name));
    carried.map(|(_, codec)| *codec)
}

impl VideoData {
    /// Makes the body of a video tag: FLV's header with kind and codec, then a copy of the data.
    /// Returns `None` for a sequence header of a codec that has none in FLV.
    ///
    /// H.264, H.265 and H.266 have a composition time. The pictures of other codecs are shown at
    /// the times of their tags.
    ///
    /// ```
    /// use rendercast::media::codec::{VideoData, VideoDataKind};
    /// use rendercast::media::video::{Codec, CodecId};
    ///
    /// let frame = VideoData::new(VideoDataKind::KeyFrame, vec![1, 2]).with_composition_time(80);
    /// let body = frame.to_tag_body(Codec::Classic(CodecId::AVC)).expect("a frame");
    /// assert_eq!(*body, [0x17, 1, 0, 0, 80, 1, 2]);
    /// let body = frame.to_tag_body(Codec::Classic(CodecId::SCREEN)).expect("a frame");
    /// assert_eq!(*body, [0x13, 1, 2]);
    /// ```
    #[must_use]
    pub fn to_tag_body(&self, codec: Codec) -> Option<Bytes> {
        let (frame_type, packet) = match self.kind {
            VideoDataKind::SequenceHeader => (FrameType::Key, Packet::SequenceHeader),
            VideoDataKind::KeyFrame => (FrameType::Key, Packet::Frames),
            VideoDataKind::InterFrame => (FrameType::Inter, Packet::Frames),
        };
        let time = if packet == Packet::Frames { self.composition_time } else { 0 };
        Some(match codec {
            Codec::Enhanced(four_cc) if time != 0 && four_cc.reorders() => {
                self.behind(&VideoHeader::enhanced_frame_bytes(frame_type, four_cc, time))
            }
            Codec::Enhanced(four_cc) => {
                self.behind(&VideoHeader::enhanced_bytes(frame_type, packet, four_cc))
            }
            Codec::Classic(id) if id.has_packet_type() => {
                let [_, rest @ ..] = VideoHeader::avc_bytes(frame_type, packet, time);
                let [a, b, c, d] = rest;
                self.behind(&[VideoHeader::classic_byte(frame_type, id), a, b, c, d])
            }
            Codec::Classic(_) if packet == Packet::SequenceHeader => return None,
            Codec::Classic(id) => self.behind(&[VideoHeader::classic_byte(frame_type, id)]),
        })
    }

    fn behind(&self, header: &[u8]) -> Bytes {
        let mut body = BytesMut::with_capacity(header.len().saturating_add(self.bytes.len()));
        body.put_slice(header);
        body.put_slice(&self.bytes);
        body.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [VideoDataKind; 3] =
        [VideoDataKind::SequenceHeader, VideoDataKind::KeyFrame, VideoDataKind::InterFrame];

    #[test]
    fn each_codec_has_its_header() {
        let table: &[(&str, [Option<&[u8]>; 3])] = &[
            ("sorenson", [None, Some(b"\x12"), Some(b"\x22")]),
            ("screen video", [None, Some(b"\x13"), Some(b"\x23")]),
            ("vp6", [None, Some(b"\x14"), Some(b"\x24")]),
            ("vp6 alpha", [None, Some(b"\x15"), Some(b"\x25")]),
            ("screen video 2", [None, Some(b"\x16"), Some(b"\x26")]),
            ("h264", [Some(b"\x17\0\0\0\0"), Some(b"\x17\x01\0\0\0"), Some(b"\x27\x01\0\0\0")]),
            ("hevc", [Some(b"\x90hvc1"), Some(b"\x93hvc1"), Some(b"\xa3hvc1")]),
            ("H265", [Some(b"\x90hvc1"), Some(b"\x93hvc1"), Some(b"\xa3hvc1")]),
            ("vvc", [Some(b"\x90vvc1"), Some(b"\x93vvc1"), Some(b"\xa3vvc1")]),
            ("h266", [Some(b"\x90vvc1"), Some(b"\x93vvc1"), Some(b"\xa3vvc1")]),
            ("AV1", [Some(b"\x90av01"), Some(b"\x91av01"), Some(b"\xa1av01")]),
            ("vp8", [Some(b"\x90vp08"), Some(b"\x91vp08"), Some(b"\xa1vp08")]),
            ("vp9", [Some(b"\x90vp09"), Some(b"\x91vp09"), Some(b"\xa1vp09")]),
        ];
        assert_eq!(table.len(), CARRIED.len());
        for (name, headers) in table {
            let codec = carried_as(name).unwrap();
            for (kind, header) in KINDS.into_iter().zip(headers) {
                let data = VideoData::new(kind, Bytes::from_static(b"data"));
                let expected = header.map(|header| [header, b"data"].concat());
                let body = data.to_tag_body(codec);
                assert_eq!(body.as_deref(), expected.as_deref(), "{name}, {kind:?}");
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let codecs = CARRIED.iter().map(|(_, codec)| *codec);
        for codec in codecs.chain([Codec::Classic(CodecId::HEVC), Codec::Enhanced(FourCc::AVC)]) {
            for kind in KINDS {
                let data = VideoData::new(kind, Bytes::from_static(b"data"));
                let Some(body) = data.to_tag_body(codec) else { continue };
                let header = VideoHeader::parse(&body).unwrap();
                assert_eq!(header.codec, Some(codec));
                assert_eq!(header.is_key_frame(), kind == VideoDataKind::KeyFrame);
                assert_eq!(header.is_sequence_header(), kind == VideoDataKind::SequenceHeader);
                assert_eq!(body[header.length..], *b"data");
            }
        }
    }

    #[test]
    fn composition_times_are_read_back_from_the_frames_of_codecs_that_reorder() {
        let codecs = CARRIED.iter().map(|(_, codec)| *codec);
        for codec in codecs.chain([Codec::Classic(CodecId::HEVC), Codec::Enhanced(FourCc::AVC)]) {
            let reorders = match codec {
                Codec::Classic(id) => id.has_packet_type(),
                Codec::Enhanced(four_cc) => four_cc.reorders(),
            };
            for kind in KINDS {
                for time in [0, 1, 80, -40, i32::MAX, i32::MIN] {
                    let mut data = VideoData::new(kind, Bytes::from_static(b"data"));
                    data.composition_time = time;
                    let Some(body) = data.to_tag_body(codec) else { continue };
                    let data = data.with_composition_time(time);
                    assert_eq!(data.to_tag_body(codec), Some(body.clone()));
                    let header = VideoHeader::parse(&body).unwrap();
                    let is_frame = kind != VideoDataKind::SequenceHeader;
                    let wanted = if reorders && is_frame { data.composition_time } else { 0 };
                    assert_eq!(header.composition_time, wanted, "{codec:?}, {kind:?}, {time}");
                    assert_eq!(header.is_key_frame(), kind == VideoDataKind::KeyFrame);
                    assert_eq!(body[header.length..], *b"data");
                }
            }
        }
    }

    #[test]
    fn what_rtmp_has_no_name_for_is_not_carried() {
        for name in ["", "mjpeg", "screen", "h264 "] {
            assert_eq!(carried_as(name), None, "{name:?}");
        }
    }
}
