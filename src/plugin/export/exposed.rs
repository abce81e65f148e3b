//! An encoder or decoder of a plugin as the host holds it: what is the same of both.
#![allow(unsafe_code, reason = "the host passes pointers")]

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use super::guard::{guard, guard_or};
use crate::media::codec::CodecError;

/// An encoder or decoder, and what the host was lent of it.
pub(super) struct Exposed<T: ?Sized> {
    /// None after a panic.
    codec: Option<Box<T>>,
    identifier: CString,
    /// The parameter that was asked for last.
    value: CString,
    error: CString,
}

impl<T: ?Sized> Exposed<T> {
    /// An address for the host to know it by, until [`destroy`](Self::destroy).
    pub(super) fn create<Raw>(codec: Box<T>, identifier: &str) -> *mut Raw {
        let (value, error) = Default::default();
        let identifier = text(identifier);
        Box::into_raw(Box::new(Self { codec: Some(codec), identifier, value, error })).cast()
    }

    /// # Safety
    /// `pointer` is what [`create`](Self::create) returned, and used no more.
    pub(super) unsafe fn destroy<Raw>(pointer: *mut Raw) {
        // SAFETY: that is what `create` made it of.
        let exposed = unsafe { Box::from_raw(pointer.cast::<Self>()) };
        guard_or((), || drop(exposed));
    }

    /// # Safety
    /// `pointer` is what [`create`](Self::create) returned, and not destroyed; nobody else uses it
    /// during `'a`.
    pub(super) unsafe fn at<'a, Raw>(pointer: *mut Raw) -> &'a mut Self {
        // SAFETY: that is what `create` made it of.
        unsafe { &mut *pointer.cast::<Self>() }
    }

    /// What `call` returns; `otherwise` where it panics, or something has before.
    pub(super) fn call<R>(&mut self, otherwise: R, call: impl FnOnce(&mut T) -> R) -> R {
        let Some(codec) = &mut self.codec else { return otherwise };
        match guard(|| call(&mut **codec)) {
            Ok(returned) => returned,
            Err(message) => {
                log::error!("{} {message}", self.identifier.to_string_lossy());
                self.error = text(&message);
                let broken = self.codec.take();
                guard_or((), || drop(broken));
                otherwise
            }
        }
    }

    /// The number that stands for what `call` returns, its reason kept.
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
    /// Both are texts.
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
    /// `name` is a text.
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

/// The words behind the number that the host is told: it finds the rest of the text itself.
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
