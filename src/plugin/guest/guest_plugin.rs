//! The plugin that a library exports, as the macro defines it.

use std::error::Error;
use std::ffi::CStr;
use std::sync::{Arc, Mutex};

use crate::media::codec::VideoPlugin;
use crate::sync;

/// The error with which a plugin's construction fails: any error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The plugin of a library. The macro implements it.
pub trait GuestPlugin: 'static {
    /// The codec's name.
    const NAME: &'static CStr;

    /// Constructs the plugin. Called once after each loading of the library.
    ///
    /// # Errors
    /// The plugin's own. The library is not loaded then.
    fn make() -> Result<Box<dyn VideoPlugin>, BoxError>;

    /// Returns the static that holds the plugin while the library is loaded.
    fn slot() -> &'static PluginSlot;
}

/// Holds a library's plugin between `init` and `exit`.
#[derive(Default)]
pub struct PluginSlot(Mutex<Option<Arc<dyn VideoPlugin>>>);

impl PluginSlot {
    /// Makes an empty slot.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn put(&self, plugin: Box<dyn VideoPlugin>) {
        *sync::lock(&self.0) = Some(plugin.into());
    }

    pub(in crate::plugin) fn plugin(&self) -> Option<Arc<dyn VideoPlugin>> {
        sync::lock(&self.0).clone()
    }

    pub(super) fn take(&self) -> Option<Arc<dyn VideoPlugin>> {
        sync::lock(&self.0).take()
    }
}

impl std::fmt::Debug for PluginSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.plugin().map(|plugin| plugin.name().to_owned());
        f.debug_tuple("PluginSlot").field(&name).finish()
    }
}
