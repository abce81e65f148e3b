//! The limits of decoders.

use super::grid::Grid;
use crate::media::codec::CodecError;
use crate::protocol::wire::UnexpectedEnd;

/// 4096x2304, more than any screen for which this codec is useful.
const DEFAULT_MAX_PIXELS: usize = 4096 * 2304;

/// The largest picture that is decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    max_pixels: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_pixels: DEFAULT_MAX_PIXELS }
    }
}

impl Limits {
    pub(super) fn set(&mut self, name: &str, value: &str) -> bool {
        let (true, Ok(max_pixels)) = (name == "max_pixels", value.parse()) else { return false };
        self.max_pixels = max_pixels;
        true
    }

    pub(super) fn get(self, name: &str) -> Option<String> {
        (name == "max_pixels").then(|| self.max_pixels.to_string())
    }

    pub(super) fn check(self, grid: Grid) -> Result<(), CodecError> {
        let (width, height) = (grid.width(), grid.height());
        if (1..=self.max_pixels).contains(&grid.pixels()) {
            return Ok(());
        }
        Err(CodecError::InvalidData(format!(
            "a picture of {width}x{height}, where 1 to {} pixels are allowed",
            self.max_pixels
        )))
    }
}

impl From<UnexpectedEnd> for CodecError {
    fn from(end: UnexpectedEnd) -> Self {
        Self::InvalidData(format!("the frame is cut off: {end}"))
    }
}
