//! One loaded library, from its loading to its unloading.
#![allow(unsafe_code, reason = "loads libraries and calls the functions that they export")]

use std::path::Path;
use std::sync::Arc;

use libloading::Library;

use super::descriptor::{DecoderCalls, Descriptor, EncoderCalls};
use super::host_api::HostApi;
use super::library_table::LibraryTable;
use crate::peer_log::peer_log;
use crate::plugin::PluginError;
use crate::plugin::abi::{self, Entry, RawPlugin};

static LOADED: LibraryTable<LoadedLibrary> = LibraryTable::new();

/// A loaded plugin. Each user of the library holds an `Arc` of this. Dropping the last one calls
/// the plugin's `exit` and unloads the library.
pub(super) struct LoadedLibrary {
    name: String,
    encoder: Option<EncoderCalls>,
    decoder: Option<DecoderCalls>,
    exit: Option<unsafe extern "C" fn()>,
    /// Where its descriptor lies: the key in [`LOADED`].
    address: usize,
    /// The functions that the plugin may call until its `exit` has returned.
    _host: Arc<HostApi>,
    /// Dropped last, which unloads it: all fields above point into it. `None` in tests, where the
    /// plugin is part of the program.
    _library: Option<Library>,
}

impl LoadedLibrary {
    /// Loads the plugin `file`, or shares it if it is already loaded. Blocks for as long as the
    /// library's initialisers and the plugin's `init` do.
    ///
    /// # Safety
    /// If `file` is a library, it keeps to the header.
    pub(super) unsafe fn load(file: &Path) -> Result<Arc<Self>, PluginError> {
        // SAFETY: the caller vouches for its initialisers.
        let library = unsafe { open(file) }?;
        // SAFETY: the header declares the type of a function of this name.
        let entry = unsafe { library.get::<Entry>(abi::SYMBOL) }.map_err(|error| {
            PluginError::MissingSymbol { file: file.to_owned(), cause: system_text(&error) }
        })?;
        // SAFETY: it takes nothing, and may be called at any time.
        let plugin = unsafe { entry() };
        // SAFETY: the library keeps to the header.
        unsafe { Self::of(plugin, Some(library), file) }
    }

    /// # Safety
    /// The `library` returned `plugin`, and keeps to the header.
    pub(super) unsafe fn of(
        plugin: *const RawPlugin,
        library: Option<Library>,
        file: &Path,
    ) -> Result<Arc<Self>, PluginError> {
        // SAFETY: the caller's promise is the same.
        LOADED.obtain(plugin.addr(), || unsafe { Self::start(plugin, library, file) })
    }

    /// # Safety
    /// As [`of`](Self::of).
    unsafe fn start(
        plugin: *const RawPlugin,
        library: Option<Library>,
        file: &Path,
    ) -> Result<Self, PluginError> {
        // SAFETY: the caller's promise is the same.
        let descriptor = unsafe { Descriptor::read(plugin, file) }?;
        let Descriptor { name, init, exit, encoder, decoder } = descriptor;
        let host = HostApi::new(&name);
        // SAFETY: no other call of the plugin runs yet, and the host outlives its `exit`.
        let code = init.map_or(abi::OK, |init| unsafe { init(host.api()) });
        if code != abi::OK {
            return Err(PluginError::Init { file: file.to_owned(), name, code });
        }
        peer_log!(Info, format_args!("the plugin {name:?}"), "loaded from {}", file.display());
        let address = plugin.addr();
        Ok(Self { name, encoder, decoder, exit, address, _host: host, _library: library })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn encoder(&self) -> Option<EncoderCalls> {
        self.encoder
    }

    pub(super) const fn decoder(&self) -> Option<DecoderCalls> {
        self.decoder
    }
}

impl Drop for LoadedLibrary {
    fn drop(&mut self) {
        if let Some(exit) = self.exit {
            // SAFETY: its `init` has succeeded. Its encoders and decoders hold this, so none is
            // left.
            unsafe { exit() }
        }
        LOADED.remove(self.address);
        peer_log!(Info, format_args!("the plugin {:?}", self.name), "is unloaded");
    }
}

/// # Safety
/// The library's initialisers must not break Rust's rules.
unsafe fn open(file: &Path) -> Result<Library, PluginError> {
    let failed = |cause| PluginError::File { file: file.to_owned(), cause };
    // The loader would search the system's folders for a bare name, and block on a pipe.
    let absolute = std::path::absolute(file).map_err(failed)?;
    if !absolute.metadata().map_err(failed)?.is_file() {
        return Err(PluginError::NotAFile { file: file.to_owned() });
    }
    // SAFETY: the caller's promise is the same.
    let opened = unsafe { open_absolute(&absolute) };
    opened.map_err(|error| PluginError::NotALibrary {
        file: file.to_owned(),
        cause: system_text(&error),
    })
}

/// # Safety
/// As [`open`].
#[cfg(unix)]
unsafe fn open_absolute(file: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix;
    // RTLD_NOW finds missing symbols now, not at the first call that needs them.
    let flags = unix::RTLD_NOW | unix::RTLD_LOCAL;
    // SAFETY: the caller's promise is the same.
    unsafe { unix::Library::open(Some(file), flags) }.map(Library::from)
}

/// # Safety
/// As [`open`].
#[cfg(not(unix))]
unsafe fn open_absolute(file: &Path) -> Result<Library, libloading::Error> {
    // SAFETY: the caller's promise is the same.
    unsafe { Library::new(file) }
}

/// Returns the system's own text if there is one, which says more than `libloading`'s.
fn system_text(error: &libloading::Error) -> String {
    let source = std::error::Error::source(error);
    source.map_or_else(|| error.to_string(), ToString::to_string)
}
