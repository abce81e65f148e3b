//! The header of a video tag (FLV annex E.4.3.1, Enhanced RTMP v2 "Enhanced Video").

use super::enhanced::{self, FourCc, Track};
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// The bit of the first byte that makes a header an enhanced one.
const ENHANCED: u8 = 0x80;
/// The enhanced packet type that announces tracks.
const MULTITRACK: u8 = 6;

/// Brings a composition time in milliseconds into ±8388607: FLV has 24 bits for it.
pub(super) const fn clamp_composition_time(milliseconds: i32) -> i32 {
    const LEAST: i32 = -MOST;
    const MOST: i32 = 0x7f_ffff;
    match milliseconds {
        ..=LEAST => LEAST,
        MOST.. => MOST,
        _ => milliseconds,
    }
}

/// The kind of frame in a video tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameType {
    /// Can be decoded by itself: playing may start here.
    Key,
    /// Needs the frames before it.
    Inter,
    /// Needs the frames before it. No other frame needs it, so it may be dropped.
    Disposable,
    /// A key frame that a server generated.
    GeneratedKey,
    /// A command instead of a frame, such as the markers of a seek for Flash.
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
    /// H.265 as servers and encoders wrote it before Enhanced RTMP. No specification has it.
    pub const HEVC: Self = Self(12);

    /// Returns whether a packet type and a composition time follow the first byte.
    pub(super) const fn has_packet_type(self) -> bool {
        matches!(self, Self::AVC | Self::HEVC)
    }
}

/// The codec of a video tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// A number of the FLV specification.
    Classic(CodecId),
    /// A name of Enhanced RTMP.
    Enhanced(FourCc),
}

impl Codec {
    /// Returns the number that `onMetaData` has as `videocodecid`.
    #[must_use]
    pub fn as_number(self) -> u32 {
        match self {
            Self::Classic(id) => id.0.into(),
            Self::Enhanced(four_cc) => four_cc.as_number(),
        }
    }
}

/// The kind of a video tag's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packet {
    /// The configuration that a decoder needs before the first frame.
    SequenceHeader,
    /// Frames.
    Frames,
    /// The end of the sequence.
    SequenceEnd,
    /// Metadata of the picture, such as its colour space.
    Metadata,
    /// A command: 0 if a seek begins, 1 if it ends.
    Command(u8),
    /// A packet type that is not in the specification.
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
    /// The kind of the frame.
    pub frame_type: FrameType,
    /// The codec, or that of the first of several tracks. `None` for an enhanced command.
    pub codec: Option<Codec>,
    /// The kind of the data.
    pub packet: Packet,
    /// The time from the tag's timestamp to the presentation of its picture, in milliseconds.
    pub composition_time: i32,
    /// The nanoseconds that Enhanced RTMP adds to that.
    pub composition_nanoseconds: u32,
    /// The first track, if the tag is of the multitrack kind.
    pub track: Option<Track>,
    /// The length of the header in bytes. The codec's data follows it.
    pub length: usize,
}

impl VideoHeader {
    /// Reads the header of a video tag's `payload`. Returns `None` if the payload is empty or ends
    /// within it.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        Self::read(&mut reader).ok()
    }

    /// Returns whether playing may start with this tag, once the decoder has the sequence header.
    #[must_use]
    pub const fn is_key_frame(&self) -> bool {
        matches!(self.packet, Packet::Frames)
            && matches!(self.frame_type, FrameType::Key | FrameType::GeneratedKey)
    }

    /// Returns whether a decoder needs this tag before the first frame.
    #[must_use]
    pub const fn is_sequence_header(&self) -> bool {
        matches!(self.packet, Packet::SequenceHeader)
    }

    /// Returns whether the sequence ends with this tag.
    #[must_use]
    pub const fn is_end_of_sequence(&self) -> bool {
        matches!(self.packet, Packet::SequenceEnd)
    }

    /// Returns the first byte of a classic video tag. That is the whole header, except for H.264.
    #[must_use]
    pub const fn classic_byte(frame_type: FrameType, codec: CodecId) -> u8 {
        ((frame_type.bits() & 0x07) << 4) | (codec.0 & 0x0f)
    }

    /// Returns the five bytes before the data of a classic H.264 tag.
    ///
    /// `composition_time` is in milliseconds. FLV has 24 bits for it, so it is brought into
    /// ±8388607. `packet` may be a sequence header or the end of a sequence. All others are
    /// written as frames.
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
        let [_, high, middle, low] = clamp_composition_time(composition_time).to_be_bytes();
        [Self::classic_byte(frame_type, CodecId::AVC), packet_type, high, middle, low]
    }

    /// Returns the five bytes before the data of an enhanced tag without a composition time.
    ///
    /// `packet` may be a sequence header or the end of a sequence. All others are written as
    /// frames.
    #[must_use]
    pub const fn enhanced_bytes(frame_type: FrameType, packet: Packet, four_cc: FourCc) -> [u8; 5] {
        let packet_type = match packet {
            Packet::SequenceHeader => 0,
            Packet::SequenceEnd => 2,
            // Codecs that reorder have another type for frames without a composition time.
            _ if four_cc.reorders() => 3,
            _ => 1,
        };
        let [a, b, c, d] = four_cc.0;
        [ENHANCED | ((frame_type.bits() & 0x07) << 4) | packet_type, a, b, c, d]
    }

    /// Returns the eight bytes before the data of an enhanced frame of a codec that reorders
    /// pictures. `composition_time` is in milliseconds, and brought into ±8388607.
    #[must_use]
    pub(super) const fn enhanced_frame_bytes(
        frame_type: FrameType,
        four_cc: FourCc,
        composition_time: i32,
    ) -> [u8; 8] {
        let [a, b, c, d] = four_cc.0;
        let [_, high, middle, low] = clamp_composition_time(composition_time).to_be_bytes();
        [ENHANCED | ((frame_type.bits() & 0x07) << 4) | 1, a, b, c, d, high, middle, low]
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
                // Muxers write the end of a sequence in two bytes.
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

/// Reads a signed 24-bit number.
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
                // Only the composition time of H.264 may be missing.
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
