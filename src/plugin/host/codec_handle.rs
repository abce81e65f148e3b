//! What a library's encoders and decoders have in common.
#![allow(unsafe_code, reason = "an encoder or decoder of a library is known by its address alone")]

use std::borrow::Cow;
use std::ffi::CString;
use std::ptr::NonNull;
use std::sync::Arc;

use super::descriptor::CommonCalls;
use super::loaded_library::LoadedLibrary;
use crate::media::codec::CodecError;
use crate::plugin::abi::{code, init};
use crate::plugin::raw;

/// Owns an encoder or decoder of a library, and keeps the library loaded.
pub(super) struct CodecHandle<T> {
    pointer: NonNull<T>,
    functions: CommonCalls<T>,
    /// Dropped last: the library must outlive its encoder or decoder.
    library: Arc<LoadedLibrary>,
}

// SAFETY: the header allows calls from any thread, one after the other. This type is not `Sync`,
// so calls cannot overlap.
unsafe impl<T> Send for CodecHandle<T> {}

impl<T> CodecHandle<T> {
    /// Calls the library's `create`. Returns `None` if that returns null.
    ///
    /// # Safety
    /// `functions` are those of `library`.
    pub(super) unsafe fn create(
        library: Arc<LoadedLibrary>,
        functions: CommonCalls<T>,
    ) -> Option<Self> {
        // SAFETY: the library is loaded, and its `init` has succeeded.
        let pointer = NonNull::new(unsafe { (functions.create)() })?;
        Some(Self { pointer, functions, library })
    }

    /// Returns the pointer for calls of this library's functions.
    pub(super) const fn pointer(&self) -> *mut T {
        self.pointer.as_ptr()
    }

    pub(super) fn plugin_name(&self) -> &str {
        self.library.name()
    }

    pub(super) fn set_parameter(&self, name: &str, value: &str) -> bool {
        let (Ok(name), Ok(value)) = (CString::new(name), CString::new(value)) else {
            return false;
        };
        self.functions.set_parameter.is_some_and(|set_parameter| {
            // SAFETY: the pointer is of the kind that the function takes. Both texts outlive the
            // call.
            unsafe { set_parameter(self.pointer(), name.as_ptr(), value.as_ptr()) != 0 }
        })
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let name = CString::new(name).ok()?;
        // SAFETY: as above. The returned text is valid until the next call, and copied before it.
        let value =
            unsafe { raw::line((self.functions.parameter?)(self.pointer(), name.as_ptr())) };
        value.map(Cow::into_owned)
    }

    pub(super) fn identifier(&self) -> String {
        let text = self.functions.identifier.and_then(|identifier| {
            // SAFETY: as above.
            unsafe { raw::line(identifier(self.pointer())) }
        });
        text.map_or_else(|| self.plugin_name().to_owned(), Cow::into_owned)
    }

    /// Returns why the last call failed, which returned `code`.
    pub(super) fn reason(&self, code: i32) -> String {
        let text = self.functions.last_error.and_then(|last_error| {
            // SAFETY: as above.
            unsafe { raw::line(last_error(self.pointer())) }
        });
        let name = self.plugin_name();
        match text {
            Some(text) => format!("{text} (plugin {name:?}, code {code})"),
            None => format!("the plugin {name:?} returned {code} and gives no reason"),
        }
    }

    /// Returns the error of an encoder's `init`, which returned `number`.
    pub(super) fn init_error(&self, number: i32) -> CodecError {
        let reason = self.reason(number);
        match number {
            init::INVALID_PARAMETERS => CodecError::InvalidParameters(reason),
            init::ALREADY_INITIALISED => CodecError::AlreadyInitialised,
            init::NO_DEVICE => CodecError::NoDevice(reason),
            _ => CodecError::Failed(reason),
        }
    }

    /// Returns the error of another call of an encoder, which returned `number`.
    pub(super) fn error(&self, number: i32) -> CodecError {
        let reason = self.reason(number);
        match number {
            code::INVALID_PARAMETERS => CodecError::InvalidParameters(reason),
            code::NOT_INITIALISED => CodecError::NotInitialised,
            code::NO_MEMORY => CodecError::Allocation,
            _ => CodecError::Failed(reason),
        }
    }
}

impl<T> Drop for CodecHandle<T> {
    fn drop(&mut self) {
        // SAFETY: the library is still loaded, and no call for this pointer follows.
        unsafe { (self.functions.destroy)(self.pointer()) }
    }
}
