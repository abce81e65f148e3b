//! The picture that a decoder returns.

use super::grid::{Block, Grid};
use super::picture::Picture;
use crate::media::bgr::swap_blue_and_red;
use crate::media::codec::{CodecError, VideoFormat};
use crate::media::{Canvas, PixelType, RowOrder};

/// Red, green, blue, with the bottommost row first. It is returned only between frames, and only if
/// no data were damaged.
#[derive(Debug, Default)]
pub(super) struct CanvasOut {
    shown: Option<Shown>,
    is_sound: bool,
}

#[derive(Debug)]
struct Shown {
    width: u16,
    height: u16,
    picture: Picture,
}

impl CanvasOut {
    /// Returns whether a frame of this size without all blocks can be drawn over it.
    pub(super) fn is_of(&self, grid: Grid) -> bool {
        self.is_sound && self.has_size(grid)
    }

    fn has_size(&self, grid: Grid) -> bool {
        let size = self.shown.as_ref().map(|shown| (shown.width, shown.height));
        size == Some((grid.width(), grid.height()))
    }

    /// Begins a frame. If `finish` is not called, the frame was damaged.
    pub(super) fn begin(&mut self, grid: Grid) -> Result<(), CodecError> {
        self.is_sound = false;
        if !self.has_size(grid) {
            let (width, height) = (grid.width(), grid.height());
            // Frees the old picture first: both would exceed the documented memory.
            self.shown = None;
            self.shown = Some(Shown { width, height, picture: Picture::new(width, height)? });
        }
        Ok(())
    }

    /// Draws a block of blue, green, red, bottom up.
    pub(super) fn put(&mut self, block: &Block, pixels: &[u8]) {
        let Some(shown) = &mut self.shown else { return };
        let rows = pixels.chunks_exact(block.byte_columns().len().max(1));
        for (row, from) in shown.picture.block_mut(block).zip(rows) {
            row.copy_from_slice(from);
            swap_blue_and_red(row);
        }
    }

    /// Draws a block as it is in a picture that [`copy_to`](Self::copy_to) has filled.
    pub(super) fn copy(&mut self, block: &Block, from: &Picture) {
        let Some(shown) = &mut self.shown else { return };
        for (row, from) in shown.picture.block_mut(block).zip(from.block(block)) {
            row.copy_from_slice(from);
        }
    }

    /// Copies what was drawn to a picture of the same size.
    pub(super) fn copy_to(&self, picture: &mut Picture) {
        if let Some(shown) = &self.shown {
            picture.copy_from(&shown.picture);
        }
    }

    /// Ends a frame, and returns the picture.
    pub(super) fn finish(&mut self) -> Result<Canvas<'_>, CodecError> {
        self.is_sound = true;
        let Some(shown) = &self.shown else { return Err(CodecError::NotInitialised) };
        let (width, height) = (u32::from(shown.width), u32::from(shown.height));
        Canvas::borrowed(width, height, PixelType::Rgb8, shown.picture.bytes())
            .map(|canvas| canvas.with_row_order(RowOrder::BottomUp))
            .map_err(|error| CodecError::Failed(error.to_string()))
    }

    pub(super) fn format(&self) -> Option<VideoFormat> {
        self.shown.as_ref().map(|shown| VideoFormat {
            width: shown.width.into(),
            height: shown.height.into(),
            pixel_type: PixelType::Rgb8,
        })
    }
}
