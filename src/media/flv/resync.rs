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

/// Returns whether the back pointer behind a body that ends at `end` agrees with its length.
pub(super) fn is_confirmed(bytes: &[u8], end: usize, body_length: u32) -> bool {
    back_pointer(bytes, end) == Some(body_length.saturating_add(TAG_HEADER_LENGTH))
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
    use super::find_tag;
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
}
