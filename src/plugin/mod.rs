//! Codecs in shared libraries. With the feature `plugins`.
//!
//! A plugin is a library that exports one function. `include/rendercast_plugin.h` describes it.
//! It may be written in C, or in any language with C's calling convention. In Rust,
//! [`export_video_plugin`](crate::export_video_plugin) makes one of a
//! [`VideoPlugin`](crate::media::codec::VideoPlugin). A server loads plugins through
//! [`VideoCodecFactory::load_plugin_library`] and [`load_plugins_from_directory`].
//!
//! Encoders of sound are plugins too, by [`export_audio_plugin`](crate::export_audio_plugin) and
//! [`AudioCodecFactory::load_plugin_library`].
//!
//! [`VideoCodecFactory::load_plugin_library`]:
//!   crate::media::codec::VideoCodecFactory::load_plugin_library
//! [`AudioCodecFactory::load_plugin_library`]:
//!   crate::media::codec::sound::AudioCodecFactory::load_plugin_library
//! [`load_plugins_from_directory`]:
//!   crate::media::codec::VideoCodecFactory::load_plugins_from_directory

mod abi;
mod error;
#[doc(hidden)]
pub mod guest;
mod host;
mod raw;

pub use error::{DescriptorFault, PluginError};
pub use host::{LoadedPlugin, LoadedPlugins};
