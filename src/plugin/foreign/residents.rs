//! Which plugins are loaded in this process.
//!
//! The system loads a library once, however often it is asked to. So the `init` and `exit` of a
//! plugin are the process's, not a server's: whoever loads it again shares it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use super::Resident;
use crate::plugin::PluginError;

static RESIDENTS: Mutex<Vec<Entry>> = Mutex::new(Vec::new());
static CHANGED: Condvar = Condvar::new();

struct Entry {
    /// Where its descriptor lies.
    address: usize,
    /// Leads nowhere while the plugin's `init` or `exit` runs.
    resident: Weak<Resident>,
}

/// The plugin whose descriptor lies at `address`: the one that is loaded, or what `start` makes.
/// Waits for the end of an `init` or `exit` of the same plugin.
pub(super) fn obtain(
    address: usize,
    start: impl FnOnce() -> Result<Resident, PluginError>,
) -> Result<Arc<Resident>, PluginError> {
    let mut residents = lock();
    loop {
        match residents.iter().find(|entry| entry.address == address) {
            None => break,
            Some(entry) => match entry.resident.upgrade() {
                Some(resident) => return Ok(resident),
                None => residents = CHANGED.wait(residents).unwrap_or_else(PoisonError::into_inner),
            },
        }
    }
    residents.push(Entry { address, resident: Weak::new() });
    drop(residents);

    let unstarted = Unstarted(address);
    let resident = Arc::new(start()?);
    std::mem::forget(unstarted); // from here on the resident's own drop forgets it
    let mut residents = lock();
    if let Some(entry) = residents.iter_mut().find(|entry| entry.address == address) {
        entry.resident = Arc::downgrade(&resident);
    }
    drop(residents);
    CHANGED.notify_all();
    Ok(resident)
}

/// Its `exit` has returned.
pub(super) fn forget(address: usize) {
    lock().retain(|entry| entry.address != address);
    CHANGED.notify_all();
}

/// A plugin whose `init` has not succeeded yet.
struct Unstarted(usize);

impl Drop for Unstarted {
    fn drop(&mut self) {
        forget(self.0);
    }
}

fn lock() -> MutexGuard<'static, Vec<Entry>> {
    RESIDENTS.lock().unwrap_or_else(PoisonError::into_inner)
}
