//! The beginning of FLV, whose header must say which kinds of media follow.

use crate::hub::Frame;
use crate::media::mux::{FlvFormat, Messages, plain, unknown_codec};
use crate::media::{Tag, TagClass};
use crate::protocol::Timestamp;
use crate::protocol::buffers::brief_list;

/// How many tags without a frame are held. A publisher may send data for ever.
const MOST_HELD: usize = 64;

/// Holds the first tags of a play until the first frame is among them.
///
/// Players show nothing until each kind of media that the header promises has come. So the header
/// must not be written before it is known what there is.
#[derive(Debug)]
pub(crate) struct Opening {
    format: FlvFormat,
    tags: Vec<Tag>,
    has_frame: bool,
    /// The codecs that are left out because the player does not know them.
    left_out: Vec<String>,
}

impl Opening {
    pub(crate) const fn new(format: FlvFormat) -> Self {
        Self { format, tags: Vec::new(), has_frame: false, left_out: Vec::new() }
    }

    /// Adds frames whose timestamps are `offset` milliseconds ahead of those of the client.
    pub(crate) fn hold(&mut self, frames: &[Frame], offset: u32) {
        if self.tags.capacity() == 0 {
            self.tags = brief_list(frames.len());
        }
        for frame in frames {
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

    /// Returns whether the header can be written now.
    pub(crate) const fn is_ready(&self) -> bool {
        self.has_frame || self.tags.len() >= MOST_HELD
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
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    fn frame(kind: TagKind, payload: &[u8]) -> Frame {
        Tag { kind, timestamp: Timestamp(100), payload: payload.to_vec().into() }.into()
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
