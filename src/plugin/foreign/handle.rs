//! A library's encoder or decoder: what is the same of both.
#![allow(unsafe_code, reason = "it is the library's own, and has only an address")]

use std::borrow::Cow;
use std::ffi::{CString, c_char};
use std::ptr::NonNull;
use std::sync::Arc;

use super::Resident;
use crate::plugin::raw;

/// What encoders and decoders can do alike.
pub(super) struct Common<T> {
    pub(super) create: unsafe extern "C" fn() -> *mut T,
    pub(super) destroy: unsafe extern "C" fn(*mut T),
    pub(super) set_parameter:
        Option<unsafe extern "C" fn(*mut T, *const c_char, *const c_char) -> u32>,
    pub(super) parameter: Option<unsafe extern "C" fn(*mut T, *const c_char) -> *const c_char>,
    pub(super) last_error: Option<unsafe extern "C" fn(*mut T) -> *const c_char>,
    pub(super) identifier: Option<unsafe extern "C" fn(*mut T) -> *const c_char>,
}

impl<T> Clone for Common<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Common<T> {}

/// An encoder or decoder that lives until this is dropped, and keeps its library loaded.
pub(super) struct Handle<T> {
    pointer: NonNull<T>,
    functions: Common<T>,
    /// Dropped last: the library goes after what is its own.
    resident: Arc<Resident>,
}

// SAFETY: the header wants calls of any thread, as long as they come one after the other. This is
// not `Sync`, so they do.
unsafe impl<T> Send for Handle<T> {}

impl<T> Handle<T> {
    /// None: the library has none to give.
    ///
    /// # Safety
    /// `functions` are `resident`'s.
    pub(super) unsafe fn create(resident: Arc<Resident>, functions: Common<T>) -> Option<Self> {
        // SAFETY: the library is loaded, and its `init` has succeeded.
        let pointer = NonNull::new(unsafe { (functions.create)() })?;
        Some(Self { pointer, functions, resident })
    }

    /// To be passed to the library's functions, and nowhere else.
    pub(super) const fn pointer(&self) -> *mut T {
        self.pointer.as_ptr()
    }

    pub(super) fn plugin_name(&self) -> &str {
        self.resident.name()
    }

    pub(super) fn set_parameter(&self, name: &str, value: &str) -> bool {
        let (Ok(name), Ok(value)) = (CString::new(name), CString::new(value)) else {
            return false;
        };
        self.functions.set_parameter.is_some_and(|set_parameter| {
            // SAFETY: it is the function's own kind of handle; both texts outlive the call.
            unsafe { set_parameter(self.pointer(), name.as_ptr(), value.as_ptr()) != 0 }
        })
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let name = CString::new(name).ok()?;
        // SAFETY: as above. What it returns is valid until the next call, and copied before it.
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

    /// Why the last call failed, which returned `code`.
    pub(super) fn reason(&self, code: i32) -> String {
        let text = self.functions.last_error.and_then(|last_error| {
            // SAFETY: as above.
            unsafe { raw::line(last_error(self.pointer())) }
        });
        let name = self.plugin_name();
        match text {
            Some(text) => format!("{text} (plugin {name:?}, code {code})"),
            None => format!("the plugin {name:?} returned {code}, and does not say why"),
        }
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        // SAFETY: the library is loaded still, and this was its last call for this handle.
        unsafe { (self.functions.destroy)(self.pointer()) }
    }
}
