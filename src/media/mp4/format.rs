//! How the samples of a codec become tags: as FFmpeg writes them.

use bytes::{BufMut, Bytes, BytesMut};

use super::boxes::Boxes;
use super::sample::Sample;
use crate::media::audio::{self, SoundFormat};
use crate::media::video::{self, CodecId};
use crate::media::{FourCc, TagKind};
use crate::protocol::wire::Reader;

/// The length of the fields before the boxes of a sample entry, in bytes.
const VISUAL_FIELDS: usize = 78;
const AUDIO_FIELDS: usize = 28;

/// The first bits of a video tag's first byte.
const KEY: u8 = 0x10;
const INTER: u8 = 0x20;
const ENHANCED_VIDEO: u8 = 0x80;
/// The first bits of an enhanced audio tag's first byte.
const ENHANCED_AUDIO: u8 = 0x90;

/// How the samples of a track become tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Format {
    codec: Codec,
    /// What a decoder needs before the first frame.
    configuration: Option<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Avc,
    Hevc,
    Av1,
    Aac,
    /// The first byte of each tag has the rate and the number of channels.
    Mp3(u8),
    Enhanced(FourCc),
}

impl Format {
    /// Reads the first sample entry of an `stsd` box. Returns `None` for a codec that is not
    /// supported.
    pub(super) fn read(stsd: &[u8]) -> Option<Self> {
        let (_, entries) = stsd.split_at_checked(8)?;
        let (name, entry) = Boxes(entries).next()?;
        match &name {
            b"avc1" | b"avc3" => Self::video(Codec::Avc, entry, b"avcC"),
            b"hvc1" | b"hev1" => Self::video(Codec::Hevc, entry, b"hvcC"),
            b"av01" => Self::video(Codec::Av1, entry, b"av1C"),
            b"mp4a" | b".mp3" => Self::mpeg_audio(entry),
            b"Opus" => {
                let body = audio_boxes(entry)?.find(b"dOps")?;
                let configuration = opus_header(body);
                Some(Self { codec: Codec::Enhanced(FourCc::OPUS), configuration })
            }
            b"ac-3" => Some(Self::without_configuration(FourCc::AC3)),
            b"ec-3" => Some(Self::without_configuration(FourCc::EAC3)),
            _ => None,
        }
    }

    /// A codec whose frames say all. Enhanced RTMP starts its sequences all the same.
    const fn without_configuration(four_cc: FourCc) -> Self {
        Self { codec: Codec::Enhanced(four_cc), configuration: Some(Bytes::new()) }
    }

    fn video(codec: Codec, entry: &[u8], configuration: &[u8; 4]) -> Option<Self> {
        let (_, boxes) = entry.split_at_checked(VISUAL_FIELDS)?;
        let body = Boxes(boxes).find(configuration)?;
        Some(Self { codec, configuration: Some(Bytes::copy_from_slice(body)) })
    }

    fn mpeg_audio(entry: &[u8]) -> Option<Self> {
        let mp3 = || {
            let first = mp3_byte(entry)?;
            Some(Self { codec: Codec::Mp3(first), configuration: None })
        };
        let boxes = audio_boxes(entry)?;
        let esds = boxes.find(b"esds").or_else(|| boxes.find_in(&[b"wave", b"esds"]));
        let Some(esds) = esds else { return mp3() };
        match elementary_stream(esds)? {
            (0x69 | 0x6b, _) => mp3(),
            (0x40 | 0x66..=0x68, configuration) => {
                let configuration = Some(Bytes::copy_from_slice(configuration));
                Some(Self { codec: Codec::Aac, configuration })
            }
            _ => None,
        }
    }

    pub(super) const fn kind(&self) -> TagKind {
        match self.codec {
            Codec::Avc | Codec::Hevc | Codec::Av1 => TagKind::Video,
            Codec::Aac | Codec::Mp3(_) | Codec::Enhanced(_) => TagKind::Audio,
        }
    }

    pub(super) const fn video_codec(&self) -> Option<video::Codec> {
        match self.codec {
            Codec::Avc => Some(video::Codec::Classic(CodecId::AVC)),
            Codec::Hevc => Some(video::Codec::Enhanced(FourCc::HEVC)),
            Codec::Av1 => Some(video::Codec::Enhanced(FourCc::AV1)),
            Codec::Aac | Codec::Mp3(_) | Codec::Enhanced(_) => None,
        }
    }

    pub(super) const fn audio_codec(&self) -> Option<audio::Codec> {
        match self.codec {
            Codec::Aac => Some(audio::Codec::Classic(SoundFormat::AAC)),
            Codec::Mp3(_) => Some(audio::Codec::Classic(SoundFormat::MP3)),
            Codec::Enhanced(four_cc) => Some(audio::Codec::Enhanced(four_cc)),
            Codec::Avc | Codec::Hevc | Codec::Av1 => None,
        }
    }

    /// Returns the body of the tag that a decoder needs before the first frame.
    pub(super) fn header(&self) -> Option<Bytes> {
        let configuration = self.configuration.as_ref()?;
        let mut body = BytesMut::with_capacity(configuration.len().saturating_add(5));
        match self.codec {
            Codec::Avc => body.put_slice(&[KEY | CodecId::AVC.0, 0, 0, 0, 0]),
            Codec::Hevc => put_enhanced(&mut body, ENHANCED_VIDEO | KEY, FourCc::HEVC),
            Codec::Av1 => put_enhanced(&mut body, ENHANCED_VIDEO | KEY, FourCc::AV1),
            Codec::Aac => body.put_slice(&[0xaf, 0]),
            Codec::Mp3(_) => return None,
            Codec::Enhanced(four_cc) => put_enhanced(&mut body, ENHANCED_AUDIO, four_cc),
        }
        let start = body.len();
        body.put_slice(configuration);
        if self.codec == Codec::Hevc {
            promise_nothing(body.get_mut(start..).unwrap_or_default());
        }
        Some(body.freeze())
    }

    /// Returns the body of a frame's tag.
    pub(super) fn frame(&self, sample: &Sample, bytes: &[u8]) -> Bytes {
        let mut body = BytesMut::with_capacity(bytes.len().saturating_add(8));
        let frame = if sample.is_key_frame() { KEY } else { INTER };
        let [_, composition @ ..] = sample.composition.to_be_bytes();
        match self.codec {
            Codec::Avc => {
                body.put_slice(&[frame | CodecId::AVC.0, 1]);
                body.put_slice(&composition);
            }
            // A composition time of 0 is not written.
            Codec::Hevc if sample.composition == 0 => {
                put_enhanced(&mut body, ENHANCED_VIDEO | frame | 3, FourCc::HEVC);
            }
            Codec::Hevc => {
                put_enhanced(&mut body, ENHANCED_VIDEO | frame | 1, FourCc::HEVC);
                body.put_slice(&composition);
            }
            Codec::Av1 => put_enhanced(&mut body, ENHANCED_VIDEO | frame | 1, FourCc::AV1),
            Codec::Aac => body.put_slice(&[0xaf, 1]),
            Codec::Mp3(first) => body.put_u8(first),
            Codec::Enhanced(four_cc) => put_enhanced(&mut body, ENHANCED_AUDIO | 1, four_cc),
        }
        body.put_slice(bytes);
        body.freeze()
    }
}

/// Takes back the promise of a decoder configuration of HEVC that frames have no parameter sets of
/// their own (`array_completeness`). It is one about the file, not about a stream.
fn promise_nothing(configuration: &mut [u8]) {
    let Some((fixed, mut arrays)) = configuration.split_at_mut_checked(23) else { return };
    for _ in 0..fixed.last().copied().unwrap_or_default() {
        let [kind, high, low, rest @ ..] = arrays else { return };
        *kind &= 0x7f;
        let count = u16::from_be_bytes([*high, *low]);
        arrays = rest;
        for _ in 0..count {
            let [high, low, unit @ ..] = arrays else { return };
            let length = u16::from_be_bytes([*high, *low]);
            let Some((_, rest)) = unit.split_at_mut_checked(length.into()) else { return };
            arrays = rest;
        }
    }
}

fn put_enhanced(body: &mut BytesMut, first: u8, four_cc: FourCc) {
    body.put_u8(first);
    body.put_slice(&four_cc.0);
}

/// Returns the boxes of an audio sample entry. QuickTime has longer ones.
fn audio_boxes(entry: &[u8]) -> Option<Boxes<'_>> {
    let version = Reader::new(entry.get(8..)?).u16().ok()?;
    let more = match version {
        1 => 16,
        2 => 36,
        _ => 0,
    };
    let (_, boxes) = entry.split_at_checked(AUDIO_FIELDS.saturating_add(more))?;
    Some(Boxes(boxes))
}

/// Returns the type and the decoder configuration of an `esds` box (ISO/IEC 14496-1).
fn elementary_stream(esds: &[u8]) -> Option<(u8, &[u8])> {
    let mut reader = Reader::new(esds);
    reader.take(4).ok()?;
    let stream = descriptor(&mut reader, 3)?;
    let mut reader = Reader::new(stream);
    reader.take(2).ok()?;
    let flags = reader.u8().ok()?;
    if flags & 0x80 != 0 {
        reader.take(2).ok()?;
    }
    if flags & 0x40 != 0 {
        let length = reader.u8().ok()?;
        reader.take(length.into()).ok()?;
    }
    if flags & 0x20 != 0 {
        reader.take(2).ok()?;
    }
    let decoder = descriptor(&mut reader, 4)?;
    let mut reader = Reader::new(decoder);
    let object_type = reader.u8().ok()?;
    reader.take(12).ok()?;
    Some((object_type, descriptor(&mut reader, 5).unwrap_or_default()))
}

/// Returns the body of the next descriptor, which must have that tag.
fn descriptor<'a>(reader: &mut Reader<'a>, tag: u8) -> Option<&'a [u8]> {
    if reader.u8().ok()? != tag {
        return None;
    }
    let mut length = 0_usize;
    for _ in 0..4 {
        let byte = reader.u8().ok()?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    reader.take(length).ok()
}

/// Makes an Opus identification header (RFC 7845) of a `dOps` box, which has another byte order.
fn opus_header(body: &[u8]) -> Option<Bytes> {
    let mut reader = Reader::new(body);
    let mut header = BytesMut::from(&b"OpusHead"[..]);
    reader.u8().ok()?;
    header.put_u8(1);
    header.put_u8(reader.u8().ok()?);
    header.put_u16_le(reader.u16().ok()?);
    header.put_u32_le(reader.u32().ok()?);
    header.put_u16_le(reader.u16().ok()?);
    header.put_slice(reader.rest());
    Some(header.freeze())
}

/// Returns the first byte of the tags of MP3 sound.
fn mp3_byte(entry: &[u8]) -> Option<u8> {
    let mut reader = Reader::new(entry);
    reader.take(16).ok()?;
    let channels = reader.u16().ok()?;
    reader.take(6).ok()?;
    let rate = match reader.u16().ok()? {
        11_025 => 1,
        22_050 => 2,
        _ => 3,
    };
    let is_stereo = u8::from(channels > 1);
    Some(SoundFormat::MP3.0 << 4 | rate << 2 | 2 | is_stereo)
}
