//! Finds the next tag behind a damaged part of a file.

use super::header::{TAG_HEADER_LENGTH, TagHeader};
use crate::protocol::wire;

/// The length of the back pointer behind each tag's body, in bytes.
const BACK_POINTER: usize = 4;

/// Returns the offset of the first whole tag at or after `from`.
///
/// A tag counts if its header is plausible and the back pointer behind its body agrees. Each byte
/// is tried once, at constant cost.
pub(super) fn find_tag(bytes: &[u8], from: usize) -> Option<usize> {
    let candidates = bytes.get(from..)?.windows(TAG_HEADER_LENGTH as usize);
    let found = candidates.enumerate().find(|(distance, window)| {
        let offset = from.saturating_add(*distance);
        tag_end(bytes, offset, window)
            .is_some_and(|(end, length)| back_pointer(bytes, end) == Some(length))
    });
    found.map(|(distance, _)| from.saturating_add(distance))
}

/// Returns whether a tag whose body ends at `end` is followed by what must follow: its back pointer
/// or, if that is wrong, the header of another tag. The end of the file is fine too.
pub(super) fn is_followed(bytes: &[u8], end: usize, body_length: u32) -> bool {
    let wanted = body_length.saturating_add(TAG_HEADER_LENGTH);
    match back_pointer(bytes, end) {
        None => true,
        Some(found) if found == wanted => true,
        Some(_) => {
            let next = end.saturating_add(BACK_POINTER);
            let header = bytes.get(next..).and_then(|rest| rest.get(..TAG_HEADER_LENGTH as usize));
            header.is_none_or(|header| tag_end(bytes, next, header).is_some())
        }
    }
}

/// Returns where the body of a plausible tag at `offset` ends, if that is within the file, and
/// what its back pointer must be.
fn tag_end(bytes: &[u8], offset: usize, header: &[u8]) -> Option<(usize, u32)> {
    let header = TagHeader::read(&mut wire::Reader::new(header)).ok()?;
    if !header.is_plausible() {
        return None;
    }
    let length = header.body_length.saturating_add(TAG_HEADER_LENGTH);
    let end = offset.checked_add(length as usize)?;
    (end <= bytes.len()).then_some((end, length))
}

fn back_pointer(bytes: &[u8], at: usize) -> Option<u32> {
    let end = at.checked_add(BACK_POINTER)?;
    let bytes = bytes.get(at..end)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::{find_tag, is_followed};
    use crate::media::flv::samples;

    #[test]
    fn the_next_tag_is_found_from_any_byte() {
        let tags = samples::tags();
        let offsets = samples::offsets(&tags);
        let bytes = samples::write(&tags);
        for from in 9..bytes.len() {
            let expected = offsets[..tags.len()].iter().copied().find(|offset| *offset >= from);
            assert_eq!(find_tag(&bytes, from), expected, "{from}");
        }
        assert_eq!(find_tag(&bytes, bytes.len() + 1), None);
    }

    #[test]
    fn a_tag_is_followed_by_its_length_or_by_another_tag() {
        let tags = samples::tags();
        let offsets = samples::offsets(&tags);
        let mut bytes = samples::write(&tags);
        let (end, length) = (offsets[1] - 4, tags[0].payload.len() as u32);
        assert!(is_followed(&bytes, end, length));
        bytes[end..end + 4].fill(0);
        assert!(is_followed(&bytes, end, length), "the next tag is whole");
        bytes[end..end + 15].fill(0);
        assert!(!is_followed(&bytes, end, length));
        assert!(is_followed(&bytes[..end], end, length), "the file ends there");
    }
}
