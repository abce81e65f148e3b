//! What handlers were told, in this order.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::PATIENCE;

/// A record that handlers write and a test waits for. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Inner>);

#[derive(Default)]
struct Inner {
    notes: Mutex<Vec<String>>,
    changed: Condvar,
}

impl Told {
    pub(crate) fn note(&self, note: impl Into<String>) {
        self.lock().push(note.into());
        self.0.changed.notify_all();
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.lock().clone()
    }

    pub(crate) fn count(&self, note: &str) -> usize {
        count(&self.lock(), note)
    }

    /// Waits until `note` has been told.
    #[track_caller]
    pub(crate) fn wait_for(&self, note: &str) {
        self.wait_for_times(note, 1);
    }

    /// Waits until `note` has been told that often.
    #[track_caller]
    pub(crate) fn wait_for_times(&self, note: &str, times: usize) {
        let deadline = Instant::now() + PATIENCE;
        let mut notes = self.lock();
        while count(&notes, note) < times {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not told {note:?} {times} times, but {notes:?}");
            let waited = self.0.changed.wait_timeout(notes, left);
            notes = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(notes: &[String], note: &str) -> usize {
    notes.iter().filter(|other| *other == note).count()
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all().fmt(f)
    }
}
