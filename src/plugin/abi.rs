//! The declarations of `include/rendercast_plugin.h` in Rust. The header documents them.

use std::ffi::{CStr, c_char, c_void};

use crate::media::codec::{CodecError, VideoDataKind};
use crate::media::{ColourMatrix, ColourRange, PixelType};

pub(super) const ABI_VERSION: u32 = 1;
pub(super) const TYPE: &CStr = c"video v1";
pub(super) const SYMBOL: &CStr = c"rendercast_plugin";
pub(super) const AUDIO_TYPE: &CStr = c"audio v1";
pub(super) const AUDIO_SYMBOL: &CStr = c"rendercast_plugin_audio";

pub(super) const MAX_NAME_BYTES: usize = 64;
pub(super) const MAX_DATA_BYTES: usize = 0xff_ffff;

pub(super) const OK: i32 = 0;

/// The numbers that the `init` of a plugin, an encoder or a decoder returns.
pub(super) mod init {
    pub(in crate::plugin) const INVALID_PARAMETERS: i32 = -1;
    pub(in crate::plugin) const RESOLUTION_NOT_SUPPORTED: i32 = -2;
    pub(in crate::plugin) const ALREADY_INITIALISED: i32 = -3;
    pub(in crate::plugin) const NO_DEVICE: i32 = -4;
    pub(in crate::plugin) const FAILED: i32 = -5;
}

/// The numbers that other calls return.
pub(super) mod code {
    pub(in crate::plugin) const INVALID_PARAMETERS: i32 = -1;
    pub(in crate::plugin) const NOT_INITIALISED: i32 = -2;
    pub(in crate::plugin) const NO_MEMORY: i32 = -3;
    pub(in crate::plugin) const FAILED: i32 = -4;
}

pub(super) const DATA_NONE: u32 = 0;
pub(super) const ROWS_TOP_DOWN: u32 = 0;
pub(super) const ROWS_BOTTOM_UP: u32 = 1;
pub(super) const NO_TIMESTAMP: i64 = -1;

const PIXEL_TYPES: [(PixelType, u32); 10] = [
    (PixelType::Grey8, 1),
    (PixelType::Rgb8, 2),
    (PixelType::Rgba8, 3),
    (PixelType::Bgra8, 4),
    (PixelType::RgbF32, 5),
    (PixelType::RgbaF32, 6),
    (PixelType::Bgr8, 7),
    (PixelType::RgbaF16, 8),
    (PixelType::I420, 9),
    (PixelType::Nv12, 10),
];

const COLOUR_MATRICES: [(ColourMatrix, u32); 3] =
    [(ColourMatrix::Bt709, 0), (ColourMatrix::Bt601, 1), (ColourMatrix::Bt2020, 2)];

const COLOUR_RANGES: [(ColourRange, u32); 2] = [(ColourRange::Limited, 0), (ColourRange::Full, 1)];

const DATA_KINDS: [(VideoDataKind, u32); 3] = [
    (VideoDataKind::SequenceHeader, 1),
    (VideoDataKind::KeyFrame, 2),
    (VideoDataKind::InterFrame, 3),
];

const LOG_LEVELS: [(log::Level, u32); 5] = [
    (log::Level::Error, 1),
    (log::Level::Warn, 2),
    (log::Level::Info, 3),
    (log::Level::Debug, 4),
    (log::Level::Trace, 5),
];

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Api {
    pub(super) struct_size: u32,
    pub(super) log_level: u32,
    pub(super) context: *mut c_void,
    pub(super) log: Option<unsafe extern "C" fn(*mut c_void, u32, *const c_char)>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct RawCanvas {
    pub(super) struct_size: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixel_type: u32,
    pub(super) row_order: u32,
    pub(super) reserved: u32,
    pub(super) row_bytes: u64,
    pub(super) size: u64,
    pub(super) data: *const u8,
    pub(super) timestamp: i64,
    pub(super) colour_matrix: u32,
    pub(super) colour_range: u32,
    pub(super) chroma: [*const u8; 2],
    pub(super) chroma_row_bytes: [u64; 2],
}

impl RawCanvas {
    /// The canvas that a decoder fills in.
    pub(super) const EMPTY: Self = Self {
        struct_size: size_of::<Self>() as u32,
        width: 0,
        height: 0,
        pixel_type: 0,
        row_order: ROWS_TOP_DOWN,
        reserved: 0,
        row_bytes: 0,
        size: 0,
        data: std::ptr::null(),
        timestamp: NO_TIMESTAMP,
        colour_matrix: 0,
        colour_range: 0,
        chroma: [std::ptr::null(); 2],
        chroma_row_bytes: [0; 2],
    };
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    pub(super) struct_size: u32,
    pub(super) reserved: u32,
    pub(super) context: *mut c_void,
    pub(super) write: Option<unsafe extern "C" fn(*mut c_void, *const u8, u64) -> i32>,
    pub(super) end_frame: Option<unsafe extern "C" fn(*mut c_void, u32, i32) -> i32>,
}

/// A plugin's encoder. Only its address is used.
#[repr(C)]
#[derive(Debug)]
pub(super) struct RawEncoder {
    opaque: [u8; 0],
}

/// A plugin's decoder. Only its address is used.
#[repr(C)]
#[derive(Debug)]
pub(super) struct RawDecoder {
    opaque: [u8; 0],
}

type SetParameter<T> = unsafe extern "C" fn(*mut T, *const c_char, *const c_char) -> u32;
type Parameter<T> = unsafe extern "C" fn(*mut T, *const c_char) -> *const c_char;
type Text<T> = unsafe extern "C" fn(*mut T) -> *const c_char;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct EncoderFunctions {
    pub(super) struct_size: u32,
    pub(super) reserved: u32,
    pub(super) create: Option<unsafe extern "C" fn() -> *mut RawEncoder>,
    pub(super) destroy: Option<unsafe extern "C" fn(*mut RawEncoder)>,
    pub(super) supported_type: Option<unsafe extern "C" fn(*mut RawEncoder, u32) -> u32>,
    pub(super) init: Option<unsafe extern "C" fn(*mut RawEncoder, u32, u32, *const Output) -> i32>,
    pub(super) encode_canvas: Option<
        unsafe extern "C" fn(*mut RawEncoder, *const RawCanvas, *const Output, *mut u32) -> i32,
    >,
    pub(super) close: Option<unsafe extern "C" fn(*mut RawEncoder, *const Output, *mut u32) -> i32>,
    pub(super) set_parameter: Option<SetParameter<RawEncoder>>,
    pub(super) parameter: Option<Parameter<RawEncoder>>,
    pub(super) last_error: Option<Text<RawEncoder>>,
    pub(super) identifier: Option<Text<RawEncoder>>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct DecoderFunctions {
    pub(super) struct_size: u32,
    pub(super) reserved: u32,
    pub(super) create: Option<unsafe extern "C" fn() -> *mut RawDecoder>,
    pub(super) destroy: Option<unsafe extern "C" fn(*mut RawDecoder)>,
    pub(super) init: Option<unsafe extern "C" fn(*mut RawDecoder, *const u8, u64) -> i32>,
    pub(super) decode_canvas:
        Option<unsafe extern "C" fn(*mut RawDecoder, *const u8, u64, *mut RawCanvas) -> i32>,
    pub(super) format: Option<unsafe extern "C" fn(*mut RawDecoder, *mut RawCanvas) -> u32>,
    pub(super) close: Option<unsafe extern "C" fn(*mut RawDecoder)>,
    pub(super) set_parameter: Option<SetParameter<RawDecoder>>,
    pub(super) parameter: Option<Parameter<RawDecoder>>,
    pub(super) last_error: Option<Text<RawDecoder>>,
    pub(super) identifier: Option<Text<RawDecoder>>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct RawPlugin {
    pub(super) abi_version: u32,
    pub(super) struct_size: u32,
    pub(super) r#type: *const c_char,
    pub(super) name: *const c_char,
    pub(super) init: Option<unsafe extern "C" fn(*const Api) -> i32>,
    pub(super) exit: Option<unsafe extern "C" fn()>,
    pub(super) encoder: *const EncoderFunctions,
    pub(super) decoder: *const DecoderFunctions,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct RawAudioFormat {
    pub(super) sample_rate: u32,
    pub(super) channels: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct AudioOutput {
    pub(super) struct_size: u32,
    pub(super) reserved: u32,
    pub(super) context: *mut c_void,
    pub(super) write: Option<unsafe extern "C" fn(*mut c_void, *const u8, u64, u32) -> i32>,
}

/// A plugin's audio encoder. Only its address is used.
#[repr(C)]
#[derive(Debug)]
pub(super) struct RawAudioEncoder {
    opaque: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct AudioEncoderFunctions {
    pub(super) struct_size: u32,
    pub(super) reserved: u32,
    pub(super) create: Option<unsafe extern "C" fn() -> *mut RawAudioEncoder>,
    pub(super) destroy: Option<unsafe extern "C" fn(*mut RawAudioEncoder)>,
    pub(super) supported_format:
        Option<unsafe extern "C" fn(*mut RawAudioEncoder, *mut RawAudioFormat)>,
    pub(super) init: Option<
        unsafe extern "C" fn(*mut RawAudioEncoder, *const RawAudioFormat, *const Output) -> i32,
    >,
    pub(super) encode: Option<
        unsafe extern "C" fn(*mut RawAudioEncoder, *const f32, u64, *const AudioOutput) -> i32,
    >,
    pub(super) close: Option<unsafe extern "C" fn(*mut RawAudioEncoder, *const AudioOutput) -> i32>,
    pub(super) delay: Option<unsafe extern "C" fn(*mut RawAudioEncoder) -> u32>,
    pub(super) set_parameter: Option<SetParameter<RawAudioEncoder>>,
    pub(super) parameter: Option<Parameter<RawAudioEncoder>>,
    pub(super) last_error: Option<Text<RawAudioEncoder>>,
    pub(super) identifier: Option<Text<RawAudioEncoder>>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct RawAudioPlugin {
    pub(super) abi_version: u32,
    pub(super) struct_size: u32,
    pub(super) r#type: *const c_char,
    pub(super) name: *const c_char,
    pub(super) init: Option<unsafe extern "C" fn(*const Api) -> i32>,
    pub(super) exit: Option<unsafe extern "C" fn()>,
    pub(super) encoder: *const AudioEncoderFunctions,
}

pub(super) fn pixel_type_number(pixel_type: PixelType) -> u32 {
    number(&PIXEL_TYPES, pixel_type)
}

/// Returns `None` for a number of a newer header.
pub(super) fn pixel_type(number: u32) -> Option<PixelType> {
    meaning(&PIXEL_TYPES, number)
}

pub(super) fn colour_matrix_number(matrix: ColourMatrix) -> u32 {
    number(&COLOUR_MATRICES, matrix)
}

pub(super) fn colour_matrix(number: u32) -> Option<ColourMatrix> {
    meaning(&COLOUR_MATRICES, number)
}

pub(super) fn colour_range_number(range: ColourRange) -> u32 {
    number(&COLOUR_RANGES, range)
}

pub(super) fn colour_range(number: u32) -> Option<ColourRange> {
    meaning(&COLOUR_RANGES, number)
}

pub(super) fn data_kind_number(kind: VideoDataKind) -> u32 {
    number(&DATA_KINDS, kind)
}

pub(super) fn data_kind(number: u32) -> Option<VideoDataKind> {
    meaning(&DATA_KINDS, number)
}

pub(super) fn log_level_number(level: log::Level) -> u32 {
    number(&LOG_LEVELS, level)
}

pub(super) fn log_level(number: u32) -> Option<log::Level> {
    meaning(&LOG_LEVELS, number)
}

fn number<T: Copy + PartialEq>(table: &[(T, u32)], wanted: T) -> u32 {
    table.iter().find(|(meaning, _)| *meaning == wanted).map_or(0, |(_, number)| *number)
}

fn meaning<T: Copy>(table: &[(T, u32)], wanted: u32) -> Option<T> {
    table.iter().find(|(_, number)| *number == wanted).map(|(meaning, _)| *meaning)
}

/// Returns the number that an encoder's or decoder's `init` returns for `error`.
pub(super) const fn init_number(error: &CodecError) -> i32 {
    match error {
        CodecError::InvalidParameters(_) | CodecError::InvalidData(_) => init::INVALID_PARAMETERS,
        CodecError::Resolution { .. } => init::RESOLUTION_NOT_SUPPORTED,
        CodecError::AlreadyInitialised => init::ALREADY_INITIALISED,
        CodecError::NoDevice(_) => init::NO_DEVICE,
        CodecError::NotInitialised | CodecError::Allocation | CodecError::Failed(_) => init::FAILED,
    }
}

/// Returns the number that any other call returns for `error`.
pub(super) const fn number_of(error: &CodecError) -> i32 {
    match error {
        CodecError::InvalidParameters(_)
        | CodecError::InvalidData(_)
        | CodecError::Resolution { .. } => code::INVALID_PARAMETERS,
        CodecError::NotInitialised | CodecError::AlreadyInitialised => code::NOT_INITIALISED,
        CodecError::Allocation => code::NO_MEMORY,
        CodecError::NoDevice(_) | CodecError::Failed(_) => code::FAILED,
    }
}

#[cfg(test)]
mod tests {
    use std::mem::{offset_of, size_of};

    use super::*;

    const HEADER: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/include/rendercast_plugin.h"));

    /// Returns the value of `#define name`, without parentheses and suffixes.
    fn defined(name: &str) -> &'static str {
        let found = HEADER.lines().find_map(|line| {
            let (found, value) = line.strip_prefix("#define ")?.split_once(' ')?;
            (found == name).then_some(value)
        });
        let value = found.unwrap_or_else(|| panic!("the header defines no {name}"));
        let value = value.split("/*").next().unwrap_or_default().trim();
        value.trim_matches(['(', ')', '"']).trim_end_matches('u')
    }

    #[test]
    fn the_header_has_the_same_numbers() {
        let names = |names: &[(&'static str, i64)]| names.to_vec();
        let mut wanted = names(&[
            ("RENDERCAST_PLUGIN_ABI_VERSION", ABI_VERSION.into()),
            ("RENDERCAST_MAX_NAME_BYTES", MAX_NAME_BYTES as i64),
            ("RENDERCAST_MAX_DATA_BYTES", MAX_DATA_BYTES as i64),
            ("RENDERCAST_OK", OK.into()),
            ("RENDERCAST_INIT_INVALID_PARAMETERS", init::INVALID_PARAMETERS.into()),
            ("RENDERCAST_INIT_RESOLUTION_NOT_SUPPORTED", init::RESOLUTION_NOT_SUPPORTED.into()),
            ("RENDERCAST_INIT_ALREADY_INITIALISED", init::ALREADY_INITIALISED.into()),
            ("RENDERCAST_INIT_NO_DEVICE", init::NO_DEVICE.into()),
            ("RENDERCAST_INIT_FAILED", init::FAILED.into()),
            ("RENDERCAST_INVALID_PARAMETERS", code::INVALID_PARAMETERS.into()),
            ("RENDERCAST_NOT_INITIALISED", code::NOT_INITIALISED.into()),
            ("RENDERCAST_NO_MEMORY", code::NO_MEMORY.into()),
            ("RENDERCAST_FAILED", code::FAILED.into()),
            ("RENDERCAST_ROWS_TOP_DOWN", ROWS_TOP_DOWN.into()),
            ("RENDERCAST_ROWS_BOTTOM_UP", ROWS_BOTTOM_UP.into()),
            ("RENDERCAST_DATA_NONE", DATA_NONE.into()),
            ("RENDERCAST_NO_TIMESTAMP", NO_TIMESTAMP),
        ]);
        for (name, pixel_type) in [
            ("RENDERCAST_PIXEL_GREY8", PixelType::Grey8),
            ("RENDERCAST_PIXEL_RGB8", PixelType::Rgb8),
            ("RENDERCAST_PIXEL_RGBA8", PixelType::Rgba8),
            ("RENDERCAST_PIXEL_BGRA8", PixelType::Bgra8),
            ("RENDERCAST_PIXEL_RGB_F32", PixelType::RgbF32),
            ("RENDERCAST_PIXEL_RGBA_F32", PixelType::RgbaF32),
            ("RENDERCAST_PIXEL_BGR8", PixelType::Bgr8),
            ("RENDERCAST_PIXEL_RGBA_F16", PixelType::RgbaF16),
            ("RENDERCAST_PIXEL_I420", PixelType::I420),
            ("RENDERCAST_PIXEL_NV12", PixelType::Nv12),
        ] {
            wanted.push((name, pixel_type_number(pixel_type).into()));
        }
        for (name, matrix) in [
            ("RENDERCAST_MATRIX_BT709", ColourMatrix::Bt709),
            ("RENDERCAST_MATRIX_BT601", ColourMatrix::Bt601),
            ("RENDERCAST_MATRIX_BT2020", ColourMatrix::Bt2020),
        ] {
            wanted.push((name, colour_matrix_number(matrix).into()));
        }
        for (name, range) in [
            ("RENDERCAST_RANGE_LIMITED", ColourRange::Limited),
            ("RENDERCAST_RANGE_FULL", ColourRange::Full),
        ] {
            wanted.push((name, colour_range_number(range).into()));
        }
        for (name, kind) in [
            ("RENDERCAST_DATA_SEQUENCE_HEADER", VideoDataKind::SequenceHeader),
            ("RENDERCAST_DATA_KEY_FRAME", VideoDataKind::KeyFrame),
            ("RENDERCAST_DATA_INTER_FRAME", VideoDataKind::InterFrame),
        ] {
            wanted.push((name, data_kind_number(kind).into()));
        }
        for (name, level) in [
            ("RENDERCAST_LOG_ERROR", log::Level::Error),
            ("RENDERCAST_LOG_WARN", log::Level::Warn),
            ("RENDERCAST_LOG_INFO", log::Level::Info),
            ("RENDERCAST_LOG_DEBUG", log::Level::Debug),
            ("RENDERCAST_LOG_TRACE", log::Level::Trace),
        ] {
            wanted.push((name, log_level_number(level).into()));
        }
        for (name, number) in &wanted {
            assert_eq!(defined(name).parse(), Ok(*number), "{name}");
        }
        assert_eq!(defined("RENDERCAST_PLUGIN_TYPE"), TYPE.to_str().unwrap());
        assert_eq!(defined("RENDERCAST_AUDIO_PLUGIN_TYPE"), AUDIO_TYPE.to_str().unwrap());
        // Finds numbers that only the header has. Five more defines are no numbers: the guard, both
        // types and RENDERCAST_EXPORT, twice.
        assert_eq!(HEADER.matches("#define ").count(), wanted.len() + 5);
    }

    /// The same figures stand in `tests/plugins/layout.c`, against the header.
    #[test]
    #[cfg(target_pointer_width = "64")]
    fn structures_lie_in_memory_as_the_header_says() {
        assert_eq!((size_of::<Api>(), offset_of!(Api, log)), (24, 16));
        assert_eq!((size_of::<RawCanvas>(), offset_of!(RawCanvas, data)), (96, 40));
        assert_eq!(offset_of!(RawCanvas, timestamp), 48);
        assert_eq!(offset_of!(RawCanvas, chroma_row_bytes), 80);
        assert_eq!((size_of::<Output>(), offset_of!(Output, write)), (32, 16));
        assert_eq!(offset_of!(Output, end_frame), 24);
        assert_eq!(size_of::<EncoderFunctions>(), 88);
        assert_eq!(offset_of!(EncoderFunctions, identifier), 80);
        assert_eq!(size_of::<DecoderFunctions>(), 88);
        assert_eq!(offset_of!(DecoderFunctions, identifier), 80);
        assert_eq!((size_of::<RawPlugin>(), offset_of!(RawPlugin, decoder)), (56, 48));
        assert_eq!((size_of::<RawAudioFormat>(), offset_of!(RawAudioFormat, channels)), (8, 4));
        assert_eq!((size_of::<AudioOutput>(), offset_of!(AudioOutput, write)), (24, 16));
        assert_eq!(size_of::<AudioEncoderFunctions>(), 96);
        assert_eq!(offset_of!(AudioEncoderFunctions, identifier), 88);
        assert_eq!((size_of::<RawAudioPlugin>(), offset_of!(RawAudioPlugin, encoder)), (48, 40));
    }
}
