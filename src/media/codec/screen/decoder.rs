//! The decoder of screen video.

use super::canvas_out::CanvasOut;
use super::grid::Grid;
use super::limits::Limits;
use super::picture::zeros;
use super::zlib::Decompressor;
use crate::media::Canvas;
use crate::media::codec::life::Life;
use crate::media::codec::{CodecError, VideoDecoder, VideoFormat};
use crate::protocol::wire::Reader;

/// The decoder of screen video, FLV's codec 3.
///
/// Its canvases are `Rgb8` with the bottommost row first, as in the data. It returns `None` until a
/// frame holds all blocks, and after damaged data until the next such frame. The size of the
/// picture may change with any such frame. Bytes behind the last block are ignored.
///
/// A call takes time linear in the length of the data and the size of the picture, also for hostile
/// data. Memory is allocated once a frame with all its blocks has arrived: three bytes a pixel, and
/// one block.
///
/// # Parameters
///
/// | name | value | default |
/// |---|---|---|
/// | `max_pixels` | larger pictures are refused; at most 16769025 | 9437184 (4096x2304, 27 MiB) |
#[derive(Debug)]
pub struct ScreenDecoder {
    limits: Limits,
    life: Life<Running>,
}

/// What exists from `init` to `close`.
#[derive(Debug)]
struct Running {
    decompressor: Decompressor,
    canvas: CanvasOut,
    /// A block's pixels.
    pixels: Vec<u8>,
}

impl ScreenDecoder {
    /// Makes a decoder. Call `init` next.
    #[must_use]
    pub fn new() -> Self {
        Self { limits: Limits::default(), life: Life::New }
    }
}

impl Default for ScreenDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl VideoDecoder for ScreenDecoder {
    fn init(&mut self, data: &[u8]) -> Result<(), CodecError> {
        refuse_header(data)?;
        self.life.begin(|| {
            Ok(Running {
                decompressor: Decompressor::new(),
                canvas: CanvasOut::default(),
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
        let running = self.life.running_mut()?;
        // FFmpeg sends nothing for a repeated picture.
        if data.is_empty() {
            return Ok(None);
        }
        let frame = Frame::read(data, self.limits)?;
        running.decode(&frame)
    }

    fn close(&mut self) {
        self.life = Life::Closed;
    }

    fn identifier(&self) -> &str {
        concat!("rendercast screen video decoder ", env!("CARGO_PKG_VERSION"))
    }
}

/// Returns an error unless `data` is empty: screen video has no sequence header.
pub(super) fn refuse_header(data: &[u8]) -> Result<(), CodecError> {
    if data.is_empty() {
        return Ok(());
    }
    Err(CodecError::InvalidData("screen video begins with a frame, not with a header".to_owned()))
}

/// A frame whose blocks have all arrived.
struct Frame<'a> {
    grid: Grid,
    /// The blocks, each behind its length.
    blocks: Reader<'a>,
    is_whole: bool,
}

impl<'a> Frame<'a> {
    fn read(data: &'a [u8], limits: Limits) -> Result<Self, CodecError> {
        let mut reader = Reader::new(data);
        let grid = Grid::read(&mut reader)?;
        limits.check(grid)?;
        let blocks = reader.clone();
        let mut is_whole = true;
        for _ in 0..grid.len() {
            is_whole &= !read_block(&mut reader)?.is_empty();
        }
        Ok(Self { grid, blocks, is_whole })
    }
}

/// Reads a block's data, which is empty if the block has not changed.
fn read_block<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], CodecError> {
    let length = reader.u16()?;
    Ok(reader.take(usize::from(length))?)
}

impl Running {
    fn decode(&mut self, frame: &Frame<'_>) -> Result<Option<Canvas<'_>>, CodecError> {
        let grid = frame.grid;
        if !frame.is_whole && !self.canvas.is_of(grid) {
            return Ok(None);
        }
        self.canvas.begin(grid)?;
        if self.pixels.len() < grid.block_bytes() {
            self.pixels = zeros(grid.block_bytes())?;
        }
        let mut blocks = frame.blocks.clone();
        for block in grid.blocks() {
            let data = read_block(&mut blocks)?;
            if !data.is_empty() {
                let pixels = self.pixels.get_mut(..block.bytes()).unwrap_or_default();
                self.decompressor.decompress(data, None, pixels)?;
                self.canvas.put(&block, pixels);
            }
        }
        self.canvas.finish().map(Some)
    }
}
