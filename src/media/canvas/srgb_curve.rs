//! The transfer curve of sRGB (IEC 61966-2-1), from linear light to bytes.

use std::sync::LazyLock;

/// The mantissa bits that choose an entry: those of a half float.
const MANTISSA: u32 = 10;
/// What is darker is black.
const DARKEST: f32 = 1.0 / 8192.0;
const ENTRIES: usize = 13 << MANTISSA;
/// A power of two, so that a mask keeps an entry within the table. A comparison would become a
/// branch, which no processor foresees.
const TABLE: usize = 1 << 14;
/// The upper bits of the darkest float, and the bits of the darkest half float.
const FIRST: u32 = (127 - 13) << MANTISSA;
const FIRST_HALF: u16 = (15 - 13) << MANTISSA;

pub(super) static CURVE: LazyLock<Curve> = LazyLock::new(Curve::new);

/// The transfer curve of sRGB as a table of bytes, by the upper bits of a float. Half of an entry's
/// width is less than 0.04 of a byte, so each byte comes back from its linear value.
pub(super) struct Curve(Box<[u8; TABLE]>);

impl Curve {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 255")]
    fn new() -> Self {
        let mut table = Box::new([255; TABLE]);
        for (entry, upper) in table.iter_mut().zip(FIRST..).take(ENTRIES) {
            let middle = (upper << (23 - MANTISSA)) | (1 << (22 - MANTISSA));
            let linear = f32::from_bits(middle);
            let encoded = if linear <= 0.003_130_8 {
                12.92 * linear
            } else {
                1.055 * linear.powf(1.0 / 2.4) - 0.055
            };
            *entry = (encoded * 255.0).round() as u8;
        }
        Self(table)
    }

    #[allow(clippy::indexing_slicing, reason = "the index is cut to the table")]
    pub(super) fn byte(&self, entry: u16) -> u8 {
        self.0[usize::from(entry) & (TABLE - 1)]
    }
}

/// Returns the entry of an amount of light. That of NaN is the first.
#[allow(clippy::cast_possible_truncation, reason = "13 times 1024 at most")]
pub(super) fn entry_of(light: f32) -> u16 {
    #[allow(clippy::manual_clamp, reason = "it keeps NaN, and `max` makes it the darkest")]
    let light = light.max(DARKEST).min(1.0);
    (light.to_bits() >> (23 - MANTISSA)).wrapping_sub(FIRST) as u16
}

/// Takes the bits of a half float.
pub(super) fn entry_of_half(half: u16) -> u16 {
    const INFINITY: u16 = 0x7c00;
    const LAST: u16 = ENTRIES as u16;
    // What is beyond is NaN or negative.
    let half = if half > INFINITY { 0 } else { half };
    half.saturating_sub(FIRST_HALF).min(LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the definition, as a fraction of a byte.
    fn srgb(linear: f64) -> f64 {
        let linear = linear.clamp(0.0, 1.0);
        let encoded = if linear <= 0.003_130_8 {
            12.92 * linear
        } else {
            1.055 * linear.powf(1.0 / 2.4) - 0.055
        };
        encoded * 255.0
    }

    #[test]
    fn the_curve_is_that_of_the_definition() {
        let values = (0..=4000u16).map(|step| f32::from(step) / 3500.0 - 0.05);
        for value in values.chain([1e-20, 1e-4, 1.0 - 1e-7]) {
            let found = f64::from(CURVE.byte(entry_of(value)));
            assert!((found - srgb(f64::from(value))).abs() < 0.54, "{value}: {found}");
        }
        for (value, byte) in [
            (f32::NAN, 0),
            (-f32::NAN, 0),
            (f32::NEG_INFINITY, 0),
            (-0.0, 0),
            (0.0, 0),
            (1.0, 255),
            (f32::INFINITY, 255),
        ] {
            assert_eq!(CURVE.byte(entry_of(value)), byte, "{value}");
        }
    }

    #[test]
    fn every_byte_survives_the_way_over_light() {
        for byte in 0..=255u8 {
            let encoded = f64::from(byte) / 255.0;
            let linear = if encoded <= 0.040_45 {
                encoded / 12.92
            } else {
                ((encoded + 0.055) / 1.055).powf(2.4)
            };
            assert_eq!(CURVE.byte(entry_of(linear as f32)), byte);
        }
    }
}
