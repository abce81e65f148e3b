//! RTMPT and RTMPTS with real players, which receive what is in the file.

use std::path::Path;

use libtest_mimic::Trial;

use super::ffmpeg;
use super::film::{self, SLACK};
use super::need::{Need, trial};
use super::rtmpdump;
use super::support::flv;
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const FFMPEG: &[Need] = &[Need::Program("ffmpeg")];
const RTMPDUMP: &[Need] = &[Need::Program("rtmpdump")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("tunnel::ffmpeg_copies_every_payload_over_rtmpt", FFMPEG, ffmpeg_over_rtmpt),
        trial("tunnel::ffmpeg_copies_every_payload_from_auto", FFMPEG, ffmpeg_from_auto),
        #[cfg(feature = "tls")]
        trial("tunnel::ffmpeg_copies_every_payload_over_rtmpts", FFMPEG, ffmpeg_over_rtmpts),
        trial("tunnel::rtmpdump_receives_every_payload_over_rtmpt", RTMPDUMP, rtmpdump_over_rtmpt),
    ]
}

/// Starts the example with `args`, listening on `scheme`, and returns it with the URL to play over
/// `player_scheme`.
fn serve(args: &[&str], scheme: &str, player_scheme: &str) -> (ServeFlv, String) {
    let server = ServeFlv::start_listening(args, &format!("{scheme}://127.0.0.1:0"));
    let (_, place) = server.url().split_once("://").expect("a URL");
    let url = format!("{player_scheme}://{place}");
    (server, url)
}

fn copy(url: &str, copy: &Path) {
    let mut ffmpeg = ffmpeg::ffmpeg(url);
    let ended =
        Process::spawn(ffmpeg.args(["-c", "copy"]).arg(copy)).wait(film::duration() + SLACK);
    ended.expect_success();
    assert!(ended.stderr.is_empty(), "error lines: {ended}");
    flv::assert_same_payloads(&flv::read(copy), &film::DEMO);
}

fn ffmpeg_over_rtmpt() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (_server, url) = serve(&["--once"], "rtmpt", "rtmpt");
    copy(&url, &folder.path().join("copy.flv"));
}

fn ffmpeg_from_auto() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (_server, url) = serve(&["--once"], "auto", "rtmpt");
    copy(&url, &folder.path().join("copy.flv"));
}

#[cfg(feature = "tls")]
fn ffmpeg_over_rtmpts() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (_server, url) = serve(&["--once", "--tls-self-signed"], "rtmpts", "rtmpts");
    copy(&url, &folder.path().join("copy.flv"));
}

fn rtmpdump_over_rtmpt() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let dump = folder.path().join("dump.flv");
    let (_server, url) = serve(&["--once"], "rtmpt", "rtmpt");
    let limit = film::duration() + SLACK;
    let ended = Process::spawn(&mut rtmpdump::rtmpdump(&url, &dump)).wait(limit);
    // rtmpdump exits with 2, because it cannot know that the last frame fills the rest.
    assert!(matches!(ended.status.code(), Some(0 | 2)), "{}: {ended}", ended.status);
    flv::assert_same_payloads(&flv::read(&dump), &film::DEMO);
}
