//! The bytes of a media file, read at any position: in memory or on disk.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};

use super::block_cache::{BLOCK_BYTES, BlockCache, BlockKey};

/// How much is read at once by a pass over the file that does not use the cache, in bytes.
const PASS_BYTES: usize = 128 * 1024;

/// The bytes of a media file. Any number of threads may read them at once.
#[derive(Debug)]
pub(crate) enum Source {
    Memory(Bytes),
    Disk(DiskFile),
}

/// A file on disk, whose blocks are in a cache that it shares with other files.
#[derive(Debug)]
pub(crate) struct DiskFile {
    file: fs::File,
    number: u64,
    cache: Arc<BlockCache>,
}

impl Source {
    pub(crate) fn disk(file: fs::File, cache: Arc<BlockCache>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self::Disk(DiskFile { file, number: NEXT.fetch_add(1, Ordering::Relaxed), cache })
    }

    /// Returns the length that the file has now, in bytes.
    pub(crate) fn length(&self) -> io::Result<u64> {
        match self {
            Self::Memory(bytes) => Ok(bytes.len() as u64),
            Self::Disk(disk) => Ok(disk.file.metadata()?.len()),
        }
    }

    /// Returns `length` bytes at `offset`, or fewer if the file ends before. Does not keep them.
    #[cfg(feature = "mp4")]
    pub(crate) fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        match self {
            Self::Memory(_) => self.window().read(offset, length),
            Self::Disk(disk) => {
                let left = disk.file.metadata()?.len().saturating_sub(offset);
                let length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
                // The file says how long it is: if there is no memory for it, that is an error.
                let mut buffer = Vec::new();
                buffer.try_reserve_exact(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
                buffer.resize(length, 0);
                let read = read_at(&disk.file, offset, &mut buffer)?;
                buffer.truncate(read);
                Ok(buffer.into())
            }
        }
    }

    /// Reads what players want, by way of the cache.
    pub(crate) fn window(&self) -> Window<'_> {
        self.new_window(true)
    }

    /// Reads the file from front to end, past the cache: what an index needs would displace what
    /// players need.
    pub(crate) fn pass(&self) -> Window<'_> {
        self.new_window(false)
    }

    fn new_window(&self, is_cached: bool) -> Window<'_> {
        let bytes = match self {
            Self::Memory(bytes) => bytes.clone(),
            Self::Disk(_) => Bytes::new(),
        };
        Window { source: self, is_cached, start: 0, bytes }
    }
}

/// A part of a source. Moves to where it is read.
#[derive(Debug)]
pub(crate) struct Window<'a> {
    source: &'a Source,
    is_cached: bool,
    start: u64,
    bytes: Bytes,
}

impl Window<'_> {
    /// Returns `length` bytes at `offset`, or fewer if the file ends before.
    ///
    /// They are a view of a block, or a copy if they lie in several. May block for as long as the
    /// disk needs.
    pub(crate) fn read(&mut self, offset: u64, length: usize) -> io::Result<Bytes> {
        if let Some(bytes) = self.within(offset, length) {
            return Ok(bytes);
        }
        let Source::Disk(disk) = self.source else {
            return Ok(self.rest_from(offset));
        };
        if !self.is_cached {
            let mut buffer = std::mem::take(&mut self.bytes).try_into_mut().unwrap_or_default();
            buffer.resize(length.max(PASS_BYTES), 0);
            let read = read_at(&disk.file, offset, &mut buffer)?;
            buffer.truncate(read);
            (self.start, self.bytes) = (offset, buffer.freeze());
            return Ok(self.within(offset, length).unwrap_or_else(|| self.rest_from(offset)));
        }
        self.move_to(disk, offset, length)?;
        if let Some(bytes) = self.within(offset, length) {
            return Ok(bytes);
        }
        self.join(disk, offset, length)
    }

    /// Joins what lies in several blocks.
    fn join(&mut self, disk: &DiskFile, offset: u64, length: usize) -> io::Result<Bytes> {
        let mut joined = BytesMut::new();
        let mut at = offset;
        while joined.len() < length {
            let missing = length.saturating_sub(joined.len());
            self.move_to(disk, at, missing)?;
            let mut piece = self.rest_from(at);
            piece.truncate(missing);
            if piece.is_empty() {
                break;
            }
            if joined.is_empty() {
                joined.reserve(length.min(LARGEST_RESERVE));
            }
            at = at.saturating_add(piece.len() as u64);
            joined.extend_from_slice(&piece);
        }
        Ok(joined.freeze())
    }

    fn move_to(&mut self, disk: &DiskFile, offset: u64, length: usize) -> io::Result<()> {
        let block = offset.checked_div(BLOCK_BYTES as u64).unwrap_or_default();
        let start = block.saturating_mul(BLOCK_BYTES as u64);
        let within = usize::try_from(offset.saturating_sub(start)).unwrap_or(usize::MAX);
        let wanted = within.saturating_add(length).min(BLOCK_BYTES);
        let key = BlockKey { file: disk.number, block };
        self.bytes = disk.cache.get(key, wanted, |buffer| read_at(&disk.file, start, buffer))?;
        self.start = start;
        Ok(())
    }

    fn within(&self, offset: u64, length: usize) -> Option<Bytes> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        let to = from.checked_add(length)?;
        (to <= self.bytes.len()).then(|| self.bytes.slice(from..to))
    }

    fn rest_from(&self, offset: u64) -> Bytes {
        let from = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.bytes.slice(from.min(self.bytes.len())..)
    }
}

/// The most that is allocated for a piece before its bytes have come: a false length must not cost
/// more.
const LARGEST_RESERVE: usize = 1 << 20;

/// Fills the buffer from that offset on. Returns how much there was.
fn read_at(file: &fs::File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0_usize;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read_some(file, rest, offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(read) => filled = filled.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_some(file: &fs::File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_some(file: &fs::File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn disk(bytes: &[u8], cache_bytes: usize) -> Source {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Source::disk(file, Arc::new(BlockCache::new(cache_bytes)))
    }

    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at.wrapping_mul(7) >> 3) as u8).collect()
    }

    #[test]
    fn what_is_read_is_what_is_there_wherever_blocks_end() {
        let bytes = pattern(3 * BLOCK_BYTES + 100);
        let memory = Source::Memory(bytes.clone().into());
        let disk = disk(&bytes, BLOCK_BYTES);
        for (offset, length) in [
            (0, 10),
            (BLOCK_BYTES - 5, 10),
            (BLOCK_BYTES, BLOCK_BYTES),
            (10, 2 * BLOCK_BYTES + 20),
            (bytes.len() - 3, 10),
            (bytes.len(), 1),
            (bytes.len() + BLOCK_BYTES, 1),
            (5, 0),
        ] {
            let end = (offset + length).min(bytes.len());
            let expected = bytes.get(offset..end).unwrap_or_default();
            for source in [&memory, &disk] {
                for mut window in [source.window(), source.pass()] {
                    assert_eq!(window.read(offset as u64, length).unwrap(), expected);
                }
            }
        }
        assert_eq!(disk.length().unwrap(), bytes.len() as u64);
    }

    #[test]
    fn a_file_that_grows_is_read_to_its_new_end() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"first").unwrap();
        let source =
            Source::disk(file.try_clone().unwrap(), Arc::new(BlockCache::new(BLOCK_BYTES)));
        assert_eq!(source.window().read(0, 10).unwrap(), &b"first"[..]);
        file.write_all(b"second").unwrap();
        assert_eq!(source.window().read(0, 10).unwrap(), &b"firstsecon"[..]);
    }

    #[test]
    fn a_false_length_allocates_what_there_is() {
        let source = disk(b"short", BLOCK_BYTES);
        assert_eq!(source.window().read(0, 1 << 40).unwrap(), &b"short"[..]);
    }
}
