//! Where the handlers of one stream meet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::playlist::Playlist;

/// What is being played on one stream; shared by its handlers.
#[derive(Clone, Debug, Default)]
pub(super) struct Deck(Arc<Mutex<Option<Playlist>>>);

impl Deck {
    pub(super) fn new(playlist: Playlist) -> Self {
        Self(Arc::new(Mutex::new(Some(playlist))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Playlist>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
