//! What an earlier [`IndexedWriter`](super::IndexedWriter) has left in a file, to go on with it.

use std::io::{Read, Seek};

use super::header::{BACK_POINTER_LENGTH, TAG_HEADER_LENGTH};
use super::key_frame_table::KeyFrameTable;
use super::metadata::decode;
use super::{Error, FileHeader, Reader};
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;
use crate::protocol::amf::{Object, Value};

/// What an earlier writer has left in a file.
#[derive(Debug)]
pub(super) struct WrittenFile {
    /// The members of its metadata.
    pub(super) members: Object,
    /// The length of its header and its metadata, in bytes.
    pub(super) head_length: u64,
    /// The end of its last whole tag, in bytes.
    pub(super) end: u64,
    pub(super) has_audio: bool,
    pub(super) has_video: bool,
    pub(super) key_frames: KeyFrameTable,
    /// The latest timestamp of audio and video.
    pub(super) last: Timestamp,
}

impl WrittenFile {
    /// Reads what is in `input`. Returns `None` for a file without the table of key frames.
    ///
    /// Of a file that was finished it reads the metadata, and what was appended since. Of any other
    /// it reads all tags.
    ///
    /// # Errors
    /// It is no FLV file, it is damaged, or it cannot be read. A part of a tag at its end is left
    /// out, and no error.
    pub(super) fn read<R: Read + Seek>(input: R) -> Result<Option<Self>, Error> {
        let mut reader = Reader::new(input)?;
        let header = reader.header();
        let Some(first) = reader.read_tag()? else { return Ok(None) };
        let members = decode(&first.payload).filter(|_| first.kind == TagKind::Script);
        let members = members.and_then(|members| members.as_object().cloned());
        let Some(members) = members.filter(|_| header == expected(header)) else { return Ok(None) };
        let key_frames = members.get("keyframes").and_then(KeyFrameTable::from_value);
        let Some(key_frames) = key_frames else { return Ok(None) };
        let head_length = reader.next_offset().saturating_add(BACK_POINTER_LENGTH.into());
        let mut file = Self {
            members,
            head_length,
            end: head_length,
            has_audio: false,
            has_video: false,
            key_frames: KeyFrameTable::default(),
            last: Timestamp(0),
        };
        if let Some(end) = file.finished_end(&mut reader)? {
            file.end = end;
            file.has_audio = header.has_audio;
            file.has_video = header.has_video;
            file.key_frames = key_frames;
            let seconds = file.members.get("lasttimestamp").and_then(Value::as_number);
            file.last = Timestamp((seconds.unwrap_or(0.0) * 1000.0).round() as u32);
        }
        file.read_tags(&mut reader)?;
        Ok(Some(file))
    }

    /// Returns the length at which the file was finished, if it was, and if a tag ends there.
    fn finished_end<R: Read + Seek>(&self, reader: &mut Reader<R>) -> Result<Option<u64>, Error> {
        let told = self.members.get("filesize").and_then(Value::as_number).unwrap_or(0.0) as u64;
        match told > self.head_length && reader.ends_tag(told)? {
            true => Ok(Some(told)),
            false => Ok(None),
        }
    }

    /// Notes the tags from `end` on.
    fn read_tags<R: Read + Seek>(&mut self, reader: &mut Reader<R>) -> Result<(), Error> {
        reader.seek(self.end)?;
        loop {
            let tag = match reader.read_tag() {
                Ok(Some(tag)) => tag,
                Ok(None) | Err(Error::Truncated { .. }) => return Ok(()),
                Err(error) => return Err(error),
            };
            let end = reader.next_offset().saturating_add(BACK_POINTER_LENGTH.into());
            if end > reader.length() {
                return Ok(());
            }
            self.note(&tag, end);
        }
    }

    fn note(&mut self, tag: &Tag, end: u64) {
        let length = u64::from(TAG_HEADER_LENGTH).saturating_add(tag.payload.len() as u64);
        let offset = end.saturating_sub(BACK_POINTER_LENGTH.into()).saturating_sub(length);
        self.has_audio |= tag.kind == TagKind::Audio;
        self.has_video |= tag.kind == TagKind::Video;
        if tag.kind != TagKind::Script {
            self.last.0 = self.last.0.max(tag.timestamp.0);
        }
        if tag.is_key_frame() {
            self.key_frames.note(tag.timestamp.0, offset);
        }
        self.end = end;
    }
}

/// Returns the header that a writer of this crate gives such a file.
const fn expected(header: FileHeader) -> FileHeader {
    FileHeader::new(header.has_audio, header.has_video)
}
