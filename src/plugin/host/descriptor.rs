//! Reads and checks the descriptor that a library returns.
#![allow(unsafe_code, reason = "the descriptor lies in the library's memory, behind pointers")]

use std::ffi::c_char;
use std::path::Path;

use crate::plugin::abi::{
    self, Api, DecoderFunctions, EncoderFunctions, Output, RawCanvas, RawDecoder, RawEncoder,
    RawPlugin,
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

impl Descriptor {
    /// Reads what `rendercast_plugin` of the library `file` returned. Checks the version first,
    /// since the layout of all that follows depends on it.
    ///
    /// # Safety
    /// `plugin` is null, or points to what the header describes for its version and its sizes.
    pub(super) unsafe fn read(plugin: *const RawPlugin, file: &Path) -> Result<Self, PluginError> {
        let broken = |fault| PluginError::Descriptor { file: file.to_owned(), fault };
        // SAFETY: the descriptor begins with two 32-bit integers in every version.
        let [found, _] = unsafe { copy_of::<[u32; 2]>(plugin.cast(), "descriptor") }
            .map_err(broken)?
            .ok_or_else(|| broken(DescriptorFault::Absent))?;
        if found != abi::ABI_VERSION {
            let understood = abi::ABI_VERSION;
            return Err(PluginError::AbiVersion { file: file.to_owned(), found, understood });
        }
        // SAFETY: the descriptor is of this version.
        let plugin = unsafe { read_plugin(plugin) }.map_err(broken)?;
        // SAFETY: the same.
        let found = unsafe { text(plugin.r#type, "type", abi::MAX_NAME_BYTES) }.map_err(broken)?;
        let understood = abi::TYPE.to_string_lossy();
        if found != understood {
            let understood = understood.into_owned();
            return Err(PluginError::Type { file: file.to_owned(), found, understood });
        }
        // SAFETY: the plugin is of this version and type.
        unsafe { Self::read_rest(&plugin) }.map_err(broken)
    }

    unsafe fn read_rest(plugin: &RawPlugin) -> Result<Self, DescriptorFault> {
        // SAFETY: the caller's promise covers everything that the descriptor points to.
        let (name, encoder, decoder) = unsafe {
            (
                text(plugin.name, "name", abi::MAX_NAME_BYTES)?,
                sized::<EncoderFunctions>(plugin.encoder, "list of encoder functions")?,
                sized::<DecoderFunctions>(plugin.decoder, "list of decoder functions")?,
            )
        };
        let encoder = encoder.as_ref().map(EncoderCalls::of).transpose()?;
        let decoder = decoder.as_ref().map(DecoderCalls::of).transpose()?;
        if encoder.is_none() && decoder.is_none() {
            return Err(DescriptorFault::NoCodec);
        }
        Ok(Self { name, init: plugin.init, exit: plugin.exit, encoder, decoder })
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

fn present<F>(function: Option<F>, name: &'static str) -> Result<F, DescriptorFault> {
    function.ok_or(DescriptorFault::NoFunction { function: name })
}

/// # Safety
/// `plugin` points to a descriptor of this version.
unsafe fn read_plugin(plugin: *const RawPlugin) -> Result<RawPlugin, DescriptorFault> {
    // SAFETY: the descriptor begins with two 32-bit integers.
    let head = unsafe { copy_of::<[u32; 2]>(plugin.cast(), "descriptor") }?;
    let [_, found] = head.ok_or(DescriptorFault::Absent)?;
    check_size::<RawPlugin>(found, "descriptor")?;
    // SAFETY: the structure is at least as long as ours.
    unsafe { copy_of(plugin, "descriptor") }?.ok_or(DescriptorFault::Absent)
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
