//! Reads a file's tags from front to end, as far as it is asked to, into an index.

use std::sync::RwLock;

use super::Error;
use super::header::{TAG_HEADER_LENGTH, TagHeader};
use super::index::{Index, NewTag};
use super::resync::{BACK_POINTER, Search};
use crate::media::source::{Source, Window};
use crate::media::{AudioHeader, TagKind, VideoHeader};
use crate::protocol::wire;
use crate::sync::write;

/// The bytes of a body that an index needs: more than the header of any known file.
const PEEKED: usize = 64;
/// The most bytes of a sequence header that are compared with others.
const COMPARED: usize = 64 * 1024;

/// How far a file is read.
#[derive(Debug)]
pub(super) struct Scan {
    /// The offset of the next back pointer, or of the next tag's header.
    position: u64,
    /// The right value of the back pointer at `position`. `None` if a tag's header is there.
    back_pointer: Option<u32>,
    /// The length that the file had when it was looked at last.
    end: u64,
    /// Whether all of that length is read.
    is_complete: bool,
    skipped_tags: u64,
    skipped: Skipped,
    damage: Option<Damage>,
    /// The offset and the bytes of the last tag's header, which tell whether the file is the same.
    last: Option<(u64, [u8; TAG_HEADER_LENGTH as usize])>,
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

/// Why a file ends before its last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    Truncated(u64),
    Corrupt(u64),
    Encrypted(u64),
    TooManyChanges(u64),
}

impl From<Damage> for Error {
    fn from(damage: Damage) -> Self {
        match damage {
            Damage::Truncated(offset) => Self::Truncated { offset },
            Damage::Corrupt(offset) => Self::Corrupt { offset },
            Damage::Encrypted(offset) => Self::Encrypted { offset },
            Damage::TooManyChanges(offset) => Self::TooManyChanges { offset },
        }
    }
}

/// A tag whose header was read.
#[derive(Clone, Copy, Debug)]
struct Found {
    offset: u64,
    kind: TagKind,
    header: TagHeader,
    bytes: [u8; TAG_HEADER_LENGTH as usize],
}

impl Found {
    fn body(&self) -> u64 {
        self.offset.saturating_add(TAG_HEADER_LENGTH.into())
    }

    fn body_end(&self) -> u64 {
        self.body().saturating_add(self.header.body_length.into())
    }
}

/// Why no tag was read.
enum Stop {
    Damaged(Damage),
    Failed(Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Scan {
    /// Starts at the first back pointer of a file of that length.
    pub(super) const fn new(data_offset: u32, end: u64) -> Self {
        Self {
            position: data_offset as u64,
            back_pointer: Some(0),
            end,
            is_complete: false,
            skipped_tags: 0,
            skipped: Skipped { places: 0, bytes: 0, first: 0 },
            damage: None,
            last: None,
        }
    }

    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(super) const fn skipped(&self) -> Skipped {
        self.skipped
    }

    pub(super) const fn skipped_tags(&self) -> u64 {
        self.skipped_tags
    }

    pub(super) const fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// Notes that the file has grown.
    pub(super) const fn grow(&mut self, end: u64) {
        self.end = end;
        // What no more can be read of stays so.
        self.is_complete =
            matches!(self.damage, Some(Damage::Encrypted(_) | Damage::TooManyChanges(_)));
    }

    /// Returns whether the file still has the last tag that was read.
    pub(super) fn still_fits(&self, source: &Source) -> bool {
        let Some((offset, bytes)) = self.last else { return false };
        source.pass().read(offset, bytes.len()).is_ok_and(|read| read == bytes.as_slice())
    }

    /// Reads about `bytes` on. Skips damaged parts.
    ///
    /// Locks the index for each tag, and not while it waits for the disk.
    ///
    /// # Errors
    /// [`Error::Io`]. Reading can go on from there.
    pub(super) fn advance(
        &mut self,
        source: &Source,
        index: &RwLock<Index>,
        bytes: u64,
    ) -> Result<(), Error> {
        let target = self.position.saturating_add(bytes);
        let (mut window, mut search) = (source.pass(), Search::new(source));
        while !self.is_complete && self.position < target {
            match self.read_tag(&mut window, &mut search) {
                Ok(Some(tag)) => self.add(&tag, &mut window, index)?,
                Ok(None) => {
                    self.is_complete = true;
                    self.damage = None;
                }
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Damaged(damage)) => self.skip(damage, &mut search, index)?,
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        tag: &Found,
        window: &mut Window<'_>,
        index: &RwLock<Index>,
    ) -> Result<(), Error> {
        let length = tag.header.body_length;
        let mut body = window.read(tag.body(), PEEKED.min(length as usize))?;
        if is_sequence_header(tag.kind, &body) {
            body = window.read(tag.body(), COMPARED.min(length as usize))?;
        }
        self.step_over(tag.header, tag.body_end());
        self.last = Some((tag.offset, tag.bytes));
        let mut index = write(index);
        index.add(&NewTag {
            offset: tag.offset,
            next: tag.body_end().saturating_add(BACK_POINTER.into()),
            kind: tag.kind,
            timestamp: tag.header.timestamp,
            body: &body,
            body_length: length,
        });
        if index.is_full() {
            self.damage = Some(Damage::TooManyChanges(tag.offset));
            self.is_complete = true;
        }
        Ok(())
    }

    /// Goes on behind what is damaged, or ends there if no tag follows.
    fn skip(
        &mut self,
        damage: Damage,
        search: &mut Search<'_>,
        index: &RwLock<Index>,
    ) -> Result<(), Error> {
        let (Damage::Truncated(offset) | Damage::Corrupt(offset)) = damage else {
            self.damage = Some(damage);
            self.is_complete = true;
            return Ok(());
        };
        let Some(next) = search.find_tag(offset.saturating_add(1), self.end, self.end)? else {
            self.damage = Some(damage);
            self.is_complete = true;
            return Ok(());
        };
        if self.skipped.places == 0 {
            self.skipped.first = offset;
        }
        self.skipped.places = self.skipped.places.saturating_add(1);
        self.skipped.bytes = self.skipped.bytes.saturating_add(next.saturating_sub(offset));
        write(index).add_gap(offset, next);
        self.position = next;
        self.back_pointer = None;
        Ok(())
    }

    /// Reads the header of the next tag of a known kind. Returns `None` at the end of the file.
    fn read_tag(
        &mut self,
        window: &mut Window<'_>,
        search: &mut Search<'_>,
    ) -> Result<Option<Found>, Stop> {
        loop {
            let Some((offset, bytes)) = self.read_header(window)? else { return Ok(None) };
            let truncated = Stop::Damaged(Damage::Truncated(offset));
            let corrupt = Stop::Damaged(Damage::Corrupt(offset));
            let Ok(header) = TagHeader::read(&mut wire::Reader::new(&bytes.1)) else {
                return Err(truncated);
            };
            if !bytes.0 && !header.is_plausible() {
                return Err(corrupt);
            }
            if header.is_encrypted() && header.kind().is_some() {
                return Err(Stop::Damaged(Damage::Encrypted(offset)));
            }
            let body = offset.saturating_add(TAG_HEADER_LENGTH.into());
            let body_end = body.saturating_add(header.body_length.into());
            if body_end > self.end {
                return Err(if header.kind().is_some() { truncated } else { corrupt });
            }
            if !search.is_confirmed(body_end, header.body_length)? {
                // Either the tag's length is wrong or its back pointer. If another tag lies within
                // it, it is the length.
                if search.find_tag(body, body_end, self.end)?.is_some() {
                    return Err(corrupt);
                }
            }
            let Some(kind) = header.kind() else {
                self.step_over(header, body_end);
                self.skipped_tags = self.skipped_tags.saturating_add(1);
                continue;
            };
            return Ok(Some(Found { offset, kind, header, bytes: bytes.1 }));
        }
    }

    /// Reads a back pointer and the header behind it. Returns the header's offset, whether the back
    /// pointer is right, and the header. Returns `None` at the end of the file.
    #[expect(clippy::type_complexity, reason = "it is taken apart at once")]
    fn read_header(
        &self,
        window: &mut Window<'_>,
    ) -> Result<Option<(u64, (bool, [u8; TAG_HEADER_LENGTH as usize]))>, Stop> {
        let truncated = |offset| Stop::Damaged(Damage::Truncated(offset));
        if self.position >= self.end {
            return Ok(None);
        }
        let pointer_length = if self.back_pointer.is_some() { BACK_POINTER } else { 0 };
        let offset = self.position.saturating_add(pointer_length.into());
        if offset > self.end {
            return Err(truncated(self.position));
        }
        if offset == self.end {
            return Ok(None);
        }
        let length = pointer_length.saturating_add(TAG_HEADER_LENGTH) as usize;
        let bytes = window.read(self.position, length)?;
        let (pointer, header) = bytes
            .split_at_checked(pointer_length as usize)
            .ok_or_else(|| truncated(self.position))?;
        let header = header.try_into().map_err(|_| truncated(offset))?;
        let is_right = self.back_pointer.is_some_and(|right| *pointer == right.to_be_bytes());
        Ok(Some((offset, (is_right, header))))
    }

    const fn step_over(&mut self, header: TagHeader, body_end: u64) {
        self.position = body_end;
        self.back_pointer = Some(header.body_length.saturating_add(TAG_HEADER_LENGTH));
    }
}

fn is_sequence_header(kind: TagKind, body: &[u8]) -> bool {
    match kind {
        TagKind::Audio => AudioHeader::parse(body).is_some_and(|it| it.is_sequence_header()),
        TagKind::Video => VideoHeader::parse(body).is_some_and(|it| it.is_sequence_header()),
        TagKind::Script => false,
    }
}
