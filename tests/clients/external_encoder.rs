//! The example `external_encoder`: FFmpeg writes FLV to a pipe, and another one watches.

use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::need::{Need, trial};
use super::support::example::executable;
use super::support::flv::{self, Kind};
use super::support::process::Process;

const NEEDS: &[Need] = &[Need::Program("ffmpeg"), Need::Program("ffprobe")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("external_encoder::shows_what_it_reads", NEEDS, shows_what_it_reads),
        trial("external_encoder::an_encoder_that_fails_is_told", NEEDS, an_encoder_that_fails),
    ]
}

/// Starts the example with an encoder, and returns it with its URL.
fn start(encoder: &[&str]) -> (Process, String) {
    let mut example = Command::new(executable("external_encoder"));
    example.args(["--listen", "127.0.0.1:0", "--"]).args(encoder);
    let process = Process::spawn(&mut example);
    let url = process.wait_for_line(Duration::from_secs(20), |line| {
        line.strip_prefix("watch: ffplay ").map(str::to_owned)
    });
    (process, url)
}

fn shows_what_it_reads() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let copy = folder.path().join("copy.flv");
    let film = film::demo_path();
    let film = film.to_string_lossy();
    let encoder =
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-i", &*film, "-c", "copy", "-f"];
    let (example, url) = start(&[&encoder[..], &["flv", "-"]].concat());
    let mut watch = Command::new("ffmpeg");
    watch.args(["-nostdin", "-loglevel", "error", "-y", "-i", &url, "-t", "3", "-c", "copy"]);
    Process::spawn(watch.arg(&copy)).wait(SLACK * 2).expect_success();

    let watched = flv::read(&copy);
    for kind in [Kind::Video, Kind::Audio] {
        let of = |tags| flv::frames(tags, kind).map(|tag| tag.payload.clone()).collect::<Vec<_>>();
        let (watched, whole) = (of(&watched), of(&film::DEMO));
        // A viewer comes in the middle.
        let is_there = whole.windows(watched.len()).any(|part| part == watched);
        assert!(watched.len() > 50 && is_there, "{kind:?}: {} differ", watched.len());
    }
    example.interrupt();
    example.wait(SLACK).expect_success();
}

fn an_encoder_that_fails() {
    for (encoder, reason) in [
        (&["sh", "-c", "echo no FLV"][..], "not an FLV file"),
        (&["no-such-encoder"], "cannot start the encoder no-such-encoder"),
    ] {
        let mut example = Command::new(executable("external_encoder"));
        example.args(["--listen", "127.0.0.1:0", "--"]).args(encoder);
        let ended = Process::spawn(&mut example).wait(SLACK);
        ended.expect_code(1);
        assert!(ended.stderr.contains(reason), "no {reason:?} from {ended}");
    }
}
