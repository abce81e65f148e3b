//! A film: a file of any format that is played, as the tags that RTMP carries.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::Tag;
#[cfg(feature = "mp4")]
use super::TagKind;
use super::block_cache::BlockCache;
use super::flv::{self, Headers, Next, Place, SeekTarget, Skipped};
#[cfg(feature = "mp4")]
use super::mp4;
use super::source::Source;
use crate::protocol::Timestamp;

/// The memory for blocks of a file that is opened alone, in bytes.
const CACHE_BYTES: usize = 4 << 20;

/// A file that is played: FLV, or MP4 with the feature `mp4`. Clones are the same file.
///
/// ```
/// use rendercast::media::Film;
///
/// let film = Film::open("tests/assets/h264_aac.flv")?;
/// println!("{:?}", film.duration());
/// # Ok::<(), rendercast::media::FilmError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Film(Arc<Format>);

#[derive(Debug)]
enum Format {
    Flv(Arc<flv::File>),
    #[cfg(feature = "mp4")]
    Mp4(Box<mp4::File>),
}

/// Why a film cannot be played, or not to its end. The messages have no path: the caller adds it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilmError {
    /// The file is no FLV file, or a damaged one.
    #[error(transparent)]
    Flv(#[from] flv::Error),
    /// The file is an MP4 file that cannot be played.
    #[cfg(feature = "mp4")]
    #[error(transparent)]
    Mp4(#[from] mp4::Error),
}

impl From<io::Error> for FilmError {
    fn from(error: io::Error) -> Self {
        Self::Flv(error.into())
    }
}

impl FilmError {
    /// Returns the error of the operating system, if it is one.
    #[must_use]
    pub const fn io(&self) -> Option<&io::Error> {
        match self {
            Self::Flv(flv::Error::Io(error)) => Some(error),
            #[cfg(feature = "mp4")]
            Self::Mp4(mp4::Error::Io(error)) => Some(error),
            _ => None,
        }
    }
}

impl From<Arc<flv::File>> for Film {
    fn from(file: Arc<flv::File>) -> Self {
        Self(Arc::new(Format::Flv(file)))
    }
}

/// A film that does not keep its file open.
#[derive(Debug, Default)]
pub(crate) struct WeakFilm(Weak<Format>);

impl WeakFilm {
    pub(crate) fn upgrade(&self) -> Option<Film> {
        self.0.upgrade().map(Film)
    }

    pub(crate) fn is_in_use(&self) -> bool {
        self.0.strong_count() > 0
    }
}

impl Film {
    /// Opens the file at `path`. Blocks until the start of an FLV file or the index of an MP4 file
    /// is read.
    ///
    /// # Errors
    /// [`FilmError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FilmError> {
        Self::open_in(fs::File::open(path)?, Arc::new(BlockCache::new(CACHE_BYTES)))
    }

    /// Takes a file that is already in memory.
    ///
    /// # Errors
    /// [`FilmError`].
    pub fn from_bytes(bytes: bytes::Bytes) -> Result<Self, FilmError> {
        Self::new(Source::Memory(bytes))
    }

    /// Opens a file whose blocks go into `cache`.
    pub(crate) fn open_in(file: fs::File, cache: Arc<BlockCache>) -> Result<Self, FilmError> {
        Self::new(Source::disk(file, cache))
    }

    fn new(source: Source) -> Result<Self, FilmError> {
        #[cfg(feature = "mp4")]
        if mp4::is_mp4(&source)? {
            return Ok(Self(Arc::new(Format::Mp4(Box::new(mp4::File::open(source)?)))));
        }
        Ok(Arc::new(flv::File::new(source)?).into())
    }

    pub(crate) fn downgrade(&self) -> WeakFilm {
        WeakFilm(Arc::downgrade(&self.0))
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns how long the film plays. Until all of a long FLV file is indexed, this is an
    /// estimate by its last tags.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match &*self.0 {
            Format::Flv(file) => file.duration(),
            #[cfg(feature = "mp4")]
            Format::Mp4(file) => file.duration(),
        }
    }

    /// Returns whether there is a frame of video or audio.
    #[must_use]
    pub fn has_media(&self) -> bool {
        match &*self.0 {
            Format::Flv(file) => file.has_media(),
            #[cfg(feature = "mp4")]
            Format::Mp4(_) => true,
        }
    }

    /// Returns the damaged parts that playing skips.
    #[must_use]
    pub fn skipped(&self) -> Skipped {
        match &*self.0 {
            Format::Flv(file) => file.skipped(),
            #[cfg(feature = "mp4")]
            Format::Mp4(_) => Skipped::default(),
        }
    }

    /// Returns the same, or `None` while another thread reads the file.
    pub(crate) fn skipped_now(&self) -> Option<Skipped> {
        match &*self.0 {
            Format::Flv(file) => file.skipped_now(),
            #[cfg(feature = "mp4")]
            Format::Mp4(_) => Some(Skipped::default()),
        }
    }

    /// Returns why the film ends early, as a text for people.
    #[must_use]
    pub fn damage(&self) -> Option<String> {
        match &*self.0 {
            Format::Flv(file) => file.damage().map(|damage| damage.to_string()),
            #[cfg(feature = "mp4")]
            Format::Mp4(file) => {
                file.is_cut_off().then(|| "the MP4 file ends before its index says so".to_owned())
            }
        }
    }

    /// Returns the tags from `place` on, up to the end of the file, or to where it cannot be read.
    /// Their timestamps start at 0 with the first frame.
    pub fn tags_from(&self, place: Place) -> impl Iterator<Item = Tag> + '_ {
        let (mut reading, mut place) = (self.reading(), place);
        std::iter::from_fn(move || match reading.tag_at(place) {
            Ok(Next::Tag(tag)) => {
                place = tag.next;
                Some(Tag { timestamp: tag.position, ..tag.tag })
            }
            Ok(Next::Pending | Next::End) | Err(_) => None,
        })
    }

    pub(crate) fn reading(&self) -> FilmReading<'_> {
        match &*self.0 {
            Format::Flv(file) => FilmReading::Flv(file.reading()),
            #[cfg(feature = "mp4")]
            Format::Mp4(file) => FilmReading::Mp4(file.reading()),
        }
    }

    /// Indexes a little more, if there is more to index. Blocks as long as the disk needs.
    pub(crate) fn read_ahead(&self) {
        match &*self.0 {
            Format::Flv(file) => file.read_ahead(),
            #[cfg(feature = "mp4")]
            Format::Mp4(_) => {}
        }
    }

    /// Returns whether the file on disk is still this one, with more behind it.
    pub(crate) fn goes_on(&self) -> bool {
        match &*self.0 {
            Format::Flv(file) => file.goes_on(),
            #[cfg(feature = "mp4")]
            Format::Mp4(_) => false,
        }
    }

    /// Returns where playing starts in order to show what is at `position`: see
    /// [`flv::File::seek`].
    ///
    /// # Errors
    /// [`FilmError`].
    pub fn seek(&self, position: Timestamp) -> Result<SeekTarget, FilmError> {
        match &*self.0 {
            Format::Flv(file) => Ok(file.seek(position)?),
            #[cfg(feature = "mp4")]
            Format::Mp4(file) => Ok(file.seek(position)?),
        }
    }

    pub(crate) fn key_frame_at_or_after(
        &self,
        position: Timestamp,
    ) -> Result<Option<Place>, FilmError> {
        match &*self.0 {
            Format::Flv(file) => Ok(file.key_frame_at_or_after(position)?),
            #[cfg(feature = "mp4")]
            Format::Mp4(file) => Ok(file.key_frame_at_or_after(position)),
        }
    }

    /// Returns the latest sequence header of each track before `place`.
    ///
    /// # Errors
    /// [`FilmError`].
    pub fn headers_at(&self, place: Place) -> Result<Headers, FilmError> {
        match &*self.0 {
            Format::Flv(file) => Ok(file.headers_at(place)?),
            #[cfg(feature = "mp4")]
            Format::Mp4(file) => Ok(file.headers_at(place)),
        }
    }

    /// Returns whether the sequence header at `place` repeats the one that decoders have.
    pub(crate) fn repeats_header(&self, place: Place, has_wrapped: bool) -> bool {
        match &*self.0 {
            Format::Flv(file) => file.repeats_header(place, has_wrapped),
            #[cfg(feature = "mp4")]
            Format::Mp4(_) => has_wrapped,
        }
    }

    /// Returns the `onMetaData` to send to players: see [`flv::File::metadata_for_play`].
    #[must_use]
    pub fn metadata_for_play(&self) -> Tag {
        match &*self.0 {
            Format::Flv(file) => file.metadata_for_play(),
            #[cfg(feature = "mp4")]
            Format::Mp4(file) => Tag {
                kind: TagKind::Script,
                timestamp: Timestamp(0),
                payload: flv::encode_for_play(
                    None,
                    flv::Facts {
                        duration: file.duration(),
                        video_codec: file.video_codec(),
                        audio_codec: file.audio_codec(),
                    },
                ),
            },
        }
    }
}

/// Reads the tags of a film one after the other.
#[derive(Debug)]
pub(crate) enum FilmReading<'a> {
    Flv(flv::Reading<'a>),
    #[cfg(feature = "mp4")]
    Mp4(mp4::Reading<'a>),
}

impl FilmReading<'_> {
    /// Returns the tag at `place`. May block for as long as the disk needs.
    pub(crate) fn tag_at(&mut self, place: Place) -> Result<Next, FilmError> {
        match self {
            Self::Flv(reading) => Ok(reading.tag_at(place)?),
            #[cfg(feature = "mp4")]
            Self::Mp4(reading) => Ok(reading.tag_at(place)?),
        }
    }
}
