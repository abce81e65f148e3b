//! Runs both sides of the boundary in one program, without a library, so that Miri can check it
//! (`cargo +nightly miri test --features plugins --lib plugin`).
#![allow(unsafe_code, reason = "calls the descriptor that it exports itself")]

use std::ffi::CStr;
use std::path::Path;
use std::sync::Arc;

use super::load::LibraryPlugin;
use super::loaded_library::LoadedLibrary;
use crate::media::codec::{
    CodecError, VideoData, VideoDataKind, VideoDecoder, VideoEncoder, VideoFormat, VideoPlugin,
};
use crate::media::{Canvas, PixelType, RowOrder};
use crate::plugin::abi::RawPlugin;
use crate::plugin::guest::{BoxError, Descriptor, GuestPlugin, PluginSlot};

struct Copying;

impl VideoPlugin for Copying {
    fn name(&self) -> &str {
        "copying"
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        Some(Box::new(Coder(Canvas::new(2, 1, PixelType::Grey8).ok()?)))
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        Some(Box::new(Coder(Canvas::new(2, 1, PixelType::Grey8).ok()?)))
    }
}

/// Encodes to a picture's pixels, the topmost row first, and decodes two pixels of grey.
struct Coder(Canvas<'static>);

impl VideoEncoder for Coder {
    fn init(&mut self, _: u32, _: u32) -> Result<Option<VideoData>, CodecError> {
        let bytes = &b"header"[..];
        Ok(Some(VideoData::new(VideoDataKind::SequenceHeader, bytes)))
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        name == value
    }

    fn parameter(&self, name: &str) -> Option<String> {
        (name != "none").then(|| name.to_uppercase())
    }

    fn supported_types(&self) -> &[PixelType] {
        &[PixelType::Grey8, PixelType::RgbF32]
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        let bytes = canvas.rows().collect::<Vec<_>>().concat();
        if bytes[0] == 1 {
            return Err(CodecError::Failed("a one".to_owned()));
        }
        assert_ne!(bytes[0], 2, "a two");
        Ok(Some(VideoData::new(VideoDataKind::KeyFrame, bytes)))
    }

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        Ok(Vec::new())
    }

    fn identifier(&self) -> &str {
        "copying 1"
    }
}

impl VideoDecoder for Coder {
    fn init(&mut self, data: &[u8]) -> Result<(), CodecError> {
        if data == b"header" { Ok(()) } else { Err(CodecError::InvalidData("no header".into())) }
    }

    fn format(&self) -> Option<VideoFormat> {
        Some(VideoFormat { width: 2, height: 1, pixel_type: PixelType::Grey8 })
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        name == value
    }

    fn parameter(&self, name: &str) -> Option<String> {
        (name != "none").then(|| name.to_uppercase())
    }

    fn decode_canvas(&mut self, data: &[u8]) -> Result<Option<Canvas<'_>>, CodecError> {
        if data.is_empty() {
            return Ok(None);
        }
        self.0.row_mut(0).copy_from_slice(data);
        let lent = Canvas::borrowed(2, 1, PixelType::Grey8, self.0.bytes());
        lent.map(Some).map_err(|error| CodecError::Failed(error.to_string()))
    }

    fn close(&mut self) {}

    fn identifier(&self) -> &str {
        "copying 1"
    }
}

struct Guest;

static SLOT: PluginSlot<dyn VideoPlugin> = PluginSlot::new();
static DESCRIPTOR: Descriptor = Descriptor::of::<Guest>();

impl GuestPlugin for Guest {
    type Plugin = dyn VideoPlugin;

    const NAME: &'static CStr = c"copying";

    fn make() -> Result<Box<dyn VideoPlugin>, BoxError> {
        Ok(Box::new(Copying))
    }

    fn slot() -> &'static PluginSlot<dyn VideoPlugin> {
        &SLOT
    }
}

fn plugin() -> LibraryPlugin {
    let descriptor = (&raw const DESCRIPTOR).cast::<RawPlugin>();
    // SAFETY: the descriptor above keeps to the header.
    let library = unsafe { LoadedLibrary::of(descriptor, None, Path::new("none")) };
    LibraryPlugin(library.unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn what_goes_in_on_one_side_comes_out_on_the_other() {
    let plugin = plugin();
    let again = self::plugin();
    assert!(Arc::ptr_eq(&plugin.0, &again.0), "one process, one plugin");
    assert_eq!(plugin.name(), "copying");
    let mut encoder = plugin.create_video_encoder().expect("it encodes");
    let mut decoder = plugin.create_video_decoder().expect("it decodes");
    drop((plugin, again));
    assert!(SLOT.plugin().is_some(), "it stays for its encoder");

    assert_eq!(encoder.identifier(), "copying 1");
    assert_eq!(encoder.supported_types(), [PixelType::Grey8, PixelType::RgbF32]);
    assert!(encoder.set_parameter("same", "same") && !encoder.set_parameter("same", "other"));
    assert_eq!(encoder.parameter("name").as_deref(), Some("NAME"));
    assert_eq!(encoder.parameter("none"), None);
    let header = encoder.init(1, 2).unwrap().expect("a header");
    assert_eq!(header.kind, VideoDataKind::SequenceHeader);
    let canvas = Canvas::borrowed(1, 2, PixelType::Grey8, &[7, 8]).unwrap();
    let frame = encoder.encode_canvas(&canvas.with_row_order(RowOrder::BottomUp)).unwrap();
    let frame = frame.expect("a frame");
    assert_eq!(*frame.bytes, [8, 7]);

    assert!(matches!(decoder.init(b""), Err(CodecError::InvalidData(_))));
    decoder.init(&header.bytes).unwrap();
    assert_eq!(decoder.decode_canvas(&[]), Ok(None));
    let picture = decoder.decode_canvas(&frame.bytes).unwrap().expect("a picture");
    assert_eq!(picture.bytes(), [8, 7]);
    let picture = decoder.decode_canvas(&[1, 2]).unwrap().expect("another");
    assert_eq!(picture.bytes(), [1, 2]);
    assert_eq!(decoder.format().map(|format| format.width), Some(2));
    assert!(decoder.set_parameter("same", "same"));
    assert_eq!(decoder.parameter("name").as_deref(), Some("NAME"));
    decoder.close();

    let canvas = |pixel| Canvas::from_vec(1, 2, PixelType::Grey8, vec![pixel, 0]).unwrap();
    let failed =
        |text: &str| Err(CodecError::Failed(format!("{text} (plugin \"copying\", code -4)")));
    assert_eq!(encoder.encode_canvas(&canvas(1)), failed("a one"));
    let Err(CodecError::Failed(reason)) = encoder.encode_canvas(&canvas(2)) else {
        panic!("a panic is an error")
    };
    assert!(reason.starts_with("panicked: ") && reason.contains("a two"), "{reason}");
    assert!(encoder.encode_canvas(&canvas(3)).is_err(), "it is of no more use");
    drop(encoder);
    drop(decoder);
    assert!(SLOT.plugin().is_none(), "its exit was called");
}
