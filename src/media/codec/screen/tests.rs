//! Decodes what the encoders make.

use super::{Screen2Decoder, Screen2Encoder, ScreenDecoder, ScreenEncoder};
use crate::media::codec::{CodecError, VideoData, VideoDataKind, VideoDecoder, VideoEncoder};
use crate::media::{Canvas, PixelType, RowOrder, ToneMap};

const TYPES: [PixelType; 7] = [
    PixelType::Grey8,
    PixelType::Bgr8,
    PixelType::Rgb8,
    PixelType::Rgba8,
    PixelType::Bgra8,
    PixelType::RgbF32,
    PixelType::RgbaF32,
];

/// Pseudo-random numbers, the same in each run.
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

/// A pixel of this colour, with an alpha that must have no effect.
fn pixel(pixel_type: PixelType, [red, green, blue]: [u8; 3]) -> Vec<u8> {
    let floats = |values: &[u8]| {
        values.iter().flat_map(|value| (f32::from(*value) / 255.0).to_ne_bytes()).collect()
    };
    match pixel_type {
        PixelType::Grey8 => vec![red],
        PixelType::Rgb8 => vec![red, green, blue],
        PixelType::Rgba8 => vec![red, green, blue, red ^ 0x5a],
        PixelType::Bgr8 => vec![blue, green, red],
        PixelType::Bgra8 => vec![blue, green, red, green],
        PixelType::RgbF32 => floats(&[red, green, blue]),
        PixelType::RgbaF32 => floats(&[red, green, blue, green]),
        other => unreachable!("{other:?} is not among the types"),
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
    let bytes = pixel_type.bytes_per_pixel().unwrap();
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
    let bytes = canvas.pixel_type().bytes_per_pixel().unwrap();
    let pixels = canvas.rows().flat_map(|row| row.chunks_exact(bytes));
    pixels
        .flat_map(|pixel| match canvas.pixel_type() {
            PixelType::Grey8 => [pixel[0]; 3],
            PixelType::Rgb8 | PixelType::Rgba8 => [pixel[0], pixel[1], pixel[2]],
            PixelType::Bgr8 | PixelType::Bgra8 => [pixel[2], pixel[1], pixel[0]],
            PixelType::RgbF32 | PixelType::RgbaF32 => {
                [byte(&pixel[..4]), byte(&pixel[4..8]), byte(&pixel[8..12])]
            }
            other => unreachable!("{other:?} is not among the types"),
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

/// Each codec, started, the encoder with parameters.
fn codecs(
    width: u32,
    height: u32,
    parameters: &[(&str, &str)],
) -> [(Box<dyn VideoEncoder>, Box<dyn VideoDecoder>); 2] {
    let both: [(Box<dyn VideoEncoder>, Box<dyn VideoDecoder>); 2] = [
        (Box::new(ScreenEncoder::new()), Box::new(ScreenDecoder::new())),
        (Box::new(Screen2Encoder::new()), Box::new(Screen2Decoder::new())),
    ];
    both.map(|(mut encoder, mut decoder)| {
        for (name, value) in parameters {
            assert!(encoder.set_parameter(name, value), "{name}");
        }
        encoder.init(width, height).unwrap();
        decoder.init(&[]).unwrap();
        (encoder, decoder)
    })
}

#[test]
fn what_goes_in_comes_out_of_every_type_and_size() {
    let mut noise = Noise(7);
    for (width, height, frames) in [(1, 1, 4), (17, 33, 10), (64, 64, 2), (70, 53, 4)] {
        for pixel_type in TYPES {
            for order in [RowOrder::TopDown, RowOrder::BottomUp] {
                for block_size in ["64", "16", "128x48"] {
                    let parameters = [("block_size", block_size), ("keyframe_interval", "7")];
                    for (mut encoder, mut decoder) in codecs(width, height, &parameters) {
                        let canvas = Canvas::new(width, height, pixel_type).unwrap();
                        let canvas = canvas.with_tone_map(ToneMap::encoded());
                        let mut canvas = canvas.with_row_order(order);
                        for frame in 0..frames {
                            draw(&mut canvas, &mut noise);
                            let data = encode(&mut *encoder, &canvas);
                            let found = decoder.decode_canvas(&data.bytes).unwrap();
                            assert!(
                                rgb(&found.expect("a picture")) == rgb(&canvas),
                                "frame {frame} of {width}x{height} {pixel_type:?} {order:?} \
                                 in blocks of {block_size} by {}",
                                encoder.identifier()
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_large_odd_picture_survives() {
    for (mut encoder, mut decoder) in codecs(1281, 721, &[]) {
        let mut canvas = Canvas::new(1281, 721, PixelType::Bgra8).unwrap();
        let mut noise = Noise(1);
        for _ in 0..3 {
            draw(&mut canvas, &mut noise);
            let data = encode(&mut *encoder, &canvas);
            let found = decoder.decode_canvas(&data.bytes).unwrap().expect("a picture");
            assert!(rgb(&found) == rgb(&canvas));
        }
    }
}

#[test]
fn parameters_change_while_frames_come() {
    let changes = [
        ("block_size", "32x96"),
        ("colour_space", "hybrid"),
        ("prime", "false"),
        ("preset", "ultrafast"),
        ("force_keyframe", "true"),
        ("colour_space", "bgr24"),
        ("block_size", "auto"),
        ("prime", "true"),
        ("preset", "veryslow"),
    ];
    for (mut encoder, mut decoder) in codecs(100, 75, &[("keyframe_interval", "0")]) {
        let mut noise = Noise(5);
        let mut canvas = Canvas::new(100, 75, PixelType::Rgb8).unwrap();
        for (name, value) in changes {
            let was = encoder.parameter(name);
            let is_set = encoder.set_parameter(name, value);
            let now = encoder.parameter(name);
            assert!(if is_set { now.is_some_and(|now| now == value) } else { now == was });
            for _ in 0..4 {
                draw(&mut canvas, &mut noise);
                let data = encode(&mut *encoder, &canvas);
                let found = decoder.decode_canvas(&data.bytes).unwrap().expect("a picture");
                let is_hybrid = encoder.parameter("colour_space").is_some_and(|it| it == "hybrid");
                let off = rgb(&found).iter().zip(rgb(&canvas)).map(|(a, b)| a.abs_diff(b)).max();
                assert!(off <= Some(if is_hybrid { 4 } else { 0 }), "{off:?} after {name} {value}");
            }
        }
    }
}

#[test]
fn what_is_again_as_in_the_key_frame_costs_five_bytes_a_block() {
    let [_, (mut encoder, mut decoder)] = codecs(128, 64, &[]);
    let mut canvas = black(128, 64);
    encode(&mut *encoder, &canvas);
    canvas.row_mut(10).fill(200);
    let changed = encode(&mut *encoder, &canvas);
    canvas.row_mut(10).fill(0);
    let back = encode(&mut *encoder, &canvas);
    assert!(changed.bytes.len() < 60);
    assert_eq!(back.bytes[..], [0x30, 128, 0x30, 64, 0, 0, 3, 4, 0, 0, 0, 3, 4, 0, 0]);
    assert_eq!(decoder.decode_canvas(&back.bytes), Ok(None));
}

#[test]
fn a_frame_that_could_be_taken_for_a_key_frame_is_one() {
    for prime in ["true", "false"] {
        let [_, (mut encoder, mut decoder)] = codecs(64, 64, &[]);
        assert!(encoder.set_parameter("prime", prime));
        let mut canvas = black(64, 64);
        encode(&mut *encoder, &canvas);
        for y in 0..64 {
            canvas.row_mut(y).fill(y as u8 + 1);
        }
        let data = encode(&mut *encoder, &canvas);
        assert_eq!(data.is_key_frame(), prime == "false");
        assert_eq!(decoder.decode_canvas(&data.bytes).unwrap().is_some(), data.is_key_frame());
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
    assert_eq!(encoder.close(), Ok(Vec::new()));
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
    for (mut encoder, mut decoder) in codecs(1280, 720, &[]) {
        let canvas = black(1280, 720);
        let whole = encode(&mut *encoder, &canvas).bytes;
        let still = encode(&mut *encoder, &canvas).bytes;
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
}

#[test]
fn a_frame_is_refused_wherever_it_is_cut_off() {
    for (mut encoder, mut decoder) in codecs(17, 33, &[]) {
        let data = encode(&mut *encoder, &black(17, 33)).bytes;
        for length in 1..data.len() {
            let error = decoder.decode_canvas(&data[..length]).unwrap_err();
            assert!(matches!(error, CodecError::InvalidData(_)), "{length} bytes: {error}");
        }
        assert!(decoder.decode_canvas(&data).unwrap().is_some());
    }
}

#[test]
fn what_screen_video_2_cannot_mean_is_refused() {
    let [_, (mut encoder, _)] = codecs(16, 16, &[("block_size", "16")]);
    let key = encode(&mut *encoder, &black(16, 16)).bytes;
    for (frame, is_key_frame, reason) in [
        (&[0, 16, 0, 16, 0, 0, 3, 4, 0, 0][..], true, "a key frame without all blocks"),
        (&[0, 16, 0, 16, 0, 0, 3, 4, 1, 16], false, "rows to 17, of a block to 16"),
        (&[0, 16, 0, 16, 1, 0, 0], false, "a frame with a palette"),
        (&[0, 16, 0, 16, 0, 0, 1, 2], false, "a block that is primed with another"),
        (&[0, 16, 0, 16, 0, 0, 2, 1, 3], false, "a block's zlib data"),
        (&[0, 16, 0, 16, 0, 0, 2, 0x10, 3], false, "a block's zlib data"),
    ] {
        let mut decoder = Screen2Decoder::new();
        decoder.init(&[]).unwrap();
        assert!(decoder.decode_frame(&key, true).unwrap().is_some());
        let error = decoder.decode_frame(frame, is_key_frame).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn blocks_of_another_length_than_theirs_are_refused() {
    let mut compressor = super::zlib::Compressor::new(9);
    for bytes in [0, 16 * 16 * 3 - 1, 16 * 16 * 3 + 1, 1_000_000] {
        let mut decoder = ScreenDecoder::new();
        decoder.init(&[]).unwrap();
        let mut packed = vec![0; 60_000];
        let length = compressor.compress(&vec![0; bytes], None, &mut packed).unwrap();
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
