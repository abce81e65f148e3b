//! ffmpeg: what arrives is compared with the file, payload by payload.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;

use super::film::{self, BURST, SLACK};
use super::need::{Need, trial};
use super::support::flv::{self, Kind, Tag};
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("ffmpeg")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("ffmpeg::copies_every_payload_of_one_pass", NEEDS, copies_every_payload_of_one_pass),
        trial("ffmpeg::plays_across_the_loop", NEEDS, plays_across_the_loop),
        trial("ffmpeg::decodes_without_an_error_line", NEEDS, decodes_without_an_error_line),
        trial("ffmpeg::plays_at_real_time", NEEDS, plays_at_real_time),
    ]
}

fn copies_every_payload_of_one_pass() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let copy = folder.path().join("copy.flv");
    let server = ServeFlv::start(&["--once"]);
    let duration = film::duration();

    Process::spawn(ffmpeg(server.url()).args(["-c", "copy"]).arg(&copy))
        .wait(duration + SLACK)
        .expect_success()
        .expect_took(duration - BURST - Duration::from_secs(1), duration + SLACK);

    flv::assert_same_payloads(&flv::read(&copy), &film::DEMO);
}

fn plays_across_the_loop() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (short, copy) = (folder.path().join("short.flv"), folder.path().join("copy.flv"));
    let pass = film::write_short(&short, 4);
    let server = ServeFlv::start(&[&short]);

    // This is the time of two and a half passes.
    Process::spawn(ffmpeg(server.url()).args(["-t", "10", "-c", "copy"]).arg(&copy))
        .wait(Duration::from_secs(10) + SLACK)
        .expect_success();

    let played = flv::read(&copy);
    let pictures = |tags| flv::frames(tags, Kind::Video).count();
    let (shown, once) = (pictures(&played), pictures(&pass));
    assert!(shown > 2 * once, "{shown} pictures of a film with {once}");
    for kind in [Kind::Video, Kind::Audio] {
        flv::assert_steady(&played, kind, Duration::from_millis(120));
        assert_repeats(&played, &pass, kind);
    }
    assert_decodes(&copy);
}

fn decodes_without_an_error_line() {
    let server = ServeFlv::start(&["--once"]);
    let duration = film::duration();

    let mut ffmpeg = ffmpeg(server.url());
    ffmpeg.args(["-progress", "-", "-f", "null", "-"]);
    let ended = Process::spawn(&mut ffmpeg).wait(duration + SLACK);

    ended.expect_success();
    assert_eq!(ended.stderr, "", "error lines of {ended}");
    let frames = ended.stdout.lines().filter_map(|line| line.strip_prefix("frame=")).next_back();
    assert_eq!(frames, Some(&*film::count(Kind::Video).to_string()), "frames of {ended}");
}

/// ffmpeg asks for 3 s ahead, so six seconds take three.
fn plays_at_real_time() {
    let server = ServeFlv::start::<&OsStr>(&[]);

    Process::spawn(ffmpeg(server.url()).args(["-t", "6", "-c", "copy", "-f", "null", "-"]))
        .wait(SLACK)
        .expect_success()
        .expect_took(Duration::from_secs(6) - BURST - Duration::from_millis(500), SLACK);
}

/// Makes a command of ffmpeg that reads `url` and prints errors only.
pub(crate) fn ffmpeg(url: &str) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-i", url]);
    command
}

/// Makes a command of ffmpeg that decodes a live video without sound into raw RGB pictures. The
/// caller appends the name of the file.
#[cfg(feature = "screen-video")]
pub(crate) fn pictures_of(url: &str) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"]);
    // Otherwise it looks for sound for 5 s before it begins.
    command.args(["-analyzeduration", "100000", "-i", url]);
    // Each picture keeps its own time. At a fixed rate, some would be left out.
    command.args(["-fps_mode", "passthrough", "-enc_time_base", "0.001"]);
    command.args(["-pix_fmt", "rgb24", "-f", "rawvideo"]);
    command
}

/// Fails the test unless ffmpeg decodes the file without an error line.
fn assert_decodes(file: &Path) {
    let ended = Process::spawn(
        Command::new("ffmpeg")
            .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-xerror", "-i"])
            .arg(file)
            .args(["-f", "null", "-"]),
    )
    .wait(Duration::from_secs(60));
    ended.expect_success();
    assert_eq!(ended.stderr, "", "error lines of {ended}");
}

/// Fails the test unless the frames of `played` are those of `pass`, over and over.
fn assert_repeats(played: &[Tag], pass: &[Tag], kind: Kind) {
    let frames = |tags: &[Tag]| -> Vec<Vec<u8>> {
        flv::frames(tags, kind).map(|tag| tag.payload.clone()).collect()
    };
    let (played, pass) = (frames(played), frames(pass));
    for (at, (played, original)) in played.iter().zip(pass.iter().cycle()).enumerate() {
        assert_eq!(played, original, "{kind:?} frame {at} of {} a pass", pass.len());
    }
}
