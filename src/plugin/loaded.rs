//! What was loaded.

use std::path::PathBuf;

use super::PluginError;

/// A plugin that was loaded and added.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedPlugin {
    /// The name of its codec, by which streams choose it.
    pub name: String,
    /// Its file, as it was asked for or found.
    pub file: PathBuf,
}

/// What became of a folder of plugins.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct LoadedPlugins {
    /// Those that were loaded, in the order of their files' names.
    pub plugins: Vec<LoadedPlugin>,
    /// Why the others were not, in the order of their files' names.
    pub errors: Vec<PluginError>,
}
