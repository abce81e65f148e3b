//! The functions through which the host calls a plugin's audio encoders.
#![allow(unsafe_code, reason = "the host passes pointers")]

use std::ffi::c_char;
use std::marker::PhantomData;
use std::ptr;

use super::catch::catch_or;
use super::codec_object::CodecObject;
use super::guest_plugin::GuestPlugin;
use crate::media::codec::CodecError;
use crate::media::codec::sound::{AudioData, AudioEncoder, AudioFormat, AudioPlugin};
use crate::plugin::abi::{
    self, AudioEncoderFunctions, AudioOutput, Output, RawAudioEncoder, RawAudioFormat, code, init,
};

type Encoder = CodecObject<dyn AudioEncoder>;

pub(super) struct Functions<E>(PhantomData<E>);

impl<E: GuestPlugin<Plugin = dyn AudioPlugin>> Functions<E> {
    pub(super) const TABLE: &'static AudioEncoderFunctions = &AudioEncoderFunctions {
        struct_size: size_of::<AudioEncoderFunctions>() as u32,
        reserved: 0,
        create: Some(create::<E>),
        destroy: Some(destroy),
        supported_format: Some(supported_format),
        init: Some(init_encoder),
        encode: Some(encode),
        close: Some(close),
        delay: Some(delay),
        set_parameter: Some(set_parameter),
        parameter: Some(parameter),
        last_error: Some(last_error),
        identifier: Some(identifier),
    };
}

// The blocks below rely on the host keeping to the header.

unsafe extern "C" fn create<E: GuestPlugin<Plugin = dyn AudioPlugin>>() -> *mut RawAudioEncoder {
    catch_or(ptr::null_mut(), || {
        let encoder = E::slot().plugin().and_then(|plugin| plugin.create_audio_encoder());
        encoder.map_or(ptr::null_mut(), |encoder| {
            let identifier = encoder.identifier().to_owned();
            Encoder::create(encoder, &identifier)
        })
    })
}

unsafe extern "C" fn destroy(encoder: *mut RawAudioEncoder) {
    // SAFETY: `create` made the pointer, and this is the last call for it.
    unsafe { Encoder::destroy(encoder) }
}

unsafe extern "C" fn supported_format(encoder: *mut RawAudioEncoder, format: *mut RawAudioFormat) {
    // SAFETY: the format is valid during this call.
    let format = unsafe { &mut *format };
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.call((), |encoder| {
        let found = encoder.supported_format(format_of(format));
        *format =
            RawAudioFormat { sample_rate: found.sample_rate, channels: found.channels.into() };
    });
}

unsafe extern "C" fn init_encoder(
    encoder: *mut RawAudioEncoder,
    format: *const RawAudioFormat,
    output: *const Output,
) -> i32 {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.outcome(init::FAILED, abi::init_number, |encoder| {
        // SAFETY: format and output are valid during this call.
        let (format, output) = unsafe { (&*format, &*output) };
        let Some(header) = encoder.init(format_of(format))? else { return Ok(abi::OK) };
        let Some(write) = output.write else { return Ok(init::FAILED) };
        let bytes = &header.bytes;
        // SAFETY: the context is the output's own. The length is that of the bytes.
        let number = unsafe { write(output.context, bytes.as_ptr(), bytes.len() as u64) };
        Ok(if number == abi::OK { abi::OK } else { init::FAILED })
    })
}

unsafe extern "C" fn encode(
    encoder: *mut RawAudioEncoder,
    samples: *const f32,
    count: u64,
    output: *const AudioOutput,
) -> i32 {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.outcome(code::FAILED, abi::number_of, |encoder| {
        let count = usize::try_from(count).map_err(|_| CodecError::Allocation)?;
        let samples = match count {
            0 => &[],
            // SAFETY: the samples are valid until this call returns.
            _ => unsafe { std::slice::from_raw_parts(samples, count) },
        };
        let frames = encoder.encode(samples)?;
        // SAFETY: the output is valid during this call.
        Ok(unsafe { write(&frames, output) })
    })
}

unsafe extern "C" fn close(encoder: *mut RawAudioEncoder, output: *const AudioOutput) -> i32 {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.outcome(code::FAILED, abi::number_of, |encoder| {
        let frames = encoder.close()?;
        // SAFETY: the output is valid during this call.
        Ok(unsafe { write(&frames, output) })
    })
}

unsafe extern "C" fn delay(encoder: *mut RawAudioEncoder) -> u32 {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.call(0, |encoder| encoder.delay())
}

unsafe extern "C" fn set_parameter(
    encoder: *mut RawAudioEncoder,
    name: *const c_char,
    value: *const c_char,
) -> u32 {
    // SAFETY: `create` made the pointer. Both texts end in a NUL.
    unsafe { Encoder::at(encoder).set_parameter(name, value, AudioEncoder::set_parameter) }
}

unsafe extern "C" fn parameter(
    encoder: *mut RawAudioEncoder,
    name: *const c_char,
) -> *const c_char {
    // SAFETY: `create` made the pointer. The name ends in a NUL.
    unsafe { Encoder::at(encoder).parameter(name, AudioEncoder::parameter) }
}

unsafe extern "C" fn last_error(encoder: *mut RawAudioEncoder) -> *const c_char {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.last_error()
}

unsafe extern "C" fn identifier(encoder: *mut RawAudioEncoder) -> *const c_char {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.identifier()
}

fn format_of(format: &RawAudioFormat) -> AudioFormat {
    let channels = u16::try_from(format.channels).unwrap_or(u16::MAX);
    AudioFormat { sample_rate: format.sample_rate, channels }
}

/// Hands frames to the host.
///
/// # Safety
/// `output` is that of a call that has not returned.
unsafe fn write(frames: &[AudioData], output: *const AudioOutput) -> i32 {
    // SAFETY: the caller's promise is the same.
    let output = unsafe { &*output };
    let Some(write) = output.write else { return code::FAILED };
    for frame in frames {
        let bytes = &frame.bytes;
        let (data, size) = (bytes.as_ptr(), bytes.len() as u64);
        // SAFETY: the context is the output's own. The length is that of the bytes.
        let number = unsafe { write(output.context, data, size, frame.samples) };
        if number != abi::OK {
            return number;
        }
    }
    abi::OK
}
