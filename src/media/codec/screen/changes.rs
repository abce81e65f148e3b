//! A map of the changed parts of a picture.

use super::grid::{Block, UNIT};
use crate::media::bgr::BGR;

/// The bytes of a tile in one row.
const TILE_BYTES: usize = UNIT * BGR;

/// A map of the picture in tiles of 16x16 pixels. Blocks of every size consist of such tiles.
#[derive(Debug)]
pub(super) struct Changes {
    columns: usize,
    /// From the bottom left on, as blocks are.
    tiles: Vec<bool>,
    any: bool,
}

impl Changes {
    /// Makes the map of an unchanged picture.
    pub(super) fn new(width: u16, height: u16) -> Self {
        let [columns, rows] = [width, height].map(|side| usize::from(side).div_ceil(UNIT));
        Self { columns, tiles: vec![false; columns.saturating_mul(rows)], any: false }
    }

    /// Marks everything as unchanged.
    pub(super) fn clear(&mut self) {
        self.tiles.fill(false);
        self.any = false;
    }

    /// Marks everything as changed.
    pub(super) fn fill(&mut self) {
        self.tiles.fill(true);
        self.any = true;
    }

    /// Returns whether anything has changed.
    pub(super) const fn any(&self) -> bool {
        self.any
    }

    /// Marks what differs between `old` and `new` in a row. `row` is counted from the bottom.
    pub(super) fn note(&mut self, row: usize, old: &[u8], new: &[u8]) {
        self.any = true;
        let tiles = self.tiles.chunks_exact_mut(self.columns).nth(row / UNIT).unwrap_or_default();
        let (old, old_rest) = old.as_chunks::<TILE_BYTES>();
        let (new, new_rest) = new.as_chunks::<TILE_BYTES>();
        let (whole, rest) = tiles.split_at_mut(old.len().min(tiles.len()));
        for ((changed, old), new) in whole.iter_mut().zip(old).zip(new) {
            *changed = *changed || old != new;
        }
        for changed in rest {
            *changed = *changed || old_rest != new_rest;
        }
    }

    /// Returns whether anything in a block has changed.
    pub(super) fn touch(&self, block: &Block) -> bool {
        if !self.any {
            return false;
        }
        let tiles = |span: &std::ops::Range<usize>| span.start / UNIT..span.end.div_ceil(UNIT);
        let (columns, rows) = (tiles(&block.columns), tiles(&block.rows));
        self.tiles
            .chunks_exact(self.columns)
            .skip(rows.start)
            .take(rows.len())
            .any(|row| row.get(columns.clone()).is_some_and(|tiles| tiles.contains(&true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> Block {
        Block { columns, rows }
    }

    #[test]
    fn a_change_touches_the_blocks_that_it_is_in() {
        let mut changes = Changes::new(40, 33);
        let old = vec![0; 40 * BGR];
        for (row, byte, tile) in [(0, 0, (0, 0)), (31, 32 * BGR - 1, (1, 1)), (32, 119, (2, 2))] {
            let mut new = old.clone();
            new[byte] = 1;
            changes.clear();
            changes.note(row, &old, &new);
            for (x, left) in [0..16, 16..32, 32..40].into_iter().enumerate() {
                for (y, rows) in [0..16, 16..32, 32..33].into_iter().enumerate() {
                    let touched = changes.touch(&block(left.clone(), rows));
                    assert_eq!(touched, (x, y) == tile, "{x}, {y} of {tile:?}");
                }
            }
            assert!(changes.touch(&block(0..40, 0..33)));
        }
    }

    #[test]
    fn nothing_and_everything() {
        let mut changes = Changes::new(16, 16);
        assert!(!changes.touch(&block(0..16, 0..16)));
        changes.fill();
        assert!(changes.touch(&block(0..16, 0..16)));
        changes.clear();
        assert!(!changes.touch(&block(0..16, 0..16)));
    }
}
