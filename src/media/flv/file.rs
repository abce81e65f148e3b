//! A whole FLV file in memory, which all who play it share.

use std::fmt;
use std::io::{Cursor, Read, Seek};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;

use super::index::Index;
use super::metadata::{self, Facts};
use super::{Entry, Error, FileHeader, Reader};
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;
use crate::protocol::amf::Value;

/// A whole FLV file in memory, with an index of its tags, to be shared by all who play it.
///
/// Takes as much memory as the file, and 24 bytes per tag. A tag's payload is a view of that
/// memory, not a copy.
///
/// The key frames come from a scan, even where the metadata has a table of them: all tags are
/// looked at anyway, and a scan is never wrong. [`Reader::key_frames`] is for files that are not held in
/// memory.
///
/// ```
/// use rendercast::media::flv;
/// use rendercast::protocol::Timestamp;
///
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// println!("{:?}: {} tags, {:?}", file.metadata(), file.len(), file.duration());
///
/// // What a viewer who starts at 1.5 s is sent: headers, then frames from a key frame on.
/// let start = file.key_frame_at_or_before(Timestamp(1500));
/// let headers = file.headers_at(start);
/// let frames = (start..file.len()).filter_map(|index| file.tag(index));
/// for tag in headers.video.into_iter().chain(headers.audio).chain(frames) {
///     println!("{:?} at {}: {} bytes", tag.kind, tag.timestamp, tag.payload.len());
/// }
/// # Ok::<(), flv::Error>(())
/// ```
pub struct File {
    bytes: Bytes,
    header: FileHeader,
    index: Index,
    metadata: Option<Metadata>,
    metadata_for_play: Bytes,
    skipped_tags: u64,
    damage: Option<Error>,
}

struct Metadata {
    tag: usize,
    value: Value,
}

/// The sequence headers that decoders must have been given before a tag.
///
/// ```
/// # use rendercast::media::flv;
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// let headers = file.headers_at(file.first_media_tag().unwrap_or(0));
/// assert!(headers.video.is_some_and(|tag| tag.is_sequence_header()));
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// That of the video, where it has one.
    pub video: Option<Tag>,
    /// That of the audio, where it has one.
    pub audio: Option<Tag>,
}

impl File {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// As [`File::from_bytes`], and [`Error::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read(std::fs::File::open(path)?)
    }

    /// Reads all of `input`, from its first byte on, once that has been found to start an FLV file.
    ///
    /// # Errors
    /// As [`File::from_bytes`], and [`Error::Io`].
    pub fn read(mut input: impl Read + Seek) -> Result<Self, Error> {
        Reader::new(&mut input)?;
        input.rewind()?;
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes)?;
        Self::from_bytes(bytes.into())
    }

    /// Takes a file that is in memory already.
    ///
    /// A file that is cut off, or damaged behind its first tag, is taken up to there, and
    /// [`File::damage`] tells of it.
    ///
    /// # Errors
    /// [`Error::NotFlv`]; [`Error::Truncated`] where not even the header is whole;
    /// [`Error::Corrupt`] where there is no tag at all; [`Error::Encrypted`].
    pub fn from_bytes(bytes: Bytes) -> Result<Self, Error> {
        let mut reader = Reader::new(Cursor::new(bytes.clone()))?;
        let mut index = Index::default();
        let damage = match scan(&mut reader, &bytes, &mut index) {
            Ok(()) => None,
            Err(error @ Error::Truncated { .. }) => Some(error),
            Err(error @ Error::Corrupt { .. }) if !index.entries.is_empty() => Some(error),
            Err(error) => return Err(error),
        };
        let metadata = find_metadata(&bytes, &index);
        let facts = Facts {
            duration: index.duration(),
            video_codec: index.video_codec,
            audio_codec: index.audio_codec,
        };
        let told = metadata.as_ref().map(|metadata| &metadata.value);
        Ok(Self {
            metadata_for_play: metadata::encode_for_play(told, facts),
            header: reader.header(),
            skipped_tags: reader.skipped_tags(),
            bytes,
            index,
            metadata,
            damage,
        })
    }

    /// The file's header. What it says of audio and video need not be so: see [`File::has_audio`].
    #[must_use]
    pub const fn header(&self) -> FileHeader {
        self.header
    }

    /// Whether there are audio tags.
    #[must_use]
    pub const fn has_audio(&self) -> bool {
        self.index.audio_codec.is_some()
    }

    /// Whether there are video tags.
    #[must_use]
    pub const fn has_video(&self) -> bool {
        self.index.video_codec.is_some()
    }

    /// How many tags there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.index.entries.len()
    }

    /// Whether there is no tag.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.index.entries.is_empty()
    }

    /// The tag of that number, counted from 0.
    #[must_use]
    pub fn tag(&self, index: usize) -> Option<Tag> {
        let entry = self.entry(index)?;
        let range = body_range(&self.bytes, entry)?;
        Some(Tag { kind: entry.kind, timestamp: entry.timestamp, payload: self.bytes.slice(range) })
    }

    /// What is known of the tag of that number without its payload.
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<&Entry> {
        self.index.entries.get(index)
    }

    /// The number of the first tag that holds a frame of video or audio.
    #[must_use]
    pub const fn first_media_tag(&self) -> Option<usize> {
        self.index.first_media
    }

    /// The timestamp of that tag, which need not be 0: the start of the file's time line.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.index.start()
    }

    /// How long the file plays: from its first frame to the end of its last, which is taken to be
    /// as long as its frames are on average. What the metadata say is not heeded.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.index.duration()
    }

    /// The number of the last tag that playing may start at in order to show what is at
    /// `timestamp`: a key frame, or any audio frame where there is no video.
    ///
    /// Where none is that early it is the first; where there is none at all, the first frame. Where
    /// timestamps go backwards, as in files that were glued together, the first part is found.
    #[must_use]
    pub fn key_frame_at_or_before(&self, timestamp: Timestamp) -> usize {
        self.index.seek_point(timestamp)
    }

    /// The number of the first tag that playing may start at and that is at `timestamp` or later;
    /// none where there is none that late.
    #[must_use]
    pub fn key_frame_at_or_after(&self, timestamp: Timestamp) -> Option<usize> {
        self.index.next_seek_point(timestamp)
    }

    /// How many tags there are that playing may start at.
    #[must_use]
    pub const fn seek_points(&self) -> usize {
        self.index.seek_points()
    }

    /// The latest sequence headers before the tag of that number.
    #[must_use]
    pub fn headers_at(&self, index: usize) -> Headers {
        let (video, audio) = self.index.headers_before(index);
        Headers {
            video: video.and_then(|index| self.tag(index)),
            audio: audio.and_then(|index| self.tag(index)),
        }
    }

    /// What the file says of itself: the ECMA array or the object of its first `onMetaData`.
    #[must_use]
    pub fn metadata(&self) -> Option<&Value> {
        self.metadata.as_ref().map(|metadata| &metadata.value)
    }

    /// The number of the first `onMetaData` tag.
    #[must_use]
    pub fn metadata_index(&self) -> Option<usize> {
        self.metadata.as_ref().map(|metadata| metadata.tag)
    }

    /// The tag of the first `onMetaData`, as it is in the file.
    #[must_use]
    pub fn metadata_tag(&self) -> Option<Tag> {
        self.metadata.as_ref().and_then(|metadata| self.tag(metadata.tag))
    }

    /// The `onMetaData` to send to those who play the file: an ECMA array, whatever it is in the
    /// file, with the codecs of what there is and of nothing else, and with a duration.
    #[must_use]
    pub fn metadata_for_play(&self) -> Tag {
        Tag {
            kind: TagKind::Script,
            timestamp: self.start(),
            payload: self.metadata_for_play.clone(),
        }
    }

    /// Why the file ends before its last byte: [`Error::Truncated`] or [`Error::Corrupt`].
    ///
    /// ```
    /// # use rendercast::media::flv;
    /// let mut bytes = std::fs::read("tests/assets/h264_aac.flv")?;
    /// bytes.truncate(5000); // a download that broke off
    /// let file = flv::File::from_bytes(bytes.into())?;
    /// println!("{} tags can be played; {}", file.len(), file.damage().expect("it is cut off"));
    /// # Ok::<(), flv::Error>(())
    /// ```
    #[must_use]
    pub const fn damage(&self) -> Option<&Error> {
        self.damage.as_ref()
    }

    /// The byte from which on the file could not be read, where it is cut off or damaged.
    #[must_use]
    pub fn truncated_at(&self) -> Option<u64> {
        self.damage.as_ref().and_then(Error::offset)
    }

    /// How many tags of an unknown type were left out.
    #[must_use]
    pub const fn skipped_tags(&self) -> u64 {
        self.skipped_tags
    }

    /// The length of the whole file, in bytes.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("size", &self.size())
            .field("tags", &self.len())
            .field("duration", &self.duration())
            .field("damage", &self.damage)
            .finish_non_exhaustive()
    }
}

fn scan(reader: &mut Reader<Cursor<Bytes>>, bytes: &Bytes, index: &mut Index) -> Result<(), Error> {
    while let Some(found) = reader.find_tag()? {
        let body = range(found.body_offset(), found.header.body_length)
            .and_then(|range| bytes.get(range))
            .unwrap_or_default();
        index.add(&found, body);
        reader.skip_body(found.header)?;
    }
    Ok(())
}

fn find_metadata(bytes: &Bytes, index: &Index) -> Option<Metadata> {
    let entries = index.entries.iter().enumerate();
    entries.filter(|(_, entry)| entry.kind == TagKind::Script).find_map(|(tag, entry)| {
        let body = bytes.get(body_range(bytes, entry)?)?;
        metadata::decode(body).map(|value| Metadata { tag, value })
    })
}

/// Where a tag's body lies in memory; none where that is not within `bytes`.
fn body_range(bytes: &Bytes, entry: &Entry) -> Option<std::ops::Range<usize>> {
    range(entry.offset, entry.length).filter(|range| range.end <= bytes.len())
}

fn range(offset: u64, length: u32) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    Some(start..end)
}

#[cfg(test)]
mod tests;
