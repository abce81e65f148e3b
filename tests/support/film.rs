//! A film of made-up frames.

use rendercast::media::{Tag, TagKind, flv};
use rendercast::protocol::Timestamp;

/// Makes configurations, and a picture and a sound every 40 ms, with a key frame every second. The
/// last byte of each is `mark`.
pub(crate) fn film(seconds: u32, mark: u8) -> flv::File {
    let mut writer = flv::Writer::new(Vec::new(), true, true).expect("memory takes all");
    let mut put = |kind, at, bytes: &[u8]| {
        let payload = [bytes, &[mark]].concat().into();
        writer.write(&Tag { kind, timestamp: Timestamp(at), payload }).expect("memory takes all");
    };
    put(TagKind::Video, 0, &[0x17, 0, 0, 0, 0, 1]);
    put(TagKind::Audio, 0, &[0xaf, 0, 0x12, 0x10]);
    for frame in 0..seconds * 25 {
        let kind = if frame % 25 == 0 { 0x17 } else { 0x27 };
        put(TagKind::Video, frame * 40, &[kind, 1, 0, 0, 0, 9, 9]);
        put(TagKind::Audio, frame * 40, &[0xaf, 1, 9]);
    }
    flv::File::from_bytes(writer.into_inner().into()).expect("it is an FLV file")
}
