//! FFmpeg's encoder, measured from outside.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};
use rendercast::media::{TagKind, flv};

use super::{Cost, HEIGHT, WIDTH};

pub(crate) fn is_there() -> bool {
    command().arg("-version").output().is_ok_and(|ended| ended.status.success())
}

/// Silent, and with nobody to ask.
pub(crate) fn command() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-y"]).stdin(Stdio::null());
    command
}

/// Has it encode the pictures of a file.
pub(crate) fn encode(file: &Path, frames: usize, key_frame_interval: &str) -> Result<Cost> {
    let output = file.with_extension("flv");
    let encoded = read(file)
        .args(["-threads", "1", "-c:v", "flashsv", "-g", key_frame_interval, "-f", "flv"])
        .arg(&output)
        .output()?;
    let read =
        read(file).args(["-threads", "1", "-c:v", "rawvideo", "-f", "null", "-"]).output()?;
    let seconds = user_seconds(&encoded)? - user_seconds(&read)?;
    let mut bytes = 0;
    for tag in flv::Reader::new(std::fs::File::open(output)?)? {
        let tag = tag?;
        if tag.kind == TagKind::Video {
            // Without the byte that FLV puts in front.
            bytes += tag.payload.len() - 1;
        }
    }
    let frames = frames as f64;
    Ok(Cost { milliseconds: seconds * 1e3 / frames, bytes: bytes as f64 / frames })
}

fn read(file: &Path) -> Command {
    let mut command = command();
    let size = format!("{WIDTH}x{HEIGHT}");
    command.args(["-benchmark", "-f", "rawvideo", "-pix_fmt", "bgr24", "-framerate", "25"]);
    command.args(["-video_size", &size, "-i"]).arg(file);
    command
}

/// What `-benchmark` says: `bench: utime=0.487s stime=0.058s rtime=0.545s`.
fn user_seconds(ended: &Output) -> Result<f64> {
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "ffmpeg failed: {said}");
    let (_, rest) = said.split_once("bench: utime=").context("ffmpeg has not measured itself")?;
    let (seconds, _) = rest.split_once('s').context("no seconds")?;
    Ok(seconds.parse()?)
}
