//! The size of pictures, as the headers of codecs have it.

use super::FourCc;
use super::bits::Bits;
use super::video::{Codec, CodecId, Packet};

/// Width and height in pixels.
type Size = (u32, u32);

/// Returns the size of the pictures, from the data behind the header of a tag. Returns `None` if
/// they do not have it: the sequence headers of H.264, H.265 and AV1 do, and the key frames of
/// screen video and of Sorenson H.263.
pub(super) fn picture_size(codec: Codec, packet: Packet, data: &[u8]) -> Option<Size> {
    let size = match (codec, packet) {
        (Codec::Classic(CodecId::AVC) | Codec::Enhanced(FourCc::AVC), Packet::SequenceHeader) => {
            h264(data)
        }
        (Codec::Classic(CodecId::HEVC) | Codec::Enhanced(FourCc::HEVC), Packet::SequenceHeader) => {
            h265(data)
        }
        (Codec::Enhanced(FourCc::AV1), Packet::SequenceHeader) => av1(data),
        (Codec::Classic(CodecId::SCREEN | CodecId::SCREEN_2), Packet::Frames) => screen(data),
        (Codec::Classic(CodecId::SORENSON), Packet::Frames) => sorenson(data),
        _ => None,
    };
    size.filter(|(width, height)| *width > 0 && *height > 0)
}

/// Reads the first sequence parameter set of an `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15
/// §5.3.3.1).
fn h264(record: &[u8]) -> Option<Size> {
    let (length, sets) = record.get(6..)?.split_first_chunk::<2>()?;
    let set = sets.get(..usize::from(u16::from_be_bytes(*length)))?;
    h264_sequence(&without_emulation(set.get(1..)?))
}

/// ITU-T H.264 §7.3.2.1.1.
fn h264_sequence(set: &[u8]) -> Option<Size> {
    const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
    let mut bits = Bits::new(set);
    let profile = bits.number(8)?;
    bits.skip(16)?;
    bits.golomb()?;
    let mut chroma = Chroma::HALF;
    if HIGH_PROFILES.contains(&profile) {
        chroma = Chroma::read(&mut bits)?;
        bits.golomb()?;
        bits.golomb()?;
        bits.skip(1)?;
        if bits.flag()? {
            skip_scaling_lists(&mut bits, chroma)?;
        }
    }
    bits.golomb()?;
    match bits.golomb()? {
        0 => drop(bits.golomb()?),
        1 => {
            bits.skip(1)?;
            bits.golomb()?;
            bits.golomb()?;
            for _ in 0..bits.golomb()?.min(255) {
                bits.golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?;
    bits.skip(1)?;
    let width = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    let units = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    // An interlaced picture has two fields.
    let fields = if bits.flag()? { 1 } else { 2 };
    if fields == 2 {
        bits.skip(1)?;
    }
    bits.skip(1)?;
    cropped(
        &mut bits,
        (width, units.checked_mul(fields)?),
        (chroma.width, chroma.height.checked_mul(fields)?),
    )
}

/// ITU-T H.264 §7.3.2.1.1.1.
fn skip_scaling_lists(bits: &mut Bits<'_>, chroma: Chroma) -> Option<()> {
    let lists = if chroma.is_full { 12 } else { 8 };
    for list in 0..lists {
        if !bits.flag()? {
            continue;
        }
        let (mut last, mut next) = (8_i32, 8_i32);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = last.checked_add(bits.signed_golomb()?)?.rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
    }
    Some(())
}

/// Reads the first sequence parameter set of an `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15
/// §8.3.3.1).
fn h265(record: &[u8]) -> Option<Size> {
    const SEQUENCE_PARAMETERS: u8 = 33;
    let (arrays, mut rest) = record.get(22..)?.split_first()?;
    for _ in 0..*arrays {
        let ([kind, high, low], mut units) = rest.split_first_chunk::<3>()?;
        for _ in 0..u16::from_be_bytes([*high, *low]) {
            let (length, behind) = units.split_first_chunk::<2>()?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (unit, behind) = behind.split_at_checked(length)?;
            if kind & 0x3f == SEQUENCE_PARAMETERS {
                return h265_sequence(&without_emulation(unit.get(2..)?));
            }
            units = behind;
        }
        rest = units;
    }
    None
}

/// ITU-T H.265 §7.3.2.2.1.
fn h265_sequence(set: &[u8]) -> Option<Size> {
    let mut bits = Bits::new(set);
    bits.skip(4)?;
    let sub_layers = bits.number(3)?;
    bits.skip(1)?;
    skip_profile_and_level(&mut bits, sub_layers)?;
    bits.golomb()?;
    let chroma = Chroma::read(&mut bits)?;
    let size = (bits.golomb()?, bits.golomb()?);
    cropped(&mut bits, size, (chroma.width, chroma.height))
}

/// ITU-T H.265 §7.3.3.
fn skip_profile_and_level(bits: &mut Bits<'_>, sub_layers: u32) -> Option<()> {
    const PROFILE: usize = 88;
    const LEVEL: usize = 8;
    bits.skip(PROFILE + LEVEL)?;
    let mut length = 0;
    for _ in 0..sub_layers {
        for part in [PROFILE, LEVEL] {
            length = usize::saturating_add(length, if bits.flag()? { part } else { 0 });
        }
    }
    if sub_layers > 0 {
        let missing = usize::try_from(8_u32.saturating_sub(sub_layers)).ok()?;
        length = length.saturating_add(missing.saturating_mul(2));
    }
    bits.skip(length)
}

/// Reads the first sequence header of an `AV1CodecConfigurationRecord` (AV1 Codec ISO Media File
/// Format Binding §2.3), whose units follow four bytes.
fn av1(record: &[u8]) -> Option<Size> {
    const SEQUENCE_HEADER: u8 = 1;
    let mut rest = record.get(4..)?;
    loop {
        let (first, behind) = rest.split_first()?;
        let (has_extension, has_length) = (first & 4 != 0, first & 2 != 0);
        rest = behind.get(usize::from(has_extension)..)?;
        let (unit, behind) = if has_length { length_delimited(rest)? } else { (rest, &[][..]) };
        if first >> 3 & 0x0f == SEQUENCE_HEADER {
            return av1_sequence(unit);
        }
        rest = behind;
    }
}

/// Splits off a unit behind its length (AV1 §4.10.5, `leb128`).
fn length_delimited(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut length, mut rest) = (0_usize, bytes);
    for shift in (0..28).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        (length, rest) = (length | usize::from(byte & 0x7f) << shift, behind);
        if byte & 0x80 == 0 {
            return rest.split_at_checked(length);
        }
    }
    None
}

/// AV1 §5.5.1.
fn av1_sequence(unit: &[u8]) -> Option<Size> {
    let mut bits = Bits::new(unit);
    bits.skip(4)?;
    let is_reduced = bits.flag()?;
    if is_reduced {
        bits.skip(5)?;
    } else {
        skip_operating_points(&mut bits)?;
    }
    let (width, height) = (bits.number(4)?, bits.number(4)?);
    let width = bits.number(width.checked_add(1)?)?;
    let height = bits.number(height.checked_add(1)?)?;
    Some((width.checked_add(1)?, height.checked_add(1)?))
}

fn skip_operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    if bits.flag()? {
        bits.skip(64)?;
        if bits.flag()? {
            bits.golomb()?;
        }
        if bits.flag()? {
            delay_bits = Some(usize::try_from(bits.number(5)?).ok()?.checked_add(1)?);
            bits.skip(32 + 5 + 5)?;
        }
    }
    let has_display_delays = bits.flag()?;
    for _ in 0..=bits.number(5)? {
        bits.skip(12)?;
        if bits.number(5)? > 7 {
            bits.skip(1)?;
        }
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            bits.skip(usize::saturating_mul(delay_bits, 2).saturating_add(1))?;
        }
        if has_display_delays && bits.flag()? {
            bits.skip(4)?;
        }
    }
    Some(())
}

/// Each number is behind four bits of the size of a block (SWF and FLV §E.4.3.1, "SCREENVIDEO").
fn screen(frame: &[u8]) -> Option<Size> {
    let mut bits = Bits::new(frame);
    let mut number = || {
        bits.skip(4)?;
        bits.number(12)
    };
    Some((number()?, number()?))
}

/// The head of a picture of Sorenson H.263 (FLV §E.4.3.1, "H263VIDEOPACKET").
fn sorenson(frame: &[u8]) -> Option<Size> {
    let mut bits = Bits::new(frame);
    if bits.number(17)? != 1 {
        return None;
    }
    bits.skip(5 + 8)?;
    Some(match bits.number(3)? {
        0 => (bits.number(8)?, bits.number(8)?),
        1 => (bits.number(16)?, bits.number(16)?),
        2 => (352, 288),
        3 => (176, 144),
        4 => (128, 96),
        5 => (320, 240),
        6 => (160, 120),
        _ => return None,
    })
}

/// How many pixels share a sample of colour: the unit in which pictures are cropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chroma {
    width: u32,
    height: u32,
    /// Whether each pixel has its own colour.
    is_full: bool,
}

impl Chroma {
    /// 4:2:0.
    const HALF: Self = Self { width: 2, height: 2, is_full: false };

    /// Reads `chroma_format_idc`, and what follows it for 4:4:4.
    fn read(bits: &mut Bits<'_>) -> Option<Self> {
        Some(match bits.golomb()? {
            0 => Self { width: 1, height: 1, is_full: false },
            1 => Self::HALF,
            2 => Self { width: 2, height: 1, is_full: false },
            3 => {
                bits.skip(1)?;
                Self { width: 1, height: 1, is_full: true }
            }
            _ => return None,
        })
    }
}

/// Reads how much of a picture is cropped, in units, at the left, the right, the top and the
/// bottom. Returns what is left.
fn cropped(bits: &mut Bits<'_>, (width, height): Size, unit: Size) -> Option<Size> {
    if !bits.flag()? {
        return Some((width, height));
    }
    let mut pair = || bits.golomb()?.checked_add(bits.golomb()?);
    let (x, y) = (pair()?, pair()?);
    Some((width.checked_sub(x.checked_mul(unit.0)?)?, height.checked_sub(y.checked_mul(unit.1)?)?))
}

/// Removes the bytes 3 that keep two zeros from looking like the start of a unit (ITU-T H.264
/// §7.4.1). The first bytes have the size.
fn without_emulation(unit: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut zeros = 0;
    for &byte in unit.iter().take(MAX_SEQUENCE_BYTES) {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { u32::saturating_add(zeros, 1) } else { 0 };
        bytes.push(byte);
    }
    bytes
}

/// Twelve scaling lists may stand before the size, and a parameter takes three bytes at most.
const MAX_SEQUENCE_BYTES: usize = 2048;

#[cfg(test)]
mod tests {
    use super::{FourCc, picture_size};
    use crate::media::video::{Codec, CodecId, Packet};

    const AVC: Codec = Codec::Classic(CodecId::AVC);
    const HEVC: Codec = Codec::Enhanced(FourCc::HEVC);
    const AV1: Codec = Codec::Enhanced(FourCc::AV1);

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        let digits: Vec<u32> = hexadecimal.chars().filter_map(|digit| digit.to_digit(16)).collect();
        digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
    }

    fn size_of(codec: Codec, packet: Packet, hexadecimal: &str) -> Option<(u32, u32)> {
        picture_size(codec, packet, &bytes(hexadecimal))
    }

    /// Sequence headers of x264, x265 and libaom. The records of x265 end behind the sequence
    /// parameters here.
    const HEADERS: [(&str, Codec, &str, (u32, u32)); 9] = [
        (
            "cropped",
            AVC,
            "0142c028ffe1001a6742c028da01e0089ea6c044000003000400000300c83c60ca8001000468ce0fc8",
            (1918, 1078),
        ),
        (
            "4:4:4",
            AVC,
            "01f4000cffe1001a67f4000c919681419f8dc044000003000400000300c83c50aa8001000568ce0f1920\
             fff8f800",
            (320, 180),
        ),
        (
            "4:2:2",
            AVC,
            "017a001effe10019677a001ebcb405017fcf80880000030008000003019078b17501000468ce0fc8fef8\
             f800",
            (640, 362),
        ),
        (
            "interlaced",
            AVC,
            "01640028ffe1001a67640028ace805a044fde022000003000200000300643e2c5d4001000568de0fcc03\
             fdf8f800",
            (1440, 1080),
        ),
        (
            "cropped",
            HEVC,
            "01016000000090000000000078f000fcfdf8f800000f04200001001840010c01ffff0160000003009000\
             00030000030078959409210001002c420101016000000300900000030000030078a003c0801107536595\
             952930bc05a0200000030020000003032122000100064401c073c189",
            (1918, 1078),
        ),
        (
            "4:4:4",
            HEVC,
            "0104080000009e08000000003cf000fcfff8f800000f04200001001740010c01ffff0408000003009e08\
             00000300003c959409210001002b4201010408000003009e0800000300003c9001410183e372caca9498\
             5e02d01000000300100000030190802200010008",
            (320, 180),
        ),
        (
            "4:2:2",
            HEVC,
            "0104080000009d08000000003ff000fcfef8f800000f04200001001740010c01ffff0408000003009d08\
             00000300003f959409210001002a4201010408000003009d0800000300003fb005020171f3e595952930\
             bc05a02000000300200000030321",
            (640, 362),
        ),
        ("", AV1, "81010c000a0b0000000cc5036936be4010", (642, 362)),
        ("of SVT-AV1", AV1, "81010c000a0b0000000cc5036900be0010", (642, 362)),
    ];

    #[test]
    fn sequence_headers_have_the_size() {
        for (name, codec, header, size) in HEADERS {
            let found = size_of(codec, Packet::SequenceHeader, header);
            assert_eq!(found, Some(size), "{codec} {name}");
            assert_eq!(size_of(codec, Packet::Frames, header), None, "{codec} {name}");
        }
    }

    #[test]
    fn headers_that_are_cut_off_or_damaged_have_another_size_or_none() {
        for (_, codec, header, size) in HEADERS {
            let header = bytes(header);
            for length in 0..header.len() {
                let found = picture_size(codec, Packet::SequenceHeader, &header[..length]);
                assert!(found.is_none_or(|found| found == size), "{codec}, {length}: {found:?}");
            }
            for at in 0..header.len() {
                for bit in 0..8 {
                    let mut damaged = header.clone();
                    damaged[at] ^= 1 << bit;
                    // It must only return.
                    let _ = picture_size(codec, Packet::SequenceHeader, &damaged);
                }
            }
        }
    }

    #[test]
    fn scaling_lists_are_skipped() {
        let fields = [
            "01100100 00000000 00101000",      // the profile, and the level
            "1 010 1 1 0 1",                   // 4:2:0 and 8 bits, with scaling lists
            "1 000010001",                     // a list that ends at once, by a difference of -8
            "1 1111111111111111 000000",       // one of 16 equal numbers, and six that are missing
            "1 011 1 0",                       // counters
            "00000101000 000010110 1 1 0 100", // 40 by 22 blocks of 16 pixels
        ];
        let bits: Vec<char> = fields.concat().chars().filter(|it| *it != ' ').collect();
        let byte = |bits: &[char]| {
            bits.iter().rev().enumerate().map(|(at, bit)| u8::from(*bit == '1') << at).sum::<u8>()
        };
        let set: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
        let record = [&bytes("01640028ffe100")[..], &[set.len() as u8 + 1, 0x67], &set].concat();
        let found = picture_size(AVC, Packet::SequenceHeader, &record);
        assert_eq!(found, Some((640, 352)));
    }

    #[test]
    fn frames_have_the_size_of_screen_video_and_sorenson_h263() {
        let screen = Codec::Classic(CodecId::SCREEN);
        assert_eq!(size_of(screen, Packet::Frames, "350032d0"), Some((1280, 720)));
        assert_eq!(size_of(screen, Packet::Frames, "300032d0"), None);
        let sorenson = Codec::Classic(CodecId::SORENSON);
        // The start code of 17 bits, 13 bits, then 1 and two numbers of 16 bits.
        assert_eq!(size_of(sorenson, Packet::Frames, "000080008280016800"), Some((1280, 720)));
        assert_eq!(size_of(sorenson, Packet::Frames, "0000800280"), Some((320, 240)));
    }
}
