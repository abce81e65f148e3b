//! What a plugin's encoders and decoders have in common when the host holds them.
#![allow(unsafe_code, reason = "the host passes pointers")]

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use super::catch::catch_or;
use crate::media::codec::CodecError;
use crate::panics;

/// An encoder or decoder, and the texts of it that the host may read.
pub(super) struct CodecObject<T: ?Sized> {
    /// `None` after a panic.
    codec: Option<Box<T>>,
    identifier: CString,
    /// The value that `parameter` returned last.
    value: CString,
    error: CString,
}

impl<T: ?Sized> CodecObject<T> {
    /// Returns the address that the host passes to each call, until [`destroy`](Self::destroy).
    pub(super) fn create<Raw>(codec: Box<T>, identifier: &str) -> *mut Raw {
        let (value, error) = Default::default();
        let identifier = text(identifier);
        Box::into_raw(Box::new(Self { codec: Some(codec), identifier, value, error })).cast()
    }

    /// # Safety
    /// [`create`](Self::create) returned `pointer`, and it is not used again.
    pub(super) unsafe fn destroy<Raw>(pointer: *mut Raw) {
        // SAFETY: `create` made the pointer of such a box.
        let exposed = unsafe { Box::from_raw(pointer.cast::<Self>()) };
        catch_or((), || drop(exposed));
    }

    /// # Safety
    /// [`create`](Self::create) returned `pointer`, and it is not destroyed. No other call uses it
    /// during `'a`.
    pub(super) unsafe fn at<'a, Raw>(pointer: *mut Raw) -> &'a mut Self {
        // SAFETY: `create` made the pointer of such a box.
        unsafe { &mut *pointer.cast::<Self>() }
    }

    /// Returns what `call` returns, or `otherwise` if it or an earlier call panicked.
    pub(super) fn call<R>(&mut self, otherwise: R, call: impl FnOnce(&mut T) -> R) -> R {
        let Some(codec) = &mut self.codec else { return otherwise };
        match panics::catch(|| call(&mut **codec)) {
            Ok(returned) => returned,
            Err(message) => {
                let message = format!("panicked: {message}");
                log::error!("{} {message}", self.identifier.to_string_lossy());
                self.error = text(&message);
                let broken = self.codec.take();
                catch_or((), || drop(broken));
                otherwise
            }
        }
    }

    /// Returns the number that stands for the result of `call`, and keeps the reason of an error.
    pub(super) fn outcome(
        &mut self,
        failed: i32,
        number_of: fn(&CodecError) -> i32,
        call: impl FnOnce(&mut T) -> Result<i32, CodecError>,
    ) -> i32 {
        self.call(Ok(failed), call).unwrap_or_else(|error| {
            self.error = text(&reason_of(&error));
            number_of(&error)
        })
    }

    /// # Safety
    /// Both point to text that ends in a NUL.
    pub(super) unsafe fn set_parameter(
        &mut self,
        name: *const c_char,
        value: *const c_char,
        set: impl FnOnce(&mut T, &str, &str) -> bool,
    ) -> u32 {
        // SAFETY: the caller's promise is the same.
        let (name, value) = unsafe { (CStr::from_ptr(name), CStr::from_ptr(value)) };
        let (Ok(name), Ok(value)) = (name.to_str(), value.to_str()) else { return 0 };
        self.call(false, |codec| set(codec, name, value)).into()
    }

    /// # Safety
    /// `name` points to text that ends in a NUL.
    pub(super) unsafe fn parameter(
        &mut self,
        name: *const c_char,
        get: impl FnOnce(&T, &str) -> Option<String>,
    ) -> *const c_char {
        // SAFETY: the caller's promise is the same.
        let Ok(name) = unsafe { CStr::from_ptr(name) }.to_str() else { return ptr::null() };
        let Some(value) = self.call(None, |codec| get(codec, name)) else { return ptr::null() };
        self.value = text(&value);
        self.value.as_ptr()
    }

    pub(super) fn last_error(&self) -> *const c_char {
        self.error.as_ptr()
    }

    pub(super) fn identifier(&self) -> *const c_char {
        self.identifier.as_ptr()
    }
}

/// Returns the reason without the prefix of `error`: the host adds its own for the number.
fn reason_of(error: &CodecError) -> String {
    match error {
        CodecError::InvalidParameters(reason)
        | CodecError::Resolution { reason, .. }
        | CodecError::NoDevice(reason)
        | CodecError::Failed(reason)
        | CodecError::InvalidData(reason) => reason.clone(),
        CodecError::AlreadyInitialised | CodecError::NotInitialised | CodecError::Allocation => {
            error.to_string()
        }
    }
}

fn text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}
