//! How pixels lie in memory, and which colours they mean.

/// The format of a canvas's pixels. A row has no gaps between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelType {
    /// One byte: black 0 to white 255.
    Grey8,
    /// Three bytes: red, green, blue.
    Rgb8,
    /// Three bytes: blue, green, red.
    Bgr8,
    /// Four bytes: red, green, blue, alpha.
    Rgba8,
    /// Four bytes: blue, green, red, alpha. Windows and capture cards use it.
    Bgra8,
    /// Three 32-bit floats in the machine's byte order: red, green, blue. They are linear light,
    /// of which a [`ToneMap`](super::ToneMap) makes what a display shows.
    RgbF32,
    /// Four 32-bit floats, as [`RgbF32`](Self::RgbF32): red, green, blue, alpha.
    RgbaF32,
    /// Four 16-bit floats (IEEE 754 binary16) in the machine's byte order: red, green, blue,
    /// alpha. Linear light, as [`RgbF32`](Self::RgbF32).
    RgbaF16,
    /// Three planes of bytes: brightness (Y), and two colour differences (U, V), each with one
    /// sample for two by two pixels. Video encoders take it.
    I420,
    /// Two planes of bytes: Y, and U and V side by side, one pair for two by two pixels. Graphics
    /// cards and video decoders use it.
    Nv12,
}

impl PixelType {
    /// Returns the size of a pixel in bytes. Returns `None` if a pixel lies in several planes.
    #[must_use]
    pub const fn bytes_per_pixel(self) -> Option<usize> {
        match self {
            Self::Grey8 => Some(1),
            Self::Rgb8 | Self::Bgr8 => Some(3),
            Self::Rgba8 | Self::Bgra8 => Some(4),
            Self::RgbaF16 => Some(8),
            Self::RgbF32 => Some(12),
            Self::RgbaF32 => Some(16),
            Self::I420 | Self::Nv12 => None,
        }
    }

    /// Returns the number of planes: 1, 2 for [`Nv12`](Self::Nv12), 3 for [`I420`](Self::I420).
    #[must_use]
    pub const fn planes(self) -> usize {
        match self {
            Self::Nv12 => 2,
            Self::I420 => 3,
            _ => 1,
        }
    }

    /// Returns the bytes of a row and the number of rows of a plane. Returns `None` if they are
    /// larger than the address space.
    pub(crate) fn plane_size(self, plane: usize, width: u32, height: u32) -> Option<(usize, u32)> {
        let columns = |width: u32| usize::try_from(width).ok();
        let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
        match (self.bytes_per_pixel(), plane, self) {
            (Some(bytes), 0, _) => Some((columns(width)?.checked_mul(bytes)?, height)),
            (None, 0, _) => Some((columns(width)?, height)),
            (_, 1, Self::Nv12) => Some((columns(half_width)?.checked_mul(2)?, half_height)),
            (_, 1 | 2, Self::I420) => Some((columns(half_width)?, half_height)),
            _ => Some((0, 0)),
        }
    }
}

/// The row of a picture that comes first in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RowOrder {
    /// The topmost, as in image files and windows.
    #[default]
    TopDown,
    /// The bottommost, as in OpenGL, the SDK's canvases and screen video.
    BottomUp,
}

/// What Y, U and V of [`PixelType::I420`] and [`PixelType::Nv12`] mean. By default that of HD
/// video: BT.709 in limited range. Without effect on other pixel types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ColourSpace {
    /// How brightness and colour differences are made of red, green and blue.
    pub matrix: ColourMatrix,
    /// The bytes of black and white.
    pub range: ColourRange,
}

/// How brightness and colour differences are made of red, green and blue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColourMatrix {
    /// ITU-R BT.601: old television, JPEG, many webcams.
    Bt601,
    /// ITU-R BT.709: HD video.
    #[default]
    Bt709,
    /// ITU-R BT.2020 with non-constant luminance: UHD video.
    Bt2020,
}

/// The bytes of black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColourRange {
    /// Y is 16 to 235, U and V are 16 to 240: video.
    #[default]
    Limited,
    /// All are 0 to 255: JPEG, some graphics cards.
    Full,
}

impl ColourMatrix {
    /// Returns the value of the parameter `"colour_matrix"` of encoders.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bt601 => "bt601",
            Self::Bt709 => "bt709",
            Self::Bt2020 => "bt2020",
        }
    }
}

impl ColourRange {
    /// Returns the value of the parameter `"colour_range"` of encoders.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Limited => "limited",
            Self::Full => "full",
        }
    }

    /// Returns the Y of black.
    pub(crate) const fn black(self) -> u8 {
        match self {
            Self::Limited => 16,
            Self::Full => 0,
        }
    }
}
