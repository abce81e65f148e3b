//! Reads an FLV file tag by tag.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use bytes::Bytes;

use super::header::{BACK_POINTER_LENGTH, SIGNATURE, TAG_HEADER_LENGTH, TagHeader};
use super::{Error, FileHeader, OtherFormat};
use crate::media::{Tag, TagKind};
use crate::protocol::wire;

/// Reads the tags of an FLV file in order, byte for byte.
///
/// Reads the file up to the length that it has at first. Tags that are appended later are not read.
///
/// Few files are flawless, so these faults are tolerated:
/// - a wrong back pointer (PreviousTagSize), if a plausible tag follows: see
///   [`Reader::wrong_back_pointers`];
/// - tags of an unknown type, which are skipped: see [`Reader::skipped_tags`];
/// - stream ids other than 0;
/// - a missing back pointer at the end.
///
/// The iterator ends after the first error. [`File`](super::File) goes on behind damaged parts.
///
/// ```
/// use std::fs::File;
///
/// use rendercast::media::flv;
///
/// let mut reader = flv::Reader::new(File::open("tests/assets/h264_aac.flv")?)?;
/// for key_frame in reader.key_frames()? {
///     println!("a key frame at {}, byte {}", key_frame.timestamp, key_frame.offset);
/// }
/// for tag in reader {
///     let tag = tag?;
///     println!("{:?} at {}: {} bytes", tag.kind, tag.timestamp, tag.payload.len());
/// }
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    input: BufReader<R>,
    header: FileHeader,
    /// The length of the input.
    end: u64,
    /// The offset of the next byte.
    position: u64,
    /// The right value of the back pointer at `position`. `None` if a tag's header is there
    /// instead.
    back_pointer: Option<u32>,
    skipped_tags: u64,
    wrong_back_pointers: u64,
    failed: bool,
}

/// A tag whose header was read and whose body was not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// The offset of its header.
    pub(super) offset: u64,
    pub(super) kind: TagKind,
    pub(super) header: TagHeader,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads the file's header, from the first byte of `input` on.
    ///
    /// # Errors
    /// [`Error::NotFlv`] if there is none, [`Error::Truncated`] if it is cut off,
    /// [`Error::Corrupt`] if it overlaps the tags.
    pub fn new(mut input: R) -> Result<Self, Error> {
        let end = input.seek(SeekFrom::End(0))?;
        input.seek(SeekFrom::Start(0))?;
        let mut input = BufReader::new(input);
        let mut head = Vec::with_capacity(OtherFormat::SNIFFED);
        input.by_ref().take(OtherFormat::SNIFFED as u64).read_to_end(&mut head)?;
        let header = read_file_header(&head)?;
        let position = u64::from(header.data_offset);
        if position > end {
            return Err(Error::Truncated { offset: 0 });
        }
        input.seek(SeekFrom::Start(position))?;
        Ok(Self {
            input,
            header,
            end,
            position,
            back_pointer: Some(0),
            skipped_tags: 0,
            wrong_back_pointers: 0,
            failed: false,
        })
    }

    /// Returns the file's header.
    #[must_use]
    pub const fn header(&self) -> FileHeader {
        self.header
    }

    /// Returns the number of tags of an unknown type that were skipped so far.
    #[must_use]
    pub const fn skipped_tags(&self) -> u64 {
        self.skipped_tags
    }

    /// Returns the number of wrong back pointers so far.
    #[must_use]
    pub const fn wrong_back_pointers(&self) -> u64 {
        self.wrong_back_pointers
    }

    /// Reads the next tag. Returns `None` at the end of the file.
    ///
    /// # Errors
    /// [`Error::Truncated`] if the file ends within the tag, [`Error::Corrupt`] if there is no tag,
    /// [`Error::Encrypted`], [`Error::Io`]. After an error, seek before reading on.
    pub fn read_tag(&mut self) -> Result<Option<Tag>, Error> {
        let Some(found) = self.find_tag()? else {
            return Ok(None);
        };
        // find_tag checked that the file has all these bytes, so a false length allocates nothing.
        let mut payload = Vec::with_capacity(found.header.body_length as usize);
        let length = u64::from(found.header.body_length);
        let read = self.input.by_ref().take(length).read_to_end(&mut payload)?;
        if payload.len() as u64 != length {
            return Err(Error::Truncated { offset: found.offset });
        }
        self.advance(read as u64);
        self.expect_back_pointer(found.header);
        Ok(Some(Tag {
            kind: found.kind,
            timestamp: found.header.timestamp,
            payload: Bytes::from(payload),
        }))
    }

    /// Goes to `offset` in bytes, where a tag's header must start. The next read reads that tag.
    ///
    /// # Errors
    /// [`Error::Io`]. If there is no tag, the next read fails.
    pub fn seek(&mut self, offset: u64) -> Result<(), Error> {
        self.input.seek(SeekFrom::Start(offset))?;
        self.position = offset;
        self.back_pointer = None;
        self.failed = false;
        Ok(())
    }

    /// Goes back to the first tag.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn rewind(&mut self) -> Result<(), Error> {
        self.seek(self.header.data_offset.into())?;
        self.back_pointer = Some(0);
        Ok(())
    }

    /// Returns the offset of the next byte.
    pub(super) const fn next_offset(&self) -> u64 {
        self.position
    }

    /// Returns the length that the input had at first, in bytes.
    pub(super) const fn length(&self) -> u64 {
        self.end
    }

    /// Returns whether the back pointer in front of `offset` leads to a tag that ends there. Seek
    /// before reading on.
    pub(super) fn ends_tag(&mut self, offset: u64) -> Result<bool, Error> {
        let Some(pointer) = offset.checked_sub(BACK_POINTER_LENGTH.into()) else {
            return Ok(false);
        };
        if offset > self.end {
            return Ok(false);
        }
        self.seek(pointer)?;
        let length = self.read_back_pointer()?;
        let Some(start) = pointer.checked_sub(length.into()) else { return Ok(false) };
        self.seek(start)?;
        let bytes: [u8; TAG_HEADER_LENGTH as usize] = self.read_array(start)?;
        let header = TagHeader::read(&mut wire::Reader::new(&bytes));
        Ok(header.is_ok_and(|header| {
            let whole = header.body_length.saturating_add(TAG_HEADER_LENGTH);
            header.is_plausible() && whole == length
        }))
    }

    /// Goes to `offset` as [`Reader::seek`] does, but keeps the buffer. Do not call it after an
    /// error.
    pub(super) fn hop(&mut self, offset: u64) -> Result<(), Error> {
        let distance = i128::from(offset).saturating_sub(i128::from(self.position));
        match i64::try_from(distance) {
            Ok(distance) => self.input.seek_relative(distance)?,
            Err(_) => return Err(Error::Corrupt { offset }),
        }
        self.position = offset;
        self.back_pointer = None;
        Ok(())
    }

    /// Reads the header of the next tag of a known kind. The caller must then read the body or call
    /// [`Reader::skip_body`].
    pub(super) fn find_tag(&mut self) -> Result<Option<Found>, Error> {
        loop {
            let Some((offset, header)) = self.read_tag_header()? else {
                return Ok(None);
            };
            if header.is_encrypted() && header.kind().is_some() {
                return Err(Error::Encrypted { offset });
            }
            if u64::from(header.body_length) > self.left() {
                return Err(match header.kind() {
                    Some(_) => Error::Truncated { offset },
                    None => Error::Corrupt { offset },
                });
            }
            if let Some(kind) = header.kind() {
                return Ok(Some(Found { offset, kind, header }));
            }
            self.skip_body(header)?;
            self.skipped_tags = self.skipped_tags.saturating_add(1);
        }
    }

    /// Skips the body of the tag that was just found.
    pub(super) fn skip_body(&mut self, header: TagHeader) -> Result<(), Error> {
        self.input.seek_relative(header.body_length.into())?;
        self.advance(header.body_length.into());
        self.expect_back_pointer(header);
        Ok(())
    }

    /// Reads up to `length` bytes of the body of the tag that was just found, and goes back.
    pub(super) fn peek_body(&mut self, found: &Found, length: u32) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let length = length.min(found.header.body_length);
        let read = self.input.by_ref().take(length.into()).read_to_end(&mut bytes)?;
        self.input.seek_relative(i64::try_from(read).unwrap_or_default().saturating_neg())?;
        Ok(bytes)
    }

    /// Reads the back pointer and the header that follows it. Returns the header and its offset.
    fn read_tag_header(&mut self) -> Result<Option<(u64, TagHeader)>, Error> {
        let trusted = match self.back_pointer {
            _ if self.left() == 0 => return Ok(None),
            Some(expected) => self.read_back_pointer()? == expected,
            None => false,
        };
        let offset = self.position;
        if self.left() == 0 {
            return Ok(None);
        }
        let bytes: [u8; TAG_HEADER_LENGTH as usize] = self.read_array(offset)?;
        let truncated = |_| Error::Truncated { offset };
        let header = TagHeader::read(&mut wire::Reader::new(&bytes)).map_err(truncated)?;
        if !trusted && !header.is_plausible() {
            return Err(Error::Corrupt { offset });
        }
        if !trusted && self.back_pointer.is_some() {
            self.wrong_back_pointers = self.wrong_back_pointers.saturating_add(1);
        }
        Ok(Some((offset, header)))
    }

    fn read_back_pointer(&mut self) -> Result<u32, Error> {
        let bytes: [u8; BACK_POINTER_LENGTH as usize] = self.read_array(self.position)?;
        Ok(u32::from_be_bytes(bytes))
    }

    /// Reads the next bytes, which belong to the tag at `offset`.
    fn read_array<const N: usize>(&mut self, offset: u64) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::Truncated { offset },
            _ => Error::Io(error),
        })?;
        self.advance(N as u64);
        Ok(bytes)
    }

    const fn expect_back_pointer(&mut self, header: TagHeader) {
        self.back_pointer = Some(header.body_length.saturating_add(TAG_HEADER_LENGTH));
    }

    const fn advance(&mut self, length: u64) {
        self.position = self.position.saturating_add(length);
    }

    const fn left(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }
}

impl<R: Read + Seek> Iterator for Reader<R> {
    type Item = Result<Tag, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let tag = self.read_tag();
        self.failed = tag.is_err();
        tag.transpose()
    }
}

/// Reads the file header at the start of `head`.
pub(super) fn read_file_header(head: &[u8]) -> Result<FileHeader, Error> {
    let mut reader = wire::Reader::new(head);
    let is_cut_off = head.len() < SIGNATURE.len() && SIGNATURE.starts_with(head);
    if is_cut_off && !head.is_empty() {
        return Err(Error::Truncated { offset: 0 });
    }
    if reader.take(SIGNATURE.len()) != Ok(&SIGNATURE) {
        return Err(Error::NotFlv { looks_like: OtherFormat::sniff(head) });
    }
    let header = FileHeader::read(&mut reader).map_err(|_| Error::Truncated { offset: 0 })?;
    if header.data_offset < FileHeader::LENGTH {
        return Err(Error::Corrupt { offset: header.data_offset.into() });
    }
    Ok(header)
}

#[cfg(test)]
mod tests;
