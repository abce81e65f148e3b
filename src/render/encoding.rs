//! From pictures to frames, by an encoder.

use std::sync::Arc;

use super::config::RenderLoopConfig;
use super::error::RenderLoopError;
use super::frame_thread::{FrameMaker, Wanted};
use super::loop_frame_out::LoopFrameOut;
use crate::handler::{CodecSlot, HandlerResult, MediaOut, VideoCodec};
use crate::media::codec::{COLOUR_MATRIX, COLOUR_RANGE, VideoData};
use crate::media::{Canvas, ColourSpace, PixelType, on_metadata};
use crate::protocol::amf::Object;

/// The encoder of a loop, and what is sent ahead of its frames.
pub(crate) struct Encoding {
    slot: Arc<CodecSlot>,
    codec: VideoCodec,
    /// The width and the height of the pictures that the encoder takes.
    size: (u32, u32),
    rate: f64,
    /// What the metadata say of the sound.
    sound: Object,
    /// The members of the `onMetaData`, until it is sent.
    metadata: Option<Object>,
    /// What the encoder returned from `init`, until it is sent.
    header: Option<VideoData>,
}

impl Encoding {
    /// Makes and initialises an encoder of the codec in `slot`, for pictures like `blank`.
    pub(crate) fn new(
        config: &RenderLoopConfig,
        slot: Arc<CodecSlot>,
        codec: VideoCodec,
        blank: &Canvas<'_>,
    ) -> Result<Self, RenderLoopError> {
        let header = begin(config, &codec, blank)?;
        let mut encoding = Self {
            slot,
            codec,
            size: (blank.width(), blank.height()),
            rate: config.rate,
            sound: Object::new(),
            metadata: None,
            header,
        };
        encoding.metadata = encoding.new_metadata();
        Ok(encoding)
    }

    /// Goes on with another encoder of the same codec, for pictures of another size.
    fn change_size(&mut self, size: (u32, u32), out: &mut LoopFrameOut) -> HandlerResult<()> {
        out.video(self.codec.close()?);
        out.in_encoder.change_encoder();
        let codec = self.slot.use_codec(self.codec.name()).then(|| self.slot.encoder()).flatten();
        let codec = codec.ok_or("the codec has no further encoder")?;
        codec.copy_parameters(&self.codec);
        self.codec = codec;
        self.header = self.codec.init(size.0, size.1)?;
        self.size = size;
        self.metadata = self.new_metadata();
        Ok(())
    }

    fn new_metadata(&self) -> Option<Object> {
        let video = self.slot.metadata()?.with("framerate", self.rate);
        let members = self.sound.iter();
        Some(members.fold(video, |all, (name, value)| all.with(name, value.clone())))
    }
}

impl FrameMaker for Encoding {
    fn make(
        &mut self,
        picture: Option<&Canvas<'static>>,
        out: &mut LoopFrameOut,
        wanted: Wanted,
    ) -> HandlerResult {
        let Some(picture) = picture else { return Ok(true) };
        let size = (picture.width(), picture.height());
        if size != self.size {
            self.change_size(size, out)?;
        }
        if let Some(sound) = out.take_sound_metadata() {
            self.sound = sound;
            self.metadata = self.new_metadata();
        }
        if let Some(metadata) = self.metadata.take() {
            out.data_first(on_metadata(metadata));
        }
        out.video(self.header.take());
        // An encoder without these parameters makes key frames at its own pace, and all pictures
        // alike.
        if wanted.key_frame {
            self.codec.set_parameter("force_keyframe", "1");
        }
        if wanted.refinement {
            self.codec.set_parameter("refine", "1");
        }
        let picture = picture.borrow().with_timestamp(out.clock());
        out.encoded(self.codec.encode_canvas(&picture)?);
        Ok(true)
    }

    fn close(&mut self, out: &mut MediaOut) -> HandlerResult {
        out.video(self.codec.close()?);
        Ok(true)
    }
}

/// Initialises the encoder for pictures like `blank`. Returns what a decoder needs before the first
/// frame.
pub(crate) fn begin(
    config: &RenderLoopConfig,
    codec: &VideoCodec,
    blank: &Canvas<'_>,
) -> Result<Option<VideoData>, RenderLoopError> {
    // The colour space of other pictures is the encoder's choice, unless the application wants one.
    let (space, is_planar) = (blank.colour_space(), blank.pixel_type().planes() > 1);
    let own = [(COLOUR_MATRIX, space.matrix.name()), (COLOUR_RANGE, space.range.name())];
    if is_planar || space != ColourSpace::default() {
        for (parameter, value) in own {
            // An encoder without it goes by the canvas, or has but one colour space.
            codec.set_parameter(parameter, value);
        }
    }
    for (parameter, value) in &config.parameters {
        let (name, parameter, value) = (config.name.clone(), parameter.clone(), value.clone());
        if !codec.set_parameter(&parameter, &value) {
            return Err(RenderLoopError::Parameter { name, parameter, value });
        }
        // Planes are encoded as they are, so the encoder would refuse every picture.
        let is_other = |(own, of_planes): (&str, &str)| own == parameter && of_planes != value;
        if is_planar && own.into_iter().any(is_other) {
            return Err(RenderLoopError::ColourSpace { name, found: space, parameter, value });
        }
    }
    codec
        .init(blank.width(), blank.height())
        .map_err(|cause| RenderLoopError::Encoder { name: config.name.clone(), cause })
}

/// Returns a canvas that the encoder takes. Renderers draw on copies of it.
pub(crate) fn blank_canvas(
    config: &RenderLoopConfig,
    supported: Vec<PixelType>,
) -> Result<Canvas<'static>, RenderLoopError> {
    let name = config.name.clone();
    // Few renderers draw on planes.
    let cheapest = supported.iter().copied().find(|pixel_type| pixel_type.planes() == 1);
    let cheapest = cheapest.or_else(|| supported.first().copied()).unwrap_or(PixelType::Rgb8);
    let pixel_type = config.pixel_type.unwrap_or(cheapest);
    if !supported.contains(&pixel_type) {
        return Err(RenderLoopError::PixelType { name, pixel_type, supported });
    }
    let (width, height) = config.size;
    let canvas = Canvas::black(width, height, pixel_type, config.colour_space)
        .map_err(|cause| RenderLoopError::Canvas { name, cause })?;
    Ok(canvas.with_tone_map(config.tone_map.clone()))
}

#[cfg(all(test, feature = "h264"))]
mod tests {
    use super::super::render_loop::RenderLoop;
    use super::*;
    use crate::media::codec::VideoCodecFactory;
    use crate::media::{ColourMatrix, ColourRange};

    #[test]
    fn the_encoder_is_told_the_colour_space_of_the_pictures() {
        let full = ColourSpace { matrix: ColourMatrix::Bt601, range: ColourRange::Full };
        for (pixel_type, space, parameters, told) in [
            (PixelType::Nv12, full, &[][..], ["bt601", "full"]),
            (PixelType::I420, full, &[], ["bt601", "full"]),
            (PixelType::I420, ColourSpace::default(), &[], ["bt709", "limited"]),
            (PixelType::Rgb8, full, &[], ["bt601", "full"]),
            (PixelType::Rgb8, full, &[("colour_matrix", "bt2020")], ["bt2020", "full"]),
        ] {
            let mut config = RenderLoopConfig::new("scene").size(16, 16);
            config = config.pixel_type(pixel_type).colour_space(space);
            for (name, value) in parameters {
                config = config.parameter(*name, *value);
            }
            let slot = CodecSlot::new(VideoCodecFactory::default());
            assert!(slot.use_codec("h264"));
            let codec = slot.encoder().expect("it was made");
            let blank = blank_canvas(&config, codec.supported_types()).expect("it takes all");
            begin(&config, &codec, &blank).expect("it begins");
            let found = [COLOUR_MATRIX, COLOUR_RANGE].map(|name| codec.parameter(name));
            assert_eq!(found, told.map(|value| Some(value.to_owned())), "{pixel_type:?}");
            let encoded = codec.encode_canvas(&blank);
            assert!(matches!(encoded, Ok(Some(_))), "{pixel_type:?}: {encoded:?}");
        }
    }

    #[test]
    fn planes_and_an_encoder_that_is_told_another_colour_space_are_refused_at_the_start() {
        let space = ColourSpace { matrix: ColourMatrix::Bt601, range: ColourRange::Full };
        let told = [("colour_matrix", "bt601", "bt709"), ("colour_range", "full", "limited")];
        for pixel_type in [PixelType::I420, PixelType::Nv12] {
            for (parameter, same, other) in told {
                let make = |value| {
                    let config = RenderLoopConfig::new("planes").size(16, 16);
                    let config = config.pixel_type(pixel_type).colour_space(space);
                    let config = config.parameter(parameter, value);
                    RenderLoop::of_pictures(config, &VideoCodecFactory::default(), "h264")
                };
                make(same).expect("both say the same");
                let refused = make(other).expect_err("they contradict each other").to_string();
                let expected = format!(
                    "the pictures of render loop \"planes\" are bt601 in full range, and \
                     \"{parameter}\" is \"{other}\": leave that parameter out, or change the \
                     colour space of the loop"
                );
                assert_eq!(refused, expected);
            }
        }
    }
}
