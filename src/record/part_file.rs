//! One file of a recording, while it is written.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::destination::Paths;
use crate::media::flv::{Error, IndexedWriter, Reader};
use crate::media::{Tag, TagKind};
use crate::peer_log::peer_log;
use crate::protocol::Timestamp;
use crate::protocol::amf::Object;

/// One file of a recording: a new one under its temporary name, or one that goes on.
#[derive(Debug)]
pub(super) struct PartFile {
    writer: IndexedWriter<File>,
    paths: Paths,
    /// The time of the stream at the start of the file, modulo 2^32.
    start: Timestamp,
    has_video: bool,
}

impl PartFile {
    /// Begins a file with metadata.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn new(
        (file, paths): (File, Paths),
        metadata: &Object,
        has_audio: bool,
        has_video: bool,
    ) -> io::Result<Self> {
        let writer = IndexedWriter::new(file, metadata, has_audio, has_video)?;
        Ok(Self { writer, paths, start: Timestamp(0), has_video: false })
    }

    /// Goes on with an earlier file where it is. Cuts off a part of a tag at its end. Returns
    /// `None` if it has no room for key frames, as one of another program.
    ///
    /// # Errors
    /// The file is damaged, cannot be read or written, or another recording goes on with it.
    pub(super) fn resume(paths: Paths) -> io::Result<Option<Self>> {
        let file = open_alone(&paths.part)?;
        let writer = IndexedWriter::resume(file).map_err(io::Error::other)?;
        let Some(writer) = writer else { return Ok(None) };
        writer.get_ref().set_len(writer.length())?;
        let has_video = writer.has_video();
        Ok(Some(Self { writer, paths, start: Timestamp(0), has_video }))
    }

    /// Copies audio and video of an earlier file. Those of the stream then follow them.
    ///
    /// # Errors
    /// The file is damaged or cannot be read, or this one not written. A part of a tag at its end
    /// is left out, and no error.
    pub(super) fn copy(&mut self, earlier: &Path) -> io::Result<()> {
        let reader = Reader::new(File::open(earlier)?).map_err(io::Error::other)?;
        for tag in reader {
            let tag = match tag {
                Ok(tag) => tag,
                Err(Error::Truncated { .. }) => break,
                Err(error) => return Err(io::Error::other(error)),
            };
            if tag.kind != TagKind::Script {
                self.writer.write(&tag)?;
            }
        }
        self.has_video |= self.writer.has_video();
        Ok(())
    }

    /// Lets the time `first` of the stream follow what is in the file.
    pub(super) fn start_at(&mut self, first: Timestamp) {
        let is_empty = !self.writer.has_video() && !self.writer.has_audio();
        let next = match is_empty {
            true => 0,
            false => self.writer.last_timestamp().0.saturating_add(1),
        };
        self.start = Timestamp(first.0.wrapping_sub(next));
    }

    /// Appends a tag of the stream. What is timed before the first comes at its time.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(&mut self, mut tag: Tag) -> io::Result<()> {
        self.has_video |= tag.kind == TagKind::Video;
        tag.timestamp = self.time_of(tag.timestamp);
        self.writer.write(&tag)
    }

    /// Writes what was appended to the disk's cache, so that a killed process leaves it.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// Returns whether a file may end before this: a key frame, or any sound if there is no video.
    pub(super) const fn may_end_before(&self, is_key_frame: bool, kind: TagKind) -> bool {
        is_key_frame || (!self.has_video && matches!(kind, TagKind::Audio))
    }

    /// Returns the time in the file of a time of the stream.
    pub(super) fn time_of(&self, timestamp: Timestamp) -> Timestamp {
        let time = Timestamp(timestamp.0.wrapping_sub(self.start.0));
        // A time before the start wraps to more than a file may cover.
        if time.0.cast_signed() < 0 { Timestamp(0) } else { time }
    }

    pub(super) fn length(&self) -> u64 {
        self.writer.length()
    }

    pub(super) fn duration(&self) -> Duration {
        Duration::from_millis(self.writer.last_timestamp().0.into())
    }

    pub(super) fn path(&self) -> &Path {
        &self.paths.part
    }

    /// Fills in the metadata, and gives the file its final name, which it returns.
    ///
    /// # Errors
    /// It cannot be written or renamed. It then keeps its temporary name.
    pub(super) fn complete(&mut self) -> io::Result<PathBuf> {
        self.writer.finish()?;
        self.writer.get_ref().sync_all()?;
        self.paths.complete()
    }

    /// Does the same after the system has refused to write: cuts off what was not written whole.
    ///
    /// # Errors
    /// As [`complete`](Self::complete).
    pub(super) fn salvage(&mut self) -> io::Result<PathBuf> {
        let whole = self.writer.discard();
        self.writer.get_ref().set_len(whole)?;
        self.complete()
    }
}

/// Opens a file to go on with it, if no other recording does. Others may read it meanwhile.
fn open_alone(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    // There, a lock would keep readers out too.
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, FILE_SHARE_READ);
    let file = options.open(path)?;
    if cfg!(not(windows)) {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another recording goes on with it"));
            }
            Err(TryLockError::Error(error)) if has_no_locks(&error) => {
                let path = path.display();
                let what = "its file system has none, so nothing keeps another recording out";
                peer_log!(
                    Warn,
                    "a recording",
                    "goes on with {path} without a lock: {what}: {error}"
                );
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(file)
}

/// Returns whether an error only says that a file system knows no locks, as some of a network do.
fn has_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    if let Some(libc::ENOLCK | libc::EOPNOTSUPP | libc::ENOSYS) = error.raw_os_error() {
        return true;
    }
    error.kind() == io::ErrorKind::Unsupported
}

/// Others may read the file, and not write it.
#[cfg(windows)]
const FILE_SHARE_READ: u32 = 1;

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::has_no_locks;

    #[test]
    fn a_file_system_without_locks_is_told_from_a_file_that_is_locked() {
        for number in [libc::ENOLCK, libc::EOPNOTSUPP, libc::ENOTSUP, libc::ENOSYS] {
            let error = Error::from_raw_os_error(number);
            assert!(has_no_locks(&error), "{error}");
        }
        assert!(has_no_locks(&ErrorKind::Unsupported.into()));
        for number in [libc::EWOULDBLOCK, libc::EBADF, libc::EIO] {
            let error = Error::from_raw_os_error(number);
            assert!(!has_no_locks(&error), "{error}");
        }
    }
}
