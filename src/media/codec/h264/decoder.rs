//! The decoder of H.264.

use std::fmt;

use openh264::decoder::{Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource;
use openh264::{Error, OpenH264API};

use super::annex_b::{LENGTH_BYTES, push_behind_start_code, split_unit};
use super::configuration::Configuration;
use crate::media::bgr::{BGR, swap_blue_and_red};
use crate::media::codec::life::Life;
use crate::media::codec::{CodecError, VideoDecoder, VideoFormat};
use crate::media::yuv_rows::YuvRows;
use crate::media::{Canvas, ColourSpace, PixelType};

/// The decoder of H.264, by OpenH264. It supports the constrained baseline, main and high profiles
/// without interlacing. Canvases are [`PixelType::Rgb8`]. Colours are taken to be BT.709 in limited
/// range. It has no parameters.
///
/// Data are NAL units behind their lengths, as in FLV. `init` takes the
/// `AVCDecoderConfigurationRecord`, or nothing if the parameter sets come among the frames.
///
/// OpenH264 is a C++ library: Rust's safety does not cover the decoding of hostile data.
pub struct H264Decoder {
    life: Life<Running>,
    /// The units with start codes, as OpenH264 takes them.
    units: Vec<u8>,
    pixels: Vec<u8>,
    format: Option<VideoFormat>,
}

/// What exists from `init` to `close`.
struct Running {
    library: Decoder,
    /// The length of the length before each NAL unit, in bytes.
    length_bytes: usize,
}

impl H264Decoder {
    /// Makes a decoder. Call `init` next.
    #[must_use]
    pub const fn new() -> Self {
        Self { life: Life::New, units: Vec::new(), pixels: Vec::new(), format: None }
    }
}

impl Default for H264Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl VideoDecoder for H264Decoder {
    fn init(&mut self, data: &[u8]) -> Result<(), CodecError> {
        self.life.begin(|| Running::new(data, &mut self.units))
    }

    fn format(&self) -> Option<VideoFormat> {
        self.format
    }

    fn set_parameter(&mut self, _name: &str, _value: &str) -> bool {
        false
    }

    fn parameter(&self, _name: &str) -> Option<String> {
        None
    }

    fn decode_canvas(&mut self, data: &[u8]) -> Result<Option<Canvas<'_>>, CodecError> {
        let Running { library, length_bytes } = self.life.running_mut()?;
        self.units.clear();
        let mut rest = data;
        while !rest.is_empty() {
            let unit = split_unit(&mut rest, *length_bytes);
            let unit = unit.ok_or_else(|| invalid("a NAL unit ends beyond the data"))?;
            push_behind_start_code(unit, &mut self.units);
        }
        let Some(picture) = library.decode(&self.units).map_err(undecodable)? else {
            return Ok(None);
        };
        let (width, height) = picture.dimensions();
        let [Ok(width), Ok(height)] = [width, height].map(u32::try_from) else { return Ok(None) };
        write_rgb(&picture, &mut self.pixels);
        let pixel_type = PixelType::Rgb8;
        self.format = Some(VideoFormat { width, height, pixel_type });
        let canvas = Canvas::borrowed(width, height, pixel_type, &self.pixels);
        canvas.map(Some).map_err(|error| invalid(&error.to_string()))
    }

    fn close(&mut self) {
        self.life = Life::Closed;
    }

    fn identifier(&self) -> &str {
        "H.264 by OpenH264"
    }
}

impl Running {
    /// Starts the library with the parameter sets in `data`. `units` is a buffer.
    fn new(data: &[u8], units: &mut Vec<u8>) -> Result<Self, CodecError> {
        let configuration = match data {
            [] => Configuration { length_bytes: LENGTH_BYTES, sets: Vec::new() },
            record => Configuration::parse(record)
                .ok_or_else(|| invalid("no AVCDecoderConfigurationRecord"))?,
        };
        // Returns each picture as soon as it is decoded. To wait for the next would add delay.
        let config = DecoderConfig::new().flush_after_decode(Flush::Flush);
        let library = Decoder::with_api_config(OpenH264API::from_source(), config);
        let mut library = library.map_err(|error| CodecError::Failed(error.to_string()))?;
        units.clear();
        for set in configuration.sets {
            push_behind_start_code(set, units);
        }
        if !units.is_empty() {
            library.decode(units).map_err(undecodable)?;
        }
        Ok(Self { library, length_bytes: configuration.length_bytes })
    }
}

/// Writes a picture of BT.709 in limited range as red, green and blue bytes.
fn write_rgb(picture: &impl YUVSource, output: &mut Vec<u8>) {
    let (width, height) = picture.dimensions();
    let (y_stride, u_stride, v_stride) = picture.strides();
    let row_bytes = width.saturating_mul(BGR).max(1);
    output.resize(row_bytes.saturating_mul(height), 0);
    let luma = picture.y().chunks(y_stride.max(1));
    // Each row of colours is that of two rows of brightness.
    let chroma = picture.u().chunks(u_stride.max(1)).zip(picture.v().chunks(v_stride.max(1)));
    let chroma = chroma.flat_map(|row| [row; 2]);
    let mut rows = YuvRows::default();
    for ((row, y), (u, v)) in output.chunks_exact_mut(row_bytes).zip(luma).zip(chroma) {
        let y = y.get(..width).unwrap_or_default();
        rows.convert(ColourSpace::default(), y, (u, v), row);
        swap_blue_and_red(row);
    }
}

fn invalid(what: &str) -> CodecError {
    CodecError::InvalidData(what.to_owned())
}

fn undecodable(error: Error) -> CodecError {
    CodecError::InvalidData(format!("OpenH264: {error}"))
}

impl fmt::Debug for H264Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("H264Decoder").field("format", &self.format).finish_non_exhaustive()
    }
}
