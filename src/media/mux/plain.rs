//! Tags for players that know less than the stream has.

use bytes::Bytes;

use crate::media::audio::SoundFormat;
use crate::media::enhanced::{self, FourCc};
use crate::media::video::CodecId;
use crate::media::{AudioHeader, Tag, TagKind, VideoHeader, audio, video};
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// Which codecs a player knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Player {
    /// All of them, but neither tracks nor modifiers.
    Plain,
    /// Those of mpegts.js 1.8, which stops at any other.
    MpegTsJs,
}

/// The start of a payload that replaces the one of a tag, and what follows it. The bytes of the
/// rest are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlainTag {
    pub(crate) head: Vec<u8>,
    pub(crate) rest: Bytes,
}

const ENHANCED: u8 = 0x80;
const VIDEO_MULTITRACK: u8 = 6;
const AUDIO_MULTITRACK: u8 = 5;
/// The first byte of a classic tag of AAC, and of MP3 at 44.1 kHz.
const AAC: u8 = 0xaf;
const MP3: u8 = 0x2f;

/// What Opus needs in place of an empty sequence header: two channels, 48 kHz (RFC 7845 §5.1).
const OPUS_HEAD: &[u8] = b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00";

/// Returns what the player is sent for a tag. Returns `None` if it is sent nothing.
///
/// Takes track 0 out of a message with tracks, removes modifiers, and writes the FourCC of H.264,
/// AAC and MP3 as the numbers that every player knows.
pub(crate) fn plain(tag: &Tag, player: Player) -> Option<PlainTag> {
    match tag.kind {
        TagKind::Script => Some(unchanged(tag)),
        TagKind::Video => plain_video(tag, player),
        TagKind::Audio => plain_audio(tag, player),
    }
}

/// Returns the codec of a tag that the player is not sent because it does not know the codec.
pub(crate) fn unknown_codec(tag: &Tag, player: Player) -> Option<String> {
    if plain(tag, player).is_some() {
        return None;
    }
    match tag.kind {
        TagKind::Script => None,
        TagKind::Video => {
            let header = VideoHeader::parse(&tag.payload)?;
            let is_other_track = header.track.is_some_and(|track| track.id != 0);
            match header
                .codec
                .filter(|_| !is_other_track && header.packet != video::Packet::Metadata)?
            {
                video::Codec::Classic(id) => Some(format!("video codec {}", id.0)),
                video::Codec::Enhanced(four_cc) => Some(four_cc.to_string()),
            }
        }
        TagKind::Audio => {
            let header = AudioHeader::parse(&tag.payload)?;
            let is_other_track = header.track.is_some_and(|track| track.id != 0);
            if is_other_track || header.packet == audio::Packet::MultichannelConfig {
                return None;
            }
            Some(match header.codec {
                audio::Codec::Classic(format) => format!("sound format {}", format.0),
                audio::Codec::Enhanced(four_cc) => four_cc.to_string(),
            })
        }
    }
}

fn unchanged(tag: &Tag) -> PlainTag {
    PlainTag { head: Vec::new(), rest: tag.payload.clone() }
}

fn plain_video(tag: &Tag, player: Player) -> Option<PlainTag> {
    let &first = tag.payload.first()?;
    if first & ENHANCED == 0 {
        let is_known = matches!(CodecId(first & 0x0f), CodecId::AVC | CodecId::HEVC);
        return (player == Player::Plain || is_known).then(|| unchanged(tag));
    }
    let frame_type = (first >> 4) & 0x07;
    let packet = track_0(tag, first & 0x0f, VIDEO_MULTITRACK)?;
    let PacketOfTrack { packet_type, four_cc, data } = packet;
    // A command instead of a frame.
    if frame_type == 5 && packet_type != 4 {
        return None;
    }
    let is_known = match (four_cc, packet_type) {
        (FourCc::AVC, _) => return plain_avc(frame_type, packet_type, data),
        (FourCc::HEVC, 0..=3) | (FourCc::AV1, 0..=2) => true,
        _ => player == Player::Plain,
    };
    is_known.then(|| {
        let first = ENHANCED | (frame_type << 4) | packet_type;
        PlainTag { head: four_cc_head(first, four_cc), rest: data }
    })
}

/// Returns H.264 with its classic header, which knows no metadata of the picture.
fn plain_avc(frame_type: u8, packet_type: u8, data: Bytes) -> Option<PlainTag> {
    let first = (frame_type << 4) | CodecId::AVC.0;
    let (head, rest) = match packet_type {
        0 => (vec![first, 0, 0, 0, 0], data),
        // The composition time stands in front of the data in both forms.
        1 => (vec![first, 1], data),
        2 => (vec![first, 2, 0, 0, 0], data),
        3 => (vec![first, 1, 0, 0, 0], data),
        _ => return None,
    };
    Some(PlainTag { head, rest })
}

fn plain_audio(tag: &Tag, player: Player) -> Option<PlainTag> {
    let &first = tag.payload.first()?;
    let format = SoundFormat(first >> 4);
    if format != SoundFormat::ENHANCED {
        let is_known = matches!(format, SoundFormat::MP3 | SoundFormat::PCM_LE | SoundFormat::AAC);
        return (player == Player::Plain || is_known).then(|| unchanged(tag));
    }
    let PacketOfTrack { packet_type, four_cc, data } =
        track_0(tag, first & 0x0f, AUDIO_MULTITRACK)?;
    match (four_cc, packet_type) {
        (FourCc::AAC, 0 | 1) => return Some(PlainTag { head: vec![AAC, packet_type], rest: data }),
        (FourCc::MP3, 1) => return Some(PlainTag { head: vec![MP3], rest: data }),
        (FourCc::AAC | FourCc::MP3, _) => return None,
        _ => {}
    }
    let is_known = matches!((four_cc, packet_type), (FourCc::OPUS | FourCc::FLAC, 0..=2));
    let is_empty_opus_head = four_cc == FourCc::OPUS && packet_type == 0 && data.is_empty();
    let rest = if is_empty_opus_head { Bytes::from_static(OPUS_HEAD) } else { data };
    let first = (SoundFormat::ENHANCED.0 << 4) | packet_type;
    (is_known || player == Player::Plain)
        .then(|| PlainTag { head: four_cc_head(first, four_cc), rest })
}

fn four_cc_head(first: u8, four_cc: FourCc) -> Vec<u8> {
    let [a, b, c, d] = four_cc.0;
    vec![first, a, b, c, d]
}

/// One packet of one track.
struct PacketOfTrack {
    packet_type: u8,
    four_cc: FourCc,
    data: Bytes,
}

/// Returns the packet of track 0, without modifiers. Returns `None` if the tag has none, or ends
/// within it.
fn track_0(tag: &Tag, packet_type: u8, multitrack: u8) -> Option<PacketOfTrack> {
    let mut reader = Reader::new(&tag.payload);
    reader.u8().ok()?;
    let (packet_type, _) = enhanced::read_modifiers(&mut reader, packet_type).ok()?;
    let found = if packet_type == multitrack {
        find_track_0(&mut reader).ok()??
    } else {
        let four_cc = FourCc::read(&mut reader).ok()?;
        (packet_type, four_cc, reader.rest())
    };
    let (packet_type, four_cc, data) = found;
    Some(PacketOfTrack { packet_type, four_cc, data: tag.payload.slice_ref(data) })
}

/// The type of a packet, its codec and its data.
type Found<'a> = (u8, FourCc, &'a [u8]);

fn find_track_0<'a>(reader: &mut Reader<'a>) -> Result<Option<Found<'a>>, UnexpectedEnd> {
    let (layout, packet_type) = enhanced::nibbles(reader.u8()?);
    let is_single = layout == 0;
    let mut four_cc = None;
    loop {
        let codec = match four_cc {
            // One codec for all tracks.
            Some(four_cc) if layout != 2 => four_cc,
            _ => FourCc::read(reader)?,
        };
        four_cc = Some(codec);
        let id = reader.u8()?;
        let data = if is_single {
            reader.rest()
        } else {
            let length = reader.u24()?;
            reader.take(usize::try_from(length).unwrap_or(usize::MAX))?
        };
        if id == 0 {
            return Ok(Some((packet_type, codec, data)));
        }
        if is_single || reader.rest().is_empty() {
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Player, plain, unknown_codec};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    /// A name, a tag, and what becomes of it.
    type Row = (&'static str, TagKind, &'static [u8], Option<&'static [u8]>);

    fn tag(kind: TagKind, payload: &[u8]) -> Tag {
        Tag { kind, timestamp: Timestamp(0), payload: payload.to_vec().into() }
    }

    fn bytes(tag: &Tag, player: Player) -> Option<Vec<u8>> {
        plain(tag, player).map(|plain| [&plain.head[..], &plain.rest[..]].concat())
    }

    #[test]
    fn enhanced_forms_become_what_every_player_knows() {
        use TagKind::{Audio, Video};
        let table: [Row; 20] = [
            ("classic", Video, b"\x17\x01\0\0\x05x", Some(b"\x17\x01\0\0\x05x")),
            ("avc1 header", Video, b"\x90avc1cfg", Some(b"\x17\0\0\0\0cfg")),
            ("avc1 frame", Video, b"\xa1avc1\0\0\x05x", Some(b"\x27\x01\0\0\x05x")),
            ("avc1 frame X", Video, b"\xa3avc1x", Some(b"\x27\x01\0\0\0x")),
            ("avc1 end", Video, b"\x92avc1", Some(b"\x17\x02\0\0\0")),
            ("avc1 metadata", Video, b"\x94avc1\x02", None),
            ("hvc1", Video, b"\x93hvc1x", Some(b"\x93hvc1x")),
            ("modifier", Video, b"\x97\x02\0\0\x09\x03hvc1x", Some(b"\x93hvc1x")),
            ("track 0", Video, b"\x96\x03hvc1\x00x", Some(b"\x93hvc1x")),
            ("track 1", Video, b"\x96\x03hvc1\x01x", None),
            ("second of two", Video, b"\x96\x11av01\x01\0\0\x02ab\0\0\0\x01c", Some(b"\x91av01c")),
            (
                "two codecs",
                Video,
                b"\x96\x21av01\x01\0\0\x02abavc1\0\0\0\x04\0\0\0c",
                Some(b"\x17\x01\0\0\0c"),
            ),
            ("cut", Video, b"\x96\x11av01\x00\0\0\x09ab", None),
            ("command", Video, b"\xd0\0", None),
            ("mp4a header", Audio, b"\x90mp4a\x12\x10", Some(b"\xaf\0\x12\x10")),
            ("mp4a frame", Audio, b"\x91mp4ax", Some(b"\xaf\x01x")),
            ("MP3", Audio, b"\x91.mp3x", Some(b"\x2fx")),
            ("Opus", Audio, b"\x91Opusx", Some(b"\x91Opusx")),
            ("silence", Audio, b"", None),
            (
                "empty Opus header",
                Audio,
                b"\x90Opus",
                Some(b"\x90OpusOpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0"),
            ),
        ];
        for (name, kind, payload, expected) in table {
            assert_eq!(bytes(&tag(kind, payload), Player::Plain).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_player_is_not_sent_what_would_stop_it() {
        use TagKind::{Audio, Script, Video};
        let table: [(TagKind, &[u8], Option<&str>); 10] = [
            (Video, b"\x17\x01\0\0\0x", None),
            (Video, b"\x13x", Some("video codec 3")),
            (Video, b"\x90vp09x", Some("vp09")),
            (Video, b"\x93hvc1x", None),
            (Video, b"\x91av01x", None),
            (Audio, b"\xaf\x01x", None),
            (Audio, b"\x72x", Some("sound format 7")),
            (Audio, b"\x91Opusx", None),
            (Audio, b"\x91ac-3x", Some("ac-3")),
            (Script, b"\x02", None),
        ];
        for (kind, payload, codec) in table {
            let tag = tag(kind, payload);
            let left_out = unknown_codec(&tag, Player::MpegTsJs);
            assert_eq!(left_out.as_deref(), codec, "{payload:?}");
            assert_eq!(plain(&tag, Player::MpegTsJs).is_none(), codec.is_some(), "{payload:?}");
            assert!(plain(&tag, Player::Plain).is_some());
        }
        let metadata = tag(Video, b"\x94hvc1\x02");
        assert_eq!(bytes(&metadata, Player::MpegTsJs), None);
        assert_eq!(unknown_codec(&metadata, Player::MpegTsJs), None, "its codec is known");
    }
}
