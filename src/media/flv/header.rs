//! The two headers of FLV: the file's (annex E.2) and a tag's (annex E.4.1).

use bytes::BufMut;

use crate::media::TagKind;
use crate::protocol::Timestamp;
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// The first bytes of every FLV file.
pub(super) const SIGNATURE: [u8; 3] = *b"FLV";
/// The length of a tag's header, in bytes.
pub(in crate::media) const TAG_HEADER_LENGTH: u32 = 11;
/// The length of the back pointer (PreviousTagSize) behind the header of a file and behind each
/// tag, in bytes.
pub(in crate::media) const BACK_POINTER_LENGTH: u32 = 4;
/// The longest body that fits a tag's length field, in bytes.
pub(super) const MAX_BODY_LENGTH: u32 = 0x00ff_ffff;

const AUDIO: u8 = 8;
const VIDEO: u8 = 9;
const SCRIPT: u8 = 18;
/// The bit of a tag's type that marks an encrypted body.
const FILTER: u8 = 0x20;
/// The two bits above it, which are reserved.
const RESERVED: u8 = 0xc0;

/// An FLV file's header.
///
/// ```
/// use rendercast::media::flv::FileHeader;
///
/// let header = FileHeader::new(true, false);
/// assert_eq!((header.version, header.data_offset), (1, FileHeader::LENGTH));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// The version of the format: 1.
    pub version: u8,
    /// Whether the file claims to have audio. Some that do have none.
    pub has_audio: bool,
    /// Whether the file claims to have video. Some that do have none.
    pub has_video: bool,
    /// The offset of the first back pointer, in bytes, at least [`FileHeader::LENGTH`].
    pub data_offset: u32,
}

impl FileHeader {
    /// The length of the header of version 1, in bytes.
    pub const LENGTH: u32 = 9;

    /// Makes a header of version 1.
    #[must_use]
    pub const fn new(has_audio: bool, has_video: bool) -> Self {
        Self { version: 1, has_audio, has_video, data_offset: Self::LENGTH }
    }

    /// Reads the part behind the signature.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, UnexpectedEnd> {
        let version = reader.u8()?;
        let flags = reader.u8()?;
        let data_offset = reader.u32()?;
        Ok(Self { version, has_audio: flags & 4 != 0, has_video: flags & 1 != 0, data_offset })
    }

    /// Appends the header with its signature.
    pub(in crate::media) fn write(self, out: &mut Vec<u8>) {
        out.put_slice(&SIGNATURE);
        out.put_u8(self.version);
        out.put_u8((u8::from(self.has_audio) << 2) | u8::from(self.has_video));
        out.put_u32(self.data_offset);
    }
}

/// A tag's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct TagHeader {
    type_byte: u8,
    pub(super) body_length: u32,
    pub(super) timestamp: Timestamp,
    stream_id: u32,
}

impl TagHeader {
    pub(in crate::media) const fn new(
        kind: TagKind,
        body_length: u32,
        timestamp: Timestamp,
    ) -> Self {
        let type_byte = match kind {
            TagKind::Audio => AUDIO,
            TagKind::Video => VIDEO,
            TagKind::Script => SCRIPT,
        };
        Self { type_byte, body_length, timestamp, stream_id: 0 }
    }

    /// Returns the kind of the tag. Returns `None` for a type that FLV does not define.
    pub(super) const fn kind(self) -> Option<TagKind> {
        match self.type_byte & !(FILTER | RESERVED) {
            AUDIO => Some(TagKind::Audio),
            VIDEO => Some(TagKind::Video),
            SCRIPT => Some(TagKind::Script),
            _ => None,
        }
    }

    pub(super) const fn is_encrypted(self) -> bool {
        self.type_byte & FILTER != 0
    }

    /// Returns whether the bytes are likely a tag's header if nothing else says so.
    pub(super) const fn is_plausible(self) -> bool {
        self.kind().is_some() && self.type_byte & RESERVED == 0 && self.stream_id == 0
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, UnexpectedEnd> {
        let type_byte = reader.u8()?;
        let body_length = reader.u24()?;
        let low = reader.u24()?;
        let high = u32::from(reader.u8()?);
        let stream_id = reader.u24()?;
        Ok(Self { type_byte, body_length, timestamp: Timestamp(high << 24 | low), stream_id })
    }

    /// Appends the header.
    pub(in crate::media) fn write(self, out: &mut Vec<u8>) {
        out.put_u8(self.type_byte);
        out.put_uint(u64::from(self.body_length), 3);
        let [high, ..] = self.timestamp.0.to_be_bytes();
        out.put_uint(u64::from(self.timestamp.0), 3);
        out.put_u8(high);
        out.put_uint(u64::from(self.stream_id), 3);
    }
}

#[cfg(test)]
mod tests {
    use super::{FileHeader, Reader, TagHeader, TagKind, Timestamp};

    #[test]
    fn file_headers_are_read_as_they_were_written() {
        for (has_audio, has_video, flags) in
            [(true, true, 5), (true, false, 4), (false, true, 1), (false, false, 0)]
        {
            let header = FileHeader::new(has_audio, has_video);
            let mut bytes = Vec::new();
            header.write(&mut bytes);
            assert_eq!(bytes, [b'F', b'L', b'V', 1, flags, 0, 0, 0, 9]);
            assert_eq!(FileHeader::read(&mut Reader::new(&bytes[3..])), Ok(header));
        }
    }

    #[test]
    fn tag_headers_are_read_as_they_were_written() {
        for (kind, timestamp, bytes) in [
            (TagKind::Audio, 0, [8, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]),
            (TagKind::Video, 0x0012_3456, [9, 0, 0, 5, 0x12, 0x34, 0x56, 0, 0, 0, 0]),
            (TagKind::Script, 0x8912_3456, [18, 0, 0, 5, 0x12, 0x34, 0x56, 0x89, 0, 0, 0]),
        ] {
            let header = TagHeader::new(kind, 5, Timestamp(timestamp));
            let mut written = Vec::new();
            header.write(&mut written);
            assert_eq!(written, bytes);
            let read = TagHeader::read(&mut Reader::new(&bytes)).unwrap();
            assert_eq!((read, read.kind()), (header, Some(kind)));
            assert!(read.is_plausible() && !read.is_encrypted());
        }
    }

    #[test]
    fn encrypted_and_unknown_tags_are_told() {
        let read = |bytes: [u8; 11]| TagHeader::read(&mut Reader::new(&bytes)).unwrap();
        assert!(read([0x29, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]).is_encrypted());
        assert_eq!(read([15, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]).kind(), None);
        assert!(!read([9, 0, 0, 5, 0, 0, 0, 0, 0, 0, 1]).is_plausible());
    }
}
