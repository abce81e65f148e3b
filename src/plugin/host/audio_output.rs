//! Collects the frames that a plugin's audio encoder writes.
#![allow(unsafe_code, reason = "libraries call back with the pointers that they got")]

use std::ffi::c_void;
use std::ptr;

use bytes::Bytes;

use crate::media::codec::CodecError;
use crate::media::codec::sound::{AudioData, AudioDataKind};
use crate::plugin::abi::{self, AudioOutput, code};
use crate::plugin::raw;

/// The frames that a plugin wrote during one call.
#[derive(Default)]
pub(super) struct WrittenFrames {
    frames: Vec<AudioData>,
    bytes: usize,
    fault: Option<CodecError>,
}

impl WrittenFrames {
    /// Calls `call` with an output to write to. Returns its result and the frames that it wrote.
    pub(super) fn during<R>(call: impl FnOnce(*const AudioOutput) -> R) -> (R, Self) {
        let mut written = Self::default();
        let output = AudioOutput {
            struct_size: size_of::<AudioOutput>() as u32,
            reserved: 0,
            context: ptr::from_mut(&mut written).cast(),
            write: Some(write),
        };
        let returned = call(&raw const output);
        (returned, written)
    }

    /// Returns the frames of a call that returned `number`.
    ///
    /// # Errors
    /// The first error of a write, also if the plugin ignored it, or else what `said` returns.
    pub(super) fn frames(
        self,
        number: i32,
        said: impl FnOnce() -> CodecError,
    ) -> Result<Vec<AudioData>, CodecError> {
        match self.fault {
            Some(fault) => Err(fault),
            None if number != abi::OK => Err(said()),
            None => Ok(self.frames),
        }
    }

    fn append(&mut self, data: Option<&[u8]>, samples: u32) -> i32 {
        // An empty frame counts too, so that there is an end to their number.
        let length = data.map_or(usize::MAX, |data| self.bytes.saturating_add(data.len().max(1)));
        let Some(data) = data.filter(|_| length <= abi::MAX_DATA_BYTES) else {
            let most = abi::MAX_DATA_BYTES;
            let fault =
                format!("the plugin wrote through a null pointer, or more than {most} bytes");
            self.fault.get_or_insert(CodecError::Failed(fault));
            return code::INVALID_PARAMETERS;
        };
        self.bytes = length;
        let bytes = Bytes::copy_from_slice(data);
        self.frames.push(AudioData { kind: AudioDataKind::Frame, bytes, samples });
        abi::OK
    }
}

/// # Safety
/// `context` is that of an [`AudioOutput`] whose call has not returned. `data` points to `size`
/// bytes.
unsafe extern "C" fn write(context: *mut c_void, data: *const u8, size: u64, samples: u32) -> i32 {
    // SAFETY: the header grants the context for the call, on one thread.
    let written = unsafe { &mut *context.cast::<WrittenFrames>() };
    // SAFETY: the header says so.
    written.append(unsafe { raw::slice(data, size) }, samples)
}
