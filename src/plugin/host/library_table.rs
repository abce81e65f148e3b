//! The libraries that are loaded in this process, each once.
//!
//! The system loads a library once, however often it is asked to. So a plugin's `init` and `exit`
//! belong to the process, not to a server: a second load shares the first.

use std::sync::{Arc, Mutex, Weak};

use crate::sync::{self, Condition};

/// A table of shared values by their address.
pub(super) struct LibraryTable<T> {
    entries: Mutex<Vec<Entry<T>>>,
    changed: Condition,
}

struct Entry<T> {
    /// The address of the library's descriptor.
    address: usize,
    /// Cannot be upgraded while the plugin's `init` or `exit` runs.
    value: Weak<T>,
}

impl<T> LibraryTable<T> {
    pub(super) const fn new() -> Self {
        Self { entries: Mutex::new(Vec::new()), changed: Condition::new() }
    }

    /// Returns the value at `address`, or stores what `start` makes. Blocks while an `init` or
    /// `exit` of the same address runs, and while `start` does.
    pub(super) fn obtain<E>(
        &self,
        address: usize,
        start: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let mut entries = sync::lock(&self.entries);
        while let Some(entry) = entries.iter().find(|entry| entry.address == address) {
            match entry.value.upgrade() {
                Some(value) => return Ok(value),
                None => entries = sync::wait(&self.changed, entries),
            }
        }
        entries.push(Entry { address, value: Weak::new() });
        drop(entries);

        let unstarted = Unstarted { table: self, address };
        let value = Arc::new(start()?);
        std::mem::forget(unstarted); // from here on the value's own drop removes the entry
        let mut entries = sync::lock(&self.entries);
        if let Some(entry) = entries.iter_mut().find(|entry| entry.address == address) {
            entry.value = Arc::downgrade(&value);
        }
        drop(entries);
        self.changed.notify_all();
        Ok(value)
    }

    /// Removes the entry of `address`. Call it once the plugin's `exit` has returned.
    pub(super) fn remove(&self, address: usize) {
        sync::lock(&self.entries).retain(|entry| entry.address != address);
        self.changed.notify_all();
    }
}

/// Removes its entry again if `start` fails or panics.
struct Unstarted<'a, T> {
    table: &'a LibraryTable<T>,
    address: usize,
}

impl<T> Drop for Unstarted<'_, T> {
    fn drop(&mut self) {
        self.table.remove(self.address);
    }
}
