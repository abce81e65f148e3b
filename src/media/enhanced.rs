//! The parts of Enhanced RTMP that audio and video headers have in common.

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

    /// Returns the four characters as one big-endian number, as `onMetaData` has them.
    #[must_use]
    pub const fn as_number(self) -> u32 {
        u32::from_be_bytes(self.0)
    }

    /// Returns whether pictures may be shown in another order than they are sent. Their headers
    /// then have a composition time.
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

/// The layout of a message with tracks (Enhanced RTMP v2, `AvMultitrackType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Multitrack {
    /// One track, with its number.
    OneTrack,
    /// Several tracks of one codec.
    ManyTracks,
    /// Several tracks, each with a codec of its own.
    ManyTracksManyCodecs,
    /// A layout that is not in the specification.
    Other(u8),
}

impl Multitrack {
    pub(super) const fn from_bits(bits: u8) -> Self {
        match bits {
            0 => Self::OneTrack,
            1 => Self::ManyTracks,
            2 => Self::ManyTracksManyCodecs,
            other => Self::Other(other),
        }
    }
}

/// The first track of a multitrack message. Most have only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Track {
    /// The layout of the message.
    pub layout: Multitrack,
    /// The track's number. Receivers that support one track should show number 0.
    pub id: u8,
}

/// The fields between an enhanced header's first byte and the codec's data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extension {
    pub(super) packet_type: u8,
    pub(super) four_cc: FourCc,
    pub(super) track: Option<Track>,
}

/// The packet type that announces a modifier, in audio as in video.
const MODIFIER: u8 = 7;
/// The modifier that delays a message's presentation by nanoseconds.
const TIMESTAMP_OFFSET_NANO: u8 = 0;

/// Reads the modifiers (ModEx) that may precede the packet type. Returns the packet type, and the
/// nanoseconds by which the modifiers delay the presentation.
pub(super) fn read_modifiers(
    reader: &mut Reader<'_>,
    mut packet_type: u8,
) -> Result<(u8, u32), UnexpectedEnd> {
    let mut nanoseconds = 0;
    while packet_type == MODIFIER {
        let data = match reader.u8()? {
            // After a length byte of 255, the length is in the next two bytes.
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

/// Reads the codec, and the track if `packet_type` is `multitrack`.
pub(super) fn read_extension(
    reader: &mut Reader<'_>,
    packet_type: u8,
    multitrack: u8,
) -> Result<Extension, UnexpectedEnd> {
    if packet_type != multitrack {
        return Ok(Extension { packet_type, four_cc: FourCc::read(reader)?, track: None });
    }
    let (layout, packet_type) = nibbles(reader.u8()?);
    let layout = Multitrack::from_bits(layout);
    // If each track has its own codec, this is the first one's. The layout is the same.
    let four_cc = FourCc::read(reader)?;
    let id = reader.u8()?;
    if layout != Multitrack::OneTrack {
        let _length_of_the_first_track = reader.u24()?;
    }
    Ok(Extension { packet_type, four_cc, track: Some(Track { layout, id }) })
}

/// Returns the high and the low half of a byte.
pub(super) const fn nibbles(byte: u8) -> (u8, u8) {
    (byte >> 4, byte & 0x0f)
}
