//! The encoder of screen video.

use bytes::{BufMut, Bytes};

use super::block_choice::BlockChoice;
use super::changes::Changes;
use super::grid::{Grid, MAX_SIDE};
use super::parameters::Parameters;
use super::picture::{Picture, zeros};
use super::zlib::Compressor;
use crate::media::codec::life::Life;
use crate::media::codec::{CodecError, VideoData, VideoDataKind, VideoEncoder};
use crate::media::{Canvas, PixelType};

/// The encoder of screen video, FLV's codec 3. Lossless by default.
///
/// A frame holds the blocks that have changed since the frame before. If all have, it is a key
/// frame. Pictures are 1x1 to 4095x4095. `encode_canvas` returns a frame for each canvas, and
/// allocates nothing else.
///
/// # Parameters
///
/// | name | value | default |
/// |---|---|---|
/// | `keyframe_interval` | frames between key frames; 0: only the first and those asked for | 100 |
/// | `force_keyframe` | `true`: the next frame is a key frame; `false` again after that | `false` |
/// | `preset` | zlib's effort: `ultrafast`, `fast`, `medium`, `slow` or `veryslow` | `medium` |
/// | `block_size` | `64`, or `128x64`, or `auto` | `auto` |
/// | `bitrate` | in bit/s; 0: as many as it takes, lossless | 0 |
/// | `framerate` | calls of `encode_canvas` per second; the bitrate depends on it | 25 |
/// | `refine` | `true`: the next frame is lossless; `false` again after that | `false` |
///
/// With a bitrate, moving pictures become coarser: down to 3 bits of each channel. If that does not
/// suffice, frames exceed the bitrate. A picture that has not changed for 5 frames becomes exact.
///
/// The presets stand for zlib's levels 1, 5, 7, 8 and 9. `medium` takes 6 while most of the picture
/// changes.
///
/// Sides of blocks are multiples of 16 up to 256. A block has at most 20736 pixels, so that it fits
/// into a frame even if it cannot be compressed. For each frame `auto` takes what promises the
/// fewest bytes of 64x64, 128x64, 128x128 and 256x80.
///
/// An unchanged block takes two bytes. A still canvas of 1280x720 makes frames of 94 bytes with
/// `auto`, and of 484 bytes with `64`. Today's players decode screen video with FFmpeg, which takes
/// another block size in each frame. Set a fixed size for a decoder that does not.
///
/// ```
/// use rendercast::media::codec::VideoEncoder;
/// use rendercast::media::codec::screen::ScreenEncoder;
/// use rendercast::media::{Canvas, PixelType};
///
/// let mut encoder = ScreenEncoder::new();
/// encoder.init(640, 360)?;
/// let canvas = Canvas::new(640, 360, PixelType::Rgba8)?;
/// let key_frame = encoder.encode_canvas(&canvas)?.expect("a frame for each canvas");
/// let frame = encoder.encode_canvas(&canvas)?.expect("a frame for each canvas");
/// assert!(key_frame.is_key_frame() && frame.bytes.len() < 40);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ScreenEncoder {
    parameters: Parameters,
    life: Life<Running>,
}

/// What exists from `init` to `close`.
#[derive(Debug)]
struct Running {
    width: u16,
    height: u16,
    picture: Picture,
    changes: Changes,
    compressor: Compressor,
    /// A block's pixels.
    pixels: Vec<u8>,
    /// The pixels, compressed.
    packed: Vec<u8>,
    /// The frame.
    frame: Vec<u8>,
}

impl ScreenEncoder {
    /// Makes an encoder. Call `init` next.
    #[must_use]
    pub fn new() -> Self {
        Self { parameters: Parameters::new(BlockChoice::auto()), life: Life::New }
    }
}

impl Default for ScreenEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl VideoEncoder for ScreenEncoder {
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        let level = self.parameters.preset.level(true);
        self.life.begin(|| Running::new(width, height, level))?;
        Ok(None)
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        self.parameters.set(name, value)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.parameters.get(name)
    }

    fn supported_types(&self) -> &[PixelType] {
        SUPPORTED_TYPES
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        let running = self.life.running_mut()?;
        check_size(canvas, running.width, running.height)?;
        running.encode(canvas, &mut self.parameters).map(Some)
    }

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        self.life.end()?;
        Ok(Vec::new())
    }

    fn identifier(&self) -> &str {
        concat!("rendercast screen video encoder ", env!("CARGO_PKG_VERSION"))
    }
}

/// The cheapest conversion comes first.
pub(super) const SUPPORTED_TYPES: &[PixelType] = &[
    PixelType::Bgra8,
    PixelType::Rgba8,
    PixelType::Grey8,
    PixelType::Bgr8,
    PixelType::Rgb8,
    PixelType::I420,
    PixelType::Nv12,
    PixelType::RgbaF16,
    PixelType::RgbaF32,
    PixelType::RgbF32,
];

/// Returns both sides, if they fit the 12 bits of a frame.
pub(super) fn sides(width: u32, height: u32) -> Result<(u16, u16), CodecError> {
    let side = |side| u16::try_from(side).ok().filter(|side| (1..=MAX_SIDE).contains(side));
    side(width).zip(side(height)).ok_or_else(|| CodecError::Resolution {
        width,
        height,
        reason: format!("screen video has 1 to {MAX_SIDE} pixels on each side"),
    })
}

pub(super) fn check_size(canvas: &Canvas<'_>, width: u16, height: u16) -> Result<(), CodecError> {
    if (canvas.width(), canvas.height()) == (u32::from(width), u32::from(height)) {
        return Ok(());
    }
    Err(CodecError::InvalidParameters(format!(
        "a canvas of {}x{} for an encoder of {width}x{height}",
        canvas.width(),
        canvas.height()
    )))
}

impl Running {
    fn new(width: u32, height: u32, level: i32) -> Result<Self, CodecError> {
        let (width, height) = sides(width, height)?;
        Ok(Self {
            width,
            height,
            picture: Picture::new(width, height)?,
            changes: Changes::new(width, height),
            compressor: Compressor::new(level),
            pixels: Vec::new(),
            packed: zeros(usize::from(u16::MAX))?,
            frame: Vec::new(),
        })
    }

    fn encode(
        &mut self,
        canvas: &Canvas<'_>,
        parameters: &mut Parameters,
    ) -> Result<VideoData, CodecError> {
        self.changes.clear();
        self.picture.update(canvas, parameters.precision.mask(), &mut self.changes);
        let is_changed = self.changes.any();
        if parameters.key_frames.is_due() {
            self.changes.fill();
        }
        let grid = parameters.block_size.grid(self.width, self.height, &self.changes);
        let changed_blocks = || grid.blocks().filter(|block| self.changes.touch(block));
        let blocks = changed_blocks().count();
        let pixels = changed_blocks().map(|block| block.pixels()).fold(0, usize::saturating_add);
        let most_has_changed = pixels > grid.pixels() / 2;
        self.compressor.set_level(parameters.preset.level(most_has_changed))?;

        self.write(grid)?;
        parameters.precision.note(self.frame.len(), is_changed);
        parameters.block_size.learn(pixels, blocks, self.frame.len());
        let is_key_frame = blocks == grid.len();
        parameters.key_frames.note(is_key_frame);
        let kind = if is_key_frame { VideoDataKind::KeyFrame } else { VideoDataKind::InterFrame };
        Ok(VideoData::new(kind, Bytes::copy_from_slice(&self.frame)))
    }

    fn write(&mut self, grid: Grid) -> Result<(), CodecError> {
        self.frame.clear();
        grid.write(&mut self.frame);
        for block in grid.blocks() {
            if !self.changes.touch(&block) {
                self.frame.put_u16(0);
                continue;
            }
            self.pixels.clear();
            for row in self.picture.block(&block) {
                self.pixels.extend_from_slice(row);
            }
            let length = self.compressor.compress(&self.pixels, None, &mut self.packed)?;
            let packed = self.packed.get(..length).unwrap_or_default();
            self.frame.put_u16(u16::try_from(length).unwrap_or(u16::MAX));
            self.frame.extend_from_slice(packed);
        }
        Ok(())
    }
}
