//! A plugin's library, from its loading to its unloading.
#![allow(unsafe_code, reason = "loads libraries, and calls what they export")]

use std::path::Path;
use std::sync::Arc;

use libloading::Library;

use super::descriptor::{DecoderCalls, Descriptor, EncoderCalls};
use super::host::Host;
use super::residents;
use crate::plugin::PluginError;
use crate::plugin::abi::{self, Entry, RawPlugin};

/// A loaded plugin. Whoever makes use of the library holds one of these; after the last, the plugin's
/// `exit` is called and the library unloaded.
pub(super) struct Resident {
    name: String,
    encoder: Option<EncoderCalls>,
    decoder: Option<DecoderCalls>,
    exit: Option<unsafe extern "C" fn()>,
    address: usize,
    /// What the plugin may call until its `exit` has returned.
    _host: Arc<Host>,
    /// Dropped last, and unloaded by that: all above leads into it. None: a test's own program.
    _library: Option<Library>,
}

impl Resident {
    /// Loads the plugin `file`, or shares it where it is loaded already. Blocks for as long as the
    /// library's initialisers and the plugin's `init` do.
    ///
    /// # Safety
    /// The library is none, or keeps to the header.
    pub(super) unsafe fn load(file: &Path) -> Result<Arc<Self>, PluginError> {
        // SAFETY: the caller vouches for its initialisers.
        let library = unsafe { open(file) }?;
        // SAFETY: the header says what a function of this name is.
        let entry = unsafe { library.get::<Entry>(abi::SYMBOL) }.map_err(|error| {
            PluginError::MissingSymbol { file: file.to_owned(), cause: in_full(&error) }
        })?;
        // SAFETY: it takes nothing, and may be called at any time.
        let plugin = unsafe { entry() };
        // SAFETY: the library keeps to the header.
        unsafe { Self::of(plugin, Some(library), file) }
    }

    /// # Safety
    /// `plugin` is what the `library`, which keeps to the header, returned.
    pub(super) unsafe fn of(
        plugin: *const RawPlugin,
        library: Option<Library>,
        file: &Path,
    ) -> Result<Arc<Self>, PluginError> {
        // SAFETY: the caller's promise is the same.
        residents::obtain(plugin.addr(), || unsafe { Self::start(plugin, library, file) })
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
        let host = Host::new(&name);
        // SAFETY: the plugin runs nowhere else yet; the host stays until after its `exit`.
        let code = init.map_or(abi::OK, |init| unsafe { init(host.api()) });
        if code != abi::OK {
            return Err(PluginError::Init { file: file.to_owned(), name, code });
        }
        log::info!("loaded the plugin {name:?} from {}", file.display());
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

impl Drop for Resident {
    fn drop(&mut self) {
        if let Some(exit) = self.exit {
            // SAFETY: its `init` has succeeded, and all of its encoders and decoders held this.
            unsafe { exit() }
        }
        residents::forget(self.address);
        log::info!("unloading the plugin {:?}", self.name);
    }
}

/// # Safety
/// The library's initialisers keep to Rust's rules.
unsafe fn open(file: &Path) -> Result<Library, PluginError> {
    let failed = |cause| PluginError::File { file: file.to_owned(), cause };
    // A bare name would be searched for in the system's folders, and a pipe be waited for.
    let absolute = std::path::absolute(file).map_err(failed)?;
    if !absolute.metadata().map_err(failed)?.is_file() {
        return Err(PluginError::NotAFile { file: file.to_owned() });
    }
    // SAFETY: the caller's promise is the same.
    let opened = unsafe { open_absolute(&absolute) };
    opened
        .map_err(|error| PluginError::NotALibrary { file: file.to_owned(), cause: in_full(&error) })
}

/// # Safety
/// As [`open`].
#[cfg(unix)]
unsafe fn open_absolute(file: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix;
    // Whatever the library lacks is found out now, not at the first call that needs it.
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

/// What the system said, where it said anything.
fn in_full(error: &libloading::Error) -> String {
    let source = std::error::Error::source(error);
    source.map_or_else(|| error.to_string(), ToString::to_string)
}
