//! The first bytes of a video tag (FLV annex E.4.3.1, Enhanced RTMP v2 "Enhanced Video").

use super::enhanced::{self, FourCc, Track};
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// The bit of the first byte that makes a header an enhanced one.
const ENHANCED: u8 = 0x80;
/// The enhanced packet type that announces tracks.
const MULTITRACK: u8 = 6;

/// What kind of frame a video tag holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameType {
    /// Can be decoded by itself: playing may start here.
    Key,
    /// Needs the frames before it.
    Inter,
    /// Needs the frames before it, and none needs it: may be dropped.
    Disposable,
    /// A key frame that a server made.
    GeneratedKey,
    /// No frame but a command, such as the markers that Flash shows a seek by.
    Command,
    /// A value that the specification reserves.
    Other(u8),
}

impl FrameType {
    const fn from_bits(bits: u8) -> Self {
        match bits {
            1 => Self::Key,
            2 => Self::Inter,
            3 => Self::Disposable,
            4 => Self::GeneratedKey,
            5 => Self::Command,
            other => Self::Other(other),
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Inter => 2,
            Self::Disposable => 3,
            Self::GeneratedKey => 4,
            Self::Command => 5,
            Self::Other(bits) => bits,
        }
    }
}

/// A codec's number in a classic header.
///
/// ```
/// use rendercast::media::VideoHeader;
/// use rendercast::media::video::{CodecId, FrameType};
///
/// // The first byte of a key frame of screen video.
/// assert_eq!(VideoHeader::classic_byte(FrameType::Key, CodecId::SCREEN), 0x13);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodecId(pub u8);

impl CodecId {
    /// Sorenson H.263, which FFmpeg calls FLV1.
    pub const SORENSON: Self = Self(2);
    /// Screen video.
    pub const SCREEN: Self = Self(3);
    /// On2 VP6.
    pub const VP6: Self = Self(4);
    /// On2 VP6 with an alpha channel.
    pub const VP6_ALPHA: Self = Self(5);
    /// Screen video, version 2.
    pub const SCREEN_2: Self = Self(6);
    /// H.264.
    pub const AVC: Self = Self(7);
    /// H.265 as servers and encoders wrote it before enhanced RTMP; in no specification.
    pub const HEVC: Self = Self(12);

    /// Whether a packet type and a composition time follow the first byte.
    pub(super) const fn has_packet_type(self) -> bool {
        matches!(self, Self::AVC | Self::HEVC)
    }
}

/// Which codec a video tag's data is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// One of FLV's own numbers.
    Classic(CodecId),
    /// One of enhanced RTMP's names.
    Enhanced(FourCc),
}

impl Codec {
    /// The number by which `onMetaData` names it as its `videocodecid`.
    #[must_use]
    pub fn as_number(self) -> u32 {
        match self {
            Self::Classic(id) => id.0.into(),
            Self::Enhanced(four_cc) => four_cc.as_number(),
        }
    }
}

/// What a video tag's data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packet {
    /// What a decoder must have been given before the first frame.
    SequenceHeader,
    /// Frames.
    Frames,
    /// The sequence ends here.
    SequenceEnd,
    /// Facts about the picture, such as its colour space.
    Metadata,
    /// 0: a seek begins; 1: a seek ends.
    Command(u8),
    /// A packet type that the specification does not know yet.
    Other(u8),
}

/// The header of a video tag, classic or enhanced.
///
/// ```
/// use rendercast::media::VideoHeader;
/// use rendercast::media::video::{Codec, CodecId, FrameType, Packet};
///
/// // A frame handler's H.264 key frame: header, then the picture.
/// let mut payload = VideoHeader::avc_bytes(FrameType::Key, Packet::Frames, 0).to_vec();
/// payload.extend([0, 0, 0, 1]);
///
/// let header = VideoHeader::parse(&payload).expect("it is whole");
/// assert_eq!(header.codec, Some(Codec::Classic(CodecId::AVC)));
/// assert!(header.is_key_frame());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoHeader {
    /// What kind of frame it is.
    pub frame_type: FrameType,
    /// Which codec it is for; of several tracks, the first one's. None for an enhanced command.
    pub codec: Option<Codec>,
    /// What its data is.
    pub packet: Packet,
    /// How long after the tag's timestamp its picture is shown, in milliseconds.
    pub composition_time: i32,
    /// By how much enhanced RTMP shifts that further, in nanoseconds.
    pub composition_nanoseconds: u32,
    /// The first track, where the tag is of the multitrack kind.
    pub track: Option<Track>,
    /// How many bytes the header takes: the codec's data follows.
    pub length: usize,
}

impl VideoHeader {
    /// The header of a video tag's `payload`; none where the payload is empty, or ends within it.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        Self::read(&mut reader).ok()
    }

    /// Whether playing may start with this tag, its decoder having been given its sequence header.
    #[must_use]
    pub const fn is_key_frame(&self) -> bool {
        matches!(self.packet, Packet::Frames)
            && matches!(self.frame_type, FrameType::Key | FrameType::GeneratedKey)
    }

    /// Whether a decoder must have been given this tag before it is given a frame.
    #[must_use]
    pub const fn is_sequence_header(&self) -> bool {
        matches!(self.packet, Packet::SequenceHeader)
    }

    /// Whether the sequence ends with this tag.
    #[must_use]
    pub const fn is_end_of_sequence(&self) -> bool {
        matches!(self.packet, Packet::SequenceEnd)
    }

    /// The first byte of a classic video tag: all of the header, save for H.264.
    #[must_use]
    pub const fn classic_byte(frame_type: FrameType, codec: CodecId) -> u8 {
        ((frame_type.bits() & 0x07) << 4) | (codec.0 & 0x0f)
    }

    /// The five bytes before the data of a classic H.264 tag.
    ///
    /// `composition_time` is in milliseconds, 24 bits wide; `packet` tells a sequence header and
    /// the end of a sequence from frames, which all else is written as.
    #[must_use]
    pub const fn avc_bytes(
        frame_type: FrameType,
        packet: Packet,
        composition_time: i32,
    ) -> [u8; 5] {
        let packet_type = match packet {
            Packet::SequenceHeader => 0,
            Packet::SequenceEnd => 2,
            _ => 1,
        };
        let [_, high, middle, low] = composition_time.to_be_bytes();
        [Self::classic_byte(frame_type, CodecId::AVC), packet_type, high, middle, low]
    }

    /// The five bytes before the data of an enhanced tag that shows its pictures at its own time.
    ///
    /// `packet` tells a sequence header and the end of a sequence from frames, which all else is
    /// written as.
    #[must_use]
    pub const fn enhanced_bytes(frame_type: FrameType, packet: Packet, four_cc: FourCc) -> [u8; 5] {
        let packet_type = match packet {
            Packet::SequenceHeader => 0,
            Packet::SequenceEnd => 2,
            // Frames without the composition time that codecs which reorder have otherwise.
            _ if four_cc.reorders() => 3,
            _ => 1,
        };
        let [a, b, c, d] = four_cc.0;
        [ENHANCED | ((frame_type.bits() & 0x07) << 4) | packet_type, a, b, c, d]
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, UnexpectedEnd> {
        let first = reader.u8()?;
        let (high, low) = enhanced::nibbles(first & !ENHANCED);
        let frame_type = FrameType::from_bits(high);
        let mut header = Self {
            frame_type,
            codec: None,
            packet: Packet::Frames,
            composition_time: 0,
            composition_nanoseconds: 0,
            track: None,
            length: 0,
        };
        if first & ENHANCED == 0 {
            header.read_classic(reader, CodecId(low))?;
        } else {
            header.read_enhanced(reader, low)?;
        }
        header.length = reader.offset();
        Ok(header)
    }

    fn read_classic(
        &mut self,
        reader: &mut Reader<'_>,
        codec: CodecId,
    ) -> Result<(), UnexpectedEnd> {
        self.codec = Some(Codec::Classic(codec));
        if self.frame_type == FrameType::Command {
            self.packet = Packet::Command(reader.u8()?);
        } else if codec.has_packet_type() {
            self.packet = match reader.u8()? {
                0 => Packet::SequenceHeader,
                1 => Packet::Frames,
                2 => Packet::SequenceEnd,
                other => Packet::Other(other),
            };
            match reader.u24() {
                Ok(bits) => self.composition_time = sign_extend(bits),
                // The end of a sequence is all in its first two bytes, and is written so.
                Err(error) if self.packet == Packet::Frames => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn read_enhanced(
        &mut self,
        reader: &mut Reader<'_>,
        packet_type: u8,
    ) -> Result<(), UnexpectedEnd> {
        let (packet_type, nanoseconds) = enhanced::read_modifiers(reader, packet_type)?;
        self.composition_nanoseconds = nanoseconds;
        if self.frame_type == FrameType::Command && packet_type != 4 {
            self.packet = Packet::Command(reader.u8()?);
            return Ok(());
        }
        let extension = enhanced::read_extension(reader, packet_type, MULTITRACK)?;
        self.codec = Some(Codec::Enhanced(extension.four_cc));
        self.track = extension.track;
        self.packet = match extension.packet_type {
            0 | 5 => Packet::SequenceHeader,
            1 | 3 => Packet::Frames,
            2 => Packet::SequenceEnd,
            4 => Packet::Metadata,
            other => Packet::Other(other),
        };
        if extension.packet_type == 1 && extension.four_cc.reorders() {
            self.composition_time = sign_extend(reader.u24()?);
        }
        Ok(())
    }
}

/// A signed 24-bit number.
const fn sign_extend(bits: u32) -> i32 {
    (bits << 8).cast_signed() >> 8
}

#[cfg(test)]
mod tests {
    use super::{Codec, CodecId, FourCc, FrameType, Packet, VideoHeader};
    use crate::media::{Multitrack, Track};

    const KEY: VideoHeader = VideoHeader {
        frame_type: FrameType::Key,
        codec: Some(Codec::Classic(CodecId::AVC)),
        packet: Packet::Frames,
        composition_time: 0,
        composition_nanoseconds: 0,
        track: None,
        length: 5,
    };

    const fn enhanced(four_cc: FourCc, packet: Packet, length: usize) -> VideoHeader {
        VideoHeader { codec: Some(Codec::Enhanced(four_cc)), packet, length, ..KEY }
    }

    fn cases() -> Vec<(&'static str, &'static [u8], VideoHeader)> {
        vec![
            (
                "screen video, inter",
                b"\x23",
                VideoHeader {
                    frame_type: FrameType::Inter,
                    codec: Some(Codec::Classic(CodecId::SCREEN)),
                    length: 1,
                    ..KEY
                },
            ),
            (
                "H.264 sequence header",
                b"\x17\x00\0\0\0\x01",
                VideoHeader { packet: Packet::SequenceHeader, ..KEY },
            ),
            ("H.264 key frame", b"\x17\x01\0\0\x50", VideoHeader { composition_time: 80, ..KEY }),
            (
                "H.264 inter frame shown before its timestamp",
                b"\x27\x01\xff\xff\xfe",
                VideoHeader { frame_type: FrameType::Inter, composition_time: -2, ..KEY },
            ),
            (
                "H.264 end of sequence in two bytes",
                b"\x17\x02",
                VideoHeader { packet: Packet::SequenceEnd, length: 2, ..KEY },
            ),
            (
                "a seek ends",
                b"\x57\x01",
                VideoHeader {
                    frame_type: FrameType::Command,
                    packet: Packet::Command(1),
                    length: 2,
                    ..KEY
                },
            ),
            (
                "HEVC sequence start",
                b"\x90hvc1\x01",
                enhanced(FourCc::HEVC, Packet::SequenceHeader, 5),
            ),
            (
                "HEVC frames",
                b"\x91hvc1\0\0\x28",
                VideoHeader { composition_time: 40, ..enhanced(FourCc::HEVC, Packet::Frames, 8) },
            ),
            ("HEVC frames X", b"\x93hvc1", enhanced(FourCc::HEVC, Packet::Frames, 5)),
            ("AV1 frames", b"\x91av01\x0a", enhanced(FourCc::AV1, Packet::Frames, 5)),
            ("AV1 end", b"\x92av01", enhanced(FourCc::AV1, Packet::SequenceEnd, 5)),
            ("AV1 MPEG-2 TS start", b"\x95av01", enhanced(FourCc::AV1, Packet::SequenceHeader, 5)),
            ("VP9 metadata", b"\x94vp09", enhanced(FourCc::VP9, Packet::Metadata, 5)),
            (
                "enhanced command",
                b"\xd1\x00",
                VideoHeader {
                    frame_type: FrameType::Command,
                    codec: None,
                    packet: Packet::Command(0),
                    length: 2,
                    ..KEY
                },
            ),
            (
                "nanoseconds",
                b"\x97\x02\x01\x02\x03\x03hvc1",
                VideoHeader {
                    composition_nanoseconds: 0x01_0203,
                    ..enhanced(FourCc::HEVC, Packet::Frames, 10)
                },
            ),
            (
                "an unknown modifier before the nanoseconds",
                b"\x97\x00\xaa\x17\x02\0\0\x07\x03hvc1",
                VideoHeader {
                    composition_nanoseconds: 7,
                    ..enhanced(FourCc::HEVC, Packet::Frames, 13)
                },
            ),
            (
                "one track",
                b"\x96\x01avc1\x02\0\0\x05",
                VideoHeader {
                    composition_time: 5,
                    track: Some(Track { layout: Multitrack::OneTrack, id: 2 }),
                    ..enhanced(FourCc::AVC, Packet::Frames, 10)
                },
            ),
            (
                "many tracks of many codecs",
                b"\x96\x20vp09\x01\0\0\x05",
                VideoHeader {
                    track: Some(Track { layout: Multitrack::ManyTracksManyCodecs, id: 1 }),
                    ..enhanced(FourCc::VP9, Packet::SequenceHeader, 10)
                },
            ),
        ]
    }

    #[test]
    fn headers_are_read() {
        for (name, bytes, header) in cases() {
            assert_eq!(VideoHeader::parse(bytes), Some(header), "{name}");
        }
    }

    #[test]
    fn a_header_cut_short_is_none() {
        for (name, bytes, header) in cases() {
            for length in 0..header.length {
                let parsed = VideoHeader::parse(&bytes[..length]);
                // Only what H.264 writes after the packet type may be missing.
                assert!(
                    parsed.is_none() || parsed.is_some_and(|cut| cut.packet != Packet::Frames),
                    "{name} cut to {length}"
                );
            }
        }
        assert_eq!(VideoHeader::parse(&[]), None);
    }

    #[test]
    fn a_long_modifier_is_skipped() {
        let mut bytes = vec![0x97, 0xff, 0x01, 0x00];
        bytes.extend([0; 0x101]);
        bytes.extend(b"\x13av01");
        let header = VideoHeader::parse(&bytes).unwrap();
        assert_eq!(header.codec, Some(Codec::Enhanced(FourCc::AV1)));
        assert_eq!(header.length, bytes.len());
    }

    #[test]
    fn a_sequence_header_is_no_key_frame() {
        let header = VideoHeader::parse(b"\x17\x00\0\0\0").unwrap();
        assert!(header.is_sequence_header() && !header.is_key_frame());
        let frame = VideoHeader::parse(b"\x17\x01\0\0\0").unwrap();
        assert!(frame.is_key_frame() && !frame.is_sequence_header());
    }

    #[test]
    fn written_headers_are_read_back() {
        assert_eq!(VideoHeader::classic_byte(FrameType::Key, CodecId::SCREEN), 0x13);
        let bytes = VideoHeader::avc_bytes(FrameType::Inter, Packet::Frames, -40);
        let header = VideoHeader::parse(&bytes).unwrap();
        assert_eq!(
            header,
            VideoHeader { frame_type: FrameType::Inter, composition_time: -40, ..KEY }
        );
    }
}
