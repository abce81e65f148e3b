//! The functions through which the host calls a plugin's encoders.
#![allow(unsafe_code, reason = "the host passes pointers")]

use std::ffi::c_char;
use std::marker::PhantomData;
use std::ptr;

use super::catch::catch_or;
use super::codec_object::CodecObject;
use super::guest_plugin::GuestPlugin;
use crate::media::codec::{CodecError, VideoData, VideoEncoder, VideoPlugin};
use crate::plugin::abi::{self, EncoderFunctions, Output, RawCanvas, RawEncoder, code, init};
use crate::plugin::raw;

type Encoder = CodecObject<dyn VideoEncoder>;

pub(super) struct Functions<E>(PhantomData<E>);

impl<E: GuestPlugin<Plugin = dyn VideoPlugin>> Functions<E> {
    pub(super) const TABLE: &'static EncoderFunctions = &EncoderFunctions {
        struct_size: size_of::<EncoderFunctions>() as u32,
        reserved: 0,
        create: Some(create::<E>),
        destroy: Some(destroy),
        supported_type: Some(supported_type),
        init: Some(init_encoder),
        encode_canvas: Some(encode_canvas),
        close: Some(close),
        set_parameter: Some(set_parameter),
        parameter: Some(parameter),
        last_error: Some(last_error),
        identifier: Some(identifier),
    };
}

// The blocks below rely on the host keeping to the header.

unsafe extern "C" fn create<E: GuestPlugin<Plugin = dyn VideoPlugin>>() -> *mut RawEncoder {
    catch_or(ptr::null_mut(), || {
        let encoder = E::slot().plugin().and_then(|plugin| plugin.create_video_encoder());
        encoder.map_or(ptr::null_mut(), |encoder| {
            let identifier = encoder.identifier().to_owned();
            Encoder::create(encoder, &identifier)
        })
    })
}

unsafe extern "C" fn destroy(encoder: *mut RawEncoder) {
    // SAFETY: `create` made the pointer, and this is the last call for it.
    unsafe { Encoder::destroy(encoder) }
}

unsafe extern "C" fn supported_type(encoder: *mut RawEncoder, index: u32) -> u32 {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.call(0, |encoder| {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let supported = encoder.supported_types().get(index);
        supported.map_or(0, |pixel_type| abi::pixel_type_number(*pixel_type))
    })
}

unsafe extern "C" fn init_encoder(
    encoder: *mut RawEncoder,
    width: u32,
    height: u32,
    output: *const Output,
) -> i32 {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.outcome(init::FAILED, abi::init_number, |encoder| {
        let data = encoder.init(width, height)?;
        // SAFETY: the output is valid during this call.
        let is_written = unsafe { write(data.as_slice(), output, &mut 0) } == abi::OK;
        Ok(if is_written { abi::OK } else { init::FAILED })
    })
}

unsafe extern "C" fn encode_canvas(
    encoder: *mut RawEncoder,
    canvas: *const RawCanvas,
    output: *const Output,
    kind: *mut u32,
) -> i32 {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.outcome(code::FAILED, abi::number_of, |encoder| {
        // SAFETY: the canvas is valid until this call returns.
        let canvas = unsafe { raw::canvas(&raw::read(canvas)) };
        let data = encoder.encode_canvas(&canvas.map_err(CodecError::InvalidParameters)?)?;
        // SAFETY: output and kind are valid during this call.
        Ok(unsafe { write(data.as_slice(), output, &mut *kind) })
    })
}

unsafe extern "C" fn close(encoder: *mut RawEncoder, output: *const Output, kind: *mut u32) -> i32 {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.outcome(code::FAILED, abi::number_of, |encoder| {
        let data = encoder.close()?;
        // SAFETY: output and kind are valid during this call.
        Ok(unsafe { write(&data, output, &mut *kind) })
    })
}

unsafe extern "C" fn set_parameter(
    encoder: *mut RawEncoder,
    name: *const c_char,
    value: *const c_char,
) -> u32 {
    // SAFETY: `create` made the pointer. Both texts end in a NUL.
    unsafe { Encoder::at(encoder).set_parameter(name, value, VideoEncoder::set_parameter) }
}

unsafe extern "C" fn parameter(encoder: *mut RawEncoder, name: *const c_char) -> *const c_char {
    // SAFETY: `create` made the pointer. The name ends in a NUL.
    unsafe { Encoder::at(encoder).parameter(name, VideoEncoder::parameter) }
}

unsafe extern "C" fn last_error(encoder: *mut RawEncoder) -> *const c_char {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.last_error()
}

unsafe extern "C" fn identifier(encoder: *mut RawEncoder) -> *const c_char {
    // SAFETY: `create` made the pointer.
    unsafe { Encoder::at(encoder) }.identifier()
}

/// Hands frames to the host. Stores the kind of a frame that a host without `end_frame` gets in
/// `kind`: it can take one, whose composition time is lost.
///
/// # Safety
/// `output` is that of a call that has not returned.
unsafe fn write(frames: &[VideoData], output: *const Output, kind: &mut u32) -> i32 {
    // SAFETY: the caller's promise is the same. Every host has these members.
    let (size, context, write) =
        unsafe { ((*output).struct_size, (*output).context, (*output).write) };
    let has_end = usize::try_from(size).is_ok_and(|size| size >= size_of::<Output>());
    // SAFETY: the output is as long as ours.
    let end_frame = if has_end { unsafe { (*output).end_frame } } else { None };
    let Some(write) = write else { return code::FAILED };
    if frames.len() > 1 && end_frame.is_none() {
        return code::FAILED;
    }
    for frame in frames {
        *kind = abi::data_kind_number(frame.kind);
        let bytes = &frame.bytes;
        // SAFETY: the context is the output's own. The length is that of the bytes.
        let mut number = unsafe { write(context, bytes.as_ptr(), bytes.len() as u64) };
        if let Some(end_frame) = end_frame.filter(|_| number == abi::OK && !bytes.is_empty()) {
            // SAFETY: the context is the output's own.
            number = unsafe { end_frame(context, *kind, frame.composition_time) };
        }
        if number != abi::OK {
            return number;
        }
    }
    abi::OK
}
