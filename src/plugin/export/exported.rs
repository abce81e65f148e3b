//! What a library exports, as the macro says it.

use std::error::Error;
use std::ffi::CStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::media::codec::VideoPlugin;

/// Why a plugin cannot be made: any error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A library's plugin.
pub trait Exported: 'static {
    /// Its name.
    const NAME: &'static CStr;

    /// Makes it.
    ///
    /// # Errors
    /// Why it cannot be made.
    fn make() -> Result<Box<dyn VideoPlugin>, BoxError>;

    /// Where it lives.
    fn slot() -> &'static Slot;
}

/// Where a library's plugin lives between `init` and `exit`.
#[derive(Default)]
pub struct Slot(Mutex<Option<Arc<dyn VideoPlugin>>>);

impl Slot {
    /// One that is empty.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn put(&self, plugin: Box<dyn VideoPlugin>) {
        *self.lock() = Some(plugin.into());
    }

    pub(in crate::plugin) fn plugin(&self) -> Option<Arc<dyn VideoPlugin>> {
        self.lock().clone()
    }

    pub(super) fn take(&self) -> Option<Arc<dyn VideoPlugin>> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<dyn VideoPlugin>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.plugin().map(|plugin| plugin.name().to_owned());
        f.debug_tuple("Slot").field(&name).finish()
    }
}
