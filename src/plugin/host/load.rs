//! Adds libraries to a codec factory.
#![allow(unsafe_code, reason = "the caller must vouch for the library that is loaded")]

use std::env::consts::DLL_EXTENSION;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::decoder::PluginDecoder;
use super::encoder::PluginEncoder;
use super::loaded_library::LoadedLibrary;
use crate::media::codec::{
    CodecNameTaken, VideoCodecFactory, VideoDecoder, VideoEncoder, VideoPlugin,
};
use crate::plugin::PluginError;
use crate::plugin::abi::RawPlugin;

/// A plugin that was loaded and added to a factory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedPlugin {
    /// The name of its codec, by which streams choose it.
    pub name: String,
    /// The path of its file, as the caller gave it or as the folder lists it.
    pub file: PathBuf,
}

/// The outcome of [`load_plugins_from_directory`](VideoCodecFactory::load_plugins_from_directory).
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct LoadedPlugins {
    /// The plugins that were loaded, in the order of their files' names.
    pub plugins: Vec<LoadedPlugin>,
    /// Why the other plugins were not loaded, in the order of their files' names.
    pub errors: Vec<PluginError>,
}

/// A loaded library as the codec factory knows it. Each codec of it keeps the library loaded too.
pub(super) struct LibraryPlugin(pub(super) Arc<LoadedLibrary>);

impl VideoPlugin for LibraryPlugin {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        Some(Box::new(PluginEncoder::create(&self.0)?))
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        Some(Box::new(PluginDecoder::create(&self.0)?))
    }
}

/// With the feature `plugins`.
impl VideoCodecFactory {
    /// Loads the shared library at `path`, and adds its codec. `include/rendercast_plugin.h` says
    /// what the library must export. [`export_video_plugin`] makes one of a
    /// [`VideoPlugin`].
    ///
    /// The library stays loaded while the factory or any encoder or decoder that it made exists.
    /// After the last of them, its `exit` is called once and it is unloaded. A library that is
    /// already loaded, for example by another factory, is shared. Its `init` is not called again.
    ///
    /// Blocks for as long as the library's `init` does.
    ///
    /// # Errors
    /// Every [`PluginError`] except [`Folder`](PluginError::Folder). The library is then unloaded.
    ///
    /// # Safety
    /// A library runs in this process, with all its rights, from the moment it is loaded. It must
    /// keep to the header. If it does not, the behaviour is undefined. A file that is no library,
    /// no plugin or a plugin of another version does no harm, if its initialisers do none.
    ///
    /// ```no_run
    /// use rendercast::plugin::PluginError;
    /// use rendercast::{Server, ServerConfig};
    ///
    /// let server = Server::new(ServerConfig::default());
    /// // SAFETY: this library was built from our own source.
    /// let plugin = unsafe { server.video_codec_factory().load_plugin_library("plugins/vp6.so")? };
    /// println!("streams may now use_codec({:?})", plugin.name);
    /// # Ok::<(), PluginError>(())
    /// ```
    ///
    /// [`export_video_plugin`]: crate::export_video_plugin
    pub unsafe fn load_plugin_library(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<LoadedPlugin, PluginError> {
        // SAFETY: the caller vouches for the library.
        let library = unsafe { LoadedLibrary::load::<RawPlugin>(path.as_ref()) }?;
        added(path.as_ref(), &library, self.add(Arc::new(LibraryPlugin(Arc::clone(&library)))))
    }

    /// Loads every plugin in the folder `path`, in the order of the files' names. Takes each file
    /// with the extension of this system's shared libraries: `.so` on Linux, `.dylib` on macOS,
    /// `.dll` on Windows. Goes on with the next file if one is not loaded.
    ///
    /// Follows symbolic links. Skips subfolders, and names such as `vp6.so.1`.
    ///
    /// Blocks for as long as all their `init`s do.
    ///
    /// # Errors
    /// [`PluginError::Folder`] if the folder cannot be read. The errors of single files are in
    /// [`LoadedPlugins::errors`].
    ///
    /// # Safety
    /// Every library in the folder must meet the conditions of
    /// [`load_plugin_library`](Self::load_plugin_library). Only trusted accounts should be able to
    /// write to the folder.
    pub unsafe fn load_plugins_from_directory(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<LoadedPlugins, PluginError> {
        // SAFETY: the caller vouches for every library in the folder.
        load_each(path.as_ref(), |file| unsafe { self.load_plugin_library(file) })
    }
}

/// Returns what a library was added as, or that its name is taken.
pub(super) fn added(
    file: &Path,
    library: &LoadedLibrary,
    outcome: Result<(), CodecNameTaken>,
) -> Result<LoadedPlugin, PluginError> {
    let (file, name) = (file.to_owned(), library.name().to_owned());
    match outcome {
        Ok(()) => Ok(LoadedPlugin { name, file }),
        Err(taken) => Err(PluginError::NameTaken { file, name: taken.name }),
    }
}

/// Calls `load` with each shared library in `folder`, in the order of their names.
pub(super) fn load_each(
    folder: &Path,
    load: impl Fn(PathBuf) -> Result<LoadedPlugin, PluginError>,
) -> Result<LoadedPlugins, PluginError> {
    let mut outcome = LoadedPlugins::default();
    for file in libraries_in(folder)? {
        match load(file) {
            Ok(plugin) => outcome.plugins.push(plugin),
            Err(error) => outcome.errors.push(error),
        }
    }
    Ok(outcome)
}

/// Returns the shared libraries in `folder`, sorted by name.
fn libraries_in(folder: &Path) -> Result<Vec<PathBuf>, PluginError> {
    let failed = |cause| PluginError::Folder { folder: folder.to_owned(), cause };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let is_library = file.extension().is_some_and(|extension| extension == DLL_EXTENSION);
        if is_library && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}
