//! Converts a canvas's pixels to bytes of blue, green, red.

use crate::media::PixelType;

/// The bytes of a pixel: blue, green, red.
pub(crate) const BGR: usize = 3;

/// Pixels are converted in groups of four, which make three 32-bit words.
const GROUP: usize = 4;

/// Converts a row of `pixel_type`. `bgr` has room for exactly as many pixels.
pub(crate) fn to_bgr(pixel_type: PixelType, row: &[u8], bgr: &mut [u8]) {
    match pixel_type {
        PixelType::Grey8 => convert(row, bgr, |[grey]: [u8; 1]| pack(grey, grey, grey)),
        PixelType::Rgb8 => convert(row, bgr, |[red, green, blue]| pack(blue, green, red)),
        PixelType::Rgba8 => convert(row, bgr, |pixel| u32::from_be_bytes(pixel) >> 8),
        PixelType::Bgra8 => convert(row, bgr, |pixel| u32::from_le_bytes(pixel) & 0x00ff_ffff),
        PixelType::RgbF32 => convert(row, bgr, |pixel: [u8; 12]| {
            let [red, green, blue] = bytemuck::cast::<_, [f32; 3]>(pixel).map(to_byte);
            pack(blue, green, red)
        }),
        PixelType::RgbaF32 => convert(row, bgr, |pixel: [u8; 16]| {
            let [red, green, blue, _] = bytemuck::cast::<_, [f32; 4]>(pixel).map(to_byte);
            pack(blue, green, red)
        }),
    }
}

/// Exchanges blue and red, in place.
pub(crate) fn swap_blue_and_red(row: &mut [u8]) {
    for [first, _, last] in row.as_chunks_mut::<BGR>().0 {
        std::mem::swap(first, last);
    }
}

const fn pack(blue: u8, green: u8, red: u8) -> u32 {
    u32::from_le_bytes([blue, green, red, 0])
}

/// Added to a smaller float, this leaves the nearest integer in the lowest bits. A cast would take
/// several times as long, as it handles values that cannot occur here.
const WHOLE: f32 = 8_388_608.0;

/// `clamp` would keep a NaN. `max` makes it 0.
const fn to_byte(value: f32) -> u8 {
    let [byte, ..] = (value.max(0.0).min(1.0) * 255.0 + WHOLE).to_bits().to_le_bytes();
    byte
}

/// `pixel` gives blue, green and red from the lowest byte up, and 0 above.
fn convert<const BYTES: usize>(row: &[u8], bgr: &mut [u8], pixel: impl Fn([u8; BYTES]) -> u32) {
    let (groups, rest) = row.as_chunks::<BYTES>().0.as_chunks::<GROUP>();
    let (grouped, single) = bgr.as_chunks_mut::<BGR>().0.as_chunks_mut::<GROUP>();
    for (group, out) in groups.iter().zip(grouped) {
        let [a, b, c, d] = group.map(&pixel);
        let words = [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8].map(u32::to_le_bytes);
        *out = bytemuck::cast(words);
    }
    for (from, out) in rest.iter().zip(single) {
        let [blue, green, red, _] = pixel(*from).to_le_bytes();
        *out = [blue, green, red];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(pixel_type: PixelType, row: &[u8]) -> Vec<u8> {
        let mut bgr = vec![0xee; row.len() / pixel_type.bytes_per_pixel() * BGR];
        to_bgr(pixel_type, row, &mut bgr);
        bgr
    }

    #[test]
    fn every_type_becomes_blue_green_red() {
        let floats = [1.0f32, 0.5, 0.25, 0.0].map(f32::to_ne_bytes).concat();
        for (pixel_type, pixel, bgr) in [
            (PixelType::Grey8, &[7u8][..], [7, 7, 7]),
            (PixelType::Rgb8, &[1, 2, 3], [3, 2, 1]),
            (PixelType::Rgba8, &[1, 2, 3, 4], [3, 2, 1]),
            (PixelType::Bgra8, &[3, 2, 1, 4], [3, 2, 1]),
            (PixelType::RgbF32, &floats[..12], [64, 128, 255]),
            (PixelType::RgbaF32, &floats, [64, 128, 255]),
        ] {
            // Below a group, a group, and one with a rest.
            for count in [1, 2, 3, 4, 7, 9] {
                let found = converted(pixel_type, &pixel.repeat(count));
                assert_eq!(found, bgr.repeat(count), "{count} of {pixel_type:?}");
            }
        }
    }

    #[test]
    fn pixels_keep_their_places() {
        let row: Vec<u8> = (0..33).collect();
        let mut swapped = row.clone();
        swap_blue_and_red(&mut swapped);
        assert_eq!(swapped[..6], [2, 1, 0, 5, 4, 3]);
        assert_eq!(converted(PixelType::Rgb8, &row), swapped);
    }

    #[test]
    fn floats_are_clamped_and_rounded() {
        for (value, byte) in [
            (0.0, 0),
            (-0.0, 0),
            (1.0, 255),
            (-3.5, 0),
            (7.0, 255),
            (f32::INFINITY, 255),
            (f32::NEG_INFINITY, 0),
            (f32::NAN, 0),
            (-f32::NAN, 0),
            (0.49 / 255.0, 0),
            (0.51 / 255.0, 1),
            (254.49 / 255.0, 254),
            (254.51 / 255.0, 255),
            (f32::MIN_POSITIVE, 0),
        ] {
            assert_eq!(to_byte(value), byte, "{value}");
        }
    }

    #[test]
    fn a_byte_survives_the_way_over_a_float() {
        for byte in 0..=255u8 {
            assert_eq!(to_byte(f32::from(byte) / 255.0), byte);
        }
    }
}
