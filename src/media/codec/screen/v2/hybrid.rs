//! The hybrid colour space: one byte for a colour of the palette, two for one with 5 bits a
//! channel.

use std::sync::OnceLock;

use super::palette::{self, Bgr};

/// Marks the two-byte form.
const FIFTEEN_BITS: u8 = 0x80;

/// The tables that convert colours.
#[derive(Debug)]
pub(super) struct Hybrid {
    colours: [Bgr; 128],
    /// The nearest colour of the palette for each colour with 5 bits a channel.
    nearest: Vec<u8>,
}

impl Hybrid {
    /// Returns the tables. The first call makes them, which takes some milliseconds.
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<Hybrid> = OnceLock::new();
        SHARED.get_or_init(|| {
            let colours = palette::colours();
            let nearest = (0..1 << 15).map(|bits| nearest(&colours, expand(bits))).collect();
            Self { colours, nearest }
        })
    }

    /// Appends pixels. Each becomes the nearer of the nearest colour with 5 bits a channel and the
    /// nearest of the palette. No channel is off by more than 4.
    pub(super) fn encode(&self, pixels: &[u8], out: &mut Vec<u8>) {
        for pixel in pixels.as_chunks::<3>().0 {
            let bits = reduce(*pixel);
            let index = self.nearest.get(usize::from(bits)).copied().unwrap_or_default();
            let of_palette = self.colours.get(usize::from(index)).copied().unwrap_or_default();
            if distance(*pixel, of_palette) <= distance(*pixel, expand(bits)) {
                out.push(index);
            } else {
                let [high, low] = bits.to_be_bytes();
                out.extend_from_slice(&[high | FIFTEEN_BITS, low]);
            }
        }
    }

    /// Fills `pixels`. Returns false if `bytes` are fewer or more than needed.
    pub(super) fn decode(&self, bytes: &[u8], pixels: &mut [u8]) -> bool {
        let mut bytes = bytes.iter().copied();
        for pixel in pixels.as_chunks_mut::<3>().0 {
            let Some(first) = bytes.next() else { return false };
            *pixel = if first & FIFTEEN_BITS == 0 {
                self.colours.get(usize::from(first)).copied().unwrap_or_default()
            } else {
                let Some(second) = bytes.next() else { return false };
                expand(u16::from_be_bytes([first & !FIFTEEN_BITS, second]))
            };
        }
        bytes.next().is_none()
    }
}

/// Converts 5 bits a channel, red the highest, to blue, green and red bytes.
fn expand(bits: u16) -> Bgr {
    [bits, bits >> 5, bits >> 10].map(|channel| {
        let [_, five] = (channel & 0x1f).to_be_bytes();
        five << 3 | five >> 2
    })
}

/// Returns the nearest colour with 5 bits a channel.
fn reduce(pixel: Bgr) -> u16 {
    let [blue, green, red] =
        pixel.map(|channel| (u16::from(channel).wrapping_mul(249).wrapping_add(1014)) >> 11);
    red << 10 | green << 5 | blue
}

/// Returns the largest difference of a channel.
fn distance(one: Bgr, other: Bgr) -> u8 {
    one.into_iter().zip(other).map(|(one, other)| one.abs_diff(other)).max().unwrap_or_default()
}

fn nearest(colours: &[Bgr; 128], colour: Bgr) -> u8 {
    (0u8..)
        .zip(colours)
        .min_by_key(|(_, of_palette)| distance(colour, **of_palette))
        .map_or(0, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(pixels: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut bytes, mut back) = (Vec::new(), vec![0; pixels.len()]);
        Hybrid::shared().encode(pixels, &mut bytes);
        assert!(Hybrid::shared().decode(&bytes, &mut back));
        (bytes, back)
    }

    #[test]
    fn the_palette_takes_one_byte_and_keeps_its_colours() {
        let pixels = palette::colours().concat();
        let (bytes, back) = there_and_back(&pixels);
        assert_eq!(bytes, (0..128).collect::<Vec<_>>());
        assert_eq!(back, pixels);
    }

    #[test]
    fn five_bits_keep_their_colours() {
        let pixels = (0..1 << 15).flat_map(expand).collect::<Vec<_>>();
        assert!(there_and_back(&pixels).1 == pixels);
        assert_eq!(there_and_back(&expand(0x7c1f)).0, [0x23]);
        assert_eq!(there_and_back(&expand(0x0421)).0, [0x84, 0x21]);
    }

    #[test]
    fn no_channel_is_off_by_more_than_4() {
        let channels = (0..=255).step_by(11).chain([1, 127, 128, 254]);
        for blue in channels.clone() {
            for green in channels.clone() {
                for red in channels.clone() {
                    let pixel = [blue, green, red];
                    let (_, back) = there_and_back(&pixel);
                    assert!(distance(pixel, back.try_into().unwrap()) <= 4, "{pixel:?}");
                }
            }
        }
        for channel in 0..=255 {
            let reduced = expand(reduce([channel; 3]));
            let best = (0..32).map(|bits| expand(bits)[0].abs_diff(channel)).min().unwrap();
            assert_eq!(reduced[0].abs_diff(channel), best, "{channel}");
        }
    }

    #[test]
    fn bytes_that_do_not_fit_are_refused() {
        let mut pixels = [0; 6];
        for bytes in [&[][..], &[1], &[0x80, 0], &[1, 0x80], &[1, 2, 3], &[0x80, 0, 1, 2]] {
            assert!(!Hybrid::shared().decode(bytes, &mut pixels), "{bytes:?}");
        }
        assert!(Hybrid::shared().decode(&[0x80, 0, 5], &mut pixels));
        assert_eq!(pixels, [0, 0, 0, 255, 255, 255]);
    }
}
