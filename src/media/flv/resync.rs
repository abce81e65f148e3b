//! Finds the next tag behind a damaged part of a file.

use std::io;

use super::header::{TAG_HEADER_LENGTH, TagHeader};
use crate::media::source::{Source, Window};
use crate::protocol::wire;

/// The length of the back pointer behind each tag's body, in bytes.
pub(super) const BACK_POINTER: u32 = 4;

/// How many bytes are searched at once.
const STEP: usize = 64 * 1024;

/// Searches for tags in a source.
///
/// A tag counts if its header is plausible and the back pointer behind its body agrees. An
/// encrypted tag does not, since nothing can be played from there. Each byte is tried once, at
/// constant cost.
#[derive(Debug)]
pub(super) struct Search<'a> {
    headers: Window<'a>,
    back_pointers: Window<'a>,
}

impl<'a> Search<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { headers: source.pass(), back_pointers: source.pass() }
    }

    /// Returns the offset of the first whole tag in a part of the file. Its body may reach up to
    /// the `end` of the file.
    pub(super) fn find_tag(&mut self, from: u64, to: u64, end: u64) -> io::Result<Option<u64>> {
        let header_length = TAG_HEADER_LENGTH as usize;
        let mut at = from;
        while at < to {
            let bytes = self.headers.read(at, STEP)?;
            for (distance, header) in bytes.windows(header_length).enumerate() {
                let offset = at.saturating_add(distance as u64);
                if offset >= to {
                    return Ok(None);
                }
                if self.is_tag(offset, header, end)? {
                    return Ok(Some(offset));
                }
            }
            let searched = bytes.len().saturating_sub(header_length.saturating_sub(1));
            if searched == 0 {
                break;
            }
            at = at.saturating_add(searched as u64);
        }
        Ok(None)
    }

    /// Returns whether the back pointer behind a body that ends at `body_end` agrees with its
    /// length.
    pub(super) fn is_confirmed(&mut self, body_end: u64, body_length: u32) -> io::Result<bool> {
        let bytes = self.back_pointers.read(body_end, BACK_POINTER as usize)?;
        let expected = body_length.saturating_add(TAG_HEADER_LENGTH).to_be_bytes();
        Ok(bytes == expected.as_slice())
    }

    fn is_tag(&mut self, offset: u64, header: &[u8], end: u64) -> io::Result<bool> {
        let Ok(header) = TagHeader::read(&mut wire::Reader::new(header)) else { return Ok(false) };
        if !header.is_plausible() || header.is_encrypted() {
            return Ok(false);
        }
        let length = header.body_length.saturating_add(TAG_HEADER_LENGTH);
        let body_end = offset.saturating_add(length.into());
        Ok(body_end <= end && self.is_confirmed(body_end, header.body_length)?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Search, Source};
    use crate::media::flv::samples;

    #[test]
    fn the_next_tag_is_found_from_any_byte() {
        let tags = samples::tags();
        let offsets = samples::offsets(&tags);
        let source = Source::Memory(samples::write(&tags).into());
        let end = source.length().unwrap();
        let mut search = Search::new(&source);
        for from in 9..end + 2 {
            let expected =
                offsets[..tags.len()].iter().map(|offset| *offset as u64).find(|at| *at >= from);
            assert_eq!(search.find_tag(from, end, end).unwrap(), expected, "{from}");
        }
    }

    #[test]
    fn encrypted_tags_are_not_found() {
        let tags = samples::tags();
        let offsets = samples::offsets(&tags);
        let mut bytes = samples::write(&tags);
        bytes[offsets[3]] |= 0x20;
        let source = Source::Memory(bytes.into());
        let end = source.length().unwrap();
        let found = Search::new(&source).find_tag(offsets[2] as u64 + 1, end, end).unwrap();
        assert_eq!(found, Some(offsets[4] as u64));
    }
}
