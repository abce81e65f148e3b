//! Codecs out of shared libraries. With the feature `plugins`.
//!
//! A plugin is a library with one exported function, described in `include/rendercast_plugin.h`:
//! it may be written in C, or in whatever can look like it. In Rust,
//! [`export_video_plugin`](crate::export_video_plugin) makes one of a
//! [`VideoPlugin`](crate::media::codec::VideoPlugin). A server loads plugins through
//! [`VideoCodecFactory::load_plugin_library`] and [`load_plugins_from_directory`].
//!
//! [`VideoCodecFactory::load_plugin_library`]: crate::media::codec::VideoCodecFactory::load_plugin_library
//! [`load_plugins_from_directory`]: crate::media::codec::VideoCodecFactory::load_plugins_from_directory

mod abi;
mod error;
#[doc(hidden)]
pub mod export;
mod foreign;
mod loaded;
mod raw;

pub use error::{DescriptorFault, PluginError};
pub use loaded::{LoadedPlugin, LoadedPlugins};
