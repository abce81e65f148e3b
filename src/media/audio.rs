//! The header of an audio tag (FLV annex E.4.2.1, Enhanced RTMP v2 "Enhanced Audio").

use super::enhanced::{self, FourCc, Track};
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// The enhanced packet type that announces tracks.
const MULTITRACK: u8 = 5;

/// A codec's number in a classic header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SoundFormat(pub u8);

impl SoundFormat {
    /// Samples, in the byte order of the machine that wrote them.
    pub const PCM: Self = Self(0);
    /// ADPCM.
    pub const ADPCM: Self = Self(1);
    /// MP3.
    pub const MP3: Self = Self(2);
    /// Samples, little-endian.
    pub const PCM_LE: Self = Self(3);
    /// Nellymoser at 16 kHz.
    pub const NELLYMOSER_16K: Self = Self(4);
    /// Nellymoser at 8 kHz.
    pub const NELLYMOSER_8K: Self = Self(5);
    /// Nellymoser.
    pub const NELLYMOSER: Self = Self(6);
    /// G.711 A-law.
    pub const A_LAW: Self = Self(7);
    /// G.711 mu-law.
    pub const MU_LAW: Self = Self(8);
    /// The mark of an enhanced header, not a codec.
    pub const ENHANCED: Self = Self(9);
    /// AAC.
    pub const AAC: Self = Self(10);
    /// Speex.
    pub const SPEEX: Self = Self(11);
    /// MP3 at 8 kHz.
    pub const MP3_8K: Self = Self(14);
}

/// The codec of an audio tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// A number of the FLV specification.
    Classic(SoundFormat),
    /// A name of Enhanced RTMP.
    Enhanced(FourCc),
}

impl Codec {
    /// Returns the number that `onMetaData` has as `audiocodecid`.
    #[must_use]
    pub fn as_number(self) -> u32 {
        match self {
            Self::Classic(format) => format.0.into(),
            Self::Enhanced(four_cc) => four_cc.as_number(),
        }
    }
}

/// The kind of an audio tag's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packet {
    /// The configuration that a decoder needs before the first frame.
    SequenceHeader,
    /// Sound.
    Frames,
    /// The end of the sequence.
    SequenceEnd,
    /// The loudspeakers that the channels belong to.
    MultichannelConfig,
    /// A packet type that is not in the specification.
    Other(u8),
}

/// The header of an audio tag, classic or enhanced.
///
/// ```
/// use rendercast::media::AudioHeader;
/// use rendercast::media::audio::{Codec, SoundFormat};
///
/// let header = AudioHeader::parse(&[0xaf, 0, 0x12, 0x10]).expect("it is whole");
/// assert_eq!(header.codec, Codec::Classic(SoundFormat::AAC));
/// assert!(header.is_sequence_header());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioHeader {
    /// The codec, or that of the first of several tracks.
    pub codec: Codec,
    /// The kind of the data.
    pub packet: Packet,
    /// The nanoseconds by which Enhanced RTMP delays the presentation.
    pub nanoseconds: u32,
    /// The first track, if the tag is of the multitrack kind.
    pub track: Option<Track>,
    /// The length of the header in bytes. The codec's data follows it.
    pub length: usize,
}

impl AudioHeader {
    /// Reads the header of an audio tag's `payload`. Returns `None` if the payload ends within it
    /// or is empty, which means silence in Enhanced RTMP.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        Self::read(&mut reader).ok()
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

    /// Returns the two bytes before the data of a classic AAC tag.
    ///
    /// `packet` may be a sequence header. All others are written as frames.
    #[must_use]
    pub const fn aac_bytes(packet: Packet) -> [u8; 2] {
        // Players take rate, size and channels from the sequence header. These bits are fixed.
        [0xaf, if matches!(packet, Packet::SequenceHeader) { 0 } else { 1 }]
    }

    /// Returns the five bytes before the data of an enhanced tag.
    ///
    /// `packet` may be a sequence header or the end of a sequence. All others are written as
    /// frames.
    #[must_use]
    pub const fn enhanced_bytes(packet: Packet, four_cc: FourCc) -> [u8; 5] {
        let packet_type = match packet {
            Packet::SequenceHeader => 0,
            Packet::SequenceEnd => 2,
            _ => 1,
        };
        let [a, b, c, d] = four_cc.0;
        [(SoundFormat::ENHANCED.0 << 4) | packet_type, a, b, c, d]
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, UnexpectedEnd> {
        let (format, low) = enhanced::nibbles(reader.u8()?);
        let format = SoundFormat(format);
        if format == SoundFormat::ENHANCED {
            return Self::read_enhanced(reader, low);
        }
        let packet = match format {
            SoundFormat::AAC => match reader.u8()? {
                0 => Packet::SequenceHeader,
                1 => Packet::Frames,
                other => Packet::Other(other),
            },
            _ => Packet::Frames,
        };
        let codec = Codec::Classic(format);
        Ok(Self { codec, packet, nanoseconds: 0, track: None, length: reader.offset() })
    }

    fn read_enhanced(reader: &mut Reader<'_>, packet_type: u8) -> Result<Self, UnexpectedEnd> {
        let (packet_type, nanoseconds) = enhanced::read_modifiers(reader, packet_type)?;
        let extension = enhanced::read_extension(reader, packet_type, MULTITRACK)?;
        let packet = match extension.packet_type {
            0 => Packet::SequenceHeader,
            1 => Packet::Frames,
            2 => Packet::SequenceEnd,
            4 => Packet::MultichannelConfig,
            other => Packet::Other(other),
        };
        let codec = Codec::Enhanced(extension.four_cc);
        Ok(Self { codec, packet, nanoseconds, track: extension.track, length: reader.offset() })
    }
}

#[cfg(test)]
mod tests {
    use super::{AudioHeader, Codec, FourCc, Packet, SoundFormat};
    use crate::media::{Multitrack, Track};

    const AAC: AudioHeader = AudioHeader {
        codec: Codec::Classic(SoundFormat::AAC),
        packet: Packet::Frames,
        nanoseconds: 0,
        track: None,
        length: 2,
    };

    const fn enhanced(four_cc: FourCc, packet: Packet, length: usize) -> AudioHeader {
        AudioHeader { codec: Codec::Enhanced(four_cc), packet, length, ..AAC }
    }

    fn cases() -> Vec<(&'static str, &'static [u8], AudioHeader)> {
        vec![
            (
                "MP3",
                b"\x2f\xff",
                AudioHeader { codec: Codec::Classic(SoundFormat::MP3), length: 1, ..AAC },
            ),
            (
                "AAC sequence header",
                b"\xaf\x00\x12\x10",
                AudioHeader { packet: Packet::SequenceHeader, ..AAC },
            ),
            ("AAC frame", b"\xaf\x01\x21", AAC),
            (
                "Opus sequence start without a body",
                b"\x90Opus",
                enhanced(FourCc::OPUS, Packet::SequenceHeader, 5),
            ),
            ("FLAC frames", b"\x91fLaC\xff", enhanced(FourCc::FLAC, Packet::Frames, 5)),
            ("AC-3 end", b"\x92ac-3", enhanced(FourCc::AC3, Packet::SequenceEnd, 5)),
            (
                "channels",
                b"\x94mp4a\x01\x02\0\0\0\x03",
                enhanced(FourCc::AAC, Packet::MultichannelConfig, 5),
            ),
            (
                "nanoseconds",
                b"\x97\x02\0\0\x09\x01.mp3",
                AudioHeader { nanoseconds: 9, ..enhanced(FourCc::MP3, Packet::Frames, 10) },
            ),
            (
                "one track",
                b"\x95\x00mp4a\x01\x12\x10",
                AudioHeader {
                    track: Some(Track { layout: Multitrack::OneTrack, id: 1 }),
                    ..enhanced(FourCc::AAC, Packet::SequenceHeader, 7)
                },
            ),
            (
                "many tracks of one codec",
                b"\x95\x11mp4a\x00\0\0\x02\x21\x22",
                AudioHeader {
                    track: Some(Track { layout: Multitrack::ManyTracks, id: 0 }),
                    ..enhanced(FourCc::AAC, Packet::Frames, 10)
                },
            ),
        ]
    }

    #[test]
    fn headers_are_read() {
        for (name, bytes, header) in cases() {
            assert_eq!(AudioHeader::parse(bytes), Some(header), "{name}");
        }
    }

    #[test]
    fn headers_are_read_as_they_were_written() {
        for packet in [Packet::SequenceHeader, Packet::Frames] {
            let aac = AudioHeader { packet, ..AAC };
            assert_eq!(AudioHeader::parse(&AudioHeader::aac_bytes(packet)), Some(aac));
        }
        for packet in [Packet::SequenceHeader, Packet::Frames, Packet::SequenceEnd] {
            let bytes = AudioHeader::enhanced_bytes(packet, FourCc::OPUS);
            assert_eq!(AudioHeader::parse(&bytes), Some(enhanced(FourCc::OPUS, packet, 5)));
        }
    }

    #[test]
    fn a_header_cut_short_is_none() {
        for (name, bytes, header) in cases() {
            for length in 0..header.length {
                assert_eq!(AudioHeader::parse(&bytes[..length]), None, "{name} cut to {length}");
            }
        }
    }
}
