//! The worked plugin in C for FFmpeg's libavcodec: `examples/libavcodec_plugin/libavcodec.c`.

use std::fs::{self, File};
use std::path::Path;
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

const NEEDS_FFPROBE: &[Need] = &[
    Need::Program("cc"),
    Need::Header("libavcodec/avcodec.h"),
    Need::Program("ffmpeg"),
    Need::Program("ffprobe"),
];

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
        trial("libavcodec::b_frames_are_shown_in_order", NEEDS_FFPROBE, || {
            shows_b_frames_in_order("even", &[40]);
        }),
        trial(
            "libavcodec::b_frames_are_shown_as_far_apart_as_their_pictures",
            NEEDS_FFPROBE,
            || {
                shows_b_frames_in_order("uneven", &[40, 10, 70, 130]);
            },
        ),
        trial("libavcodec::planes_are_taken_as_they_are", NEEDS_FFMPEG, planes_are_taken),
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
    assert_eq!(encoder.close(), Ok(Vec::new()));

    let folder = Workshop::open();
    let flv = folder.path().join("frames.flv");
    write_flv(&flv, codec, (0..).map(|number| 40 * number).zip(&frames));
    shows(&flv, (0..PICTURES).map(colours));
}

/// Writes frames, each with its time in milliseconds.
fn write_flv<'a>(
    flv: &Path,
    codec: CodecId,
    frames: impl IntoIterator<Item = (u32, &'a VideoData)>,
) {
    let mut writer = Writer::new(File::create(flv).expect("a file"), false, true).expect("begun");
    for (time, frame) in frames {
        let payload = frame.to_tag_body(Codec::Classic(codec)).expect("FLV carries it");
        let timestamp = Timestamp(time);
        writer.write(&Tag { kind: TagKind::Video, timestamp, payload }).expect("written");
    }
}

/// Checks that ffmpeg decodes pictures whose halves have these colours, in this order.
fn shows(flv: &Path, pictures: impl ExactSizeIterator<Item = [[u8; 3]; 2]>) {
    let folder = Workshop::open();
    let raw = folder.path().join("frames.rgb");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-xerror", "-i"]).arg(flv);
    ffmpeg.args(["-fps_mode", "passthrough", "-enc_time_base", "0.001"]);
    ffmpeg.args(["-pix_fmt", "rgb24", "-f", "rawvideo"]).arg(&raw);
    assert_eq!(finish(&mut ffmpeg).stderr, "", "error lines of ffmpeg");

    let decoded = fs::read(&raw).expect("ffmpeg has written it");
    let (row, all) = (WIDTH as usize * 3, (WIDTH * HEIGHT) as usize * 3);
    assert_eq!(decoded.len(), all * pictures.len());
    for (number, (decoded, colours)) in decoded.chunks_exact(all).zip(pictures).enumerate() {
        let middle = &decoded[row * HEIGHT as usize / 2..];
        let found = [&middle[row / 4 / 3 * 3..], &middle[row * 3 / 4 / 3 * 3..]];
        for (wanted, found) in colours.iter().zip(found) {
            let is_near = |(wanted, found): (&u8, &u8)| wanted.abs_diff(*found) <= SLACK;
            let alike = wanted.iter().zip(found).all(is_near);
            assert!(alike, "picture {number}: {:?} is not {wanted:?}", &found[..3]);
        }
    }
}

/// Encodes pictures with two B frames between others. `steps` are the times between them, in
/// milliseconds, over and over again.
fn shows_b_frames_in_order(name: &str, steps: &[u32]) {
    const PICTURES: u8 = 14;
    let mut encoder = encoder_of("libx264", &format!("b frames {name}"));
    for (name, value) in [("bf", "2"), ("keyframe_interval", "9")] {
        assert!(encoder.set_parameter(name, value), "{name}");
    }
    let header = encoder.init(WIDTH, HEIGHT).expect("it starts").expect("a header");
    let mut time = 1000;
    let mut times = Vec::new();
    let mut frames = vec![(time, header)];
    for (number, step) in (0..PICTURES).zip(steps.iter().cycle()) {
        let canvas = picture(number).with_timestamp(Timestamp(time));
        let frame = encoder.encode_canvas(&canvas).expect("it encodes");
        frames.extend(frame.map(|frame| (time, frame)));
        times.push(time);
        time += step;
    }
    let last = *times.last().expect("there are some");
    let rest = encoder.close().expect("it closes");
    assert!(rest.len() >= 2, "B frames wait for the next: {}", rest.len());
    frames.extend(rest.into_iter().map(|frame| (last, frame)));
    assert_eq!(frames.len(), 1 + usize::from(PICTURES), "a frame for each picture");

    let shown =
        |(time, frame): &(u32, VideoData)| i64::from(*time) + i64::from(frame.composition_time);
    let presented: Vec<_> = frames[1..].iter().map(shown).collect();
    assert!(!presented.is_sorted(), "they are decoded in another order: {presented:?}");
    let keys = frames.iter().filter(|(_, frame)| frame.is_key_frame());
    assert_eq!(keys.count(), 2, "key frames are where they are asked for");

    let folder = Workshop::open();
    let flv = folder.path().join("frames.flv");
    write_flv(&flv, CodecId::AVC, frames.iter().map(|(time, frame)| (*time, frame)));
    shows(&flv, (0..PICTURES).map(colours));
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-loglevel", "error", "-show_entries", "frame=pts", "-of", "csv=p=0"]).arg(&flv);
    let probed = finish(&mut ffprobe).stdout;
    let lines = probed.lines().map(|line| line.trim_matches(','));
    // Frames with side data are followed by an empty line.
    let lines = lines.filter(|line| !line.is_empty());
    let probed: Vec<i64> = lines.map(|line| line.parse().expect("a time")).collect();
    let delay = probed[0] - i64::from(times[0]);
    assert!((40..=200).contains(&delay), "{delay} ms for two B frames of 40 ms");
    let wanted: Vec<_> = times.iter().map(|time| i64::from(*time) + delay).collect();
    assert_eq!(probed, wanted, "each picture is shown as long after it was drawn");
}

/// Draws a picture of one colour in Y, U and V of BT.709 in limited range.
fn planes_are_taken() {
    let mut encoder = encoder_of("libx264", "planes");
    let header = encoder.init(WIDTH, HEIGHT).expect("it starts").expect("a header");
    // Red, green, blue of (200, 40, 40) and (30, 60, 180), by ITU-R BT.709.
    let halves = [[80, 112, 198], [69, 184, 110]];
    let mut frames = vec![(0, header)];
    for (time, pixel_type, order) in [
        (0, PixelType::I420, RowOrder::TopDown),
        (40, PixelType::Nv12, RowOrder::TopDown),
        (80, PixelType::I420, RowOrder::BottomUp),
        (120, PixelType::Nv12, RowOrder::BottomUp),
    ] {
        let mut canvas = Canvas::new(WIDTH, HEIGHT, pixel_type).expect("a size");
        canvas = canvas.with_row_order(order);
        for row in 0..HEIGHT {
            let (first, last) = canvas.row_mut(row).split_at_mut(WIDTH as usize / 2);
            first.fill(halves[0][0]);
            last.fill(halves[1][0]);
        }
        for row in 0..HEIGHT / 2 {
            for plane in 1..pixel_type.planes() {
                let row = canvas.plane_row_mut(plane, row);
                let middle = row.len() / 2;
                for (half, part) in halves.iter().zip([0..middle, middle..row.len()]) {
                    for (place, byte) in row[part].iter_mut().enumerate() {
                        let colour =
                            if pixel_type == PixelType::Nv12 { place % 2 + 1 } else { plane };
                        *byte = half[colour];
                    }
                }
            }
        }
        let frame = encoder.encode_canvas(&canvas).expect("it encodes").expect("a frame");
        frames.push((time, frame));
    }
    let folder = Workshop::open();
    let flv = folder.path().join("planes.flv");
    write_flv(&flv, CodecId::AVC, frames.iter().map(|(time, frame)| (*time, frame)));
    shows(&flv, [[[200, 40, 40], [30, 60, 180]]; 4].into_iter());
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
