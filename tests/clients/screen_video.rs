//! Screen video: ffmpeg decodes our pictures, and we decode ffmpeg's, pixel for pixel.

use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use rendercast::media::codec::screen::{
    Screen2Decoder, Screen2Encoder, ScreenDecoder, ScreenEncoder,
};
use rendercast::media::codec::{VideoDecoder, VideoEncoder};
use rendercast::media::video::{CodecId, FrameType};
use rendercast::media::{Canvas, PixelType, RowOrder, Tag, TagKind, VideoHeader, flv};
use rendercast::protocol::Timestamp;

use super::need::{Need, trial};

const NEEDS: &[Need] = &[Need::Program("ffmpeg")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("screen_video::ffmpeg_decodes_ours", NEEDS, ffmpeg_decodes_ours),
        trial("screen_video::ffmpeg_decodes_ours_2", NEEDS, ffmpeg_decodes_ours_2),
        trial("screen_video::we_decode_ffmpegs", NEEDS, we_decode_ffmpegs),
        trial("screen_video::we_decode_ffmpegs_2", NEEDS, we_decode_ffmpegs_2),
    ]
}

fn ffmpeg_decodes_ours() {
    for (width, height, block_size) in
        [(400, 180, "auto"), (161, 91, "auto"), (96, 80, "16"), (17, 33, "144")]
    {
        let mut encoder = ScreenEncoder::new();
        assert!(encoder.set_parameter("block_size", block_size));
        let clip = Clip::new(width, height);
        clip.assert_close(&clip.decoded_by_ffmpeg(&mut encoder, CodecId::SCREEN), 0);
    }
}

fn ffmpeg_decodes_ours_2() {
    for (width, height, parameters, off_by_at_most) in [
        (320, 180, &[][..], 0),
        (161, 91, &[("block_size", "128x48")], 0),
        (96, 80, &[("prime", "false")], 0),
        (320, 180, &[("colour_space", "hybrid")], 4),
        (200, 120, &[("keyframe_interval", "5"), ("preset", "ultrafast")], 0),
    ] {
        let mut encoder = Screen2Encoder::new();
        for (name, value) in parameters {
            assert!(encoder.set_parameter(name, value), "{name}");
        }
        let clip = Clip::new(width, height);
        let decoded = clip.decoded_by_ffmpeg(&mut encoder, CodecId::SCREEN_2);
        clip.assert_close(&decoded, off_by_at_most);
    }
}

fn we_decode_ffmpegs() {
    for size in ["320x240", "321x179"] {
        let mut decoder = ScreenDecoder::new();
        decoder.init(&[]).expect("it needs nothing");
        for (tag, picture) in encoded_by_ffmpeg(size, "flashsv", &[]) {
            let canvas = decoder.decode_canvas(&tag.payload[1..]).expect("ffmpeg's data");
            assert!(bgr(&canvas.expect("a picture")) == picture, "{size} at {}", tag.timestamp.0);
        }
    }
}

fn we_decode_ffmpegs_2() {
    // Without a quality ffmpeg writes the hybrid colour space.
    for options in [&[][..], &["-global_quality", "1"]] {
        for size in ["320x240", "321x179"] {
            let mut decoder = Screen2Decoder::new();
            decoder.init(&[]).expect("it needs nothing");
            for (tag, picture) in encoded_by_ffmpeg(size, "flashsv2", options) {
                let header = VideoHeader::parse(&tag.payload).expect("a video header");
                let canvas = decoder.decode_frame(&tag.payload[1..], header.is_key_frame());
                let canvas = canvas.expect("ffmpeg's data").expect("a picture");
                assert!(bgr(&canvas) == picture, "{size} {options:?} at {}", tag.timestamp.0);
            }
        }
    }
}

/// Pictures of 3 bytes a pixel: blue, green, red. The first row is the top.
struct Clip {
    width: u32,
    height: u32,
    pictures: Vec<Vec<u8>>,
}

impl Clip {
    /// A gradient, a box that moves over it and back, pictures that stand still, and one of which
    /// nothing stays.
    fn new(width: u32, height: u32) -> Self {
        let picture = |position: u32| {
            let pixel = move |x: u32, y: u32| {
                let is_in_box = (position..position + 20).contains(&(x / 2)) && y >= position;
                if is_in_box { [40, 40, (x * y) as u8] } else { [x as u8, y as u8, (x + y) as u8] }
            };
            (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect()
        };
        let positions = [0, 1, 1, 7, 30, 7, 0, 0, 50, 51, 52, 0];
        let mut pictures: Vec<Vec<u8>> = positions.into_iter().map(picture).collect();
        pictures.push(pictures[0].iter().map(|byte| !byte).collect());
        pictures.push(pictures[0].clone());
        Self { width, height, pictures }
    }

    /// Encodes the clip into a file, and decodes the file with ffmpeg.
    fn decoded_by_ffmpeg(&self, encoder: &mut dyn VideoEncoder, codec: CodecId) -> Vec<Vec<u8>> {
        encoder.init(self.width, self.height).expect("a size that it has");
        let mut writer = flv::Writer::new(Vec::new(), false, true).expect("memory");
        for (number, picture) in (0..).zip(&self.pictures) {
            let pixels =
                picture.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 9]);
            let canvas =
                Canvas::from_vec(self.width, self.height, PixelType::Bgra8, pixels.collect());
            let data = encoder.encode_canvas(&canvas.expect("as many as there should be"));
            let data = data.expect("a canvas that it takes").expect("a frame for each canvas");
            let frame_type = if data.is_key_frame() { FrameType::Key } else { FrameType::Inter };
            let header = VideoHeader::classic_byte(frame_type, codec);
            let payload = [&[header], &*data.bytes].concat().into();
            let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(number * 40), payload };
            writer.write(&tag).expect("memory");
        }
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let file = folder.path().join("ours.flv");
        std::fs::write(&file, writer.into_inner()).expect("a file there");
        decoded(&file, self.pictures[0].len())
    }

    fn assert_close(&self, decoded: &[Vec<u8>], off_by_at_most: u8) {
        assert_eq!(decoded.len(), self.pictures.len());
        for (number, (found, picture)) in decoded.iter().zip(&self.pictures).enumerate() {
            let off = found.iter().zip(picture).map(|(one, other)| one.abs_diff(*other)).max();
            let size = (self.width, self.height);
            assert!(off <= Some(off_by_at_most), "picture {number} of {size:?}: off by {off:?}");
        }
    }
}

/// Returns ffmpeg's test picture, encoded and decoded by ffmpeg.
fn encoded_by_ffmpeg(size: &str, codec: &str, options: &[&str]) -> Vec<(Tag, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("theirs.flv");
    // The test picture itself has no odd sides.
    let source = format!("testsrc2=size=640x480:rate=25,scale={}", size.replace('x', ":"));
    let made = ffmpeg()
        .args(["-f", "lavfi", "-i", &source, "-frames:v", "30", "-pix_fmt", "bgr24"])
        .args(["-c:v", codec, "-g", "12"])
        .args(options)
        .arg(&file)
        .status();
    assert!(made.expect("ffmpeg runs").success());
    let (width, height) = size.split_once('x').expect("a size");
    let [width, height] = [width, height].map(|side| side.parse::<usize>().expect("a number"));
    let pictures = decoded(&file, width * height * 3);
    let tags = flv::Reader::new(std::fs::File::open(&file).expect("a file")).expect("FLV");
    let tags = tags.map(|tag| tag.expect("ffmpeg's tag"));
    let frames: Vec<Tag> = tags.filter(|tag| tag.kind == TagKind::Video).collect();
    assert_eq!((frames.len(), pictures.len()), (30, 30));
    frames.into_iter().zip(pictures).collect()
}

/// What ffmpeg decodes a file to: blue, green, red, from the top down.
fn decoded(file: &Path, picture_bytes: usize) -> Vec<Vec<u8>> {
    let ended = ffmpeg()
        .arg("-i")
        .arg(file)
        .args(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"])
        .output()
        .expect("ffmpeg runs");
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && errors.is_empty(), "{errors}");
    ended.stdout.chunks_exact(picture_bytes).map(<[u8]>::to_vec).collect()
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"]).stdin(Stdio::null());
    command
}

/// A decoder's canvas as ffmpeg writes it.
fn bgr(canvas: &Canvas<'_>) -> Vec<u8> {
    assert_eq!((canvas.pixel_type(), canvas.row_order()), (PixelType::Rgb8, RowOrder::BottomUp));
    let pixels = canvas.rows().flat_map(|row| row.chunks_exact(3));
    pixels.flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect()
}
