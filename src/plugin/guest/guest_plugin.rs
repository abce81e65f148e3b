//! The plugin that a library exports, as the macro defines it.

use std::error::Error;
use std::ffi::CStr;
use std::sync::{Arc, Mutex};

use crate::media::codec::VideoPlugin;
use crate::media::codec::sound::AudioPlugin;
use crate::sync;

/// The error with which a plugin's construction fails: any error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The plugin of a library. The macros implement it.
pub trait GuestPlugin: 'static {
    /// What it makes: `dyn VideoPlugin` or `dyn AudioPlugin`.
    type Plugin: Named + ?Sized;

    /// The codec's name.
    const NAME: &'static CStr;

    /// Constructs the plugin. Called once after each loading of the library.
    ///
    /// # Errors
    /// The plugin's own. The library is not loaded then.
    fn make() -> Result<Box<Self::Plugin>, BoxError>;

    /// Returns the static that holds the plugin while the library is loaded.
    fn slot() -> &'static PluginSlot<Self::Plugin>;
}

/// Either kind of plugin.
pub trait Named {
    /// Returns the codec's name.
    fn name(&self) -> &str;
}

impl Named for dyn VideoPlugin {
    fn name(&self) -> &str {
        VideoPlugin::name(self)
    }
}

impl Named for dyn AudioPlugin {
    fn name(&self) -> &str {
        AudioPlugin::name(self)
    }
}

/// Holds a library's plugin between `init` and `exit`.
pub struct PluginSlot<P: ?Sized>(Mutex<Option<Arc<P>>>);

impl<P: ?Sized> PluginSlot<P> {
    /// Makes an empty slot.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn put(&self, plugin: Box<P>) {
        *sync::lock(&self.0) = Some(plugin.into());
    }

    pub(in crate::plugin) fn plugin(&self) -> Option<Arc<P>> {
        sync::lock(&self.0).clone()
    }

    pub(super) fn take(&self) -> Option<Arc<P>> {
        sync::lock(&self.0).take()
    }
}

impl<P: ?Sized> Default for PluginSlot<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Named + ?Sized> std::fmt::Debug for PluginSlot<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.plugin().map(|plugin| plugin.name().to_owned());
        f.debug_tuple("PluginSlot").field(&name).finish()
    }
}
