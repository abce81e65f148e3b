//! The header of a block's data, and the second header of a frame.

use bytes::BufMut;

use crate::media::codec::CodecError;
use crate::protocol::wire::Reader;

/// Flags of a frame's second header: a palette follows, or a whole picture follows after the
/// blocks. No known encoder writes either.
const FRAME_EXTRAS: u8 = 0x03;

const HYBRID: u8 = 0x10;
const COLOUR_SPACE: u8 = 0x18;
const DIFF: u8 = 0x04;
const PRIMED_BY_THIS_FRAME: u8 = 0x02;
const PRIMED: u8 = 0x01;

/// The encoding of pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ColourSpace {
    /// Blue, green, red, a byte each.
    #[default]
    Bgr24,
    /// One byte for a colour of the palette, two bytes for a colour with 5 bits a channel.
    Hybrid,
}

impl ColourSpace {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "bgr24" => Some(Self::Bgr24),
            "hybrid" => Some(Self::Hybrid),
            _ => None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bgr24 => "bgr24",
            Self::Hybrid => "hybrid",
        }
    }
}

/// The header of a block that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockHead {
    pub(super) colour_space: ColourSpace,
    /// The first row from the bottom, and the number of rows. The rest is as in the key frame.
    pub(super) diff: Option<(u8, u8)>,
    /// Whether its data continue zlib's stream of the same block of the key frame.
    pub(super) is_primed: bool,
}

impl BlockHead {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let flags = reader.u8()?;
        let colour_space = match flags & COLOUR_SPACE {
            0 => ColourSpace::Bgr24,
            HYBRID => ColourSpace::Hybrid,
            other => return Err(unknown(format!("colour space {}", other >> 3))),
        };
        let diff = if flags & DIFF == 0 { None } else { Some((reader.u8()?, reader.u8()?)) };
        if flags & PRIMED_BY_THIS_FRAME != 0 {
            return Err(unknown("a block that is primed with another of its frame".to_owned()));
        }
        Ok(Self { colour_space, diff, is_primed: flags & PRIMED != 0 })
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        let colour_space = if self.colour_space == ColourSpace::Hybrid { HYBRID } else { 0 };
        let diff = if self.diff.is_some() { DIFF } else { 0 };
        let primed = if self.is_primed { PRIMED } else { 0 };
        out.put_u8(colour_space | diff | primed);
        if let Some((start, rows)) = self.diff {
            out.put_slice(&[start, rows]);
        }
    }

    /// Returns its length in bytes.
    pub(super) const fn len(self) -> usize {
        if self.diff.is_some() { 3 } else { 1 }
    }

    /// Returns whether the block refers to no other frame.
    pub(super) const fn is_whole(self) -> bool {
        self.diff.is_none() && !self.is_primed
    }
}

/// Reads the second header of a frame.
pub(super) fn read_frame_flags(reader: &mut Reader<'_>) -> Result<(), CodecError> {
    if reader.u8()? & FRAME_EXTRAS != 0 {
        return Err(unknown("a frame with a palette or a picture of its own".to_owned()));
    }
    Ok(())
}

/// Writes the second header of a frame.
pub(super) fn write_frame_flags(out: &mut Vec<u8>) {
    out.put_u8(0);
}

fn unknown(what: String) -> CodecError {
    CodecError::InvalidData(format!("{what} is nothing that is known of screen video 2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_as_they_were_written() {
        for (bytes, colour_space, diff, is_primed) in [
            (&[0x00][..], ColourSpace::Bgr24, None, false),
            (&[0x01], ColourSpace::Bgr24, None, true),
            (&[0x10], ColourSpace::Hybrid, None, false),
            (&[0x04, 0, 0], ColourSpace::Bgr24, Some((0, 0)), false),
            (&[0x15, 7, 9], ColourSpace::Hybrid, Some((7, 9)), true),
        ] {
            let head = BlockHead { colour_space, diff, is_primed };
            let mut written = Vec::new();
            head.write(&mut written);
            assert_eq!((&*written, written.len()), (bytes, head.len()));
            assert_eq!(BlockHead::read(&mut Reader::new(bytes)), Ok(head));
        }
    }

    #[test]
    fn what_nobody_knows_is_refused() {
        for bytes in [&[0x02, 0, 0][..], &[0x08], &[0x18], &[], &[0x04], &[0x04, 1]] {
            let error = BlockHead::read(&mut Reader::new(bytes)).unwrap_err();
            assert!(matches!(error, CodecError::InvalidData(_)), "{bytes:?}: {error}");
        }
        for flags in [0x01, 0x02, 0xff] {
            assert!(read_frame_flags(&mut Reader::new(&[flags])).is_err());
        }
        assert_eq!(read_frame_flags(&mut Reader::new(&[0xfc])), Ok(()));
    }
}
