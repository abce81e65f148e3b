//! A file's bytes, and the index of as much of them as was read so far.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, RwLock, TryLockError};
use std::time::{Duration, Instant};

use super::Error;
use super::header::{TAG_HEADER_LENGTH, TagHeader};
use super::index::Index;
use super::resync::BACK_POINTER;
use super::scan::Scan;
use super::time_line::Frames;
use crate::media::TagKind;
use crate::media::source::Source;
use crate::protocol::wire;
use crate::sync::{lock, read};

/// How much is indexed when a file is opened, in bytes. Shorter files are indexed whole.
const FIRST_STEP: u64 = 16 << 20;
/// How much is indexed at once later, in bytes: some milliseconds on an SSD.
const STEP: u64 = 4 << 20;
/// How long a seek waits for the index.
const MAX_SEEK_WAIT: Duration = Duration::from_secs(10);
/// A file that has grown is still being recorded if it grows again within this time.
const GROWTH_PAUSE: Duration = Duration::from_secs(10);
/// The number of last tags that are looked at for the length of a file.
const LAST_TAGS: usize = 32;

/// A file's bytes, and the index of as much of them as was read so far.
///
/// The threads that play the file also index it, each a little at a time.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) source: Source,
    pub(super) index: RwLock<Index>,
    progress: Mutex<Progress>,
    is_complete: AtomicBool,
    /// The duration by the last tags, until the index knows it.
    estimate: Duration,
}

#[derive(Debug)]
pub(super) struct Progress {
    pub(super) scan: Scan,
    /// When the file has grown last.
    grown_at: Option<Instant>,
}

/// What there is behind the last tag that is indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frontier {
    /// More tags: they are indexed now.
    Moved,
    /// Maybe more tags, later.
    Pending,
    /// The end of the file.
    End,
}

impl Contents {
    /// Indexes the start of a file whose first back pointer is at `data_offset`.
    ///
    /// # Errors
    /// [`Error::Io`], or if no tag can be read.
    pub(super) fn open(source: Source, data_offset: u32) -> Result<Self, Error> {
        let mut scan = Scan::new(data_offset, source.length()?);
        let index = RwLock::default();
        scan.advance(&source, &index, FIRST_STEP)?;
        let is_empty = read(&index).tags == 0;
        match scan.damage().map(Error::from) {
            Some(error @ Error::Encrypted { .. }) => return Err(error),
            Some(error @ Error::Corrupt { .. }) if is_empty => return Err(error),
            _ => {}
        }
        let mut contents = Self {
            source,
            index,
            is_complete: AtomicBool::new(scan.is_complete()),
            progress: Mutex::new(Progress { scan, grown_at: None }),
            estimate: Duration::ZERO,
        };
        contents.estimate = contents.estimate();
        Ok(contents)
    }

    /// Indexes the whole file. May block for as long as it takes to read it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn complete(&self) -> Result<(), Error> {
        self.advance(&mut self.progress(), u64::MAX)
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }

    /// Indexes a little more, unless another thread is at it. Blocks as long as the disk needs.
    pub(super) fn read_ahead(&self) {
        if !self.is_complete.load(Ordering::Relaxed)
            && let Some(mut progress) = self.try_progress()
        {
            // A player that needs what cannot be read finds out.
            let _ = self.advance(&mut progress, STEP);
        }
    }

    /// Indexes what is behind the last tag that is indexed. Notices that the file has grown.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn move_on(&self) -> Result<Frontier, Error> {
        let Some(mut progress) = self.try_progress() else { return Ok(Frontier::Pending) };
        let before = read(&self.index).frontier;
        if progress.scan.is_complete() {
            self.look_for_growth(&mut progress)?;
        }
        self.advance(&mut progress, STEP)?;
        if read(&self.index).frontier > before {
            return Ok(Frontier::Moved);
        }
        let is_growing = progress.grown_at.is_some_and(|at| at.elapsed() < GROWTH_PAUSE);
        let is_over = progress.scan.is_complete() && !is_growing;
        Ok(if is_over { Frontier::End } else { Frontier::Pending })
    }

    /// Looks whether the file has grown, which is indexed by the next calls.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn look_for_growth(&self, progress: &mut Progress) -> Result<(), Error> {
        let end = self.source.length()?;
        if end > progress.scan.end() {
            progress.scan.grow(end);
            progress.grown_at = Some(Instant::now());
        }
        Ok(())
    }

    /// Indexes up to that position, in milliseconds. Blocks as long as the disk needs, but not
    /// much longer than [`MAX_SEEK_WAIT`].
    pub(super) fn index_to(&self, position: u32) {
        let deadline = Instant::now().checked_add(MAX_SEEK_WAIT);
        while !self.is_complete.load(Ordering::Relaxed)
            && read(&self.index).reached() <= position
            && deadline.is_some_and(|deadline| Instant::now() < deadline)
        {
            if self.advance(&mut self.progress(), STEP).is_err() {
                return;
            }
        }
    }

    /// Returns how long the file plays. An estimate until all of it is indexed.
    pub(super) fn duration(&self) -> Duration {
        let known = read(&self.index).duration();
        if self.is_complete.load(Ordering::Relaxed) { known } else { known.max(self.estimate) }
    }

    fn advance(&self, progress: &mut Progress, bytes: u64) -> Result<(), Error> {
        let advanced = progress.scan.advance(&self.source, &self.index, bytes);
        self.is_complete.store(progress.scan.is_complete(), Ordering::Relaxed);
        advanced
    }

    pub(super) fn try_progress(&self) -> Option<MutexGuard<'_, Progress>> {
        match self.progress.try_lock() {
            Ok(progress) => Some(progress),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Estimates the duration by the last tags, or else by the share of the file that is indexed.
    fn estimate(&self) -> Duration {
        let end = self.progress().scan.end();
        let (known, frontier) = {
            let index = read(&self.index);
            (index.duration(), index.frontier)
        };
        if let Some(last) = self.last_position(end).filter(|last| *last >= known) {
            return last;
        }
        let share = end as f64 / frontier.max(1) as f64;
        Duration::try_from_secs_f64(known.as_secs_f64() * share.max(1.0)).unwrap_or(known)
    }

    /// Returns the latest position of the last tags.
    fn last_position(&self, end: u64) -> Option<Duration> {
        let mut window = self.source.window();
        let index = read(&self.index);
        let mut tag_end = end;
        let mut latest = None;
        for _ in 0..LAST_TAGS {
            let pointer = tag_end.checked_sub(BACK_POINTER.into())?;
            let bytes = window.read(pointer, BACK_POINTER as usize).ok()?;
            let length = u32::from_be_bytes(bytes.as_ref().try_into().ok()?);
            let offset = pointer.checked_sub(length.into())?;
            let header = window.read(offset, TAG_HEADER_LENGTH as usize).ok()?;
            let header = TagHeader::read(&mut wire::Reader::new(&header)).ok()?;
            if !header.is_plausible()
                || header.body_length.saturating_add(TAG_HEADER_LENGTH) != length
            {
                break;
            }
            let frames = match header.kind() {
                Some(TagKind::Audio) => Some(Frames::Audio),
                Some(TagKind::Video) => Some(Frames::Video),
                _ => None,
            };
            let position = frames.map(|frames| index.position_of(frames, header.timestamp));
            latest = latest.max(position.filter(|position| *position <= i32::MAX as u32));
            tag_end = offset;
        }
        latest.map(|position| Duration::from_millis(position.into()))
    }
}
