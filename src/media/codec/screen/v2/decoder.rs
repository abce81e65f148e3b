//! The decoder of screen video 2.

use std::ops::Range;

use super::flags::{self, BlockHead, ColourSpace};
use super::hybrid::Hybrid;
use crate::media::Canvas;
use crate::media::codec::life::Life;
use crate::media::codec::screen::canvas_out::CanvasOut;
use crate::media::codec::screen::decoder::refuse_header;
use crate::media::codec::screen::grid::{Block, Grid};
use crate::media::codec::screen::limits::Limits;
use crate::media::codec::screen::picture::{Picture, zeros};
use crate::media::codec::screen::zlib::Decompressor;
use crate::media::codec::{CodecError, VideoDecoder, VideoFormat};
use crate::protocol::wire::Reader;

/// The decoder of screen video 2, FLV's codec 6, as far as FFmpeg decodes it. It supports blocks of
/// blue, green, red and of the hybrid colour space, rows that differ from the key frame, and data
/// that are primed with it. Three parts of the format are
/// [`InvalidData`](CodecError::InvalidData): palettes in a stream, pictures beside the blocks, and
/// priming with blocks of the same frame.
///
/// Its canvases are `Rgb8` with the bottommost row first, as in the data. It returns `None` until a
/// key frame comes, and after damaged data until the next one. The size of the picture may change
/// with any key frame. Bytes behind the last block are ignored.
///
/// Only FLV's header, which is not part of the data, says which frame is a key frame.
/// [`decode_frame`](Self::decode_frame) takes that as an argument. `decode_canvas` takes each frame
/// for a key frame that holds all blocks and refers to no other. That may be wrong for the inter
/// frames of other encoders.
///
/// A call takes time linear in the length of the data and the size of the picture, also for hostile
/// data. Memory is allocated once a key frame with all its blocks has arrived: six bytes a pixel,
/// the frame itself, and two blocks.
///
/// # Parameters
///
/// `max_pixels`, as in [`ScreenDecoder`](super::super::ScreenDecoder).
#[derive(Debug)]
pub struct Screen2Decoder {
    limits: Limits,
    life: Life<Running>,
}

/// What exists from `init` to `close`.
#[derive(Debug)]
struct Running {
    decompressor: Decompressor,
    canvas: CanvasOut,
    key: Option<Key>,
    /// A block's data, decompressed.
    unpacked: Vec<u8>,
    /// The data of the key frame's block, decompressed.
    prime: Vec<u8>,
    /// A block's pixels.
    pixels: Vec<u8>,
}

/// The last key frame.
#[derive(Debug)]
struct Key {
    grid: Grid,
    picture: Picture,
    data: Vec<u8>,
    /// The place of each block in the data.
    blocks: Vec<Range<usize>>,
}

impl Screen2Decoder {
    /// Makes a decoder. Call `init` next.
    #[must_use]
    pub fn new() -> Self {
        Self { limits: Limits::default(), life: Life::New }
    }

    /// Decodes a frame. `is_key_frame` is from FLV's header.
    ///
    /// # Errors
    /// Those of [`decode_canvas`](VideoDecoder::decode_canvas).
    pub fn decode_frame(
        &mut self,
        data: &[u8],
        is_key_frame: bool,
    ) -> Result<Option<Canvas<'_>>, CodecError> {
        self.decode(data, Some(is_key_frame))
    }

    fn decode(
        &mut self,
        data: &[u8],
        is_key_frame: Option<bool>,
    ) -> Result<Option<Canvas<'_>>, CodecError> {
        let running = self.life.running_mut()?;
        // FFmpeg sends nothing for a repeated picture.
        if data.is_empty() {
            return Ok(None);
        }
        let frame = Frame::read(data, self.limits)?;
        if is_key_frame == Some(true) && !frame.is_whole {
            let reason = "a key frame without all blocks, or with some that refer to another frame";
            return Err(CodecError::InvalidData(reason.to_owned()));
        }
        running.decode(&frame, is_key_frame.unwrap_or(frame.is_whole))
    }
}

impl Default for Screen2Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl VideoDecoder for Screen2Decoder {
    fn init(&mut self, data: &[u8]) -> Result<(), CodecError> {
        refuse_header(data)?;
        self.life.begin(|| {
            Ok(Running {
                decompressor: Decompressor::new(),
                canvas: CanvasOut::default(),
                key: None,
                unpacked: Vec::new(),
                prime: Vec::new(),
                pixels: Vec::new(),
            })
        })
    }

    fn format(&self) -> Option<VideoFormat> {
        self.life.running().ok()?.canvas.format()
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        self.limits.set(name, value)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.limits.get(name)
    }

    fn decode_canvas(&mut self, data: &[u8]) -> Result<Option<Canvas<'_>>, CodecError> {
        self.decode(data, None)
    }

    fn close(&mut self) {
        self.life = Life::Closed;
    }

    fn identifier(&self) -> &str {
        concat!("rendercast screen video 2 decoder ", env!("CARGO_PKG_VERSION"))
    }
}

/// A frame whose blocks have all arrived.
struct Frame<'a> {
    grid: Grid,
    data: &'a [u8],
    /// The blocks, each behind its size.
    blocks: Reader<'a>,
    /// Whether it has all blocks, and none refers to another frame.
    is_whole: bool,
}

impl<'a> Frame<'a> {
    fn read(data: &'a [u8], limits: Limits) -> Result<Self, CodecError> {
        let mut reader = Reader::new(data);
        let grid = Grid::read(&mut reader)?;
        flags::read_frame_flags(&mut reader)?;
        limits.check(grid)?;
        let blocks = reader.clone();
        let mut is_whole = true;
        for _ in 0..grid.len() {
            let block = read_block(&mut reader)?;
            is_whole &= block.is_some_and(|(head, data)| head.is_whole() && !data.is_empty());
        }
        Ok(Self { grid, data, blocks, is_whole })
    }
}

/// Reads a block's head and data. Returns `None` if the block has not changed.
fn read_block<'a>(reader: &mut Reader<'a>) -> Result<Option<(BlockHead, &'a [u8])>, CodecError> {
    let size = reader.u16()?;
    if size == 0 {
        return Ok(None);
    }
    let mut block = Reader::new(reader.take(usize::from(size))?);
    let head = BlockHead::read(&mut block)?;
    Ok(Some((head, block.rest())))
}

/// Returns the rows of a block that its data hold, if the block has such rows.
fn part(block: &Block, diff: Option<(u8, u8)>) -> Result<Block, CodecError> {
    let Some((start, rows)) = diff else { return Ok(block.clone()) };
    let start = block.rows.start.saturating_add(start.into());
    let rows = start..start.saturating_add(rows.into());
    if rows.end > block.rows.end {
        let reason = format!("rows to {}, of a block to {}", rows.end, block.rows.end);
        return Err(CodecError::InvalidData(reason));
    }
    Ok(Block { columns: block.columns.clone(), rows })
}

impl Running {
    fn decode(
        &mut self,
        frame: &Frame<'_>,
        is_key_frame: bool,
    ) -> Result<Option<Canvas<'_>>, CodecError> {
        let grid = frame.grid;
        let has_key = self.key.as_ref().is_some_and(|key| key.grid == grid);
        let can_refer = has_key && self.canvas.is_of(grid);
        if !is_key_frame && !can_refer {
            return Ok(None);
        }
        if is_key_frame && !has_key {
            // Frees it before the next one is allocated.
            self.key = None;
        }
        self.canvas.begin(grid)?;
        for buffer in [&mut self.unpacked, &mut self.prime, &mut self.pixels] {
            if buffer.len() < grid.block_bytes() {
                *buffer = zeros(grid.block_bytes())?;
            }
        }
        let mut blocks = frame.blocks.clone();
        for (index, block) in grid.blocks().enumerate() {
            if let Some((head, data)) = read_block(&mut blocks)? {
                self.draw(index, &block, head, data)?;
            }
        }
        if is_key_frame {
            self.keep(frame)?;
        }
        self.canvas.finish().map(Some)
    }

    fn draw(
        &mut self,
        index: usize,
        block: &Block,
        head: BlockHead,
        data: &[u8],
    ) -> Result<(), CodecError> {
        let part = part(block, head.diff)?;
        if head.diff.is_some() {
            let key = self.key.as_ref().ok_or_else(no_key)?;
            self.canvas.copy(block, &key.picture);
        }
        if data.is_empty() {
            return Ok(());
        }
        let prime = if head.is_primed { Some(self.unpack_prime(index, block)?) } else { None };
        let prime = prime.and_then(|length| self.prime.get(..length));
        let pixels = self.pixels.get_mut(..part.bytes()).unwrap_or_default();
        match head.colour_space {
            ColourSpace::Bgr24 => self.decompressor.decompress(data, prime, pixels)?,
            ColourSpace::Hybrid => {
                let unpacked = self.unpacked.get_mut(..part.bytes()).unwrap_or_default();
                let length = self.decompressor.decompress_some(data, prime, unpacked)?;
                let unpacked = unpacked.get(..length).unwrap_or_default();
                if !Hybrid::shared().decode(unpacked, pixels) {
                    let reason = "a block has too few pixels, or too many";
                    return Err(CodecError::InvalidData(reason.to_owned()));
                }
            }
        }
        self.canvas.put(&part, pixels);
        Ok(())
    }

    /// Decompresses the key frame's block to the beginning of `prime`. Returns the length.
    fn unpack_prime(&mut self, index: usize, block: &Block) -> Result<usize, CodecError> {
        let key = self.key.as_ref().ok_or_else(no_key)?;
        let range = key.blocks.get(index).cloned().ok_or_else(no_key)?;
        let data = key.data.get(range).unwrap_or_default();
        let prime = self.prime.get_mut(..block.bytes()).unwrap_or_default();
        self.decompressor.decompress_some(data, None, prime)
    }

    /// Keeps a key frame for the frames that refer to it.
    fn keep(&mut self, frame: &Frame<'_>) -> Result<(), CodecError> {
        let grid = frame.grid;
        let mut key = match self.key.take() {
            Some(key) => key,
            None => Key {
                grid,
                picture: Picture::new(grid.width(), grid.height())?,
                data: Vec::new(),
                blocks: Vec::new(),
            },
        };
        self.canvas.copy_to(&mut key.picture);
        key.data.clear();
        key.data.try_reserve_exact(frame.data.len()).map_err(|_| CodecError::Allocation)?;
        key.data.extend_from_slice(frame.data);
        key.blocks.clear();
        let mut reader = frame.blocks.clone();
        for _ in 0..grid.len() {
            let data = read_block(&mut reader)?.map(|(_, data)| data.len()).unwrap_or_default();
            let end = frame.data.len().saturating_sub(reader.rest().len());
            key.blocks.push(end.saturating_sub(data)..end);
        }
        self.key = Some(key);
        Ok(())
    }
}

fn no_key() -> CodecError {
    CodecError::InvalidData("a block refers to a key frame that has not come".to_owned())
}
