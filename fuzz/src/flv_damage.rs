//! A whole file, parts of which are overwritten.
//!
//! - Every tag that is whole and far from the damage is found, in order.
//! - What is skipped is no more than the damage and the tags that it touches.

use bytes::Bytes;
use rendercast::media::flv::{File, Place, Writer};
use rendercast::media::{Tag, TagKind};
use rendercast::protocol::Timestamp;

const TAGS: u32 = 64;
const BODY: usize = 50;
/// A tag with its header and its back pointer.
const TAG_BYTES: usize = 11 + BODY + 4;
const FILE_HEADER: usize = 13;

/// The first three bytes say where the rest is written to.
pub fn run(bytes: &[u8]) {
    let [high, middle, low, damage @ ..] = bytes else { return };
    let mut file = film();
    let offset = u32::from_be_bytes([0, *high, *middle, *low]) as usize % file.len();
    let offset = offset.max(FILE_HEADER);
    let end = offset.saturating_add(damage.len()).min(file.len());
    let length = end.saturating_sub(offset);
    let (Some(target), Some(source)) = (file.get_mut(offset..end), damage.get(..length)) else {
        return;
    };
    target.copy_from_slice(source);
    let Ok(file) = File::from_bytes(Bytes::from(file)) else { return };

    let found: Vec<Tag> = file.tags_from(Place::START).collect();
    assert_eq!(found.len() as u64, file.len(), "what is indexed can be read");
    let before = offset.saturating_sub(FILE_HEADER) / TAG_BYTES;
    // The last tag before the damage may seem to be of another length.
    for index in 0..before.saturating_sub(1) {
        let tag = found.get(index).expect("it lies before the damage");
        assert_eq!(mark(tag), index as u8);
    }
    // The damage may forge tags of at most its own length.
    let touched = length / TAG_BYTES + 3;
    let after = (before + touched).min(TAGS as usize);
    if damage.len() < TAG_BYTES && after < TAGS as usize {
        assert_eq!(found.last().map(mark), Some(TAGS as u8 - 1), "the rest is found");
    }
    assert!(file.skipped().bytes <= file.size());
}

fn mark(tag: &Tag) -> u8 {
    tag.payload.last().copied().unwrap_or_default()
}

fn film() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), false, true).expect("memory can be written");
    for number in 0..TAGS {
        let mut payload = vec![0x13; BODY];
        if let Some(last) = payload.last_mut() {
            *last = number as u8;
        }
        let tag = Tag {
            kind: TagKind::Video,
            timestamp: Timestamp(number * 40),
            payload: payload.into(),
        };
        writer.write(&tag).expect("memory can be written");
    }
    writer.into_inner()
}
