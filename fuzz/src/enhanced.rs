//! The headers of audio and video tags, those of Enhanced RTMP above all.
//!
//! - A header is no longer than its tag, and a longer tag has the same header.
//! - The tracks of a message lie in it one behind the other, and are no more than its bytes.
//! - The default track alone, without its number, is of the same kind as in the message.

use bytes::Bytes;
use rendercast::media::{AudioHeader, Tag, TagKind, Tracks, VideoHeader};
use rendercast::protocol::Timestamp;

pub fn run(bytes: &[u8]) {
    let Some((&kind, payload)) = bytes.split_first() else { return };
    let kind = [TagKind::Audio, TagKind::Video, TagKind::Script][usize::from(kind % 3)];
    let payload = Bytes::copy_from_slice(payload);
    let tag = Tag { kind, timestamp: Timestamp(0), payload };
    check_header(&tag);
    check_tracks(&tag);
}

fn check_header(tag: &Tag) {
    let longer = [&tag.payload[..], &[0; 8]].concat();
    if let Some(header) = AudioHeader::parse(&tag.payload) {
        assert!(header.length <= tag.payload.len());
        assert_eq!(AudioHeader::parse(&longer), Some(header));
    }
    if let Some(header) = VideoHeader::parse(&tag.payload) {
        assert!(header.length <= tag.payload.len());
        // Only the composition time of H.264 may be missing.
        let again = VideoHeader::parse(&longer).expect("it is longer");
        assert_eq!(
            (again.packet, again.codec, again.track),
            (header.packet, header.codec, header.track)
        );
    }
    let _ = (tag.is_key_frame(), tag.is_sequence_header());
}

fn check_tracks(tag: &Tag) {
    let Some(tracks) = Tracks::of(tag) else { return };
    assert_ne!(tag.kind, TagKind::Script);
    let mut end = tag.payload.as_ptr() as usize;
    let last = end + tag.payload.len();
    let mut count = 0;
    for track in tracks {
        let start = track.body.as_ptr() as usize;
        assert!(start >= end && start + track.body.len() <= last, "the tracks overlap");
        end = start + track.body.len();
        count += 1;
    }
    assert!(count <= tag.payload.len());
}
