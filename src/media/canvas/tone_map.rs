//! From the light of a scene to what a display shows.

use std::fmt;
use std::sync::Arc;

use super::PixelType;
use super::half_float::float_of_half;
use super::srgb_curve::{CURVE, entry_of, entry_of_half};
use crate::media::bgr::{convert, pack};

/// The light of a row's pixels: red, green, blue, alpha.
type Light = [f32; 4];

type Hook = dyn Fn(&mut [Light]) + Send + Sync;

/// Makes what a display shows of a canvas of floats. Other canvases have no use for it.
///
/// By default floats are linear light, 1 is white, and what is brighter is white too: values are
/// clamped to 0..1 and get the transfer curve of sRGB (IEC 61966-2-1). NaN counts as 0, and alpha
/// is left out.
///
/// ```
/// use rendercast::media::{Canvas, CanvasError, PixelType, ToneMap};
///
/// // Reinhard's operator, after an exposure of 2 stops.
/// let reinhard = ToneMap::new(|row: &mut [[f32; 4]]| {
///     for [red, green, blue, _] in row {
///         for channel in [red, green, blue] {
///             let light = *channel * 4.0;
///             *channel = light / (1.0 + light);
///         }
///     }
/// });
/// let pixels = [12.5, 0.8, 0.02, 1.0]; // a light source
/// let canvas = Canvas::borrowed_floats(1, 1, PixelType::RgbaF32, &pixels)?;
/// let canvas = canvas.with_tone_map(reinhard);
/// # Ok::<(), CanvasError>(())
/// ```
#[derive(Clone, Default)]
pub struct ToneMap(Kind);

#[derive(Clone, Default)]
enum Kind {
    #[default]
    Srgb,
    Encoded,
    Hook(Arc<Hook>),
}

impl ToneMap {
    /// Calls `hook` for each row. It changes the light of the pixels, red, green, blue and alpha,
    /// so that 0..1 is what a display can show. Then it is clamped and gets the curve of sRGB, as
    /// by default.
    ///
    /// Several threads may call it at once, each for another picture: the `rtmp-loop-frame` thread
    /// of each encoding of a render loop, the `rtmp-frame` thread of a stream with its own
    /// encoder, the `rtmp-conn` threads of clients that want still or moving pictures, and threads
    /// of yours that encode canvases or read [`BgrRows`](crate::media::BgrRows). It should take
    /// less than a period of the frame rate for all rows.
    ///
    /// A panic while a frame is encoded ends that render loop or that stream, as an error of the
    /// encoder does. After a panic during a still picture, the client gets none.
    pub fn new(hook: impl Fn(&mut [[f32; 4]]) + Send + Sync + 'static) -> Self {
        Self(Kind::Hook(Arc::new(hook)))
    }

    /// The default: clamps, then applies the curve of sRGB.
    #[must_use]
    pub const fn srgb() -> Self {
        Self(Kind::Srgb)
    }

    /// For floats that have a display's curve already: 0 is black, 1 is white. They are clamped,
    /// and NaN counts as 0.
    #[must_use]
    pub const fn encoded() -> Self {
        Self(Kind::Encoded)
    }

    /// Writes a row of floats as bytes of blue, green, red.
    pub(in crate::media) fn to_bgr(
        &self,
        pixel_type: PixelType,
        row: &[u8],
        FloatRows { light, entries }: &mut FloatRows,
        bgr: &mut [u8],
    ) {
        // One thing at a time, so that the compiler finds vector instructions for it.
        let half = u16::from_ne_bytes;
        let float = f32::from_ne_bytes;
        match (&self.0, pixel_type) {
            (Kind::Srgb, PixelType::RgbaF16) => {
                fill(entries, row, |bytes| entry_of_half(half(bytes)));
            }
            (Kind::Srgb, _) => fill(entries, row, |bytes| entry_of(float(bytes))),
            (Kind::Encoded, PixelType::RgbaF16) => {
                fill(entries, row, |bytes| byte_of(float_of_half(half(bytes))).into());
            }
            (Kind::Encoded, PixelType::RgbF32) => {
                return convert(row, bgr, |pixel: [u8; 12]| {
                    let [red, green, blue] = bytemuck::cast::<_, [f32; 3]>(pixel).map(byte_of);
                    pack(blue, green, red)
                });
            }
            (Kind::Encoded, _) => {
                return convert(row, bgr, |pixel: [u8; 16]| {
                    let [red, green, blue, _] = bytemuck::cast::<_, Light>(pixel).map(byte_of);
                    pack(blue, green, red)
                });
            }
            (Kind::Hook(hook), _) => {
                read_light(pixel_type, row, light);
                hook(light);
                fill(entries, bytemuck::cast_slice(light), |bytes| entry_of(float(bytes)));
            }
        }
        let is_hooked = matches!(self.0, Kind::Hook(_));
        let has_alpha = is_hooked || pixel_type != PixelType::RgbF32;
        let (entries, curve) = (bytemuck::cast_slice(entries), &*CURVE);
        match (&self.0, has_alpha) {
            (Kind::Encoded, _) => pack_with_alpha(entries, bgr, byte_itself),
            (_, true) => pack_with_alpha(entries, bgr, |entry| curve.byte(entry)),
            (_, false) => pack_without(entries, bgr, |entry| curve.byte(entry)),
        }
    }
}

/// Buffers for rows of floats.
#[derive(Debug, Default)]
pub(in crate::media) struct FloatRows {
    light: Vec<Light>,
    /// Places in the table of the curve, or bytes.
    entries: Vec<u16>,
}

/// Makes an entry of every few bytes.
fn fill<const BYTES: usize>(
    entries: &mut Vec<u16>,
    row: &[u8],
    entry_of: impl Fn([u8; BYTES]) -> u16,
) {
    let values = row.as_chunks().0;
    entries.resize(values.len(), 0);
    for (entry, value) in entries.iter_mut().zip(values) {
        *entry = entry_of(*value);
    }
}

fn read_light(pixel_type: PixelType, row: &[u8], light: &mut Vec<Light>) {
    if pixel_type == PixelType::RgbF32 {
        let pixels = row.as_chunks::<12>().0;
        light.resize(pixels.len(), [0.0; 4]);
        for (light, pixel) in light.iter_mut().zip(pixels) {
            let [red, green, blue] = bytemuck::pod_read_unaligned::<[f32; 3]>(pixel);
            *light = [red, green, blue, 1.0];
        }
    } else if pixel_type == PixelType::RgbaF16 {
        light.resize(row.len() / 8, [0.0; 4]);
        let halves = row.as_chunks().0;
        for (light, half) in light.as_flattened_mut().iter_mut().zip(halves) {
            *light = float_of_half(u16::from_ne_bytes(*half));
        }
    } else {
        light.resize(row.len() / 16, [0.0; 4]);
        let floats = row.as_chunks().0;
        for (light, float) in light.as_flattened_mut().iter_mut().zip(floats) {
            *light = f32::from_ne_bytes(*float);
        }
    }
}

fn pack_with_alpha(entries: &[u8], bgr: &mut [u8], byte: impl Fn(u16) -> u8) {
    convert(entries, bgr, |pixel: [u8; 8]| {
        let [red, green, blue, _] = bytemuck::cast::<_, [u16; 4]>(pixel);
        pack(byte(blue), byte(green), byte(red))
    });
}

fn pack_without(entries: &[u8], bgr: &mut [u8], byte: impl Fn(u16) -> u8) {
    convert(entries, bgr, |pixel: [u8; 6]| {
        let [red, green, blue] = bytemuck::cast::<_, [u16; 3]>(pixel);
        pack(byte(blue), byte(green), byte(red))
    });
}

impl PartialEq for ToneMap {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Srgb, Kind::Srgb) | (Kind::Encoded, Kind::Encoded) => true,
            (Kind::Hook(one), Kind::Hook(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for ToneMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Srgb => "ToneMap::srgb()",
            Kind::Encoded => "ToneMap::encoded()",
            Kind::Hook(_) => "ToneMap::new(..)",
        })
    }
}

/// Added to a smaller float, this leaves the nearest integer in the lowest bits. A cast would take
/// several times as long, as it handles values that cannot occur here.
const WHOLE: f32 = 8_388_608.0;

fn byte_of(value: f32) -> u8 {
    #[allow(clippy::manual_clamp, reason = "it keeps NaN, and `max` makes it 0")]
    let value = value.max(0.0).min(1.0);
    let [byte, ..] = (value * 255.0 + WHOLE).to_bits().to_le_bytes();
    byte
}

#[allow(clippy::cast_possible_truncation, reason = "the lower of two bytes counts")]
const fn byte_itself(entry: u16) -> u8 {
    entry as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns red, green and blue of each pixel.
    fn bytes(tone_map: &ToneMap, pixel_type: PixelType, row: &[u8]) -> Vec<[u8; 3]> {
        let mut bgr = vec![7; row.len() / pixel_type.bytes_per_pixel().unwrap() * 3];
        tone_map.to_bgr(pixel_type, row, &mut FloatRows::default(), &mut bgr);
        bgr.chunks(3).map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect()
    }

    fn bytes_of_floats(tone_map: &ToneMap, floats: [f32; 3]) -> [u8; 3] {
        let bytes = bytes(tone_map, PixelType::RgbF32, bytemuck::cast_slice(&floats));
        bytes[0]
    }

    #[test]
    fn encoded_floats_are_clamped_and_rounded() {
        let map = ToneMap::encoded();
        for (value, byte) in [
            (-0.0, 0),
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
            assert_eq!(bytes_of_floats(&map, [value, 0.0, 1.0]), [byte, 0, 255], "{value}");
        }
        for byte in 0..=255 {
            assert_eq!(byte_of(f32::from(byte) / 255.0), byte);
        }
    }

    #[test]
    fn a_hook_gets_each_row_of_each_type_and_the_curve_follows() {
        let halve = ToneMap::new(|row: &mut [[f32; 4]]| {
            for pixel in row {
                *pixel = pixel.map(|channel| channel / 2.0);
            }
        });
        let half = 188; // half of the light in sRGB
        let floats: [f32; 8] = [1.0, 2.0, 0.0, 1.0, 0.0, 1.0, 4.0, 1.0];
        let halves: [u16; 8] = [0x3c00, 0x4000, 0, 0x3c00, 0, 0x3c00, 0x4400, 0x3c00];
        let wanted = [[half, 255, 0], [0, half, 255]];
        for (pixel_type, row) in [
            (PixelType::RgbaF32, bytemuck::cast_slice(&floats)),
            (PixelType::RgbaF16, bytemuck::cast_slice(&halves)),
        ] {
            assert_eq!(bytes(&halve, pixel_type, row), wanted, "{pixel_type:?}");
        }
        assert_eq!(bytes_of_floats(&halve, [1.0, 2.0, 0.0]), wanted[0]);
        assert_eq!((halve.clone(), halve == ToneMap::srgb()), (halve, false));
    }
}
