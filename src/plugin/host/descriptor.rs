//! Reads and checks the descriptor that a library returns.
#![allow(unsafe_code, reason = "the descriptor lies in the library's memory, behind pointers")]

use std::ffi::{CStr, c_char};
use std::path::Path;

use crate::plugin::abi::{
    self, Api, AudioEncoderFunctions, AudioOutput, DecoderFunctions, EncoderFunctions, Output,
    RawAudioEncoder, RawAudioFormat, RawAudioPlugin, RawCanvas, RawDecoder, RawEncoder, RawPlugin,
};
use crate::plugin::error::{DescriptorFault, PluginError};
use crate::plugin::raw;

/// A checked descriptor: every function that a plugin must have is present.
pub(super) struct Descriptor {
    pub(super) name: String,
    pub(super) init: Option<unsafe extern "C" fn(*const Api) -> i32>,
    pub(super) exit: Option<unsafe extern "C" fn()>,
    pub(super) encoder: Option<EncoderCalls>,
    pub(super) decoder: Option<DecoderCalls>,
    pub(super) audio_encoder: Option<AudioEncoderCalls>,
}

/// A descriptor as it lies in the library's memory.
pub(super) trait RawDescriptor {
    /// The function that returns it.
    const SYMBOL: &CStr;

    /// Reads what the function of the library `file` returned. Checks the version first, since the
    /// layout of all that follows depends on it.
    ///
    /// # Safety
    /// `plugin` is null, or points to what the header describes for its version and its sizes.
    unsafe fn read(plugin: *const Self, file: &Path) -> Result<Descriptor, PluginError>;
}

/// The functions that encoders and decoders both have.
pub(super) struct CommonCalls<T> {
    pub(super) create: unsafe extern "C" fn() -> *mut T,
    pub(super) destroy: unsafe extern "C" fn(*mut T),
    pub(super) set_parameter:
        Option<unsafe extern "C" fn(*mut T, *const c_char, *const c_char) -> u32>,
    pub(super) parameter: Option<unsafe extern "C" fn(*mut T, *const c_char) -> *const c_char>,
    pub(super) last_error: Option<unsafe extern "C" fn(*mut T) -> *const c_char>,
    pub(super) identifier: Option<unsafe extern "C" fn(*mut T) -> *const c_char>,
}

impl<T> Clone for CommonCalls<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for CommonCalls<T> {}

#[derive(Clone, Copy)]
pub(super) struct EncoderCalls {
    pub(super) common: CommonCalls<RawEncoder>,
    pub(super) supported_type: unsafe extern "C" fn(*mut RawEncoder, u32) -> u32,
    pub(super) init: unsafe extern "C" fn(*mut RawEncoder, u32, u32, *const Output) -> i32,
    pub(super) encode_canvas:
        unsafe extern "C" fn(*mut RawEncoder, *const RawCanvas, *const Output, *mut u32) -> i32,
    pub(super) close: Option<unsafe extern "C" fn(*mut RawEncoder, *const Output, *mut u32) -> i32>,
}

#[derive(Clone, Copy)]
pub(super) struct DecoderCalls {
    pub(super) common: CommonCalls<RawDecoder>,
    pub(super) init: unsafe extern "C" fn(*mut RawDecoder, *const u8, u64) -> i32,
    pub(super) decode_canvas:
        unsafe extern "C" fn(*mut RawDecoder, *const u8, u64, *mut RawCanvas) -> i32,
    pub(super) format: Option<unsafe extern "C" fn(*mut RawDecoder, *mut RawCanvas) -> u32>,
    pub(super) close: Option<unsafe extern "C" fn(*mut RawDecoder)>,
}

#[derive(Clone, Copy)]
pub(super) struct AudioEncoderCalls {
    pub(super) common: CommonCalls<RawAudioEncoder>,
    pub(super) supported_format: unsafe extern "C" fn(*mut RawAudioEncoder, *mut RawAudioFormat),
    pub(super) init:
        unsafe extern "C" fn(*mut RawAudioEncoder, *const RawAudioFormat, *const Output) -> i32,
    pub(super) encode:
        unsafe extern "C" fn(*mut RawAudioEncoder, *const f32, u64, *const AudioOutput) -> i32,
    pub(super) close: Option<unsafe extern "C" fn(*mut RawAudioEncoder, *const AudioOutput) -> i32>,
    pub(super) delay: Option<unsafe extern "C" fn(*mut RawAudioEncoder) -> u32>,
}

impl RawDescriptor for RawPlugin {
    const SYMBOL: &CStr = abi::SYMBOL;

    unsafe fn read(plugin: *const Self, file: &Path) -> Result<Descriptor, PluginError> {
        let broken = |fault| PluginError::Descriptor { file: file.to_owned(), fault };
        // SAFETY: the caller's promise is the same.
        let plugin = unsafe { read_of_type(plugin, |plugin| plugin.r#type, abi::TYPE, file) }?;
        // SAFETY: the caller's promise covers everything that the descriptor points to.
        let (name, encoder, decoder) = unsafe {
            (
                text(plugin.name, "name", abi::MAX_NAME_BYTES).map_err(broken)?,
                sized::<EncoderFunctions>(plugin.encoder, "list of encoder functions")
                    .map_err(broken)?,
                sized::<DecoderFunctions>(plugin.decoder, "list of decoder functions")
                    .map_err(broken)?,
            )
        };
        let encoder = encoder.as_ref().map(EncoderCalls::of).transpose().map_err(broken)?;
        let decoder = decoder.as_ref().map(DecoderCalls::of).transpose().map_err(broken)?;
        if encoder.is_none() && decoder.is_none() {
            return Err(broken(DescriptorFault::NoCodec));
        }
        let Self { init, exit, .. } = plugin;
        Ok(Descriptor { name, init, exit, encoder, decoder, audio_encoder: None })
    }
}

impl RawDescriptor for RawAudioPlugin {
    const SYMBOL: &CStr = abi::AUDIO_SYMBOL;

    unsafe fn read(plugin: *const Self, file: &Path) -> Result<Descriptor, PluginError> {
        let broken = |fault| PluginError::Descriptor { file: file.to_owned(), fault };
        // SAFETY: the caller's promise is the same.
        let plugin =
            unsafe { read_of_type(plugin, |plugin| plugin.r#type, abi::AUDIO_TYPE, file) }?;
        // SAFETY: the caller's promise covers everything that the descriptor points to.
        let (name, encoder) = unsafe {
            (
                text(plugin.name, "name", abi::MAX_NAME_BYTES).map_err(broken)?,
                sized::<AudioEncoderFunctions>(plugin.encoder, "list of encoder functions")
                    .map_err(broken)?,
            )
        };
        let encoder = encoder.as_ref().ok_or_else(|| broken(DescriptorFault::NoCodec))?;
        let audio_encoder = Some(AudioEncoderCalls::of(encoder).map_err(broken)?);
        let Self { init, exit, .. } = plugin;
        Ok(Descriptor { name, init, exit, encoder: None, decoder: None, audio_encoder })
    }
}

impl EncoderCalls {
    fn of(functions: &EncoderFunctions) -> Result<Self, DescriptorFault> {
        let common = CommonCalls {
            create: present(functions.create, "encoder.create")?,
            destroy: present(functions.destroy, "encoder.destroy")?,
            set_parameter: functions.set_parameter,
            parameter: functions.parameter,
            last_error: functions.last_error,
            identifier: functions.identifier,
        };
        Ok(Self {
            common,
            supported_type: present(functions.supported_type, "encoder.supported_type")?,
            init: present(functions.init, "encoder.init")?,
            encode_canvas: present(functions.encode_canvas, "encoder.encode_canvas")?,
            close: functions.close,
        })
    }
}

impl DecoderCalls {
    fn of(functions: &DecoderFunctions) -> Result<Self, DescriptorFault> {
        let common = CommonCalls {
            create: present(functions.create, "decoder.create")?,
            destroy: present(functions.destroy, "decoder.destroy")?,
            set_parameter: functions.set_parameter,
            parameter: functions.parameter,
            last_error: functions.last_error,
            identifier: functions.identifier,
        };
        Ok(Self {
            common,
            init: present(functions.init, "decoder.init")?,
            decode_canvas: present(functions.decode_canvas, "decoder.decode_canvas")?,
            format: functions.format,
            close: functions.close,
        })
    }
}

impl AudioEncoderCalls {
    fn of(functions: &AudioEncoderFunctions) -> Result<Self, DescriptorFault> {
        let common = CommonCalls {
            create: present(functions.create, "encoder.create")?,
            destroy: present(functions.destroy, "encoder.destroy")?,
            set_parameter: functions.set_parameter,
            parameter: functions.parameter,
            last_error: functions.last_error,
            identifier: functions.identifier,
        };
        Ok(Self {
            common,
            supported_format: present(functions.supported_format, "encoder.supported_format")?,
            init: present(functions.init, "encoder.init")?,
            encode: present(functions.encode, "encoder.encode")?,
            close: functions.close,
            delay: functions.delay,
        })
    }
}

fn present<F>(function: Option<F>, name: &'static str) -> Result<F, DescriptorFault> {
    function.ok_or(DescriptorFault::NoFunction { function: name })
}

/// Copies a descriptor of this version and of the type `understood`.
///
/// # Safety
/// `plugin` is null, or points to what the header describes for its version and its sizes.
unsafe fn read_of_type<T: Copy>(
    plugin: *const T,
    type_of: fn(&T) -> *const c_char,
    understood: &CStr,
    file: &Path,
) -> Result<T, PluginError> {
    let broken = |fault| PluginError::Descriptor { file: file.to_owned(), fault };
    // SAFETY: the descriptor begins with two 32-bit integers in every version.
    let [found, size] = unsafe { copy_of::<[u32; 2]>(plugin.cast(), "descriptor") }
        .map_err(broken)?
        .ok_or_else(|| broken(DescriptorFault::Absent))?;
    if found != abi::ABI_VERSION {
        let understood = abi::ABI_VERSION;
        return Err(PluginError::AbiVersion { file: file.to_owned(), found, understood });
    }
    check_size::<T>(size, "descriptor").map_err(broken)?;
    // SAFETY: the descriptor is of this version, and at least as long as ours.
    let plugin = unsafe { copy_of(plugin, "descriptor") }
        .map_err(broken)?
        .ok_or_else(|| broken(DescriptorFault::Absent))?;
    // SAFETY: the same.
    let found = unsafe { text(type_of(&plugin), "type", abi::MAX_NAME_BYTES) }.map_err(broken)?;
    let understood = understood.to_string_lossy();
    if found != understood {
        let understood = understood.into_owned();
        return Err(PluginError::Type { file: file.to_owned(), found, understood });
    }
    Ok(plugin)
}

/// Copies a structure that begins with its size. Returns `None` if `pointer` is null.
///
/// # Safety
/// `pointer` is null, or points to a `T` as long as its size says.
unsafe fn sized<T: Copy>(
    pointer: *const T,
    structure: &'static str,
) -> Result<Option<T>, DescriptorFault> {
    // SAFETY: the structure begins with a 32-bit integer.
    let Some(found) = (unsafe { copy_of::<u32>(pointer.cast(), structure) })? else {
        return Ok(None);
    };
    check_size::<T>(found, structure)?;
    // SAFETY: the structure is at least as long as ours.
    unsafe { copy_of(pointer, structure) }
}

fn check_size<T>(found: u32, structure: &'static str) -> Result<(), DescriptorFault> {
    let wanted = size_of::<T>();
    if usize::try_from(found).is_ok_and(|found| found >= wanted) {
        return Ok(());
    }
    Err(DescriptorFault::StructSize { structure, found, wanted })
}

/// # Safety
/// `pointer` is null, or points to a `T`.
unsafe fn copy_of<T: Copy>(
    pointer: *const T,
    structure: &'static str,
) -> Result<Option<T>, DescriptorFault> {
    if pointer.is_null() {
        return Ok(None);
    }
    if !pointer.is_aligned() {
        return Err(DescriptorFault::Misaligned { structure });
    }
    // SAFETY: the pointer is neither null nor misaligned. The rest is the caller's promise.
    Ok(Some(unsafe { pointer.read() }))
}

/// # Safety
/// `pointer` is null, or points to bytes that end in a NUL.
unsafe fn text(
    pointer: *const c_char,
    text: &'static str,
    most: usize,
) -> Result<String, DescriptorFault> {
    // SAFETY: the caller's promise is the same. One byte more than allowed shows that it is too
    // long.
    let bytes = unsafe { raw::bytes_of(pointer, most + 1) };
    let bytes = bytes.ok_or(DescriptorFault::NoText { text })?;
    if bytes.is_empty() || bytes.len() > most {
        return Err(DescriptorFault::TextLength { text, most });
    }
    let valid = std::str::from_utf8(bytes).map_err(|_| DescriptorFault::NotUtf8 { text })?;
    Ok(valid.to_owned())
}
