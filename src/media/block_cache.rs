//! Blocks of files, kept in memory while players read them.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};

use crate::address_space;
use crate::sync::lock;

/// The address space that blocks leave to others, if it is limited.
const SPARE_BYTES: usize = 8 << 20;

/// The length of a block, in bytes: a second of a film of 2 Mbit/s.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;

/// Blocks of files, kept in memory while players read them, up to a number of bytes.
///
/// The block that was used least recently goes first, also when the process has little address
/// space left. A block that a payload still points to stays in memory until that is sent, beyond
/// the bound.
#[derive(Debug)]
pub(crate) struct BlockCache {
    blocks: Mutex<Blocks>,
}

#[derive(Debug)]
struct Blocks {
    by_key: HashMap<BlockKey, Entry>,
    /// Counts the uses, to tell which one is the latest.
    uses: u64,
    max: usize,
}

#[derive(Debug)]
struct Entry {
    slot: Arc<Slot>,
    last_use: u64,
}

/// The bytes of a block. Locked while they are read from the disk, so that all players who want
/// them wait for one read.
type Slot = Mutex<Bytes>;

/// Which block of which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BlockKey {
    pub(crate) file: u64,
    pub(crate) block: u64,
}

impl BlockCache {
    /// Makes a cache of at most that many bytes, and at least one block.
    pub(crate) fn new(max_bytes: usize) -> Self {
        let max = max_bytes.checked_div(BLOCK_BYTES).unwrap_or_default().max(1);
        Self { blocks: Mutex::new(Blocks { by_key: HashMap::new(), uses: 0, max }) }
    }

    /// Returns a block, which `load` reads if it is not there or ends before `wanted` bytes: the
    /// file may have grown since.
    ///
    /// Blocks while the block is read, by this thread or another one.
    ///
    /// # Errors
    /// Those of `load`, and [`io::ErrorKind::OutOfMemory`].
    pub(crate) fn get(
        &self,
        key: BlockKey,
        wanted: usize,
        load: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<Bytes> {
        let (slot, displaced) = lock(&self.blocks).slot(key);
        let mut bytes = lock(&slot);
        if bytes.len() >= wanted && !bytes.is_empty() {
            return Ok(bytes.clone());
        }
        if displaced.is_none() && !has_room() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let mut buffer = displaced.unwrap_or_default();
        buffer.resize(BLOCK_BYTES, 0);
        let read = load(&mut buffer)?;
        buffer.truncate(read);
        *bytes = buffer.freeze();
        Ok(bytes.clone())
    }
}

impl Blocks {
    /// Returns the slot of a block. If it is a new one, also returns the memory of the block that
    /// it displaces: memory that is used again leaves no holes.
    fn slot(&mut self, key: BlockKey) -> (Arc<Slot>, Option<BytesMut>) {
        self.uses = self.uses.saturating_add(1);
        if let Some(entry) = self.by_key.get_mut(&key) {
            entry.last_use = self.uses;
            return (Arc::clone(&entry.slot), None);
        }
        let is_full = self.by_key.len() >= self.max || !has_room();
        let displaced = if is_full { self.displace() } else { None };
        let slot = Arc::new(Slot::default());
        self.by_key.insert(key, Entry { slot: Arc::clone(&slot), last_use: self.uses });
        (slot, displaced)
    }

    fn displace(&mut self) -> Option<BytesMut> {
        let (&oldest, _) = self.by_key.iter().min_by_key(|(_, entry)| entry.last_use)?;
        let entry = self.by_key.remove(&oldest)?;
        let bytes = Arc::into_inner(entry.slot)?;
        let bytes = std::mem::take(&mut *lock(&bytes));
        bytes.try_into_mut().ok()
    }
}

/// Returns whether the process has address space for another block.
fn has_room() -> bool {
    address_space::has_room(SPARE_BYTES.saturating_add(BLOCK_BYTES))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Loads blocks that are full of their number, and counts.
    fn get(cache: &BlockCache, block: u64, loads: &Cell<usize>) -> Bytes {
        let load = |buffer: &mut [u8]| {
            loads.set(loads.get() + 1);
            buffer.fill(block as u8);
            Ok(buffer.len())
        };
        cache.get(BlockKey { file: 0, block }, BLOCK_BYTES, load).unwrap()
    }

    #[test]
    fn the_block_that_was_used_least_recently_goes_first() {
        let (cache, loads) = (BlockCache::new(2 * BLOCK_BYTES), Cell::new(0));
        for (block, expected) in [(1, 1), (2, 2), (1, 2), (3, 3), (1, 3), (2, 4)] {
            let bytes = get(&cache, block, &loads);
            assert!(bytes.iter().all(|byte| *byte == block as u8));
            assert_eq!(loads.get(), expected, "block {block}");
        }
    }

    #[test]
    fn a_block_in_use_survives_its_place_in_the_cache() {
        let (cache, loads) = (BlockCache::new(0), Cell::new(0));
        let first = get(&cache, 1, &loads);
        for block in 2..5 {
            get(&cache, block, &loads);
        }
        assert!(first.iter().all(|byte| *byte == 1));
    }

    #[test]
    fn the_memory_of_a_displaced_block_is_used_again() {
        let (cache, loads) = (BlockCache::new(0), Cell::new(0));
        let first = get(&cache, 1, &loads).as_ptr();
        assert_eq!(get(&cache, 2, &loads).as_ptr(), first);
    }

    #[test]
    fn a_failed_read_is_tried_again() {
        let (cache, loads) = (BlockCache::new(0), Cell::new(0));
        let key = BlockKey { file: 0, block: 1 };
        assert!(cache.get(key, 1, |_| Err(io::ErrorKind::Other.into())).is_err());
        assert_eq!(get(&cache, 1, &loads).len(), BLOCK_BYTES);
    }
}
