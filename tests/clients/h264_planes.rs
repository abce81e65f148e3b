//! Planes of Y, U and V in H.264: what ffmpeg decodes is compared with them.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;
use rendercast::media::codec::VideoEncoder;
use rendercast::media::codec::h264::H264Encoder;
use rendercast::media::flv::Writer;
use rendercast::media::video::{Codec, CodecId};
use rendercast::media::{
    Canvas, ColourMatrix, ColourRange, ColourSpace, PixelType, RowOrder, VideoHeader,
};
use rendercast::{Tag, TagKind, Timestamp};

use super::h264::psnr;
use super::need::{Need, trial};
use super::support::process::Process;

const NEEDS: &[Need] = &[Need::Program("ffmpeg"), Need::Program("ffprobe")];

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;
const PICTURES: u32 = 12;
const PATIENCE: Duration = Duration::from_secs(120);

/// The least likeness of a plane, in decibels.
const LEAST_PSNR: f64 = 35.0;

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("h264_planes::ffmpeg_decodes_the_planes", NEEDS, || {
        for (matrix, range, parameters, said) in [
            (ColourMatrix::Bt709, ColourRange::Limited, ["bt709", "limited"], "tv,bt709"),
            (ColourMatrix::Bt601, ColourRange::Full, ["bt601", "full"], "pc,smpte170m"),
            (ColourMatrix::Bt2020, ColourRange::Limited, ["bt2020", "limited"], "tv,bt2020nc"),
        ] {
            decodes(ColourSpace { matrix, range }, parameters, said);
        }
    })]
}

/// A smooth picture that moves.
fn picture(number: u32, pixel_type: PixelType, space: ColourSpace) -> Canvas<'static> {
    let wave = |angle: u32| {
        let turn = f64::from(angle % 256) / 256.0 * std::f64::consts::TAU;
        (128.0 + 90.0 * turn.sin()) as u8
    };
    let canvas = Canvas::new(WIDTH, HEIGHT, pixel_type).expect("a size");
    let order = if number.is_multiple_of(2) { RowOrder::TopDown } else { RowOrder::BottomUp };
    let mut canvas = canvas.with_colour_space(space).with_row_order(order);
    for row in 0..HEIGHT {
        for (column, y) in (0..).zip(canvas.row_mut(row)) {
            *y = wave(column + row + 3 * number);
        }
    }
    for row in 0..HEIGHT / 2 {
        let (u, v) = (|column| wave(2 * column + 64), |column| wave(2 * row + column + number));
        if pixel_type == PixelType::Nv12 {
            for (column, pair) in (0..).zip(canvas.plane_row_mut(1, row).as_chunks_mut().0) {
                *pair = [u(column), v(column)];
            }
        } else {
            for (column, byte) in (0..).zip(canvas.plane_row_mut(1, row)) {
                *byte = u(column);
            }
            for (column, byte) in (0..).zip(canvas.plane_row_mut(2, row)) {
                *byte = v(column);
            }
        }
    }
    canvas
}

fn decodes(space: ColourSpace, [matrix, range]: [&str; 2], said: &str) {
    let mut encoder = H264Encoder::new();
    assert!(encoder.set_parameter("colour_matrix", matrix));
    assert!(encoder.set_parameter("colour_range", range));
    let header = encoder.init(WIDTH, HEIGHT).expect("it starts").expect("a header");
    assert!(!encoder.set_parameter("colour_range", range), "the header has it");
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let flv = folder.path().join("planes.flv");
    let mut writer = Writer::new(File::create(&flv).expect("a file"), false, true).expect("begun");
    let mut write = |time: u32, payload: bytes::Bytes| {
        assert!(VideoHeader::parse(&payload).is_some());
        let timestamp = Timestamp(time);
        writer.write(&Tag { kind: TagKind::Video, timestamp, payload }).expect("written");
    };
    let avc = Codec::Classic(CodecId::AVC);
    write(0, header.to_tag_body(avc).expect("FLV has it"));
    for number in 0..PICTURES {
        let pixel_type = if number % 3 == 0 { PixelType::Nv12 } else { PixelType::I420 };
        let canvas = picture(number, pixel_type, space);
        let frame = encoder.encode_canvas(&canvas).expect("it encodes").expect("a frame");
        write(40 * number, frame.to_tag_body(avc).expect("FLV has it"));
    }

    let raw = folder.path().join("planes.yuv");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-i"]).arg(&flv);
    ffmpeg.args(["-fps_mode", "passthrough", "-f", "rawvideo"]).arg(&raw);
    let ended = Process::spawn(&mut ffmpeg).wait(PATIENCE);
    ended.expect_success();
    compare(&raw, space);

    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-loglevel", "error", "-show_entries", "stream=color_range,color_space"]);
    let ended = Process::spawn(ffprobe.args(["-of", "csv=p=0"]).arg(&flv)).wait(PATIENCE);
    ended.expect_success();
    assert_eq!(ended.stdout.trim(), said);
}

/// Fails the test unless the file holds the planes of the pictures, nearly the same.
fn compare(raw: &Path, space: ColourSpace) {
    let decoded = fs::read(raw).expect("ffmpeg has written it");
    let pixels = (WIDTH * HEIGHT) as usize;
    assert_eq!(decoded.len(), pixels * 3 / 2 * PICTURES as usize);
    for (number, decoded) in (0..).zip(decoded.chunks_exact(pixels * 3 / 2)) {
        let wanted = picture(number, PixelType::I420, space);
        let (y, chroma) = decoded.split_at(pixels);
        let (u, v) = chroma.split_at(pixels / 4);
        for (plane, found) in [y, u, v].into_iter().enumerate() {
            let rows = 0..if plane == 0 { HEIGHT } else { HEIGHT / 2 };
            let wanted: Vec<u8> =
                rows.flat_map(|row| wanted.plane_row(plane, row).to_vec()).collect();
            let psnr = psnr(found, &wanted);
            assert!(
                psnr > LEAST_PSNR,
                "{space:?}, plane {plane} of picture {number}: {psnr:.1} dB"
            );
        }
    }
}
