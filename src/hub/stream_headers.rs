//! What a decoder needs before the first frame.

use super::frame::Frame;
use crate::media::{TagClass, TagKind};

/// The most slots for the headers of audio and video tracks together.
const MAX_TRACK_HEADERS: usize = 32;

/// The most bytes of all of them. Those of a usual stream have 1 KiB together.
const MAX_BYTES: usize = 1 << 20;

/// The metadata of a stream, and the headers of its audio and video tracks: the last of each. What
/// would take more than 1 MiB together is not kept.
#[derive(Debug, Default)]
pub(crate) struct StreamHeaders {
    metadata: Option<Frame>,
    /// One for each kind and slot, audio first.
    tracks: Vec<Frame>,
}

impl StreamHeaders {
    pub(crate) fn is_empty(&self) -> bool {
        self.metadata.is_none() && self.tracks.is_empty()
    }

    /// Keeps a frame if it is metadata or a header. Returns whether it replaced a different header
    /// of a video track: the frames before it cannot be decoded with it.
    pub(crate) fn note(&mut self, frame: &Frame) -> bool {
        match frame.class {
            TagClass::Metadata => {
                self.metadata = None;
                self.metadata = self.has_room_for(frame).then(|| frame.clone());
                false
            }
            TagClass::AudioHeader(_) | TagClass::VideoHeader(_) => self.note_header(frame),
            _ => false,
        }
    }

    fn note_header(&mut self, frame: &Frame) -> bool {
        let same_slot = |kept: &Frame| kept.class == frame.class;
        let Some(place) = self.tracks.iter().position(same_slot) else {
            self.add_header(frame);
            return false;
        };
        let former = self.tracks.remove(place);
        if self.has_room_for(frame) {
            self.tracks.insert(place, frame.clone());
        }
        let is_of_frames =
            matches!(frame.class, TagClass::VideoHeader(slot) if slot.is_sequence_header);
        is_of_frames && former.tag.payload != frame.tag.payload
    }

    fn add_header(&mut self, frame: &Frame) {
        if self.tracks.len() < MAX_TRACK_HEADERS && self.has_room_for(frame) {
            let is_video = |kept: &Frame| kept.tag.kind == TagKind::Video;
            let first_video = self.tracks.iter().position(is_video);
            let end = self.tracks.len();
            let place = if is_video(frame) { end } else { first_video.unwrap_or(end) };
            self.tracks.insert(place, frame.clone());
        }
    }

    fn has_room_for(&self, frame: &Frame) -> bool {
        let kept: usize = self.iter().map(|kept| kept.tag.payload.len()).sum();
        kept.saturating_add(frame.tag.payload.len()) <= MAX_BYTES
    }

    /// Returns metadata, then audio headers, then video headers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Frame> {
        self.metadata.iter().chain(&self.tracks)
    }

    /// Returns all that is kept, in the order of [`iter`](Self::iter), and keeps nothing.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Frame> + use<> {
        let Self { metadata, tracks } = std::mem::take(self);
        metadata.into_iter().chain(tracks)
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, MAX_BYTES, MAX_TRACK_HEADERS, StreamHeaders};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    fn frame(kind: TagKind, payload: &[u8]) -> Frame {
        Tag { kind, timestamp: Timestamp(0), payload: payload.to_vec().into() }.into()
    }

    #[test]
    fn the_last_of_each_slot_is_kept() {
        let mut headers = StreamHeaders::default();
        let metadata = frame(TagKind::Script, b"\x02\x00\x0aonMetaData");
        let video = frame(TagKind::Video, &[0x17, 0, 0, 0, 0, 2]);
        let second_track = frame(TagKind::Video, b"\x96\x00hvc1\x05\x01");
        let colours = frame(TagKind::Video, b"\x94hvc1\x02");
        let audio = frame(TagKind::Audio, &[0xaf, 0, 0x12]);
        assert!(headers.is_empty());
        for frame in [
            &frame(TagKind::Video, &[0x17, 0, 0, 0, 0, 1]),
            &second_track,
            &frame(TagKind::Script, b"\x02\x00\x0aonCuePoint"),
            &frame(TagKind::Video, &[0x17, 1, 0, 0, 0, 1]),
            &colours,
            &metadata,
            &audio,
        ] {
            assert!(!headers.note(frame), "{frame:?}");
        }
        assert!(headers.note(&video), "another header of a track");
        assert!(!headers.note(&video), "the same again");
        let all = [metadata, audio, video, second_track, colours];
        assert!(headers.iter().eq(&all));
        assert!(headers.take().eq(all));
        assert!(headers.is_empty());
    }

    #[test]
    fn their_bytes_are_bounded() {
        let header = |track: u8, length: usize| {
            let payload = [b"\x96\x00hvc1".as_slice(), &[track], &vec![track; length]].concat();
            frame(TagKind::Video, &payload)
        };
        let mut headers = StreamHeaders::default();
        headers.note(&header(1, MAX_BYTES / 2));
        headers.note(&header(2, MAX_BYTES / 2));
        assert!(headers.iter().eq(&[header(1, MAX_BYTES / 2)]));
        headers.note(&header(2, 9));
        assert!(headers.note(&header(1, MAX_BYTES)), "another header of a track");
        assert!(headers.iter().eq(&[header(2, 9)]), "the former is no longer of use");
        let metadata = [b"\x02\x00\x0aonMetaData".as_slice(), &vec![0; MAX_BYTES]].concat();
        headers.note(&frame(TagKind::Script, &metadata));
        assert!(headers.iter().eq(&[header(2, 9)]));
    }

    #[test]
    fn the_number_of_tracks_is_bounded() {
        let mut headers = StreamHeaders::default();
        for track in 0..=u8::MAX {
            let payload = [b"\x96\x00hvc1".as_slice(), &[track, 1]].concat();
            headers.note(&frame(TagKind::Video, &payload));
        }
        assert_eq!(headers.iter().count(), MAX_TRACK_HEADERS);
    }
}
