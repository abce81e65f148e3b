//! H.264: what ffmpeg decodes is compared with the canvases that were encoded.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use libtest_mimic::Trial;
use rendercast::amf::{Object, Value};
use rendercast::media::{Canvas, PixelType};
use rendercast::{Connection, FrameOut, HandlerResult, PlayOut, Server, ServerConfig, Stream};

use super::ffmpeg::ffmpeg;
use super::need::{Need, trial};
use super::support::process::Process;

const NEEDS: &[Need] = &[Need::Program("ffmpeg")];

const WIDTH: u32 = 640;
const HEIGHT: u32 = 360;
const BITRATE: usize = 2_000_000;
const FRAMERATE: usize = 25;
/// Two seconds, with one key frame besides the first.
const FRAMES: u32 = 50;
/// On a busy machine, drawing, encoding and decoding take many times as long as the film.
const PATIENCE: Duration = Duration::from_secs(180);

/// The least likeness of a picture, in decibels.
const LEAST_PSNR: f64 = 35.0;

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("h264::ffmpeg_decodes_what_was_encoded", NEEDS, ffmpeg_decodes_what_was_encoded)]
}

/// The numbers of the pictures that were sent, and the sum of their bytes.
#[derive(Clone, Default)]
struct Sent(Arc<Mutex<(Vec<u32>, usize)>>);

impl Sent {
    fn note(&self, number: u32, bytes: usize) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.0.push(number);
        sent.1 += bytes;
    }

    fn take(&self) -> (Vec<u32>, usize) {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn ffmpeg_decodes_what_was_encoded() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let pictures = folder.path().join("pictures.rgb");
    let sent = Sent::default();
    let server = server(&sent);
    let url = format!("{}/live/scene", server.listen_addresses()[0]);

    let ended = Process::spawn(
        ffmpeg(&url)
            .args(["-fps_mode", "passthrough", "-enc_time_base", "0.001"])
            .args(["-pix_fmt", "rgb24", "-f", "rawvideo"])
            .arg(&pictures),
    )
    .wait(PATIENCE);
    ended.expect_success();
    assert_eq!(ended.stderr, "", "error lines of {ended}");

    let (numbers, bytes) = sent.take();
    let left_out = FRAMES as usize - numbers.len();
    assert!(left_out <= 2, "{left_out} of {FRAMES} pictures were left out");
    let rate = bytes * 8 * FRAMERATE / FRAMES as usize;
    assert!((BITRATE / 2..=BITRATE * 11 / 10).contains(&rate), "{rate} bit/s for {BITRATE}");
    compare(&pictures, &numbers);
}

/// Fails the test unless the file holds these pictures of the scene, nearly the same.
fn compare(pictures: &Path, numbers: &[u32]) {
    let decoded = fs::read(pictures).expect("ffmpeg has written it");
    let picture_bytes = WIDTH as usize * HEIGHT as usize * 3;
    assert_eq!(decoded.len(), picture_bytes * numbers.len(), "bytes of {} pictures", numbers.len());
    for (decoded, number) in decoded.chunks_exact(picture_bytes).zip(numbers) {
        let psnr = psnr(decoded, scene(*number).bytes());
        assert!(psnr > LEAST_PSNR, "picture {number}: {psnr:.1} dB");
    }
}

/// Starts a server whose streams encode the scene, and end after all its frames.
fn server(sent: &Sent) -> Server {
    let sent = sent.clone();
    let server = Server::new(ServerConfig::default());
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let sent = sent.clone();
        connection.register_stream_event_handler(
            move |stream: &Stream, _: &Value| -> HandlerResult { Ok(set_up(stream, &sent)) },
        );
        Ok(true)
    });
    server.start("127.0.0.1:0").expect("a free port");
    server
}

fn set_up(stream: &Stream, sent: &Sent) -> bool {
    stream.register_play_event_handler(|stream: &Stream, out: &mut PlayOut| -> HandlerResult {
        let codec = stream.video_codec().ok_or("no codec")?;
        assert!(codec.set_parameter("bitrate", &BITRATE.to_string()));
        assert!(codec.set_parameter("framerate", &FRAMERATE.to_string()));
        assert!(codec.set_parameter("keyframe_interval", &(FRAMES / 2).to_string()));
        out.video(codec.init(WIDTH, HEIGHT)?);
        Ok(true)
    });
    let (mut number, sent) = (0, sent.clone());
    stream.register_frame_event_handler(
        move |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
            let codec = stream.video_codec().ok_or("no codec")?;
            if let Some(frame) = codec.encode_canvas(&scene(number))? {
                sent.note(number, frame.bytes.len());
                out.video(frame);
            }
            number += 1;
            if number == FRAMES {
                out.end();
            }
            Ok(true)
        },
    );
    stream.use_codec("h264")
}

/// Draws moving waves of colour, and a grain that moves in another direction.
fn scene(number: u32) -> Canvas<'static> {
    let wave: Vec<u8> = (0..256)
        .map(|angle| {
            (127.5 + 120.0 * (f64::from(angle) * std::f64::consts::TAU / 256.0).sin()) as u8
        })
        .collect();
    let at = |angle: u32| wave[(angle & 0xff) as usize];
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8).expect("a size");
    for row in 0..HEIGHT {
        for (column, pixel) in (0..).zip(canvas.row_mut(row).chunks_exact_mut(3)) {
            let swell = u32::from(at(column + 3 * number)) / 4;
            let grain =
                (column + 2 * number).wrapping_mul(0x9e37_79b1) ^ row.wrapping_mul(0x85eb_ca6b);
            let grain = (grain.wrapping_mul(0xc2b2_ae35) >> 29) as u8;
            pixel[0] = at(row + swell).saturating_sub(grain);
            pixel[1] = at(column / 2 + 2 * row + number).saturating_sub(grain);
            pixel[2] = at(row / 2 + swell + 64 + 4 * number).saturating_sub(grain);
        }
    }
    canvas
}

/// Returns the peak signal-to-noise ratio in decibels.
pub(crate) fn psnr(one: &[u8], other: &[u8]) -> f64 {
    let square = |(a, b): (&u8, &u8)| u64::from(a.abs_diff(*b)).pow(2);
    let squares: u64 = one.iter().zip(other).map(square).sum();
    10.0 * (255.0 * 255.0 * one.len() as f64 / squares as f64).log10()
}
