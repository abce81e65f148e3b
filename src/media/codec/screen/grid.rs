//! The blocks of a picture, and the first bytes of a frame.

use std::ops::Range;

use bytes::BufMut;

use crate::media::bgr::BGR;
use crate::protocol::wire::{Reader, UnexpectedEnd};

/// Sides of blocks are multiples of this.
pub(super) const UNIT: usize = 16;

/// The longest side: a side takes 12 bits.
pub(super) const MAX_SIDE: u16 = 4095;

/// The most pixels of a block. Its data fits a length of 16 bits even if it cannot be compressed.
const MAX_BLOCK_PIXELS: u32 = 144 * 144;

/// A block's width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockSize {
    width: u16,
    height: u16,
}

impl BlockSize {
    /// The size that other encoders use.
    pub(super) const USUAL: Self = Self::of_units(4, 4);

    /// Makes a size in units of 16 pixels.
    pub(super) const fn of_units(width: u16, height: u16) -> Self {
        Self { width: width << 4, height: height << 4 }
    }

    /// Returns `None` if the sides are invalid, or a block could be too long.
    pub(super) fn new(width: u16, height: u16) -> Option<Self> {
        let sides_fit = [width, height]
            .iter()
            .all(|side| (16..=256).contains(side) && usize::from(*side).is_multiple_of(UNIT));
        let fits = u32::from(width).saturating_mul(u32::from(height)) <= MAX_BLOCK_PIXELS;
        (sides_fit && fits).then_some(Self { width, height })
    }

    /// Reads `"64"`, which means 64x64, or `"128x64"`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (width, height) = text.split_once('x').unwrap_or((text, text));
        Self::new(width.trim().parse().ok()?, height.trim().parse().ok()?)
    }
}

impl std::fmt::Display for BlockSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// The sides of the picture and of its blocks: the first bytes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    width: u16,
    height: u16,
    block: BlockSize,
}

impl Grid {
    /// `width` and `height` are 1 to [`MAX_SIDE`].
    pub(super) const fn new(width: u16, height: u16, block: BlockSize) -> Self {
        Self { width, height, block }
    }

    /// Reads a frame's first four bytes. A side of the picture may be 0.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, UnexpectedEnd> {
        let mut side = || -> Result<(u16, u16), UnexpectedEnd> {
            let bits = reader.u16()?;
            Ok(((bits >> 12).wrapping_add(1) << 4, bits & MAX_SIDE))
        };
        let ((block_width, width), (block_height, height)) = (side()?, side()?);
        let block = BlockSize { width: block_width, height: block_height };
        Ok(Self { width, height, block })
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        for (side, block) in [(self.width, self.block.width), (self.height, self.block.height)] {
            out.put_u16((block >> 4).wrapping_sub(1) << 12 | side);
        }
    }

    pub(super) const fn width(self) -> u16 {
        self.width
    }

    pub(super) const fn height(self) -> u16 {
        self.height
    }

    /// Returns the number of the picture's pixels.
    pub(super) fn pixels(self) -> usize {
        usize::from(self.width).saturating_mul(usize::from(self.height))
    }

    /// Returns the size of a full block's pixels, in bytes.
    pub(super) fn block_bytes(self) -> usize {
        let width = usize::from(self.block.width.min(self.width));
        let height = usize::from(self.block.height.min(self.height));
        width.saturating_mul(height).saturating_mul(BGR)
    }

    /// Returns all blocks in the order of the frame: from left to right, from the bottom up. The
    /// last ones of a row or column are smaller if the picture is no multiple of the blocks.
    pub(super) fn blocks(self) -> impl Iterator<Item = Block> {
        let spans = |length: u16, step: u16| {
            (0..length).step_by(usize::from(step)).map(move |start| {
                usize::from(start)..usize::from(start.saturating_add(step).min(length))
            })
        };
        spans(self.height, self.block.height).flat_map(move |rows| {
            spans(self.width, self.block.width)
                .map(move |columns| Block { columns, rows: rows.clone() })
        })
    }

    /// Returns the number of blocks.
    pub(super) fn len(self) -> usize {
        let columns = usize::from(self.width.div_ceil(self.block.width));
        columns.saturating_mul(usize::from(self.height.div_ceil(self.block.height)))
    }
}

/// The place of a block, in pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Counted from the left.
    pub(super) columns: Range<usize>,
    /// Counted from the bottom.
    pub(super) rows: Range<usize>,
}

impl Block {
    /// Returns the number of its pixels.
    pub(super) fn pixels(&self) -> usize {
        self.columns.len().saturating_mul(self.rows.len())
    }

    /// Returns the size of its pixels in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.pixels().saturating_mul(BGR)
    }

    /// Returns the bytes of its rows within those of the picture.
    pub(super) fn byte_columns(&self) -> Range<usize> {
        self.columns.start.saturating_mul(BGR)..self.columns.end.saturating_mul(BGR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_blocks_are_multiples_of_16_that_always_fit() {
        for (text, size) in [
            ("64", Some((64, 64))),
            ("16", Some((16, 16))),
            ("128x64", Some((128, 64))),
            ("256x80", Some((256, 80))),
            ("144", Some((144, 144))),
            ("160", None),
            ("0", None),
            ("24", None),
            ("16x272", None),
            ("64x", None),
            ("", None),
            ("-16", None),
        ] {
            let size = size.map(|(width, height)| BlockSize { width, height });
            assert_eq!(BlockSize::parse(text), size, "{text}");
        }
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        for (width, height, block, bytes) in [
            (1280, 720, (64, 64), [0x35, 0x00, 0x32, 0xd0]),
            (1, 4095, (256, 16), [0xf0, 0x01, 0x0f, 0xff]),
        ] {
            let block = BlockSize { width: block.0, height: block.1 };
            let grid = Grid::new(width, height, block);
            let mut written = Vec::new();
            grid.write(&mut written);
            assert_eq!(written, bytes);
            assert_eq!(Grid::read(&mut Reader::new(&bytes)), Ok(grid));
        }
    }

    #[test]
    fn blocks_cover_the_picture_from_the_bottom_left() {
        let grid = Grid::new(33, 17, BlockSize { width: 32, height: 16 });
        let blocks: Vec<_> = grid.blocks().map(|block| (block.columns, block.rows)).collect();
        assert_eq!(blocks, [(0..32, 0..16), (32..33, 0..16), (0..32, 16..17), (32..33, 16..17)]);
        assert_eq!(grid.len(), 4);
        assert_eq!(Grid::new(0, 5, grid.block).blocks().count(), 0);
        assert_eq!(Grid::new(4095, 4095, grid.block).blocks().count(), 128 * 256);
    }
}
