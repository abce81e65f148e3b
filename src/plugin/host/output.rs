//! Collects the bytes that a plugin's encoder writes.
#![allow(unsafe_code, reason = "libraries call back with the pointers that they got")]

use std::ffi::c_void;
use std::ptr;

use crate::media::codec::CodecError;
use crate::plugin::abi::{self, Output, code};
use crate::plugin::raw;

/// The bytes that a plugin wrote during one call.
#[derive(Default)]
pub(super) struct Written {
    /// Those since the last frame that was ended.
    bytes: Vec<u8>,
    frames: Vec<WrittenFrame>,
    /// The bytes of all frames that were ended.
    ended: usize,
    fault: Option<CodecError>,
}

/// A frame that a plugin wrote.
pub(super) struct WrittenFrame {
    pub(super) kind: u32,
    pub(super) composition_time: i32,
    pub(super) bytes: Vec<u8>,
}

impl Written {
    /// Calls `call` with an output to write to. Returns its result and the bytes that it wrote.
    pub(super) fn during<R>(call: impl FnOnce(*const Output) -> R) -> (R, Self) {
        let mut written = Self::default();
        let output = Output {
            struct_size: size_of::<Output>() as u32,
            reserved: 0,
            context: ptr::from_mut(&mut written).cast(),
            write: Some(write),
            end_frame: Some(end_frame),
        };
        let returned = call(&raw const output);
        (returned, written)
    }

    /// Returns the bytes of a call that writes no frames.
    ///
    /// # Errors
    /// The first error of a write, also if the plugin ignored it.
    pub(super) fn bytes(self) -> Result<Vec<u8>, CodecError> {
        self.fault.map_or(Ok(self.bytes), Err)
    }

    /// Returns the frames. `kind` is that of the bytes that belong to no frame that was ended.
    ///
    /// # Errors
    /// The first error of a write, also if the plugin ignored it.
    pub(super) fn frames(mut self, kind: u32) -> Result<Vec<WrittenFrame>, CodecError> {
        if !self.bytes.is_empty() {
            self.end(kind, 0);
        }
        self.fault.map_or(Ok(self.frames), Err)
    }

    fn end(&mut self, kind: u32, composition_time: i32) -> i32 {
        if self.bytes.is_empty() {
            return code::INVALID_PARAMETERS;
        }
        let bytes = std::mem::take(&mut self.bytes);
        self.ended = self.ended.saturating_add(bytes.len());
        self.frames.push(WrittenFrame { kind, composition_time, bytes });
        abi::OK
    }

    /// Returns why the call failed: the first error of a write, or else what `said` returns.
    pub(super) fn fault_or(self, said: impl FnOnce() -> CodecError) -> CodecError {
        self.fault.unwrap_or_else(said)
    }

    fn append(&mut self, data: Option<&[u8]>) -> i32 {
        let before = self.ended.saturating_add(self.bytes.len());
        let length = data.map_or(usize::MAX, |data| before.saturating_add(data.len()));
        let Some(data) = data.filter(|_| length <= abi::MAX_DATA_BYTES) else {
            let most = abi::MAX_DATA_BYTES;
            let fault =
                format!("the plugin wrote through a null pointer, or more than {most} bytes");
            return self.fail(CodecError::Failed(fault), code::INVALID_PARAMETERS);
        };
        if self.bytes.try_reserve(data.len()).is_err() {
            return self.fail(CodecError::Allocation, code::NO_MEMORY);
        }
        self.bytes.extend_from_slice(data);
        abi::OK
    }

    fn fail(&mut self, fault: CodecError, code: i32) -> i32 {
        self.fault.get_or_insert(fault);
        code
    }
}

/// # Safety
/// `context` is that of an [`Output`] whose call has not returned. `data` points to `size` bytes.
unsafe extern "C" fn write(context: *mut c_void, data: *const u8, size: u64) -> i32 {
    // SAFETY: the header grants the context for the call, on one thread.
    let written = unsafe { &mut *context.cast::<Written>() };
    // SAFETY: the header says so.
    written.append(unsafe { raw::slice(data, size) })
}

/// # Safety
/// `context` is that of an [`Output`] whose call has not returned.
unsafe extern "C" fn end_frame(context: *mut c_void, kind: u32, composition_time: i32) -> i32 {
    // SAFETY: the header grants the context for the call, on one thread.
    let written = unsafe { &mut *context.cast::<Written>() };
    written.end(kind, composition_time)
}
