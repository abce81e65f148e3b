//! The application's side of the boundary: loads libraries and calls their codecs.

mod audio_encoder;
mod audio_output;
mod codec_handle;
mod decoder;
mod descriptor;
mod encoder;
mod host_api;
mod library_table;
mod load;
mod load_audio;
mod loaded_library;
mod output;
#[cfg(test)]
mod tests;

pub use load::{LoadedPlugin, LoadedPlugins};
