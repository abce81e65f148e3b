//! Adds libraries to a codec factory.
#![allow(unsafe_code, reason = "whoever loads a library has to vouch for it")]

use std::env::consts::DLL_EXTENSION;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Resident;
use super::plugin::ForeignPlugin;
use crate::media::codec::VideoCodecFactory;
use crate::plugin::{LoadedPlugin, LoadedPlugins, PluginError};

/// With the feature `plugins`.
impl VideoCodecFactory {
    /// Loads the shared library at `path`, and adds the codec that it brings along. What a library
    /// has to be is said in `include/rendercast_plugin.h`; [`export_video_plugin`] makes one of a
    /// [`VideoPlugin`](crate::media::codec::VideoPlugin).
    ///
    /// It stays loaded for as long as the factory is there, or any encoder or decoder that it made;
    /// after the last of them its `exit` is called, once, and it is unloaded. A library that is
    /// loaded already, by another factory say, is shared: its `init` is not called again.
    ///
    /// Blocks for as long as the library's `init` does.
    ///
    /// # Errors
    /// Every [`PluginError`] but [`Folder`](PluginError::Folder). The library is unloaded then.
    ///
    /// # Safety
    /// A library runs in this process, with all its rights, from the moment at which it is loaded.
    /// It must keep to the header; where it does not, anything may happen. A file that is no library,
    /// no plugin or one of another version does no harm, as long as its initialisers do none.
    ///
    /// ```no_run
    /// use rendercast::plugin::PluginError;
    /// use rendercast::{Server, ServerConfig};
    ///
    /// let server = Server::new(ServerConfig::default());
    /// // SAFETY: it is our own.
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
        let file = path.as_ref();
        // SAFETY: the caller vouches for the library.
        let resident = unsafe { Resident::load(file) }?;
        let name = resident.name().to_owned();
        self.add(Arc::new(ForeignPlugin(resident)))
            .map_err(|taken| PluginError::NameTaken { file: file.to_owned(), name: taken.name })?;
        Ok(LoadedPlugin { name, file: file.to_owned() })
    }

    /// Loads every plugin in the folder `path`, in the order of the files' names: every file whose
    /// name ends as those of this system's shared libraries do (`.so` on Linux, `.dylib` on macOS,
    /// `.dll` on Windows). One that is not loaded does not keep the others from it.
    ///
    /// Symbolic links are followed. Folders in the folder are not looked into, whatever their names;
    /// nor are names such as `vp6.so.1`.
    ///
    /// Blocks for as long as all their `init`s do.
    ///
    /// # Errors
    /// [`PluginError::Folder`] where the folder cannot be read. What became of its files is in what
    /// is returned.
    ///
    /// # Safety
    /// What [`load_plugin_library`](Self::load_plugin_library) wants of a library holds for all that
    /// are in the folder; so nobody else should be able to put any there.
    pub unsafe fn load_plugins_from_directory(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<LoadedPlugins, PluginError> {
        let mut outcome = LoadedPlugins::default();
        for file in libraries_in(path.as_ref())? {
            // SAFETY: the caller vouches for all of them.
            match unsafe { self.load_plugin_library(file) } {
                Ok(plugin) => outcome.plugins.push(plugin),
                Err(error) => outcome.errors.push(error),
            }
        }
        Ok(outcome)
    }
}

/// The shared libraries in `folder`, sorted by name.
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
