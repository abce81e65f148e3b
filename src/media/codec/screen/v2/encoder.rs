//! The encoder of screen video 2.

use std::ops::Range;

use bytes::{BufMut, Bytes};

use super::flags::{self, BlockHead, ColourSpace};
use super::hybrid::Hybrid;
use crate::media::codec::life::Life;
use crate::media::codec::screen::block_choice::BlockChoice;
use crate::media::codec::screen::changes::Changes;
use crate::media::codec::screen::encoder::{SUPPORTED_TYPES, check_size, sides};
use crate::media::codec::screen::grid::{Block, BlockSize, Grid};
use crate::media::codec::screen::parameters::{Parameters, parse_switch};
use crate::media::codec::screen::picture::{Picture, zeros};
use crate::media::codec::screen::zlib::Compressor;
use crate::media::codec::{CodecError, VideoData, VideoDataKind, VideoEncoder};
use crate::media::{Canvas, PixelType};

/// The encoder of screen video 2, FLV's codec 6. Lossless, unless told otherwise.
///
/// It is screen video with a memory: of a block that has changed only the rows are sent that are not
/// as in the last key frame, and they are compressed against what the key frame has there. What
/// moves back to where it was costs five bytes.
///
/// Pictures are 1x1 to 4095x4095. `encode_canvas` returns a frame for each canvas, and allocates
/// nothing else. A frame that costs more than the last key frame is followed by a key frame, and from
/// then on rows are compressed by themselves until the interval is over: there is little to refer to.
///
/// # Parameters
///
/// Those of [`ScreenEncoder`](super::super::ScreenEncoder), except that blocks have a fixed size, and
///
/// | name | value | default |
/// |---|---|---|
/// | `block_size` | `64`, or `128x64`, as there; the next frame becomes a key frame | `64x64` |
/// | `colour_space` | `bgr24`: every pixel as it is; `hybrid`: see below; the next frame becomes a key frame | `bgr24` |
/// | `prime` | `true`: rows are compressed against the key frame's block; `false`: by themselves | `true` |
///
/// `hybrid` is lossy: a pixel is one byte, for one of 128 fixed colours, or two bytes, for one of
/// 5 bits a channel, whichever is nearer to it. So no channel is off by more than 4 of 255; colours
/// whose channels are all 0x00, 0x33, 0x66, 0x99, 0xcc or 0xff survive where the palette has them
/// (all greys of them, and also 0x11, 0x22, 0x44, 0x55, 0xaa, 0xbb, 0xdd, 0xee), and those of 5 bits
/// a channel.
///
/// What the format has beyond this, FFmpeg's decoder does not know, and it is not written: palettes
/// of one's own, pictures beside the blocks, priming with blocks of the same frame.
#[derive(Debug)]
pub struct Screen2Encoder {
    parameters: Parameters,
    own: OwnParameters,
    life: Life<Running>,
}

#[derive(Clone, Copy, Debug)]
struct OwnParameters {
    colour_space: ColourSpace,
    prime: bool,
}

/// What there is from `init` to `close`.
#[derive(Debug)]
struct Running {
    width: u16,
    height: u16,
    picture: Picture,
    key: Key,
    changes: Changes,
    compressor: Compressor,
    /// A block's pixels, in the colour space.
    pixels: Vec<u8>,
    /// Those of the same block of the key frame.
    prime: Vec<u8>,
    /// Whether what refers to the key frame is smaller for it.
    prime_pays: bool,
    /// The key frame is of no more use.
    renew_key: bool,
    /// What has become of the pixels.
    packed: Vec<u8>,
    /// The frame.
    frame: Vec<u8>,
}

/// The last key frame.
#[derive(Debug)]
struct Key {
    picture: Picture,
    grid: Grid,
    colour_space: ColourSpace,
    bytes: usize,
}

impl Screen2Encoder {
    /// An encoder that has yet to be initialised.
    #[must_use]
    pub fn new() -> Self {
        let own = OwnParameters { colour_space: ColourSpace::default(), prime: true };
        Self {
            parameters: Parameters::new(BlockChoice::fixed(BlockSize::USUAL)),
            own,
            life: Life::New,
        }
    }

    fn set_own_parameter(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "colour_space" => self.own.colour_space = ColourSpace::parse(value)?,
            "prime" => self.own.prime = parse_switch(value)?,
            "block_size" if value == "auto" => return None,
            _ => return self.parameters.set(name, value).then_some(()),
        }
        Some(())
    }
}

impl Default for Screen2Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl VideoEncoder for Screen2Encoder {
    fn init(&mut self, width: u32, height: u32) -> Result<Option<VideoData>, CodecError> {
        let level = self.parameters.preset.level(true);
        self.life.begin(|| Running::new(width, height, level))?;
        Ok(None)
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        self.set_own_parameter(name, value).is_some()
    }

    fn parameter(&self, name: &str) -> Option<String> {
        match name {
            "colour_space" => Some(self.own.colour_space.name().to_owned()),
            "prime" => Some(self.own.prime.to_string()),
            _ => self.parameters.get(name),
        }
    }

    fn supported_types(&self) -> &[PixelType] {
        SUPPORTED_TYPES
    }

    fn encode_canvas(&mut self, canvas: &Canvas<'_>) -> Result<Option<VideoData>, CodecError> {
        let running = self.life.running_mut()?;
        check_size(canvas, running.width, running.height)?;
        running.encode(canvas, &mut self.parameters, self.own).map(Some)
    }

    fn close(&mut self) -> Result<Option<VideoData>, CodecError> {
        self.life.end()?;
        Ok(None)
    }

    fn identifier(&self) -> &str {
        concat!("rendercast screen video 2 encoder ", env!("CARGO_PKG_VERSION"))
    }
}

impl Running {
    fn new(width: u32, height: u32, level: i32) -> Result<Self, CodecError> {
        let (width, height) = sides(width, height)?;
        Ok(Self {
            width,
            height,
            picture: Picture::new(width, height)?,
            key: Key {
                picture: Picture::new(width, height)?,
                grid: Grid::new(width, height, BlockSize::USUAL),
                colour_space: ColourSpace::default(),
                bytes: 0,
            },
            changes: Changes::new(width, height),
            compressor: Compressor::new(level),
            pixels: Vec::new(),
            prime: Vec::new(),
            prime_pays: true,
            renew_key: false,
            packed: zeros(usize::from(u16::MAX))?,
            frame: Vec::new(),
        })
    }

    fn encode(
        &mut self,
        canvas: &Canvas<'_>,
        parameters: &mut Parameters,
        own: OwnParameters,
    ) -> Result<VideoData, CodecError> {
        self.changes.clear();
        self.picture.update(canvas, &mut self.changes);
        let grid = parameters.block_size.grid(self.width, self.height, &self.changes);
        let fits_key = self.key.grid == grid && self.key.colour_space == own.colour_space;
        let is_due = parameters.key_frames.is_due() || !fits_key;
        if is_due {
            self.prime_pays = true;
        }
        let mut is_key_frame = is_due || self.renew_key;
        if !is_key_frame {
            let changed = grid.blocks().filter(|block| self.changes.touch(block));
            let pixels = changed.map(|block| block.pixels()).fold(0, usize::saturating_add);
            let most_has_changed = pixels > grid.pixels() / 2;
            self.compressor.set_level(parameters.preset.level(most_has_changed))?;
            // One that could be taken for a key frame is one.
            is_key_frame = self.write_inter_frame(own.prime && self.prime_pays)?;
        } else {
            self.compressor.set_level(parameters.preset.level(true))?;
            self.write_key_frame(grid, own.colour_space)?;
        }
        if is_key_frame {
            self.key.picture.copy_from(&self.picture);
            self.key.bytes = self.frame.len();
        }
        parameters.key_frames.note(is_key_frame);
        self.renew_key = self.frame.len() > self.key.bytes;
        if self.renew_key {
            self.prime_pays = false;
        }
        let kind = if is_key_frame { VideoDataKind::KeyFrame } else { VideoDataKind::InterFrame };
        Ok(VideoData { kind, bytes: Bytes::copy_from_slice(&self.frame) })
    }

    fn begin_frame(&mut self) {
        self.frame.clear();
        self.key.grid.write(&mut self.frame);
        flags::write_frame_flags(&mut self.frame);
    }

    fn write_key_frame(&mut self, grid: Grid, colour_space: ColourSpace) -> Result<(), CodecError> {
        self.key.grid = grid;
        self.key.colour_space = colour_space;
        self.begin_frame();
        for block in grid.blocks() {
            gather(&self.picture, &block, colour_space, &mut self.pixels);
            self.write_block(None, false)?;
        }
        Ok(())
    }

    /// Says whether the frame can be told from a key frame by nothing in it.
    fn write_inter_frame(&mut self, prime: bool) -> Result<bool, CodecError> {
        self.begin_frame();
        let (grid, colour_space) = (self.key.grid, self.key.colour_space);
        let mut is_whole = true;
        for block in grid.blocks() {
            if !self.changes.touch(&block) {
                self.frame.put_u16(0);
                is_whole = false;
                continue;
            }
            let rows = self.rows_unlike_key(&block);
            let is_diff = rows.len() < block.rows.len();
            is_whole &= !is_diff && !prime;
            let diff = is_diff
                .then(|| [rows.start, rows.len()].map(|row| u8::try_from(row).unwrap_or(u8::MAX)));
            let start = block.rows.start;
            let part = Block {
                columns: block.columns.clone(),
                rows: start.saturating_add(rows.start)..start.saturating_add(rows.end),
            };
            gather(&self.picture, &part, colour_space, &mut self.pixels);
            if prime {
                gather(&self.key.picture, &block, colour_space, &mut self.prime);
            }
            self.write_block(diff, prime)?;
        }
        Ok(is_whole)
    }

    /// From the first to the last row of a block that is not as in the key frame, counted from the
    /// block's bottom. Empty where it is the same.
    fn rows_unlike_key(&self, block: &Block) -> Range<usize> {
        let mut unlike = 0..0;
        let rows = self.picture.block(block).zip(self.key.picture.block(block));
        for (row, (now, then)) in rows.enumerate() {
            if now != then {
                let start = if unlike.is_empty() { row } else { unlike.start };
                unlike = start..row.saturating_add(1);
            }
        }
        unlike
    }

    /// Appends what has been gathered. Without pixels the block is that of the key frame.
    fn write_block(&mut self, diff: Option<[u8; 2]>, is_primed: bool) -> Result<(), CodecError> {
        let is_primed = is_primed && !self.pixels.is_empty();
        let head = BlockHead {
            colour_space: self.key.colour_space,
            diff: diff.map(|[start, rows]| (start, rows)),
            is_primed,
        };
        let length = if self.pixels.is_empty() {
            0
        } else {
            let prime = is_primed.then_some(&*self.prime);
            self.compressor.compress(&self.pixels, prime, &mut self.packed)?
        };
        let packed = self.packed.get(..length).unwrap_or_default();
        let size = head.len().saturating_add(length);
        self.frame.put_u16(u16::try_from(size).map_err(|_| {
            CodecError::Failed(format!("a block takes {size} bytes, and may take 65535"))
        })?);
        head.write(&mut self.frame);
        self.frame.extend_from_slice(packed);
        Ok(())
    }
}

/// Puts together a block's pixels in a colour space.
fn gather(picture: &Picture, block: &Block, colour_space: ColourSpace, out: &mut Vec<u8>) {
    out.clear();
    for row in picture.block(block) {
        match colour_space {
            ColourSpace::Bgr24 => out.extend_from_slice(row),
            ColourSpace::Hybrid => Hybrid::shared().encode(row, out),
        }
    }
}
