//! Leaves out frames that no message can carry.

use super::frame::Frame;
use crate::media::{Tag, TagClass, TagKind};
use crate::peer_log::peer_log;

/// Leaves out frames that are longer than a message can be, and the video that refers to them.
#[derive(Debug, Default)]
pub(super) struct Fitting {
    /// Whether a picture was left out, so that nothing can be decoded before the next key frame.
    awaits_key_frame: bool,
    has_warned: bool,
}

impl Fitting {
    /// Removes from `frames` what cannot be sent. The first time, logs it.
    pub(super) fn apply(&mut self, frames: &mut Vec<Frame>) {
        if !self.awaits_key_frame && !frames.iter().any(|frame| frame.tag.is_too_long()) {
            return;
        }
        frames.retain(|frame| {
            if frame.tag.is_too_long() {
                self.awaits_key_frame |= frame.tag.kind == TagKind::Video;
                self.warn(&frame.tag);
                return false;
            }
            match frame.class {
                TagClass::KeyFrame | TagClass::UnknownVideo => self.awaits_key_frame = false,
                TagClass::InterFrame | TagClass::DisposableFrame => return !self.awaits_key_frame,
                _ => {}
            }
            true
        });
    }

    fn warn(&mut self, tag: &Tag) {
        if !std::mem::replace(&mut self.has_warned, true) {
            let kind = tag.kind;
            peer_log!(
                Warn,
                "a live stream",
                "is given {kind:?} of {} bytes, which is left out: a message has at most {}",
                tag.payload.len(),
                Tag::MAX_PAYLOAD_BYTES
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Timestamp;

    #[test]
    fn what_no_message_can_carry_is_left_out_up_to_the_next_key_frame() {
        let frame = |kind, first, length| {
            let mut payload = vec![0; length];
            payload[0] = first;
            payload[1] = 1;
            Frame::from(Tag { kind, timestamp: Timestamp(0), payload: payload.into() })
        };
        let longest = Tag::MAX_PAYLOAD_BYTES;
        let (key, inter) =
            (|length| frame(TagKind::Video, 0x17, length), || frame(TagKind::Video, 0x27, 9));
        let audio = |length| frame(TagKind::Audio, 0xaf, length);
        let mut fitting = Fitting::default();
        for (mut frames, expected) in [
            (vec![key(longest), inter()], 2),
            (vec![audio(longest + 1), inter()], 1),
            (vec![key(longest + 1), inter(), audio(9)], 1),
            (vec![inter(), key(9), inter()], 2),
            (vec![inter()], 1),
        ] {
            fitting.apply(&mut frames);
            assert_eq!(frames.len(), expected);
            assert!(frames.iter().all(|frame| frame.tag.payload.len() <= longest));
        }
    }
}
