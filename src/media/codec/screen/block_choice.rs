//! Chooses the size of a frame's blocks.

use super::changes::Changes;
use super::grid::{Block, BlockSize, Grid};

/// From the size that resends least around a change to the one that compresses best. Larger blocks
/// have more to refer back to, and fewer headers.
const CANDIDATES: [BlockSize; 4] = [
    BlockSize::USUAL,
    BlockSize::of_units(8, 4),
    BlockSize::of_units(8, 8),
    BlockSize::of_units(16, 5),
];

/// The bytes of a block beyond its pixels: its size, zlib's frame, Huffman codes. Measured.
const BYTES_PER_BLOCK: f32 = 60.0;

/// The bytes of an unchanged block.
const BYTES_PER_STILL_BLOCK: f32 = 2.0;

/// The bytes of a pixel, before any was sent. Measured with rendered scenes and desktops.
const USUAL_BYTES_PER_PIXEL: f32 = 0.1;

/// A fixed size, or for each frame the size that promises the fewest bytes.
#[derive(Debug)]
pub(super) struct BlockChoice {
    fixed: Option<BlockSize>,
    /// The bytes of a pixel in recent frames.
    bytes_per_pixel: f32,
}

impl BlockChoice {
    pub(super) const fn auto() -> Self {
        Self { fixed: None, bytes_per_pixel: USUAL_BYTES_PER_PIXEL }
    }

    pub(super) const fn fixed(size: BlockSize) -> Self {
        Self { fixed: Some(size), bytes_per_pixel: USUAL_BYTES_PER_PIXEL }
    }

    /// `None` if each frame chooses.
    pub(super) const fn set(&mut self, fixed: Option<BlockSize>) {
        self.fixed = fixed;
    }

    /// Returns the grid for a frame of this size with these changes.
    pub(super) fn grid(&self, width: u16, height: u16, changes: &Changes) -> Grid {
        let grid = |size| Grid::new(width, height, size);
        if let Some(size) = self.fixed {
            return grid(size);
        }
        let costs = CANDIDATES.map(|size| (grid(size), self.cost(grid(size), changes)));
        costs
            .into_iter()
            .min_by(|(_, one), (_, other)| one.total_cmp(other))
            .map_or_else(|| grid(BlockSize::USUAL), |(grid, _)| grid)
    }

    /// Estimates the size of a frame in bytes.
    fn cost(&self, grid: Grid, changes: &Changes) -> f32 {
        let changed = |block: &Block| changes.touch(block);
        let costs = grid
            .blocks()
            .filter(changed)
            .map(|block| self.bytes_per_pixel * to_f32(block.pixels()) + BYTES_PER_BLOCK);
        BYTES_PER_STILL_BLOCK * to_f32(grid.len()) + costs.sum::<f32>()
    }

    /// Learns from the size in bytes of a frame with so many changed pixels in so many blocks.
    pub(super) fn learn(&mut self, pixels: usize, blocks: usize, bytes: usize) {
        if pixels > 0 {
            let for_pixels = (to_f32(bytes) - to_f32(blocks) * BYTES_PER_BLOCK).max(0.0);
            self.bytes_per_pixel = (self.bytes_per_pixel + for_pixels / to_f32(pixels)) / 2.0;
        }
    }
}

impl std::fmt::Display for BlockChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.fixed {
            Some(size) => size.fmt(f),
            None => f.write_str("auto"),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
const fn to_f32(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::bgr::BGR;

    const WIDTH: u16 = 1280;
    const HEIGHT: u16 = 720;

    fn assert_chosen(changes: &Changes, size: &str) {
        let grid = Grid::new(WIDTH, HEIGHT, BlockSize::parse(size).unwrap());
        assert_eq!(BlockChoice::auto().grid(WIDTH, HEIGHT, changes), grid);
    }

    #[test]
    fn a_still_picture_gets_the_fewest_blocks() {
        assert_chosen(&Changes::new(WIDTH, HEIGHT), "256x80");
    }

    #[test]
    fn a_picture_that_changes_everywhere_gets_large_blocks() {
        let mut changes = Changes::new(WIDTH, HEIGHT);
        changes.fill();
        assert_chosen(&changes, "256x80");
    }

    #[test]
    fn scattered_changes_get_small_blocks() {
        let mut changes = Changes::new(WIDTH, HEIGHT);
        let old = vec![0; usize::from(WIDTH) * BGR];
        let mut new = old.clone();
        for pixel in [20, 700, 1100] {
            new[pixel * BGR] = 1;
        }
        for row in (0..usize::from(HEIGHT)).step_by(200) {
            changes.note(row, &old, &new);
        }
        assert_chosen(&changes, "64x64");
    }

    #[test]
    fn a_fixed_size_stays() {
        let mut choice = BlockChoice::auto();
        choice.set(BlockSize::parse("32"));
        choice.learn(100, 1, 300);
        let grid = choice.grid(WIDTH, HEIGHT, &Changes::new(WIDTH, HEIGHT));
        assert_eq!(grid, Grid::new(WIDTH, HEIGHT, BlockSize::of_units(2, 2)));
        assert_eq!(choice.to_string(), "32x32");
    }
}
