//! A plugin in Rust that panics on request, to show that no panic leaves the library. It is built
//! as the example `faulty_plugin`.

use rendercast::media::codec::{
    CodecError, VideoData, VideoDataKind, VideoDecoder, VideoEncoder, VideoPlugin,
};
use rendercast::media::{Canvas, PixelType};

rendercast::export_video_plugin!("faulty", Faulty::open()?);

struct Faulty;

impl Faulty {
    /// Fails in the way that `RENDERCAST_FAULTY` names, if it is set.
    fn open() -> Result<Self, String> {
        match std::env::var("RENDERCAST_FAULTY").as_deref() {
            Ok("error") => Err("the licence has expired".to_owned()),
            Ok("panic") => panic!("no licence"),
            _ => Ok(Self),
        }
    }
}

impl VideoPlugin for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }

    fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
        Some(Box::new(Encoder))
    }

    fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
        panic!("no decoder")
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        log::info!("dropped");
        panic!("in the drop");
    }
}

struct Encoder;

impl VideoEncoder for Encoder {
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        if width == 13 {
            return Err(CodecError::NoDevice("unplugged".to_owned()));
        }
        if height == 13 {
            let reason = "unlucky".to_owned();
            return Err(CodecError::Resolution { width, height, reason });
        }
        Ok(Some(VideoData::new(VideoDataKind::SequenceHeader, &b"header"[..])))
    }

    fn set_parameter(&mut self, name: &str, _value: &str) -> bool {
        assert_ne!(name, "panic", "parameter {name}");
        false
    }

    fn parameter(&self, name: &str) -> Option<String> {
        (name == "nul").then(|| "a\0b".to_owned())
    }

    fn supported_types(&self) -> &[PixelType] {
        &[PixelType::Grey8]
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        match canvas.bytes() {
            [] | [0, ..] => Ok(None),
            [1, ..] => Err(CodecError::Failed("a one".to_owned())),
            [2, ..] => Err(CodecError::Allocation),
            _ => panic!("a pixel of {}", canvas.bytes()[0]),
        }
    }

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        let rest = [&b"the "[..], b"rest"].into_iter().zip([-40, 80]);
        let frame = |(bytes, time)| {
            VideoData::new(VideoDataKind::InterFrame, bytes).with_composition_time(time)
        };
        Ok(rest.map(frame).collect())
    }

    fn identifier(&self) -> &str {
        "faulty 1"
    }
}
