//! A whole FLV file in memory, shared by all players of it.

use std::fmt;
use std::io::{Cursor, Read, Seek};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;

use super::index::Index;
use super::metadata::{self, Facts};
use super::seek::{self, SeekTarget};
use super::{Entry, Error, FileHeader, Reader, resync};
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;
use crate::protocol::amf::Value;

/// A whole FLV file in memory, with an index of its tags. All players of it can share it.
///
/// Takes as much memory as the file, and 24 bytes per tag. A tag's payload is a view of that
/// memory, not a copy.
///
/// Each tag has a position on the file's own time line, which starts at 0 with the first frame:
/// see [`Entry::position`].
///
/// The key frames come from a scan, even if the metadata has a table of them: the index needs all
/// tags anyway, and a scan is never wrong. For a file that is not in memory, use
/// [`Reader::key_frames`].
///
/// ```
/// use rendercast::media::flv;
/// use rendercast::protocol::Timestamp;
///
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// println!("{:?}: {} tags, {:?}", file.metadata(), file.len(), file.duration());
///
/// // A player that starts at 1.5 s gets headers, then frames from a key frame on.
/// let start = file.seek(Timestamp(1500)).tag;
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
    skipped: Skipped,
    damage: Option<Error>,
}

/// The damaged parts of a file that playing skips.
///
/// ```
/// # use rendercast::media::flv;
/// let mut bytes = std::fs::read("tests/assets/h264_aac.flv")?;
/// bytes[9000..12_000].fill(0); // a bad sector
/// let file = flv::File::from_bytes(bytes.into())?;
/// let skipped = file.skipped();
/// println!("{} bytes in {} places are damaged", skipped.bytes, skipped.places);
/// # assert_eq!(skipped.places, 1);
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// The number of damaged parts.
    pub places: u64,
    /// The length of all damaged parts together, in bytes.
    pub bytes: u64,
    /// Where the first damaged part starts, in bytes. 0 if there is none.
    pub first: u64,
}

struct Metadata {
    tag: usize,
    value: Value,
}

/// The sequence headers that decoders need before a tag: one for each track that has one.
///
/// ```
/// # use rendercast::media::flv;
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// let headers = file.headers_at(file.first_media_tag().unwrap_or(0));
/// assert!(headers.video.iter().all(|tag| tag.is_sequence_header()));
/// # assert_eq!((headers.video.len(), headers.audio.len()), (1, 1));
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// Those of video, in the file's order.
    pub video: Vec<Tag>,
    /// Those of audio, in the file's order.
    pub audio: Vec<Tag>,
}

impl File {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// As [`File::from_bytes`], and [`Error::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read(std::fs::File::open(path)?)
    }

    /// Reads all of `input`, from its first byte on. Reads no more than the start of it if that is
    /// not the start of an FLV file.
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

    /// Takes a file that is already in memory.
    ///
    /// Skips damaged parts, up to the next whole tag: see [`File::skipped`]. If no whole tag
    /// follows, the file ends there: see [`File::damage`].
    ///
    /// # Errors
    /// - [`Error::NotFlv`] if the bytes do not start as an FLV file does.
    /// - [`Error::Truncated`] if they end within the file's header.
    /// - [`Error::Corrupt`] if there are bytes behind the header, but no tag.
    /// - [`Error::Encrypted`] if a tag is encrypted.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, Error> {
        let mut reader = Reader::new(Cursor::new(bytes.clone()))?;
        let mut index = Index::default();
        let mut skipped = Skipped::default();
        let damage = match scan(&mut reader, &bytes, &mut index, &mut skipped) {
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
            skipped,
            bytes,
            index,
            metadata,
            damage,
        })
    }

    /// Returns the file's header. It may be wrong about audio and video: see [`File::has_audio`].
    #[must_use]
    pub const fn header(&self) -> FileHeader {
        self.header
    }

    /// Returns whether there are audio tags.
    #[must_use]
    pub const fn has_audio(&self) -> bool {
        self.index.audio_codec.is_some()
    }

    /// Returns whether there are video tags.
    #[must_use]
    pub const fn has_video(&self) -> bool {
        self.index.video_codec.is_some()
    }

    /// Returns the number of tags.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.index.entries.len()
    }

    /// Returns whether there is no tag.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.index.entries.is_empty()
    }

    /// Returns the tag of that number, counted from 0.
    #[must_use]
    pub fn tag(&self, index: usize) -> Option<Tag> {
        let entry = self.entry(index)?;
        let range = body_range(&self.bytes, entry)?;
        Some(Tag { kind: entry.kind, timestamp: entry.timestamp, payload: self.bytes.slice(range) })
    }

    /// Returns what the index knows of the tag of that number.
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<&Entry> {
        self.index.entries.get(index)
    }

    /// Returns the number of the first tag that holds a frame of video or audio.
    #[must_use]
    pub const fn first_media_tag(&self) -> Option<usize> {
        self.index.first_media
    }

    /// Returns the timestamp of that tag, which need not be 0.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.index.start()
    }

    /// Returns how long the file plays: from its first frame to the end of its last, taking that to
    /// be as long as its frames are on average. Ignores the metadata.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.index.duration()
    }

    /// Returns where playing starts in order to show what is at `position`, in milliseconds since
    /// the first frame.
    ///
    /// That is the last key frame at or before it, or else the first key frame. Without video it is
    /// any frame of audio. If there is sound at `position` while the picture stands still, it is
    /// that sound, with the frames of the picture.
    #[must_use]
    pub fn seek(&self, position: Timestamp) -> SeekTarget {
        seek::find(&self.index, position.0)
    }

    /// Returns the number of the first tag at or after `position` that playing may start at.
    /// Returns `None` if there is none.
    #[must_use]
    pub fn key_frame_at_or_after(&self, position: Timestamp) -> Option<usize> {
        self.index.next_seek_point(position.0).map(|point| point.tag as usize)
    }

    /// Returns the number of tags that playing may start at.
    #[must_use]
    pub const fn seek_points(&self) -> usize {
        self.index.seek_points.len()
    }

    /// Returns the latest sequence header of each track before the tag of that number.
    #[must_use]
    pub fn headers_at(&self, index: usize) -> Headers {
        let [video, audio] = self.index.headers_before(index);
        let tags =
            |numbers: Vec<usize>| numbers.into_iter().filter_map(|tag| self.tag(tag)).collect();
        Headers { video: tags(video), audio: tags(audio) }
    }

    /// Returns whether the sequence header of that number repeats the one that decoders have.
    pub(crate) fn repeats_header(&self, index: usize, has_wrapped: bool) -> bool {
        let former = self.index.header_in_effect(index, has_wrapped);
        let payload = |index| self.tag(index).map(|tag| tag.payload);
        former.is_some_and(|former| former == index || payload(former) == payload(index))
    }

    /// Returns the value of the file's first `onMetaData`: an ECMA array or an object.
    #[must_use]
    pub fn metadata(&self) -> Option<&Value> {
        self.metadata.as_ref().map(|metadata| &metadata.value)
    }

    /// Returns the number of the first `onMetaData` tag.
    #[must_use]
    pub fn metadata_index(&self) -> Option<usize> {
        self.metadata.as_ref().map(|metadata| metadata.tag)
    }

    /// Returns the first `onMetaData` tag as it is in the file.
    #[must_use]
    pub fn metadata_tag(&self) -> Option<Tag> {
        self.metadata.as_ref().and_then(|metadata| self.tag(metadata.tag))
    }

    /// Returns the `onMetaData` to send to players.
    ///
    /// It has the numbers, booleans and texts of the file's own, the measured duration, and the
    /// codecs of the tracks that exist. Leaves out all other types, since some players fail at
    /// them, and members beyond 16 KiB.
    #[must_use]
    pub fn metadata_for_play(&self) -> Tag {
        Tag {
            kind: TagKind::Script,
            timestamp: self.start(),
            payload: self.metadata_for_play.clone(),
        }
    }

    /// Returns why the file ends before its last byte: [`Error::Truncated`] or [`Error::Corrupt`].
    /// Returns `None` if it does not.
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

    /// Returns the offset at which the file ends early, in bytes. Returns `None` if it does not.
    #[must_use]
    pub fn truncated_at(&self) -> Option<u64> {
        self.damage.as_ref().and_then(Error::offset)
    }

    /// Returns the damaged parts that lie before the last tag.
    #[must_use]
    pub const fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// Returns the number of tags of an unknown type, which are left out.
    #[must_use]
    pub const fn skipped_tags(&self) -> u64 {
        self.skipped_tags
    }

    /// Returns the length of the whole file, in bytes.
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

/// Indexes all tags, and skips what is damaged between them.
fn scan(
    reader: &mut Reader<Cursor<Bytes>>,
    bytes: &Bytes,
    index: &mut Index,
    skipped: &mut Skipped,
) -> Result<(), Error> {
    loop {
        let error = match scan_whole(reader, bytes, index) {
            Ok(()) => return Ok(()),
            Err(error @ (Error::Truncated { .. } | Error::Corrupt { .. })) => error,
            Err(error) => return Err(error),
        };
        let offset = error.offset().unwrap_or_default();
        let after = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(1));
        let Some(next) = after.and_then(|after| resync::find_tag(bytes, after)) else {
            return Err(error);
        };
        let next = next as u64;
        if skipped.places == 0 {
            skipped.first = offset;
        }
        skipped.places = skipped.places.saturating_add(1);
        skipped.bytes = skipped.bytes.saturating_add(next.saturating_sub(offset));
        reader.seek(next)?;
    }
}

/// Indexes tags up to the end of the file or of what is whole.
fn scan_whole(
    reader: &mut Reader<Cursor<Bytes>>,
    bytes: &Bytes,
    index: &mut Index,
) -> Result<(), Error> {
    while let Some(found) = reader.find_tag()? {
        let length = found.header.body_length;
        let range = range(found.body_offset(), length).unwrap_or_default();
        if !resync::is_confirmed(bytes, range.end, length) {
            // Either the tag's length is wrong or its back pointer. If another tag lies within it,
            // it is the length.
            let within = resync::find_tag(bytes, range.start);
            if within.is_some_and(|next| next < range.end) {
                return Err(Error::Corrupt { offset: found.offset });
            }
        }
        index.add(&found, bytes.get(range).unwrap_or_default());
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

/// Returns where a tag's body lies in `bytes`. Returns `None` if it is not within them.
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
