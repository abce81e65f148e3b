//! The beginning of FLV, whose header must say which kinds of media follow.

use crate::hub::Frame;
use crate::media::mux::{FlvFormat, Messages, plain, unknown_codec};
use crate::media::{Tag, TagClass, TagKind};
use crate::protocol::Timestamp;
use crate::protocol::buffers::brief_list;

/// How many tags without a frame are held. A publisher may send data for ever.
const MOST_HELD: usize = 64;

/// How many milliseconds of media are held for a kind that the metadata name. They may be wrong.
const LONGEST_WAIT: i32 = 250;

/// Holds the first tags of a play until the first frame is among them. If the metadata name kinds
/// of media, a tag of each must be among them too.
///
/// Players show nothing until each kind of media has come that the header promises. Some ignore
/// what it does not promise. So the header must not be written before it is known what there is.
#[derive(Debug)]
pub(crate) struct Opening {
    format: FlvFormat,
    tags: Vec<Tag>,
    has_frame: bool,
    /// The kinds that the metadata name and that have not come. One that the player is not sent
    /// counts as come.
    missing: Vec<TagKind>,
    /// The timestamps of the first and of the last tag of media.
    span: Option<(Timestamp, Timestamp)>,
    /// The codecs that are left out because the player does not know them.
    left_out: Vec<String>,
}

impl Opening {
    pub(crate) const fn new(format: FlvFormat) -> Self {
        Self {
            format,
            tags: Vec::new(),
            has_frame: false,
            missing: Vec::new(),
            span: None,
            left_out: Vec::new(),
        }
    }

    /// Adds frames whose timestamps are `offset` milliseconds ahead of those of the client.
    pub(crate) fn hold(&mut self, frames: &[Frame], offset: u32) {
        if self.tags.capacity() == 0 {
            self.tags = brief_list(frames.len());
        }
        for frame in frames {
            self.note_kinds(frame);
            if plain(&frame.tag, self.format.player).is_some() {
                let timestamp = Timestamp(frame.tag.timestamp.0.wrapping_sub(offset));
                self.has_frame |= is_frame(frame.class);
                self.tags.push(Tag { timestamp, ..frame.tag.clone() });
            } else if let Some(codec) = unknown_codec(&frame.tag, self.format.player)
                && !self.left_out.contains(&codec)
            {
                self.left_out.push(codec);
            }
        }
    }

    fn note_kinds(&mut self, frame: &Frame) {
        let Tag { kind, timestamp, .. } = frame.tag;
        match frame.class {
            TagClass::Metadata => {
                let named = [
                    frame.named.audio.then_some(TagKind::Audio),
                    frame.named.video.then_some(TagKind::Video),
                ];
                let is_missing = |kind: &_| !self.holds(*kind);
                self.missing = named.into_iter().flatten().filter(is_missing).collect();
            }
            class => {
                self.missing.retain(|missing| *missing != kind);
                if is_frame(class) {
                    self.span = Some((self.span.map_or(timestamp, |(first, _)| first), timestamp));
                }
            }
        }
    }

    fn holds(&self, kind: TagKind) -> bool {
        self.tags.iter().any(|tag| tag.kind == kind)
    }

    /// Returns whether the header can be written now.
    pub(crate) fn is_ready(&self) -> bool {
        let waited = self.span.map_or(0, |(first, last)| last.since(first));
        let is_known = self.missing.is_empty() || waited >= LONGEST_WAIT;
        self.has_frame && is_known || self.tags.len() >= MOST_HELD
    }

    /// Returns whether anything is held.
    pub(crate) const fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Returns the header and all that is held, as one message.
    pub(crate) fn encode(&self) -> Messages {
        self.format.encode_opening(&self.tags)
    }

    /// Returns the codecs that the player is not sent, separated by commas. Returns `None` if it is
    /// sent all.
    pub(crate) fn left_out(&self) -> Option<String> {
        (!self.left_out.is_empty()).then(|| self.left_out.join(", "))
    }

    /// Forgets what is held, because it could not be sent.
    pub(crate) fn clear(&mut self) {
        self.tags.clear();
        self.has_frame = false;
        self.span = None;
    }
}

const fn is_frame(class: TagClass) -> bool {
    matches!(
        class,
        TagClass::Audio
            | TagClass::KeyFrame
            | TagClass::InterFrame
            | TagClass::DisposableFrame
            | TagClass::UnknownVideo
    )
}

#[cfg(test)]
mod tests {
    use super::{FlvFormat, Opening};
    use crate::hub::Frame;
    use crate::media::mux::{Framing, Player};
    use crate::media::{Tag, TagKind, on_metadata};
    use crate::protocol::Timestamp;
    use crate::protocol::amf::{Object, Value};

    fn frame(kind: TagKind, payload: &[u8]) -> Frame {
        at(100, kind, payload)
    }

    fn at(time: u32, kind: TagKind, payload: &[u8]) -> Frame {
        Tag { kind, timestamp: Timestamp(time), payload: payload.to_vec().into() }.into()
    }

    fn opening(player: Player) -> Opening {
        Opening::new(FlvFormat { framing: Framing::UntilClose, player })
    }

    #[test]
    fn the_header_waits_for_a_frame_and_promises_what_there_is() {
        let mut opening = opening(Player::Plain);
        opening
            .hold(&[frame(TagKind::Script, &[2]), frame(TagKind::Video, &[0x17, 0, 0, 0, 0])], 0);
        assert!(!opening.is_ready());
        opening.hold(&[frame(TagKind::Video, &[0x17, 1, 0, 0, 0, 9])], 60);
        assert!(opening.is_ready());
        let bytes = opening.encode().parts().concat();
        assert_eq!(bytes[..9], *b"FLV\x01\x01\0\0\0\x09", "video alone");
        let last = bytes.len() - 6 - 4 - 11;
        assert_eq!(bytes[last..last + 8], [9, 0, 0, 6, 0, 0, 40, 0]);
        assert_eq!(opening.left_out(), None);
        opening.clear();
        assert!(!opening.is_ready());
    }

    #[test]
    fn a_kind_that_the_player_does_not_know_is_not_promised_but_named() {
        let mut opening = opening(Player::MpegTsJs);
        opening.hold(
            &[
                frame(TagKind::Video, b"\x90vp09x"),
                frame(TagKind::Video, b"\x91vp09x"),
                frame(TagKind::Audio, b"\xaf\x01x"),
            ],
            0,
        );
        assert_eq!(opening.encode().parts().concat()[4], 4, "audio alone");
        assert_eq!(opening.left_out().as_deref(), Some("vp09"));
    }

    #[test]
    fn the_header_waits_for_what_the_metadata_name() {
        let named = Object::new().with("videocodecid", 7).with("audiocodecid", "mp4a");
        let named = on_metadata(named.with("width", 640));
        let picture = |time| at(time, TagKind::Video, &[0x17, 1, 0, 0, 0, 9]);
        let sound = at(90, TagKind::Audio, &[0x3f, 1]);
        let mut opening = opening(Player::Plain);
        opening.hold(&[frame(TagKind::Script, &named), picture(100), picture(140)], 0);
        assert!(!opening.is_ready());
        opening.hold(&[sound], 0);
        assert!(opening.is_ready());
        assert_eq!(opening.encode().parts().concat()[4], 5, "both");
    }

    #[test]
    fn wrong_metadata_delay_the_header_by_a_quarter_of_a_second() {
        let named = on_metadata(Object::new().with("audiocodecid", 10));
        let picture = |time| at(time, TagKind::Video, &[0x17, 1, 0, 0, 0, 9]);
        let mut opening = opening(Player::Plain);
        // The first and the last timestamp have 0 between them.
        let first = u32::MAX - 9;
        opening.hold(&[frame(TagKind::Script, &named), picture(first), picture(239)], 0);
        assert!(!opening.is_ready());
        opening.hold(&[picture(240)], 0);
        assert!(opening.is_ready());
        assert_eq!(opening.encode().parts().concat()[4], 1, "video alone");
        let unnamed = on_metadata(Object::new().with("audiocodecid", Value::Null));
        for metadata in [&unnamed[..], b"\x02\x00\x0aonMetaData\x08"] {
            let mut opening = Opening::new(opening.format);
            opening.hold(&[frame(TagKind::Script, metadata), picture(0)], 0);
            assert!(opening.is_ready());
        }
    }

    #[test]
    fn data_alone_is_not_held_for_ever() {
        let mut opening = opening(Player::Plain);
        for _ in 0..63 {
            opening.hold(&[frame(TagKind::Script, &[2])], 0);
        }
        assert!(!opening.is_ready());
        opening.hold(&[frame(TagKind::Script, &[2])], 0);
        assert!(opening.is_ready());
    }
}
