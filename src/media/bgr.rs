//! Pixels of three bytes: blue, green, red.

/// The bytes of a pixel: blue, green, red.
pub(crate) const BGR: usize = 3;

/// Pixels are converted in groups of four, which make three 32-bit words.
const GROUP: usize = 4;

/// Exchanges blue and red, in place.
#[cfg(any(test, feature = "screen-video", feature = "web", feature = "h264"))]
pub(crate) fn swap_blue_and_red(row: &mut [u8]) {
    for [first, _, last] in row.as_chunks_mut::<BGR>().0 {
        std::mem::swap(first, last);
    }
}

/// Returns a pixel as [`store`] takes it.
#[inline]
pub(super) const fn pack(blue: u8, green: u8, red: u8) -> u32 {
    u32::from_le_bytes([blue, green, red, 0])
}

/// Returns the bytes of four pixels.
#[inline]
pub(super) fn store([a, b, c, d]: [u32; GROUP]) -> [[u8; BGR]; GROUP] {
    let words = [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8].map(u32::to_le_bytes);
    bytemuck::cast(words)
}

/// `pixel` gives blue, green and red from the lowest byte up, and 0 above.
pub(super) fn convert<const BYTES: usize>(
    row: &[u8],
    bgr: &mut [u8],
    pixel: impl Fn([u8; BYTES]) -> u32,
) {
    let (groups, rest) = row.as_chunks::<BYTES>().0.as_chunks::<GROUP>();
    let (grouped, single) = bgr.as_chunks_mut::<BGR>().0.as_chunks_mut::<GROUP>();
    for (group, out) in groups.iter().zip(grouped) {
        *out = store(group.map(&pixel));
    }
    for (from, out) in rest.iter().zip(single) {
        let [blue, green, red, _] = pixel(*from).to_le_bytes();
        *out = [blue, green, red];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_keep_their_places() {
        let row: Vec<u8> = (0..33).collect();
        let mut swapped = row.clone();
        swap_blue_and_red(&mut swapped);
        assert_eq!(swapped[..6], [2, 1, 0, 5, 4, 3]);
        let mut converted = vec![0; 33];
        convert(&row, &mut converted, |[red, green, blue]| pack(blue, green, red));
        assert_eq!(converted, swapped);
    }
}
