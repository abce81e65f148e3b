//! What a tag means for those who forward, cache or drop it.

use super::on_metadata::is_on_metadata;
use super::video::{FrameType, Packet};
use super::{AudioHeader, Tag, TagKind, VideoHeader, audio};

/// What a tag means for those who forward, cache or drop it. Found out once, at the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagClass {
    /// `onMetaData`.
    Metadata,
    /// Other script data.
    Script,
    /// A setting of an audio decoder, which it needs before the first frame.
    AudioHeader(HeaderSlot),
    /// Sound.
    Audio,
    /// A setting of a video decoder, which it needs before the first frame.
    VideoHeader(HeaderSlot),
    /// A video frame that can be decoded by itself.
    KeyFrame,
    /// A video frame that needs the frames before it.
    InterFrame,
    /// A video frame that needs the frames before it, and that no other frame needs.
    DisposableFrame,
    /// Video that is no frame, such as a command or the end of a sequence.
    VideoEvent,
    /// Video without a header that this crate can read. The application knows better.
    UnknownVideo,
}

/// Which setting of a decoder a header is. A later header of the same slot replaces an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeaderSlot {
    /// The number of the track; 0 if the tag is not of the multitrack kind.
    pub(crate) track: u8,
    /// Whether it is the sequence header. Otherwise it is a further setting, such as the colour
    /// space or the order of the channels.
    pub(crate) is_sequence_header: bool,
}

impl TagClass {
    pub(crate) fn of(tag: &Tag) -> Self {
        match tag.kind {
            TagKind::Script if is_on_metadata(&tag.payload) => Self::Metadata,
            TagKind::Script => Self::Script,
            TagKind::Audio => Self::of_audio(&tag.payload),
            TagKind::Video => Self::of_video(&tag.payload),
        }
    }

    /// Returns whether decoders must be given the tag before any frame.
    pub(crate) const fn is_header(self) -> bool {
        matches!(self, Self::AudioHeader(_) | Self::VideoHeader(_))
    }

    fn of_audio(payload: &[u8]) -> Self {
        let Some(header) = AudioHeader::parse(payload) else { return Self::Audio };
        let track = header.track.map_or(0, |track| track.id);
        match header.packet {
            audio::Packet::SequenceHeader => {
                Self::AudioHeader(HeaderSlot { track, is_sequence_header: true })
            }
            audio::Packet::MultichannelConfig => {
                Self::AudioHeader(HeaderSlot { track, is_sequence_header: false })
            }
            _ => Self::Audio,
        }
    }

    fn of_video(payload: &[u8]) -> Self {
        let Some(header) = VideoHeader::parse(payload) else { return Self::UnknownVideo };
        let track = header.track.map_or(0, |track| track.id);
        match (header.packet, header.frame_type) {
            (Packet::SequenceHeader, _) => {
                Self::VideoHeader(HeaderSlot { track, is_sequence_header: true })
            }
            (Packet::Metadata, _) => {
                Self::VideoHeader(HeaderSlot { track, is_sequence_header: false })
            }
            // Only the default track says where playing may start.
            (Packet::Frames, FrameType::Key | FrameType::GeneratedKey) if track == 0 => {
                Self::KeyFrame
            }
            (Packet::Frames, FrameType::Disposable) => Self::DisposableFrame,
            (Packet::Frames, _) => Self::InterFrame,
            (Packet::SequenceEnd | Packet::Command(_) | Packet::Other(_), _) => Self::VideoEvent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HeaderSlot, TagClass};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    #[test]
    fn tags_are_classified_by_their_first_bytes() {
        let first = HeaderSlot { track: 0, is_sequence_header: true };
        let table: [(TagKind, &[u8], TagClass); 21] = [
            (TagKind::Script, b"\x02\x00\x0aonMetaData\x08", TagClass::Metadata),
            (TagKind::Script, b"\x02\x00\x0aonCuePoint\x08", TagClass::Script),
            (TagKind::Script, b"", TagClass::Script),
            (TagKind::Audio, &[0xaf, 0, 0x12], TagClass::AudioHeader(first)),
            (TagKind::Audio, &[0xaf, 1, 0x21], TagClass::Audio),
            (TagKind::Audio, &[0x2f, 0xff], TagClass::Audio),
            (TagKind::Audio, &[], TagClass::Audio),
            (
                TagKind::Audio,
                b"\x94Opus\0\x02\0\0\0\0",
                TagClass::AudioHeader(HeaderSlot { track: 0, is_sequence_header: false }),
            ),
            (TagKind::Video, &[0x17, 0, 0, 0, 0, 1], TagClass::VideoHeader(first)),
            (TagKind::Video, &[0x17, 1, 0, 0, 0, 1], TagClass::KeyFrame),
            (TagKind::Video, &[0x27, 1, 0, 0, 0, 1], TagClass::InterFrame),
            (TagKind::Video, &[0x37, 1, 0, 0, 0, 1], TagClass::DisposableFrame),
            (TagKind::Video, &[0x17, 2], TagClass::VideoEvent),
            (TagKind::Video, &[0x57, 0], TagClass::VideoEvent),
            (TagKind::Video, &[], TagClass::UnknownVideo),
            (TagKind::Video, b"\x90hvc1\0", TagClass::VideoHeader(first)),
            (TagKind::Video, b"\x93hvc1\0", TagClass::KeyFrame),
            (
                TagKind::Video,
                b"\x94hvc1\x02",
                TagClass::VideoHeader(HeaderSlot { track: 0, is_sequence_header: false }),
            ),
            (TagKind::Video, b"\x96\x01hvc1\x00\0\0\0", TagClass::KeyFrame),
            (TagKind::Video, b"\x96\x01hvc1\x05\0\0\0", TagClass::InterFrame),
            (
                TagKind::Video,
                b"\x96\x00hvc1\x05\0",
                TagClass::VideoHeader(HeaderSlot { track: 5, is_sequence_header: true }),
            ),
        ];
        for (kind, payload, class) in table {
            let tag = Tag { kind, timestamp: Timestamp(0), payload: payload.to_vec().into() };
            assert_eq!(TagClass::of(&tag), class, "{kind:?} {payload:x?}");
        }
    }
}
