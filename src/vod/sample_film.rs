//! Sample films for tests.

use crate::media::{Film, Tag, TagKind, flv};
use crate::protocol::Timestamp;

/// Makes ten seconds of media: audio and video headers, then a video frame every 40 ms with a key
/// frame every second, and an audio frame with each.
pub(super) fn film() -> Film {
    marked(0)
}

/// Makes the same film, whose payloads all end with `mark`.
pub(super) fn marked(mark: u8) -> Film {
    let mut writer = flv::Writer::new(Vec::new(), true, true).unwrap();
    let mut put = |kind, at, mut payload: Vec<u8>| {
        payload.push(mark);
        let tag = Tag { kind, timestamp: Timestamp(at), payload: payload.into() };
        writer.write(&tag).unwrap();
    };
    put(TagKind::Video, 0, vec![0x17, 0, 0, 0, 0, 1]);
    put(TagKind::Audio, 0, vec![0xaf, 0, 0x12, 0x10]);
    for frame in 0..250_u32 {
        let first = if frame % 25 == 0 { 0x17 } else { 0x27 };
        let mut payload = vec![first, 1, 0, 0, 0];
        payload.extend(frame.to_be_bytes());
        put(TagKind::Video, frame * 40, payload.clone());
        payload.splice(..2, [0xaf, 1]);
        put(TagKind::Audio, frame * 40, payload);
    }
    Film::from_bytes(writer.into_inner().into()).unwrap()
}
