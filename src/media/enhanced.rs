//! What enhanced RTMP adds to audio and video headers alike.

use std::fmt;

use crate::protocol::wire::{Reader, UnexpectedEnd};

/// A codec's name in four characters (Enhanced RTMP v2, "FourCC").
///
/// ```
/// use rendercast::media::FourCc;
///
/// assert_eq!(FourCc::HEVC.to_string(), "hvc1");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FourCc(pub [u8; 4]);

impl FourCc {
    /// VP8 video.
    pub const VP8: Self = Self(*b"vp08");
    /// VP9 video.
    pub const VP9: Self = Self(*b"vp09");
    /// AV1 video.
    pub const AV1: Self = Self(*b"av01");
    /// H.264 video.
    pub const AVC: Self = Self(*b"avc1");
    /// H.265 video.
    pub const HEVC: Self = Self(*b"hvc1");
    /// H.266 video.
    pub const VVC: Self = Self(*b"vvc1");
    /// AC-3 audio.
    pub const AC3: Self = Self(*b"ac-3");
    /// E-AC-3 audio.
    pub const EAC3: Self = Self(*b"ec-3");
    /// Opus audio.
    pub const OPUS: Self = Self(*b"Opus");
    /// MP3 audio.
    pub const MP3: Self = Self(*b".mp3");
    /// FLAC audio.
    pub const FLAC: Self = Self(*b"fLaC");
    /// AAC audio.
    pub const AAC: Self = Self(*b"mp4a");

    /// The four characters as one big-endian number: how `onMetaData` writes them.
    #[must_use]
    pub const fn as_number(self) -> u32 {
        u32::from_be_bytes(self.0)
    }

    /// Whether its pictures may be shown in another order than they are sent in, so that a
    /// composition time stands before the frames.
    pub(super) const fn reorders(self) -> bool {
        matches!(self, Self::AVC | Self::HEVC | Self::VVC)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, UnexpectedEnd> {
        reader.u32().map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FourCc({self})")
    }
}

/// How a message of several tracks lays them out (Enhanced RTMP v2, `AvMultitrackType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Multitrack {
    /// One track, which says its number.
    OneTrack,
    /// Several tracks of one codec.
    ManyTracks,
    /// Several tracks, each with a codec of its own.
    ManyTracksManyCodecs,
    /// A layout that the specification does not know yet.
    Other(u8),
}

/// The first, and mostly the only, track of a multitrack message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Track {
    /// How the message is laid out.
    pub layout: Multitrack,
    /// The track's number; 0 is the one that receivers which know no tracks should show.
    pub id: u8,
}

/// What stands between an enhanced header's first byte and the codec's data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extension {
    pub(super) packet_type: u8,
    pub(super) four_cc: FourCc,
    pub(super) track: Option<Track>,
}

/// The packet type that announces a modifier, in audio as in video.
const MODIFIER: u8 = 7;
/// The modifier that moves a message's presentation by nanoseconds.
const TIMESTAMP_OFFSET_NANO: u8 = 0;

/// Reads the modifiers (ModEx) that may stand before the packet type proper: returns that type,
/// and by how many nanoseconds they move the message's presentation.
pub(super) fn read_modifiers(
    reader: &mut Reader<'_>,
    mut packet_type: u8,
) -> Result<(u8, u32), UnexpectedEnd> {
    let mut nanoseconds = 0;
    while packet_type == MODIFIER {
        let data = match reader.u8()? {
            // A length byte of 255 says that the length stands in the two bytes that follow.
            u8::MAX => {
                let length = usize::from(reader.u16()?).saturating_add(1);
                reader.take(length)?
            }
            length => reader.take(usize::from(length).saturating_add(1))?,
        };
        let (modifier, next) = nibbles(reader.u8()?);
        if modifier == TIMESTAMP_OFFSET_NANO {
            nanoseconds = Reader::new(data).u24().unwrap_or(nanoseconds);
        }
        packet_type = next;
    }
    Ok((packet_type, nanoseconds))
}

/// Reads the codec, and the track where `packet_type` is the one that announces tracks.
pub(super) fn read_extension(
    reader: &mut Reader<'_>,
    packet_type: u8,
    multitrack: u8,
) -> Result<Extension, UnexpectedEnd> {
    if packet_type != multitrack {
        return Ok(Extension { packet_type, four_cc: FourCc::read(reader)?, track: None });
    }
    let (layout, packet_type) = nibbles(reader.u8()?);
    let layout = match layout {
        0 => Multitrack::OneTrack,
        1 => Multitrack::ManyTracks,
        2 => Multitrack::ManyTracksManyCodecs,
        other => Multitrack::Other(other),
    };
    // Where every track has a codec of its own, this is the first track's: the bytes lie alike.
    let four_cc = FourCc::read(reader)?;
    let id = reader.u8()?;
    if layout != Multitrack::OneTrack {
        let _length_of_the_first_track = reader.u24()?;
    }
    Ok(Extension { packet_type, four_cc, track: Some(Track { layout, id }) })
}

/// The high and the low half of a byte.
pub(super) const fn nibbles(byte: u8) -> (u8, u8) {
    (byte >> 4, byte & 0x0f)
}
