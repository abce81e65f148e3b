//! The functions through which the host calls a plugin's decoders.
#![allow(unsafe_code, reason = "the host passes pointers")]

use std::ffi::c_char;
use std::marker::PhantomData;
use std::ptr;

use super::catch::catch_or;
use super::codec_object::CodecObject;
use super::guest_plugin::GuestPlugin;
use crate::media::Canvas;
use crate::media::codec::{CodecError, VideoDecoder, VideoPlugin};
use crate::plugin::abi::{self, DecoderFunctions, RawCanvas, RawDecoder, code, init};
use crate::plugin::raw;

/// A decoder, and its last picture, which the host may read until the next call.
struct Lending {
    decoder: Box<dyn VideoDecoder>,
    picture: Option<Canvas<'static>>,
}

type Decoder = CodecObject<Lending>;

pub(super) struct Functions<E>(PhantomData<E>);

impl<E: GuestPlugin<Plugin = dyn VideoPlugin>> Functions<E> {
    pub(super) const TABLE: &'static DecoderFunctions = &DecoderFunctions {
        struct_size: size_of::<DecoderFunctions>() as u32,
        reserved: 0,
        create: Some(create::<E>),
        destroy: Some(destroy),
        init: Some(init_decoder),
        decode_canvas: Some(decode_canvas),
        format: Some(format),
        close: Some(close),
        set_parameter: Some(set_parameter),
        parameter: Some(parameter),
        last_error: Some(last_error),
        identifier: Some(identifier),
    };
}

// The blocks below rely on the host keeping to the header.

unsafe extern "C" fn create<E: GuestPlugin<Plugin = dyn VideoPlugin>>() -> *mut RawDecoder {
    catch_or(ptr::null_mut(), || {
        let decoder = E::slot().plugin().and_then(|plugin| plugin.create_video_decoder());
        decoder.map_or(ptr::null_mut(), |decoder| {
            let identifier = decoder.identifier().to_owned();
            Decoder::create(Box::new(Lending { decoder, picture: None }), &identifier)
        })
    })
}

unsafe extern "C" fn destroy(decoder: *mut RawDecoder) {
    // SAFETY: `create` made the pointer, and this is the last call for it.
    unsafe { Decoder::destroy(decoder) }
}

unsafe extern "C" fn init_decoder(decoder: *mut RawDecoder, data: *const u8, size: u64) -> i32 {
    // SAFETY: `create` made the pointer.
    unsafe { Decoder::at(decoder) }.outcome(init::FAILED, abi::init_number, |lending| {
        // SAFETY: the data is valid until this call returns.
        let data = unsafe { raw::slice(data, size) }.ok_or_else(no_data)?;
        lending.decoder.init(data)?;
        Ok(abi::OK)
    })
}

unsafe extern "C" fn decode_canvas(
    decoder: *mut RawDecoder,
    data: *const u8,
    size: u64,
    canvas: *mut RawCanvas,
) -> i32 {
    // SAFETY: `create` made the pointer.
    unsafe { Decoder::at(decoder) }.outcome(code::FAILED, abi::number_of, |lending| {
        // SAFETY: the data is valid until this call returns.
        let data = unsafe { raw::slice(data, size) }.ok_or_else(no_data)?;
        // A canvas that borrows from the decoder could not be kept beside it.
        let picture = lending.decoder.decode_canvas(data)?.map(Canvas::into_owned);
        if let Some(picture) = &picture {
            // SAFETY: the canvas is valid until this call returns.
            unsafe { raw::write(canvas, RawCanvas::of(picture)) };
        }
        lending.picture = picture;
        Ok(abi::OK)
    })
}

unsafe extern "C" fn format(decoder: *mut RawDecoder, format: *mut RawCanvas) -> u32 {
    // SAFETY: `create` made the pointer.
    let found = unsafe { Decoder::at(decoder) }.call(None, |lending| lending.decoder.format());
    let Some(found) = found else { return 0 };
    let (width, height) = (found.width, found.height);
    let pixel_type = abi::pixel_type_number(found.pixel_type);
    // SAFETY: the canvas is valid until this call returns.
    unsafe { raw::write(format, RawCanvas { width, height, pixel_type, ..RawCanvas::EMPTY }) };
    1
}

unsafe extern "C" fn close(decoder: *mut RawDecoder) {
    // SAFETY: `create` made the pointer.
    unsafe { Decoder::at(decoder) }.call((), |lending| lending.decoder.close());
}

unsafe extern "C" fn set_parameter(
    decoder: *mut RawDecoder,
    name: *const c_char,
    value: *const c_char,
) -> u32 {
    let set = |it: &mut Lending, name: &str, value: &str| it.decoder.set_parameter(name, value);
    // SAFETY: `create` made the pointer. Both texts end in a NUL.
    unsafe { Decoder::at(decoder).set_parameter(name, value, set) }
}

unsafe extern "C" fn parameter(decoder: *mut RawDecoder, name: *const c_char) -> *const c_char {
    // SAFETY: `create` made the pointer. The name ends in a NUL.
    unsafe { Decoder::at(decoder).parameter(name, |it, name| it.decoder.parameter(name)) }
}

unsafe extern "C" fn last_error(decoder: *mut RawDecoder) -> *const c_char {
    // SAFETY: `create` made the pointer.
    unsafe { Decoder::at(decoder) }.last_error()
}

unsafe extern "C" fn identifier(decoder: *mut RawDecoder) -> *const c_char {
    // SAFETY: `create` made the pointer.
    unsafe { Decoder::at(decoder) }.identifier()
}

fn no_data() -> CodecError {
    CodecError::InvalidData("the data's address is null, or its length impossible".to_owned())
}
