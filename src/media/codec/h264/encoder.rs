//! The encoder of H.264.

use std::fmt;

use super::annex_b::push_behind_length;
use super::library::{Library, Outcome};
use super::parameters::Parameters;
use super::picture::{Picture, PictureMaker};
use crate::media::codec::life::Life;
use crate::media::codec::{
    COLOUR_MATRIX, COLOUR_RANGE, CodecError, VideoData, VideoDataKind, VideoEncoder,
};
use crate::media::pack::parameter_sets::ParameterSets;
use crate::media::{Canvas, PixelType};

/// The longest longer and shorter side that OpenH264 takes.
const MAX_SIDES: (u32, u32) = (3840, 2160);
/// The shortest side that it takes.
const MIN_SIDE: u32 = 16;

/// The encoder of H.264, by OpenH264 with low delay. Each canvas makes one frame at once, or none.
/// It runs on its caller's thread.
///
/// Pictures are 16x16 to 3840x2160, in landscape or portrait. An odd side becomes even by a
/// repeated column or row.
///
/// The planes of [`PixelType::I420`] are encoded without a copy, if both sides are even and the
/// topmost row comes first. U and V of [`PixelType::Nv12`] are separated. All other pixels are
/// converted. The stream says which colour space it is in. Planes of another one are refused.
///
/// # Parameters
///
/// All but the last two take effect at the next frame. The last two are refused after `init`.
///
/// | name | value | default |
/// |---|---|---|
/// | `bitrate` | in bit/s, from 1000 | 2000000 |
/// | `framerate` | calls of `encode_canvas` per second, 1 to 60; the bitrate depends on it | 25 |
/// | `keyframe_interval` | frames between key frames; 0: only the first and those asked for | 100 |
/// | `force_keyframe` | `true`: the next frame is a key frame; `false` again after that | `false` |
/// | `refine` | `true`: the next frame is a fine key frame; `false` again after that | `false` |
/// | `preset` | effort: `fast`; `medium` and `slow`, which rarely gain anything | `fast` |
/// | `colour_matrix` | `bt601`, `bt709` or `bt2020` | `bt709` |
/// | `colour_range` | `limited` or `full` | `limited` |
///
/// A fine key frame has the bits of one second. It is for pictures that stand still.
///
/// If pictures exceed the bitrate, they become coarser. If that does not suffice, some are skipped,
/// and `encode_canvas` returns `None`.
///
/// ```
/// use rendercast::media::codec::VideoEncoder;
/// use rendercast::media::codec::h264::H264Encoder;
/// use rendercast::media::{Canvas, PixelType};
///
/// let mut encoder = H264Encoder::new();
/// assert!(encoder.set_parameter("bitrate", "1000000"));
/// let header = encoder.init(640, 360)?.expect("H.264 has a sequence header");
/// assert_eq!(header.bytes[0], 1); // AVCDecoderConfigurationRecord, version 1
/// let canvas = Canvas::new(640, 360, PixelType::Rgba8)?;
/// assert!(encoder.encode_canvas(&canvas)?.expect("a first frame").is_key_frame());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct H264Encoder {
    parameters: Parameters,
    life: Life<Running>,
}

/// What exists from `init` to `close`.
struct Running {
    size: (u32, u32),
    pictures: PictureMaker,
    library: Library,
    /// The parameter sets in the sequence header.
    sets: ParameterSets,
    /// Whether the library has yet to get parameters that changed since the last frame.
    parameters_changed: bool,
    /// The number of pictures since the last key frame, including it.
    since_key_frame: u32,
    /// The time of the next picture at the frame rate, in milliseconds.
    clock: f64,
}

impl H264Encoder {
    /// Makes an encoder. Call `init` next.
    #[must_use]
    pub fn new() -> Self {
        Self { parameters: Parameters::default(), life: Life::New }
    }
}

impl Default for H264Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl VideoEncoder for H264Encoder {
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        let mut record = Vec::new();
        self.life.begin(|| {
            let running = Running::new(width, height, &self.parameters)?;
            let made = running.sets.record();
            record = made.ok_or_else(|| CodecError::Failed("OpenH264 made no headers".into()))?;
            Ok(running)
        })?;
        Ok(Some(VideoData::new(VideoDataKind::SequenceHeader, record)))
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        if matches!(name, COLOUR_MATRIX | COLOUR_RANGE) && self.life.check_new().is_err() {
            return false;
        }
        let is_set = self.parameters.set(name, value);
        if let Ok(running) = self.life.running_mut() {
            running.parameters_changed |= is_set;
        }
        is_set
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.parameters.value(name)
    }

    fn supported_types(&self) -> &[PixelType] {
        use PixelType::{Bgr8, Bgra8, Grey8, I420, Nv12, Rgb8, RgbF32, Rgba8, RgbaF16, RgbaF32};
        &[I420, Nv12, Rgb8, Rgba8, Bgra8, Bgr8, Grey8, RgbaF16, RgbF32, RgbaF32]
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        self.life.running_mut()?.encode(canvas, &mut self.parameters)
    }

    /// Returns nothing: no picture is delayed.
    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        self.life.end()?;
        Ok(Vec::new())
    }

    fn identifier(&self) -> &str {
        "H.264 by OpenH264"
    }
}

impl Running {
    fn new(width: u32, height: u32, parameters: &Parameters) -> Result<Self, CodecError> {
        check_size(width, height)?;
        let pictures = PictureMaker::new(width, height, parameters.colour_space);
        let sets = parameter_sets(parameters, &pictures.black())?;
        Ok(Self {
            size: (width, height),
            pictures,
            library: Library::new(parameters)?,
            sets,
            parameters_changed: false,
            since_key_frame: 0,
            clock: 0.0,
        })
    }

    fn encode(
        &mut self,
        canvas: &Canvas<'_>,
        parameters: &mut Parameters,
    ) -> Result<Option<VideoData>, CodecError> {
        let (width, height) = self.size;
        if (canvas.width(), canvas.height()) != self.size {
            let found = format!("{}x{}", canvas.width(), canvas.height());
            let message = format!("a canvas of {found} for a video of {width}x{height}");
            return Err(CodecError::InvalidParameters(message));
        }
        if std::mem::take(&mut self.parameters_changed) {
            self.library.tell(parameters)?;
        }
        if parameters.refine {
            self.library.tell(&parameters.refining())?;
            self.library.force_key_frame();
            self.parameters_changed = true;
        }
        let interval = parameters.keyframe_interval;
        if parameters.force_keyframe || (interval > 0 && self.since_key_frame >= interval) {
            self.library.force_key_frame();
        }
        let picture = self.pictures.picture(canvas)?;
        let mut bytes = Vec::new();
        let mut fits = true;
        let outcome = self.library.encode(&picture, self.clock as u64, |unit| {
            if self.sets.sequence != unit && self.sets.picture != unit {
                fits &= push_behind_length(unit, &mut bytes);
            }
        })?;
        self.clock += 1000.0 / f64::from(parameters.framerate);
        self.since_key_frame = self.since_key_frame.saturating_add(1);
        let kind = match outcome {
            _ if !fits => return Err(CodecError::Failed("a frame of more than 4 GiB".into())),
            Outcome::Skipped => return Ok(None),
            Outcome::Inter => VideoDataKind::InterFrame,
            Outcome::Key => {
                self.since_key_frame = 1;
                (parameters.force_keyframe, parameters.refine) = (false, false);
                VideoDataKind::KeyFrame
            }
        };
        Ok(Some(VideoData::new(kind, bytes)))
    }
}

fn check_size(width: u32, height: u32) -> Result<(), CodecError> {
    let (long, short) = MAX_SIDES;
    let fits = width.max(height) <= long && width.min(height) <= short;
    if fits && width.min(height) >= MIN_SIDE {
        return Ok(());
    }
    let reason = format!("OpenH264 takes {MIN_SIDE}x{MIN_SIDE} to {long}x{short}");
    Err(CodecError::Resolution { width, height, reason })
}

/// Makes the parameter sets of a stream. Encodes a black picture with a separate encoder, as that
/// would use up bits of the first picture otherwise.
fn parameter_sets(
    parameters: &Parameters,
    black: &Picture<'_>,
) -> Result<ParameterSets, CodecError> {
    let mut sets = ParameterSets::default();
    Library::new(parameters)?.encode(black, 0, |unit| {
        sets.note(unit);
    })?;
    Ok(sets)
}

impl fmt::Debug for H264Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("H264Encoder").field("parameters", &self.parameters).finish_non_exhaustive()
    }
}
