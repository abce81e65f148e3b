//! A plugin in Rust: encoder and decoder of run-length coded pictures. RTMP has no number for this
//! codec, so a stream cannot use it.
//!
//! `cargo build --release --features plugins --example run_length_plugin` builds the library in
//! `target/release/examples`. `VideoCodecFactory::load_plugin_library` loads it.
//!
//! A frame is width, height and bytes per pixel as 32-bit integers, then the runs. A run is a count
//! and a pixel. All frames are key frames.

use rendercast::media::codec::{
    CodecError, VideoData, VideoDataKind, VideoDecoder, VideoEncoder, VideoFormat, VideoPlugin,
};
use rendercast::media::{Canvas, PixelType};

rendercast::export_video_plugin!("run length", RunLength);

/// The supported pixel types, the cheapest first.
const PIXEL_TYPES: [PixelType; 2] = [PixelType::Grey8, PixelType::Rgb8];

struct RunLength;

impl VideoPlugin for RunLength {
    fn name(&self) -> &str {
        "run length"
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        log::debug!("a new encoder"); // goes to the log of the application
        Some(Box::new(Encoder { longest_run: 255 }))
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        Some(Box::new(Decoder { format: None }))
    }
}

struct Encoder {
    longest_run: u8,
}

impl VideoEncoder for Encoder {
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        if width.max(height) > 8192 {
            let reason = "8192 is the longest side".to_owned();
            return Err(CodecError::Resolution { width, height, reason });
        }
        Ok(None) // no sequence header
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        match (name, value.parse()) {
            ("longest_run", Ok(longest_run @ 1..)) => {
                self.longest_run = longest_run;
                true
            }
            _ => false,
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        (name == "longest_run").then(|| self.longest_run.to_string())
    }

    fn supported_types(&self) -> &[PixelType] {
        &PIXEL_TYPES
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        let pixel_bytes = canvas.pixel_type().bytes_per_pixel();
        let pixel_bytes =
            pixel_bytes.ok_or_else(|| CodecError::InvalidParameters("planes".into()))?;
        let mut bytes = Vec::new();
        for number in [canvas.width(), canvas.height(), pixel_bytes as u32] {
            bytes.extend(number.to_be_bytes());
        }
        let mut pixels = canvas.rows().flat_map(|row| row.chunks_exact(pixel_bytes)).peekable();
        while let Some(pixel) = pixels.next() {
            let mut length = 1;
            while length < self.longest_run && pixels.next_if_eq(&pixel).is_some() {
                length += 1;
            }
            bytes.push(length);
            bytes.extend_from_slice(pixel);
        }
        Ok(Some(VideoData::new(VideoDataKind::KeyFrame, bytes)))
    }

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        Ok(Vec::new())
    }

    fn identifier(&self) -> &str {
        concat!("run length ", env!("CARGO_PKG_VERSION"))
    }
}

struct Decoder {
    format: Option<VideoFormat>,
}

impl Decoder {
    fn decode(data: &[u8]) -> Option<Canvas<'static>> {
        let (numbers, runs) = data.split_at_checked(12)?;
        let numbers = numbers.as_chunks().0.iter().map(|bytes| u32::from_be_bytes(*bytes));
        let [width, height, pixel_bytes] = numbers.collect::<Vec<_>>()[..] else { return None };
        let pixel_bytes = pixel_bytes as usize;
        let pixel_type =
            PIXEL_TYPES.into_iter().find(|known| known.bytes_per_pixel() == Some(pixel_bytes))?;
        let mut pixels = Vec::new();
        for run in runs.chunks(1 + pixel_bytes) {
            let (length, pixel) = run.split_first()?;
            pixels.extend(pixel.repeat((*length).into()));
        }
        Canvas::from_vec(width, height, pixel_type, pixels).ok()
    }
}

impl VideoDecoder for Decoder {
    fn init(&mut self, _data: &[u8]) -> Result<(), CodecError> {
        Ok(())
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
        let canvas = Self::decode(data).ok_or_else(|| {
            CodecError::InvalidData("the runs do not fill the picture".to_owned())
        })?;
        let (width, height) = (canvas.width(), canvas.height());
        self.format = Some(VideoFormat { width, height, pixel_type: canvas.pixel_type() });
        Ok(Some(canvas))
    }

    fn close(&mut self) {}

    fn identifier(&self) -> &str {
        concat!("run length ", env!("CARGO_PKG_VERSION"))
    }
}
