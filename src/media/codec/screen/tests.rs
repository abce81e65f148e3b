//! Encoder and decoder against each other.

use super::{ScreenDecoder, ScreenEncoder};
use crate::media::codec::{CodecError, VideoData, VideoDataKind, VideoDecoder, VideoEncoder};
use crate::media::{Canvas, PixelType, RowOrder};

const TYPES: [PixelType; 6] = [
    PixelType::Grey8,
    PixelType::Rgb8,
    PixelType::Rgba8,
    PixelType::Bgra8,
    PixelType::RgbF32,
    PixelType::RgbaF32,
];

/// Numbers that look random and are the same at each run.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.next() % bound
    }
}

/// A pixel of this colour, and of an alpha that must not matter.
fn pixel(pixel_type: PixelType, [red, green, blue]: [u8; 3]) -> Vec<u8> {
    let floats = |values: &[u8]| {
        values.iter().flat_map(|value| (f32::from(*value) / 255.0).to_ne_bytes()).collect()
    };
    match pixel_type {
        PixelType::Grey8 => vec![red],
        PixelType::Rgb8 => vec![red, green, blue],
        PixelType::Rgba8 => vec![red, green, blue, red ^ 0x5a],
        PixelType::Bgra8 => vec![blue, green, red, green],
        PixelType::RgbF32 => floats(&[red, green, blue]),
        PixelType::RgbaF32 => floats(&[red, green, blue, green]),
    }
}

/// A rectangle of a random size in random colours, at a random place; sometimes none.
fn draw(canvas: &mut Canvas<'_>, noise: &mut Noise) {
    let (width, height, pixel_type) = (canvas.width(), canvas.height(), canvas.pixel_type());
    let (left, top) = (noise.below(width), noise.below(height));
    let (right, bottom) =
        (left + noise.below(width - left + 1), top + noise.below(height - top + 1));
    let is_flat = noise.below(2) == 0;
    let mut colour = [noise.next() as u8, noise.next() as u8, noise.next() as u8];
    let bytes = pixel_type.bytes_per_pixel();
    for y in top..bottom {
        let row = canvas.row_mut(y);
        for place in row.chunks_exact_mut(bytes).take(right as usize).skip(left as usize) {
            if !is_flat {
                colour = [noise.next() as u8, noise.next() as u8, colour[0]];
            }
            place.copy_from_slice(&pixel(pixel_type, colour));
        }
    }
}

/// Red, green, blue, from the top down.
fn rgb(canvas: &Canvas<'_>) -> Vec<u8> {
    let byte = |bytes: &[u8]| (f32::from_ne_bytes(bytes.try_into().unwrap()) * 255.0).round() as u8;
    let pixels =
        canvas.rows().flat_map(|row| row.chunks_exact(canvas.pixel_type().bytes_per_pixel()));
    pixels
        .flat_map(|pixel| match canvas.pixel_type() {
            PixelType::Grey8 => [pixel[0]; 3],
            PixelType::Rgb8 | PixelType::Rgba8 => [pixel[0], pixel[1], pixel[2]],
            PixelType::Bgra8 => [pixel[2], pixel[1], pixel[0]],
            PixelType::RgbF32 | PixelType::RgbaF32 => {
                [byte(&pixel[..4]), byte(&pixel[4..8]), byte(&pixel[8..12])]
            }
        })
        .collect()
}

fn encode(encoder: &mut dyn VideoEncoder, canvas: &Canvas<'_>) -> VideoData {
    encoder.encode_canvas(canvas).unwrap().expect("a frame for each canvas")
}

fn black(width: u32, height: u32) -> Canvas<'static> {
    Canvas::new(width, height, PixelType::Rgb8).unwrap()
}

fn started() -> ScreenEncoder {
    let mut encoder = ScreenEncoder::new();
    encoder.init(1280, 720).unwrap();
    encoder
}

#[test]
fn what_goes_in_comes_out_of_every_type_and_size() {
    let mut noise = Noise(7);
    for (width, height, frames) in [(1, 1, 4), (17, 33, 16), (64, 64, 3), (150, 103, 6)] {
        for pixel_type in TYPES {
            for order in [RowOrder::TopDown, RowOrder::BottomUp] {
                for block_size in ["auto", "16", "128x48"] {
                    let mut encoder = ScreenEncoder::new();
                    assert!(encoder.set_parameter("block_size", block_size));
                    assert!(encoder.set_parameter("keyframe_interval", "7"));
                    let mut decoder = ScreenDecoder::new();
                    encoder.init(width, height).unwrap();
                    decoder.init(&[]).unwrap();
                    let canvas = Canvas::new(width, height, pixel_type).unwrap();
                    let mut canvas = canvas.with_row_order(order);
                    for frame in 0..frames {
                        draw(&mut canvas, &mut noise);
                        let data = encode(&mut encoder, &canvas);
                        let found = decoder.decode_canvas(&data.bytes).unwrap().expect("a picture");
                        assert!(
                            rgb(&found) == rgb(&canvas),
                            "frame {frame} of {width}x{height} {pixel_type:?} {order:?} {block_size}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_large_odd_picture_survives() {
    let (mut encoder, mut decoder) = (ScreenEncoder::new(), ScreenDecoder::new());
    encoder.init(1281, 721).unwrap();
    decoder.init(&[]).unwrap();
    let mut canvas = Canvas::new(1281, 721, PixelType::Bgra8).unwrap();
    let mut noise = Noise(1);
    for _ in 0..6 {
        draw(&mut canvas, &mut noise);
        let data = encode(&mut encoder, &canvas);
        let found = decoder.decode_canvas(&data.bytes).unwrap().expect("a picture");
        assert!(rgb(&found) == rgb(&canvas));
    }
}

#[test]
fn a_still_canvas_costs_two_bytes_a_block() {
    for (block_size, bytes) in [("auto", 94), ("64", 484), ("256x80", 94)] {
        let mut encoder = started();
        assert!(encoder.set_parameter("block_size", block_size));
        let canvas = black(1280, 720);
        assert_eq!(encode(&mut encoder, &canvas).kind, VideoDataKind::KeyFrame);
        let still = encode(&mut encoder, &canvas);
        assert_eq!((still.kind, still.bytes.len()), (VideoDataKind::InterFrame, bytes));
    }
}

#[test]
fn noise_fits_into_the_largest_blocks() {
    for block_size in ["144", "256x80", "80x256"] {
        let (mut encoder, mut noise) = (ScreenEncoder::new(), Noise(3));
        assert!(encoder.set_parameter("block_size", block_size));
        encoder.init(256, 256).unwrap();
        let pixels = (0..256 * 256 * 3).map(|_| noise.next() as u8).collect();
        let canvas = Canvas::from_vec(256, 256, PixelType::Rgb8, pixels).unwrap();
        for preset in ["ultrafast", "fast", "medium", "slow", "veryslow"] {
            assert!(encoder.set_parameter("preset", preset));
            assert!(encoder.set_parameter("force_keyframe", "true"));
            assert!(encode(&mut encoder, &canvas).is_key_frame());
        }
    }
}

#[test]
fn a_forced_key_frame_holds_everything() {
    let mut encoder = started();
    let canvas = black(1280, 720);
    let first = encode(&mut encoder, &canvas);
    encode(&mut encoder, &canvas);
    assert!(encoder.set_parameter("force_keyframe", "true"));
    assert_eq!(encode(&mut encoder, &canvas), first);
    assert_eq!(encode(&mut encoder, &canvas).kind, VideoDataKind::InterFrame);
}

#[test]
fn a_life_has_an_order() {
    let (mut encoder, canvas) = (ScreenEncoder::new(), black(1, 1));
    assert_eq!(encoder.encode_canvas(&canvas), Err(CodecError::NotInitialised));
    assert_eq!(encoder.close(), Err(CodecError::NotInitialised));
    for (width, height) in [(0, 1), (1, 4096), (u32::MAX, 1)] {
        let error = encoder.init(width, height).unwrap_err();
        assert!(matches!(error, CodecError::Resolution { .. }), "{error}");
    }
    assert_eq!(encoder.init(1, 1), Ok(None));
    assert_eq!(encoder.init(1, 1), Err(CodecError::AlreadyInitialised));
    let error = encoder.encode_canvas(&black(2, 1)).unwrap_err();
    assert_eq!(error.to_string(), "invalid parameters: a canvas of 2x1 for an encoder of 1x1");
    assert_eq!(encoder.close(), Ok(None));
    assert_eq!(encoder.encode_canvas(&canvas), Err(CodecError::NotInitialised));
    assert_eq!(encoder.init(1, 1), Err(CodecError::AlreadyInitialised));

    let mut decoder = ScreenDecoder::new();
    assert_eq!(decoder.decode_canvas(&[]), Err(CodecError::NotInitialised));
    assert!(matches!(decoder.init(&[1]), Err(CodecError::InvalidData(_))));
    assert_eq!(decoder.init(&[]), Ok(()));
    assert_eq!(decoder.init(&[]), Err(CodecError::AlreadyInitialised));
    assert_eq!(decoder.decode_canvas(&[]), Ok(None));
    decoder.close();
    assert_eq!(decoder.decode_canvas(&[]), Err(CodecError::NotInitialised));
}

#[test]
fn a_decoder_waits_for_a_whole_frame() {
    let (mut encoder, mut decoder) = (started(), ScreenDecoder::new());
    decoder.init(&[]).unwrap();
    let canvas = black(1280, 720);
    let whole = encode(&mut encoder, &canvas).bytes;
    let still = encode(&mut encoder, &canvas).bytes;
    assert_eq!(decoder.decode_canvas(&still), Ok(None));
    assert_eq!(decoder.format(), None);
    assert!(decoder.decode_canvas(&whole).unwrap().is_some());
    assert!(decoder.decode_canvas(&still).unwrap().is_some());
    let format = decoder.format().unwrap();
    assert_eq!((format.width, format.height, format.pixel_type), (1280, 720, PixelType::Rgb8));

    // Damage: the last byte of a block's checksum.
    let mut damaged = whole.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(decoder.decode_canvas(&damaged), Err(CodecError::InvalidData(_))));
    assert_eq!(decoder.decode_canvas(&still), Ok(None));
    assert!(decoder.decode_canvas(&whole).unwrap().is_some());
}

#[test]
fn a_frame_is_refused_wherever_it_is_cut_off() {
    let (mut encoder, mut decoder) = (ScreenEncoder::new(), ScreenDecoder::new());
    encoder.init(17, 33).unwrap();
    decoder.init(&[]).unwrap();
    let data = encode(&mut encoder, &black(17, 33)).bytes;
    for length in 1..data.len() {
        let error = decoder.decode_canvas(&data[..length]).unwrap_err();
        assert!(matches!(error, CodecError::InvalidData(_)), "{length} bytes: {error}");
    }
    assert!(decoder.decode_canvas(&data).unwrap().is_some());
}

#[test]
fn blocks_of_another_length_than_theirs_are_refused() {
    let mut compressor = super::zlib::Compressor::new(9);
    for bytes in [0, 16 * 16 * 3 - 1, 16 * 16 * 3 + 1, 1_000_000] {
        let mut decoder = ScreenDecoder::new();
        decoder.init(&[]).unwrap();
        let mut packed = vec![0; 60_000];
        let length = compressor.compress(&vec![0; bytes], &mut packed).unwrap();
        let mut frame = vec![0, 16, 0, 16];
        frame.extend((length as u16).to_be_bytes());
        frame.extend(&packed[..length]);
        let error = decoder.decode_canvas(&frame).unwrap_err();
        assert!(matches!(error, CodecError::InvalidData(_)), "{bytes} bytes: {error}");
    }
}

#[test]
fn a_picture_beyond_the_limit_is_refused() {
    let mut decoder = ScreenDecoder::new();
    assert!(decoder.set_parameter("max_pixels", "255"));
    assert!(!decoder.set_parameter("max_pixels", "many") && !decoder.set_parameter("pixels", "1"));
    assert_eq!(decoder.parameter("max_pixels").as_deref(), Some("255"));
    decoder.init(&[]).unwrap();
    for (frame, error) in [
        (&[0, 16, 0, 16, 0, 0][..], "a picture of 16x16, where 1 to 255 pixels are allowed"),
        (&[0, 0, 0, 16], "a picture of 0x16, where 1 to 255 pixels are allowed"),
    ] {
        let found = decoder.decode_canvas(frame).unwrap_err().to_string();
        assert_eq!(found, format!("not decodable: {error}"));
    }
    assert_eq!(decoder.decode_canvas(&[0, 16, 0, 15, 0, 0]), Ok(None));
}
