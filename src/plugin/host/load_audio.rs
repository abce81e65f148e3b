//! Adds libraries to a factory of audio codecs.
#![allow(unsafe_code, reason = "the caller must vouch for the library that is loaded")]

use std::path::Path;
use std::sync::Arc;

use super::audio_encoder::PluginAudioEncoder;
use super::load::{LoadedPlugin, LoadedPlugins, added, load_each};
use super::loaded_library::LoadedLibrary;
use crate::media::codec::sound::{AudioCodecFactory, AudioEncoder, AudioPlugin};
use crate::plugin::PluginError;
use crate::plugin::abi::RawAudioPlugin;

/// A loaded library as the factory knows it. Each encoder of it keeps the library loaded too.
pub(super) struct LibraryAudioPlugin(pub(super) Arc<LoadedLibrary>);

impl AudioPlugin for LibraryAudioPlugin {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn create_audio_encoder(&self) -> Option<Box<dyn AudioEncoder>> {
        Some(Box::new(PluginAudioEncoder::create(&self.0)?))
    }
}

/// With the feature `plugins`.
impl AudioCodecFactory {
    /// Loads the shared library at `path`, and adds its encoder of sound.
    /// `include/rendercast_plugin.h` says what the library must export. [`export_audio_plugin`]
    /// makes one of an [`AudioPlugin`].
    ///
    /// All else is as with [video plugins].
    ///
    /// # Errors
    /// Every [`PluginError`] except [`Folder`](PluginError::Folder). The library is then unloaded.
    ///
    /// # Safety
    /// A library runs in this process, with all its rights, from the moment it is loaded. It must
    /// keep to the header. If it does not, the behaviour is undefined.
    ///
    /// ```no_run
    /// use rendercast::plugin::PluginError;
    /// use rendercast::{Server, ServerConfig};
    ///
    /// let server = Server::new(ServerConfig::default());
    /// // SAFETY: this library was built from our own source.
    /// let plugin = unsafe { server.audio_codec_factory().load_plugin_library("plugins/mp3.so")? };
    /// println!("loops may have sound in {:?}", plugin.name);
    /// # Ok::<(), PluginError>(())
    /// ```
    ///
    /// [`export_audio_plugin`]: crate::export_audio_plugin
    /// [video plugins]: crate::media::codec::VideoCodecFactory::load_plugin_library
    pub unsafe fn load_plugin_library(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<LoadedPlugin, PluginError> {
        // SAFETY: the caller vouches for the library.
        let library = unsafe { LoadedLibrary::load::<RawAudioPlugin>(path.as_ref()) }?;
        added(path.as_ref(), &library, self.add(Arc::new(LibraryAudioPlugin(Arc::clone(&library)))))
    }

    /// Loads every plugin in the folder `path`, which should have no others than those for sound.
    /// All else is as with [video plugins].
    ///
    /// # Errors
    /// [`PluginError::Folder`] if the folder cannot be read. The errors of single files are in
    /// [`LoadedPlugins::errors`].
    ///
    /// # Safety
    /// Every library in the folder must meet the conditions of
    /// [`load_plugin_library`](Self::load_plugin_library).
    ///
    /// [video plugins]: crate::media::codec::VideoCodecFactory::load_plugins_from_directory
    pub unsafe fn load_plugins_from_directory(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<LoadedPlugins, PluginError> {
        // SAFETY: the caller vouches for every library in the folder.
        load_each(path.as_ref(), |file| unsafe { self.load_plugin_library(file) })
    }
}
