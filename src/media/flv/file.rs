//! An FLV file to play: on disk or in memory, shared by all players of it.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use super::contents::Contents;
use super::metadata::{self, Facts};
use super::other_format::OtherFormat;
use super::reader::read_file_header;
use super::reading::{Next, Place, Reading};
use super::seek::{self, SeekTarget};
use super::{Error, FileHeader, Skipped};
use crate::media::block_cache::BlockCache;
use crate::media::source::Source;
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;
use crate::protocol::amf::Value;
use crate::sync::{lock, read};

/// The memory for blocks of a file that is opened alone, in bytes.
const CACHE_BYTES: usize = 4 << 20;

/// An FLV file to play. All players of it can share it.
///
/// A file on disk stays there: blocks of it are in memory while players read them. The index takes
/// less than 1 MiB, however long the file is.
///
/// Each tag has a position on the file's own time line, which starts at 0 with the first frame.
/// Positions follow the timestamps, except where those jump: two recordings in one file play one
/// after the other, and a gap of hours is closed.
///
/// The key frames come from a scan, even if the metadata has a table of them: the time line needs
/// all tags anyway, and a scan is never wrong. To read a file once, use [`Reader`](super::Reader).
///
/// Methods that read may block for as long as the disk needs.
///
/// ```
/// use rendercast::media::flv;
/// use rendercast::protocol::Timestamp;
///
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// println!("{:?}: {} tags, {:?}", file.metadata(), file.len(), file.duration());
///
/// // A player that starts at 1.5 s gets headers, then frames from a key frame on.
/// let start = file.seek(Timestamp(1500))?;
/// let headers = file.headers_at(start.place)?;
/// let frames = file.tags_from(start.place);
/// for tag in headers.video.into_iter().chain(headers.audio).chain(frames) {
///     println!("{:?} at {}: {} bytes", tag.kind, tag.timestamp, tag.payload.len());
/// }
/// # Ok::<(), flv::Error>(())
/// ```
pub struct File {
    contents: Contents,
    header: FileHeader,
    metadata: Option<Value>,
    /// The metadata for players as they were made last, and from what. All players share them.
    for_play: Mutex<Option<(Facts, Bytes)>>,
}

/// The sequence headers that decoders need before a tag: one for each track that has one.
///
/// ```
/// # use rendercast::media::flv;
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// let start = file.seek(Default::default())?;
/// let headers = file.headers_at(start.place)?;
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
    /// Opens the file at `path`, and indexes all of it.
    ///
    /// # Errors
    /// As [`File::from_bytes`], and [`Error::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let cache = Arc::new(BlockCache::new(CACHE_BYTES));
        let file = Self::new(Source::disk(fs::File::open(path)?, cache))?;
        file.contents.complete()?;
        Ok(file)
    }

    /// Takes a file that is already in memory. Tags are views of that memory, not copies.
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
        let file = Self::new(Source::Memory(bytes))?;
        file.contents.complete()?;
        Ok(file)
    }

    /// Takes the bytes of a file. Indexes the first 16 MiB of them. Its players index the rest.
    pub(crate) fn new(source: Source) -> Result<Self, Error> {
        let header = read_file_header(&source.window().read(0, OtherFormat::SNIFFED)?)?;
        if u64::from(header.data_offset) > source.length()? {
            return Err(Error::Truncated { offset: 0 });
        }
        let contents = Contents::open(source, header.data_offset)?;
        let metadata = read(&contents.index).metadata;
        let metadata = match metadata {
            Some((offset, length)) => {
                metadata::decode(&contents.source.pass().read(offset, length as usize)?)
            }
            None => None,
        };
        let metadata = metadata.as_ref().map(metadata::plain);
        Ok(Self { contents, header, metadata, for_play: Mutex::default() })
    }

    /// Returns the file's header. It may be wrong about audio and video: see [`File::has_audio`].
    #[must_use]
    pub const fn header(&self) -> FileHeader {
        self.header
    }

    /// Returns whether there are audio tags.
    #[must_use]
    pub fn has_audio(&self) -> bool {
        read(&self.contents.index).audio_codec.is_some()
    }

    /// Returns whether there are video tags.
    #[must_use]
    pub fn has_video(&self) -> bool {
        read(&self.contents.index).video_codec.is_some()
    }

    /// Returns whether there is a frame of video or audio.
    #[must_use]
    pub fn has_media(&self) -> bool {
        read(&self.contents.index).first_frame.is_some()
    }

    /// Returns the number of tags that are indexed.
    #[must_use]
    pub fn len(&self) -> u64 {
        read(&self.contents.index).tags
    }

    /// Returns whether there is no tag.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of key frames that are indexed. If there are several tracks of video,
    /// those of the first one count.
    #[must_use]
    pub fn key_frames(&self) -> u64 {
        read(&self.contents.index).key_frames
    }

    /// Returns the tags from `place` on, up to the end of the file, or to where it cannot be read.
    pub fn tags_from(&self, place: Place) -> impl Iterator<Item = Tag> + '_ {
        let (mut reading, mut place) = (self.reading(), place);
        std::iter::from_fn(move || match reading.tag_at(place) {
            Ok(Next::Tag(tag)) => {
                place = tag.next;
                Some(tag.tag)
            }
            Ok(Next::Pending | Next::End) | Err(_) => None,
        })
    }

    /// Returns what reads one tag after the other.
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading::new(&self.contents)
    }

    /// Indexes a little more, if there is more to index. Blocks as long as the disk needs.
    pub(crate) fn read_ahead(&self) {
        self.contents.read_ahead();
    }

    /// Returns whether the file on disk is still this one, with more behind it or not.
    pub(crate) fn goes_on(&self) -> bool {
        let mut progress = self.contents.progress();
        progress.scan.still_fits(&self.contents.source)
            && self.contents.look_for_growth(&mut progress).is_ok()
    }

    /// Returns the timestamp of the first frame, which need not be 0.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        read(&self.contents.index).start()
    }

    /// Returns how long the file plays: from its first frame to the end of its last, taking that to
    /// be as long as its frames are on average. Ignores the metadata.
    ///
    /// Until all of a long file is indexed, this is an estimate by its last tags.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.contents.duration()
    }

    /// Returns where playing starts in order to show what is at `position`, in milliseconds since
    /// the first frame.
    ///
    /// That is the last key frame at or before it, or else the first key frame. Without video it is
    /// any frame of audio. If there is sound at `position` while the picture stands still, it is
    /// that sound, with the frames of the picture.
    ///
    /// Blocks until the file is indexed up to there, but not much longer than 10 s.
    ///
    /// # Errors
    /// [`Error::Io`]. [`Error::Truncated`] and [`Error::Corrupt`] if the file has changed since it
    /// was indexed.
    pub fn seek(&self, position: Timestamp) -> Result<SeekTarget, Error> {
        seek::find(&self.contents, position.0)
    }

    /// Returns the place of the first tag at or after `position` that playing may start at.
    /// Returns `None` if there is none.
    ///
    /// # Errors
    /// As [`File::seek`].
    pub fn key_frame_at_or_after(&self, position: Timestamp) -> Result<Option<Place>, Error> {
        seek::key_frame_at_or_after(&self.contents, position.0)
    }

    /// Returns the latest sequence header of each track before `place`.
    ///
    /// # Errors
    /// As [`File::seek`].
    pub fn headers_at(&self, place: Place) -> Result<Headers, Error> {
        let found = read(&self.contents.index).headers_before(place.offset);
        let mut reading = self.reading();
        let mut headers = Headers::default();
        for header in found {
            let place = Place { offset: header.offset, ..place };
            if let Next::Tag(found) = reading.tag_at(place)? {
                match found.tag.kind {
                    TagKind::Video => headers.video.push(found.tag),
                    _ => headers.audio.push(found.tag),
                }
            }
        }
        Ok(headers)
    }

    /// Returns whether the sequence header at `place` repeats the one that decoders have.
    pub(crate) fn repeats_header(&self, place: Place, has_wrapped: bool) -> bool {
        read(&self.contents.index).repeats_header(place.offset, has_wrapped)
    }

    /// Returns the numbers, booleans and texts of the file's first `onMetaData`, as an ECMA array.
    #[must_use]
    pub const fn metadata(&self) -> Option<&Value> {
        self.metadata.as_ref()
    }

    /// Returns the `onMetaData` to send to players.
    ///
    /// It has the numbers, booleans and texts of the file's own, the measured duration, and the
    /// codecs of the tracks that exist. Leaves out all other types, since some players fail at
    /// them, and members beyond 16 KiB.
    #[must_use]
    pub fn metadata_for_play(&self) -> Tag {
        let duration = self.duration();
        let (facts, timestamp) = {
            let index = read(&self.contents.index);
            let (video_codec, audio_codec) = (index.video_codec, index.audio_codec);
            (Facts { duration, video_codec, audio_codec }, index.start())
        };
        let mut last = lock(&self.for_play);
        let payload = match &*last {
            Some((of, payload)) if *of == facts => payload.clone(),
            _ => {
                let payload = metadata::encode_for_play(self.metadata.as_ref(), facts);
                last.insert((facts, payload)).1.clone()
            }
        };
        Tag { kind: TagKind::Script, timestamp, payload }
    }

    /// Returns why the file ends before its last byte: an [`Error`] with an offset. Returns `None`
    /// if it does not.
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
    pub fn damage(&self) -> Option<Error> {
        self.contents.progress().scan.damage().map(Error::from)
    }

    /// Returns the damaged parts that lie before the last tag.
    #[must_use]
    pub fn skipped(&self) -> Skipped {
        self.contents.progress().scan.skipped()
    }

    /// Returns the same, or `None` while another thread reads the file.
    pub(crate) fn skipped_now(&self) -> Option<Skipped> {
        Some(self.contents.try_progress()?.scan.skipped())
    }

    /// Returns the number of tags of an unknown type, which are left out.
    #[must_use]
    pub fn skipped_tags(&self) -> u64 {
        self.contents.progress().scan.skipped_tags()
    }

    /// Returns the length of the file when it was looked at last, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.contents.progress().scan.end()
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("size", &self.size())
            .field("tags", &self.len())
            .field("duration", &self.duration())
            .field("damage", &self.damage())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
