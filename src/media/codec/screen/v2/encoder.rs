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

/// The encoder of screen video 2, FLV's codec 6. Lossless by default.
///
/// It refers to the last key frame. Of a changed block it sends only the rows that differ from that
/// frame, and compresses them against the same block there. A block that is again as in the key
/// frame costs five bytes.
///
/// Pictures are 1x1 to 4095x4095. `encode_canvas` returns a frame for each canvas, and allocates
/// nothing else. A frame that is larger than the last key frame is followed by a key frame. Rows
/// are then compressed alone until the interval is over, as there is little to refer to.
///
/// # Parameters
///
/// Those of [`ScreenEncoder`](super::super::ScreenEncoder) with a fixed block size, and these:
///
/// | name | value | default |
/// |---|---|---|
/// | `block_size` | `64` or `128x64`, as there; the next frame becomes a key frame | `64x64` |
/// | `colour_space` | `bgr24`: lossless; `hybrid`: see below; makes a key frame | `bgr24` |
/// | `prime` | `true`: compress rows against the key frame's block; `false`: alone | `true` |
///
/// `hybrid` is lossy. A pixel becomes the nearer of two colours: one byte for one of 128 fixed
/// colours, or two bytes for one with 5 bits a channel. No channel is off by more than 4 of 255.
/// Colours with 5 bits a channel are exact. So are those of the palette, whose channels are all
/// 0x00, 0x33, 0x66, 0x99, 0xcc or 0xff, and greys of 0x11, 0x22, 0x44, 0x55, 0xaa, 0xbb, 0xdd and
/// 0xee.
///
/// Three parts of the format are not used, as FFmpeg's decoder does not support them: palettes in a
/// stream, pictures beside the blocks, and priming with blocks of the same frame.
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

/// What exists from `init` to `close`.
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
    /// The pixels of the same block of the key frame.
    prime: Vec<u8>,
    /// Whether references to the key frame make frames smaller.
    prime_pays: bool,
    /// Whether the next frame must be a key frame.
    renew_key: bool,
    /// The pixels, compressed.
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
    /// Makes an encoder. Call `init` next.
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

    fn close(&mut self) -> Result<Vec<VideoData>, CodecError> {
        self.life.end()?;
        Ok(Vec::new())
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
        self.picture.update(canvas, parameters.precision.mask(), &mut self.changes);
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
            // A frame that decoders could take for a key frame must be one.
            is_key_frame = self.write_inter_frame(own.prime && self.prime_pays)?;
        } else {
            self.compressor.set_level(parameters.preset.level(true))?;
            self.write_key_frame(grid, own.colour_space)?;
        }
        if is_key_frame {
            self.key.picture.copy_from(&self.picture);
            self.key.bytes = self.frame.len();
        }
        parameters.precision.note(self.frame.len(), self.changes.any());
        parameters.key_frames.note(is_key_frame);
        self.renew_key = self.frame.len() > self.key.bytes;
        if self.renew_key {
            self.prime_pays = false;
        }
        let kind = if is_key_frame { VideoDataKind::KeyFrame } else { VideoDataKind::InterFrame };
        Ok(VideoData::new(kind, Bytes::copy_from_slice(&self.frame)))
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

    /// Returns whether nothing in the frame distinguishes it from a key frame.
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

    /// Returns the rows of a block from the first to the last that differ from the key frame,
    /// counted from the block's bottom. Returns an empty range if none differs.
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

    /// Appends the block. Without pixels it is that of the key frame.
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

/// Converts a block's pixels to a colour space.
fn gather(picture: &Picture, block: &Block, colour_space: ColourSpace, out: &mut Vec<u8>) {
    out.clear();
    for row in picture.block(block) {
        match colour_space {
            ColourSpace::Bgr24 => out.extend_from_slice(row),
            ColourSpace::Hybrid => Hybrid::shared().encode(row, out),
        }
    }
}
