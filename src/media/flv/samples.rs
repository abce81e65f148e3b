//! Small files for tests.

use bytes::Bytes;

use super::Writer;
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;

pub(super) fn tag(kind: TagKind, timestamp: u32, payload: &[u8]) -> Tag {
    Tag { kind, timestamp: Timestamp(timestamp), payload: Bytes::copy_from_slice(payload) }
}

pub(super) fn video(timestamp: u32, payload: &[u8]) -> Tag {
    tag(TagKind::Video, timestamp, payload)
}

pub(super) fn audio(timestamp: u32, payload: &[u8]) -> Tag {
    tag(TagKind::Audio, timestamp, payload)
}

/// `onMetaData` with an ECMA array of one member, `duration`: 1.5.
pub(super) const METADATA: &[u8] =
    b"\x02\0\x0aonMetaData\x08\0\0\0\x01\0\x08duration\0\x3f\xf8\0\0\0\0\0\0\0\0\x09";

/// Returns metadata, both sequence headers, and 1.2 seconds: two key frames, two inter frames, and
/// sound.
pub(super) fn tags() -> Vec<Tag> {
    vec![
        tag(TagKind::Script, 0, METADATA),
        video(0, b"\x17\x00\0\0\0avcC"),
        audio(0, b"\xaf\x00\x12\x10"),
        video(0, b"\x17\x01\0\0\0key"),
        audio(10, b"\xaf\x01sound"),
        video(400, b"\x27\x01\0\0\0inter"),
        audio(410, b"\xaf\x01sound"),
        video(800, b"\x17\x01\0\0\0key"),
        audio(810, b"\xaf\x01"),
        video(1200, b"\x27\x01\0\0\0inter"),
    ]
}

/// Writes the file of those tags.
pub(super) fn write(tags: &[Tag]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), true, true).unwrap();
    for tag in tags {
        writer.write(tag).unwrap();
    }
    writer.into_inner()
}

/// Returns the offset of each tag's header in that file, and the file's length.
pub(super) fn offsets(tags: &[Tag]) -> Vec<usize> {
    let mut offsets = vec![13];
    for tag in tags {
        offsets.push(offsets.last().unwrap() + 11 + tag.payload.len() + 4);
    }
    offsets
}

/// Pseudo-random numbers, the same from the same seed, for a sweep of mutations.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
