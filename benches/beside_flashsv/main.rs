//! Our encoder of screen video beside FFmpeg's, on the same pictures:
//! `cargo bench --bench beside_flashsv -- [ROUNDS [FRAMES]]`.
//!
//! Processor time for each frame and bytes of each frame, at the default settings of ours, with the
//! same interval of key frames and one thread on both sides; the encoders take turns, and the
//! median of the rounds counts. What FFmpeg takes to read the pictures is taken off.

mod desktop;
mod ffmpeg;
mod gradients;
#[path = "../../examples/render_scene/renderer.rs"]
mod renderer;
#[allow(dead_code, reason = "nobody steers here")]
#[path = "../../examples/render_scene/scene.rs"]
mod scene;
mod sequence;
#[path = "../../examples/render_scene/vector.rs"]
mod vector;

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result};
use rendercast::media::codec::VideoEncoder;
use rendercast::media::codec::screen::{Screen2Encoder, ScreenEncoder};
use rendercast::media::{Canvas, PixelType};

use sequence::Sequence;

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;
const PICTURE_BYTES: usize = (WIDTH * HEIGHT * 3) as usize;

/// What an encoder takes for a frame.
#[derive(Clone, Copy)]
struct Cost {
    milliseconds: f64,
    bytes: f64,
}

fn main() -> Result<()> {
    // `cargo bench` says so; `cargo test` does not, and wants to know no more than that it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    if !is_bench && !ffmpeg::is_there() {
        println!("left out: there is no ffmpeg");
        return Ok(());
    }
    let mut numbers = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let mut number =
        |name, usual: usize| numbers.next().map_or(Ok(usual), |text| text.parse().context(name));
    let (rounds, frames) = if is_bench { (5, 100) } else { (1, 2) };
    let (rounds, frames) = (number("ROUNDS", rounds)?, number("FRAMES", frames)?);

    println!(
        "{WIDTH}x{HEIGHT}, {frames} frames, {rounds} rounds; a frame's processor time and size"
    );
    let folder = tempfile::tempdir().context("a folder for temporary files")?;
    for sequence in Sequence::ALL {
        let file = folder.path().join("pictures.bgr");
        sequence.write(&file, frames)?;
        compare(sequence, &file, rounds.max(1), frames)?;
    }
    Ok(())
}

/// One sequence, by each encoder in turn.
fn compare(sequence: Sequence, file: &Path, rounds: usize, frames: usize) -> Result<()> {
    let (mut theirs, mut ours, mut ours_2) = (Vec::new(), Vec::new(), Vec::new());
    let interval = key_frame_interval();
    for _ in 0..rounds {
        theirs.push(ffmpeg::encode(file, frames, &interval)?);
        ours.push(encode(&mut ScreenEncoder::new(), file, frames)?);
        ours_2.push(encode(&mut Screen2Encoder::new(), file, frames)?);
    }
    let theirs = median(theirs);
    print_line(sequence, "ffmpeg flashsv", theirs, theirs);
    print_line(sequence, "screen video", median(ours), theirs);
    print_line(sequence, "screen video 2", median(ours_2), theirs);
    Ok(())
}

fn print_line(sequence: Sequence, encoder: &str, cost: Cost, theirs: Cost) {
    println!(
        "{:9}  {encoder:14}  {:6.2} ms  {:7.0} bytes   {:4.2} times as fast  {:+6.1} % bytes",
        sequence.name(),
        cost.milliseconds,
        cost.bytes,
        theirs.milliseconds / cost.milliseconds,
        (cost.bytes / theirs.bytes - 1.0) * 100.0,
    );
}

fn key_frame_interval() -> String {
    ScreenEncoder::new().parameter("keyframe_interval").unwrap_or_default()
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|one, other| one.milliseconds.total_cmp(&other.milliseconds));
    costs[costs.len() / 2]
}

/// Encodes the pictures of a file; reading them does not count.
fn encode(encoder: &mut dyn VideoEncoder, file: &Path, frames: usize) -> Result<Cost> {
    encoder.init(WIDTH, HEIGHT)?;
    let mut pictures = BufReader::new(File::open(file)?);
    let mut picture = vec![0; PICTURE_BYTES];
    let (mut nanoseconds, mut bytes) = (0, 0);
    for _ in 0..frames {
        pictures.read_exact(&mut picture)?;
        for pixel in picture.chunks_exact_mut(3) {
            pixel.swap(0, 2);
        }
        let canvas = Canvas::borrowed(WIDTH, HEIGHT, PixelType::Rgb8, &picture)?;
        let begun = processor_nanoseconds()?;
        let data = encoder.encode_canvas(&canvas)?;
        nanoseconds += processor_nanoseconds()? - begun;
        bytes += data.map_or(0, |data| data.bytes.len());
    }
    let frames = frames as f64;
    Ok(Cost { milliseconds: nanoseconds as f64 / 1e6 / frames, bytes: bytes as f64 / frames })
}

/// What this thread has had of the processor so far.
fn processor_nanoseconds() -> Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").context("this needs Linux")?;
    let first = text.split_whitespace().next().context("an empty schedstat")?;
    Ok(first.parse()?)
}
