//! The worked plugin in C for FFmpeg's libavcodec: `examples/libavcodec_plugin/libavcodec.c`.

use std::fs::{self, File};
use std::process::Command;

use libtest_mimic::Trial;
use rendercast::media::codec::{
    CodecError, VideoCodecFactory, VideoData, VideoDataKind, VideoEncoder,
};
use rendercast::media::flv::Writer;
use rendercast::media::video::{Codec, CodecId};
use rendercast::media::{Canvas, PixelType, RowOrder};
use rendercast::{Tag, TagKind, Timestamp};

use crate::build::{Workshop, finish, root};
use crate::load;
use crate::need::{Need, trial};

const NEEDS: &[Need] = &[Need::Program("cc"), Need::Header("libavcodec/avcodec.h")];
const NEEDS_FFMPEG: &[Need] =
    &[Need::Program("cc"), Need::Header("libavcodec/avcodec.h"), Need::Program("ffmpeg")];

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;

/// By how much a colour may be off.
const SLACK: u8 = 8;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("libavcodec::x264_makes_frames_that_ffmpeg_decodes", NEEDS_FFMPEG, || {
            makes_frames("libx264", CodecId::AVC);
        }),
        trial("libavcodec::flv_makes_frames_that_ffmpeg_decodes", NEEDS_FFMPEG, || {
            makes_frames("flv", CodecId::SORENSON);
        }),
        trial("libavcodec::its_parameters_take_effect", NEEDS, its_parameters_take_effect),
        trial("libavcodec::what_it_cannot_do_is_told", NEEDS, what_it_cannot_do_is_told),
    ]
}

/// Makes an encoder of FFmpeg's `encoder`, as the codec `name`.
fn encoder_of(encoder: &str, name: &str) -> Box<dyn VideoEncoder> {
    let workshop = Workshop::open();
    let source = root().join("examples/libavcodec_plugin/libavcodec.c");
    let defines = [format!("-DENCODER=\"{encoder}\""), format!("-DNAME=\"{name}\"")];
    let arguments = [&*defines[0], &*defines[1], "-lavcodec", "-lavutil", "-lswscale"];
    let library = workshop.compile(&source, name, &arguments);
    let factory = VideoCodecFactory::default();
    assert_eq!(load(&factory, &library).expect("a plugin").name, name);
    factory.create_video_encoder(name).expect("it encodes")
}

/// The colours of a picture's left and right half, which change with its number.
fn colours(number: u8) -> [[u8; 3]; 2] {
    let step = number * 12;
    [[200 - step, 40, 40], [30, 60 + step, 180]]
}

/// Draws a picture whose halves have two colours.
fn picture(number: u8) -> Canvas<'static> {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8).expect("a size");
    let [left, right] = colours(number);
    for row in 0..HEIGHT {
        let (first, last) = canvas.row_mut(row).split_at_mut(WIDTH as usize * 3 / 2);
        first.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&left));
        last.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&right));
    }
    canvas
}

/// Encodes pictures, and reads their colours back from what ffmpeg decodes.
fn makes_frames(ffmpegs: &str, codec: CodecId) {
    const PICTURES: u8 = 12;
    let mut encoder = encoder_of(ffmpegs, &format!("{ffmpegs} decoded"));
    assert!(encoder.identifier().starts_with(&format!("{ffmpegs} by libavcodec ")));
    assert!(encoder.set_parameter("keyframe_interval", "5"));
    let header = encoder.init(WIDTH, HEIGHT).expect("it starts");
    assert_eq!(header.is_some(), codec == CodecId::AVC);

    let mut frames: Vec<VideoData> = header.into_iter().collect();
    let mut kinds = Vec::new();
    for number in 0..PICTURES {
        let frame = encoder.encode_canvas(&picture(number)).expect("it encodes");
        let frame = frame.expect("a frame for each picture");
        kinds.push(frame.kind == VideoDataKind::KeyFrame);
        frames.push(frame);
    }
    let expected: Vec<bool> = (0..PICTURES).map(|number| number % 5 == 0).collect();
    assert_eq!(kinds, expected, "key frames are where they are asked for");
    assert_eq!(encoder.close(), Ok(None));

    let folder = Workshop::open();
    let (flv, pictures) = (folder.path().join("frames.flv"), folder.path().join("frames.rgb"));
    let mut writer = Writer::new(File::create(&flv).expect("a file"), false, true).expect("begun");
    for (number, frame) in (0..).zip(&frames) {
        let payload = frame.to_tag_body(Codec::Classic(codec)).expect("FLV carries it");
        let timestamp = Timestamp(40 * number);
        writer.write(&Tag { kind: TagKind::Video, timestamp, payload }).expect("written");
    }
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-xerror", "-i"]).arg(&flv);
    ffmpeg.args(["-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo"]).arg(&pictures);
    assert_eq!(finish(&mut ffmpeg).stderr, "", "error lines of ffmpeg");

    let decoded = fs::read(&pictures).expect("ffmpeg has written it");
    let (row, all) = (WIDTH as usize * 3, (WIDTH * HEIGHT) as usize * 3);
    assert_eq!(decoded.len(), all * usize::from(PICTURES));
    for (number, decoded) in (0..).zip(decoded.chunks_exact(all)) {
        let middle = &decoded[row * HEIGHT as usize / 2..];
        let found = [&middle[row / 4 / 3 * 3..], &middle[row * 3 / 4 / 3 * 3..]];
        for (wanted, found) in colours(number).iter().zip(found) {
            let is_near = |(wanted, found): (&u8, &u8)| wanted.abs_diff(*found) <= SLACK;
            let alike = wanted.iter().zip(found).all(is_near);
            assert!(alike, "picture {number}: {:?} is not {wanted:?}", &found[..3]);
        }
    }
}

/// Returns how many bytes a few pictures of noise take.
fn bytes_of_noise(encoder: &mut dyn VideoEncoder) -> usize {
    let mut state = 1u32;
    let mut frames = (0..50).map(|_| {
        let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Bgra8).expect("a size");
        for row in 0..HEIGHT {
            for byte in canvas.row_mut(row) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (state >> 24) as u8;
            }
        }
        encoder.encode_canvas(&canvas).expect("it encodes").map_or(0, |frame| frame.bytes.len())
    });
    let first = frames.next().expect("there are some");
    frames.sum::<usize>() + first
}

fn its_parameters_take_effect() {
    let mut encoder = encoder_of("libx264", "x264 steered");
    for (name, value) in [
        ("bitrate", "1500000"),
        ("framerate", "25"),
        ("keyframe_interval", "0"),
        ("preset", "ultrafast"),
    ] {
        assert!(encoder.set_parameter(name, value), "{name}");
        assert_eq!(encoder.parameter(name).as_deref(), Some(value));
    }
    for (name, value) in [("bitrate", "many"), ("framerate", "0"), ("crf", "23")] {
        assert!(!encoder.set_parameter(name, value), "{name}");
    }
    encoder.init(WIDTH, HEIGHT).expect("it starts");
    assert!(!encoder.set_parameter("preset", "slow"), "it has begun");
    let fine = bytes_of_noise(&mut *encoder);
    assert!(encoder.set_parameter("bitrate", "150000"));
    bytes_of_noise(&mut *encoder);
    let coarse = bytes_of_noise(&mut *encoder);
    assert!(coarse * 3 < fine, "{coarse} of {fine} bytes at a tenth of the bitrate");

    assert!(encoder.set_parameter("force_keyframe", "1"));
    let bottom_up = picture(1).with_row_order(RowOrder::BottomUp);
    let kinds = [&bottom_up, &bottom_up].map(|canvas| {
        encoder.encode_canvas(canvas).expect("it encodes").map(|frame| frame.is_key_frame())
    });
    assert_eq!(kinds, [Some(true), Some(false)]);
}

fn what_it_cannot_do_is_told() {
    let mut absent = encoder_of("no_such_encoder", "absent");
    let Err(CodecError::NoDevice(reason)) = absent.init(WIDTH, HEIGHT) else {
        panic!("FFmpeg has no such encoder")
    };
    assert!(reason.contains("no_such_encoder: this FFmpeg has no such encoder"), "{reason}");
    let mut encoder = encoder_of("libx264", "x264 odd");
    let Err(CodecError::Resolution { reason, .. }) = encoder.init(63, 48) else {
        panic!("it takes even sides alone")
    };
    assert!(reason.contains("both sides must be even"), "{reason}");
    encoder.init(WIDTH, HEIGHT).expect("it may be tried again");
}
