//! Decodes what the encoder makes.

use super::annex_b::{LENGTH_BYTES, split_unit};
use super::{H264Decoder, H264Encoder};
use crate::media::codec::{CodecError, VideoData, VideoDataKind, VideoDecoder as _, VideoEncoder};
use crate::media::{Canvas, PixelType};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;

/// A picture of a moving scene: a disc that crosses a smooth background.
fn scene(number: u32) -> Canvas<'static> {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8).unwrap();
    let centre = [(number * 5) % WIDTH, (number * 3) % HEIGHT].map(f64::from);
    for row in 0..HEIGHT {
        for (column, pixel) in canvas.row_mut(row).chunks_exact_mut(3).enumerate() {
            let [x, y] = [column as f64, f64::from(row)];
            let distance = (x - centre[0]).hypot(y - centre[1]);
            let disc = (30.0 - distance).clamp(0.0, 1.0);
            let ground = [x / f64::from(WIDTH), y / f64::from(HEIGHT), 0.4];
            let mixed = ground.map(|ground| 255.0 * (ground * (1.0 - disc) + 0.9 * disc));
            pixel.copy_from_slice(&mixed.map(|value| value as u8));
        }
    }
    canvas
}

fn encoder(parameters: &[(&str, &str)]) -> (H264Encoder, VideoData) {
    let mut encoder = H264Encoder::new();
    for (name, value) in parameters {
        assert!(encoder.set_parameter(name, value), "{name}");
    }
    let header = encoder.init(WIDTH, HEIGHT).unwrap().expect("a sequence header");
    (encoder, header)
}

/// A picture of random blocks, unlike the one before.
fn noise(number: u32) -> Canvas<'static> {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8).unwrap();
    for row in 0..HEIGHT {
        for (column, byte) in canvas.row_mut(row).iter_mut().enumerate() {
            let block = [number, row / 8, column as u32 / 24];
            let mixed = block
                .iter()
                .fold(7u32, |mixed, part| (mixed ^ part).wrapping_mul(0x9e37_79b1).rotate_left(13));
            *byte = (mixed >> 25) as u8;
        }
    }
    canvas
}

fn encode(encoder: &mut H264Encoder, numbers: std::ops::Range<u32>) -> Vec<Option<VideoData>> {
    numbers.map(|number| encoder.encode_canvas(&scene(number)).unwrap()).collect()
}

fn encode_noise(encoder: &mut H264Encoder, count: u32) -> Vec<Option<VideoData>> {
    (0..count).map(|number| encoder.encode_canvas(&noise(number)).unwrap()).collect()
}

/// In bit/s at 25 frames/s.
fn rate(frames: &[Option<VideoData>]) -> usize {
    let bytes: usize = frames.iter().flatten().map(|frame| frame.bytes.len()).sum();
    bytes * 8 * 25 / frames.len()
}

fn key_frames(frames: &[Option<VideoData>]) -> Vec<usize> {
    let is_key = |frame: &Option<VideoData>| frame.as_ref().is_some_and(VideoData::is_key_frame);
    (0..frames.len()).filter(|number| is_key(&frames[*number])).collect()
}

/// Peak signal to noise ratio, in decibels.
fn psnr(one: &Canvas<'_>, other: &Canvas<'_>) -> f64 {
    let differences = one.bytes().iter().zip(other.bytes()).map(|(a, b)| f64::from(a.abs_diff(*b)));
    let squares: f64 = differences.map(|difference| difference * difference).sum();
    10.0 * (255.0 * 255.0 * one.bytes().len() as f64 / squares).log10()
}

#[test]
fn what_is_decoded_is_what_was_encoded() {
    let (mut encoder, header) = encoder(&[]);
    assert_eq!(header.kind, VideoDataKind::SequenceHeader);
    let mut decoder = H264Decoder::new();
    decoder.init(&header.bytes).unwrap();
    assert_eq!(decoder.format(), None);
    for number in 0..20 {
        let canvas = scene(number);
        let frame = encoder.encode_canvas(&canvas).unwrap().expect("a frame for each");
        let decoded = decoder.decode_canvas(&frame.bytes).unwrap().expect("a picture for each");
        let psnr = psnr(&canvas, &decoded);
        assert!(psnr > 35.0, "frame {number}: {psnr} dB");
    }
    let format = decoder.format().unwrap();
    assert_eq!((format.width, format.height, format.pixel_type), (WIDTH, HEIGHT, PixelType::Rgb8));
    assert_eq!(encoder.close(), Ok(Vec::new()));
    decoder.close();
    assert_eq!(decoder.decode_canvas(&[]), Err(CodecError::NotInitialised));
}

#[test]
fn frames_are_units_behind_lengths_without_what_the_header_says() {
    let (mut encoder, _) = encoder(&[("keyframe_interval", "3")]);
    for frame in encode(&mut encoder, 0..7).into_iter().flatten() {
        let mut rest = &frame.bytes[..];
        let mut types = Vec::new();
        while !rest.is_empty() {
            types.push(split_unit(&mut rest, LENGTH_BYTES).expect("a whole unit")[0] & 0x1f);
        }
        assert_eq!(types, [if frame.is_key_frame() { 5 } else { 1 }]);
    }
}

#[test]
fn key_frames_come_by_interval_and_on_demand() {
    let (mut encoder, _) = encoder(&[("keyframe_interval", "10")]);
    assert_eq!(key_frames(&encode(&mut encoder, 0..25)), [0, 10, 20]);
    assert!(encoder.set_parameter("force_keyframe", "true"));
    assert_eq!(key_frames(&encode(&mut encoder, 25..40)), [0, 10]);
    assert_eq!(encoder.parameter("force_keyframe").as_deref(), Some("false"));
    assert!(encoder.set_parameter("keyframe_interval", "0"));
    assert!(key_frames(&encode(&mut encoder, 40..80)).is_empty());
    assert!(encoder.set_parameter("keyframe_interval", "7"));
    assert_eq!(key_frames(&encode(&mut encoder, 80..90)), [0, 7]);
}

#[test]
fn the_bitrate_is_kept_and_changes_without_a_key_frame() {
    let (mut encoder, _) = encoder(&[("bitrate", "300000"), ("keyframe_interval", "0")]);
    for (place, wanted) in [300_000, 1_200_000, 200_000].into_iter().enumerate() {
        assert!(encoder.set_parameter("bitrate", &wanted.to_string()));
        let frames = encode_noise(&mut encoder, 100);
        let found = rate(&frames);
        assert!((wanted * 7 / 10..=wanted * 12 / 10).contains(&found), "{found} of {wanted} bit/s");
        assert_eq!(key_frames(&frames).len(), usize::from(place == 0));
    }
}

#[test]
fn sizes_are_those_of_openh264() {
    for (width, height, fits) in [
        (16, 16, true),
        (33, 17, true),
        (2160, 3840, true),
        (15, 16, false),
        (3840, 2161, false),
        (3841, 16, false),
        (u32::MAX, u32::MAX, false),
    ] {
        let outcome = H264Encoder::new().init(width, height);
        match outcome {
            Ok(Some(_)) => assert!(fits, "{width}x{height}"),
            Err(CodecError::Resolution { .. }) => assert!(!fits, "{width}x{height}"),
            other => panic!("{width}x{height}: {other:?}"),
        }
    }
}

#[test]
fn an_odd_size_is_made_even() {
    let mut encoder = H264Encoder::new();
    let header = encoder.init(33, 17).unwrap().unwrap();
    let canvas = Canvas::new(33, 17, PixelType::Grey8).unwrap();
    let frame = encoder.encode_canvas(&canvas).unwrap().unwrap();
    let mut decoder = H264Decoder::new();
    decoder.init(&header.bytes).unwrap();
    let decoded = decoder.decode_canvas(&frame.bytes).unwrap().unwrap();
    assert_eq!((decoded.width(), decoded.height()), (34, 18));
}

#[test]
fn a_life_is_lived_in_order() {
    let canvas = scene(0);
    let mut encoder = H264Encoder::new();
    assert_eq!(encoder.encode_canvas(&canvas), Err(CodecError::NotInitialised));
    assert_eq!(encoder.close(), Err(CodecError::NotInitialised));
    let (mut encoder, _) = self::encoder(&[]);
    assert_eq!(encoder.init(WIDTH, HEIGHT), Err(CodecError::AlreadyInitialised));
    let small = Canvas::new(16, 16, PixelType::Rgb8).unwrap();
    let error = encoder.encode_canvas(&small).unwrap_err();
    assert_eq!(error.to_string(), "invalid parameters: a canvas of 16x16 for a video of 320x180");
    assert_eq!(encoder.close(), Ok(Vec::new()));
    assert_eq!(encoder.encode_canvas(&canvas), Err(CodecError::NotInitialised));
    assert_eq!(encoder.init(WIDTH, HEIGHT), Err(CodecError::AlreadyInitialised));
}

#[test]
fn garbage_is_refused() {
    let mut decoder = H264Decoder::new();
    assert!(matches!(decoder.init(&[9; 30]), Err(CodecError::InvalidData(_))));
    decoder.init(&[]).unwrap();
    assert!(matches!(decoder.decode_canvas(&[0, 0, 0, 9, 1]), Err(CodecError::InvalidData(_))));
    let noise: Vec<u8> = (0..200u32).map(|n| ((n * n * 31) >> 3) as u8).collect();
    let mut data = vec![0, 0, 0, 200];
    data.extend(noise);
    assert!(!matches!(decoder.decode_canvas(&data), Ok(Some(_))));
}
