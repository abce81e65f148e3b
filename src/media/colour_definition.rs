//! The definitions of the colour spaces, for the tests of what converts between them.

use super::{ColourMatrix, ColourRange, ColourSpace};

/// The numbers that a colour space is defined by.
pub(crate) struct Definition {
    /// The weights of red and blue in the brightness. That of green is the rest.
    pub(crate) red: f64,
    pub(crate) blue: f64,
    /// The brightness of black.
    pub(crate) black: f64,
    /// How many steps brightness and colour differences have.
    pub(crate) luma: f64,
    pub(crate) chroma: f64,
}

impl Definition {
    pub(crate) const fn of(space: ColourSpace) -> Self {
        let (red, blue) = match space.matrix {
            ColourMatrix::Bt601 => (0.299, 0.114),
            ColourMatrix::Bt709 => (0.2126, 0.0722),
            ColourMatrix::Bt2020 => (0.2627, 0.0593),
        };
        let (black, luma, chroma) = match space.range {
            ColourRange::Limited => (16.0, 219.0, 224.0),
            ColourRange::Full => (0.0, 255.0, 255.0),
        };
        Self { red, blue, black, luma, chroma }
    }
}
