//! A picture of screen video: rows of three bytes a pixel, the bottommost row first.

use super::changes::Changes;
use super::grid::Block;
use super::precision::coarsen;
use crate::media::Canvas;
use crate::media::bgr::BGR;
use crate::media::bgr_rows::BgrRows;
use crate::media::codec::CodecError;

#[derive(Debug)]
pub(super) struct Picture {
    row_bytes: usize,
    bytes: Vec<u8>,
    /// A buffer for one row.
    line: Vec<u8>,
    converted: BgrRows,
}

impl Picture {
    /// Makes a black picture. Neither side may be 0.
    pub(super) fn new(width: u16, height: u16) -> Result<Self, CodecError> {
        let row_bytes = usize::from(width).saturating_mul(BGR);
        let bytes = zeros(row_bytes.saturating_mul(usize::from(height)))?;
        Ok(Self { row_bytes, bytes, line: zeros(row_bytes)?, converted: BgrRows::default() })
    }

    /// Copies the bits in `mask` of a canvas of the same size, and marks what has changed.
    pub(super) fn update(&mut self, canvas: &Canvas<'_>, mask: u8, changes: &mut Changes) {
        let rows = self.bytes.chunks_exact_mut(self.row_bytes);
        for (row, (old, from_top)) in rows.zip((0..canvas.height()).rev()).enumerate() {
            self.converted.read(canvas, from_top, &mut self.line);
            if mask != u8::MAX {
                coarsen(old, &mut self.line, mask);
            }
            if *old != *self.line {
                changes.note(row, old, &self.line);
                old.copy_from_slice(&self.line);
            }
        }
    }

    /// Copies a picture of the same size.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.bytes.clone_from(&other.bytes);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the rows of a block, from the bottom up.
    pub(super) fn block(&self, block: &Block) -> impl Iterator<Item = &[u8]> {
        let columns = block.byte_columns();
        self.bytes
            .chunks_exact(self.row_bytes)
            .skip(block.rows.start)
            .take(block.rows.len())
            .map(move |row| row.get(columns.clone()).unwrap_or_default())
    }

    /// Returns the rows of a block for writing.
    pub(super) fn block_mut(&mut self, block: &Block) -> impl Iterator<Item = &mut [u8]> {
        let columns = block.byte_columns();
        self.bytes
            .chunks_exact_mut(self.row_bytes)
            .skip(block.rows.start)
            .take(block.rows.len())
            .map(move |row| row.get_mut(columns.clone()).unwrap_or_default())
    }
}

/// Returns so many zeros, or an error if there is not enough memory.
pub(super) fn zeros(length: usize) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| CodecError::Allocation)?;
    bytes.resize(length, 0);
    Ok(bytes)
}
