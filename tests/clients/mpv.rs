//! mpv, which plays at real time without a screen.

use std::process::Command;

use libtest_mimic::Trial;

use super::film::{self, BURST, SLACK};
use super::need::{Need, patient_trial};
use super::support::flv::Kind;
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("mpv")];

/// `estimated-frame-number` counts from 0 and is derived from the play time.
const FRAMES_OFF: usize = 3;

pub(crate) fn trials() -> Vec<Trial> {
    vec![patient_trial("mpv::plays_to_the_end_and_exits", NEEDS, plays_to_the_end_and_exits)]
}

fn plays_to_the_end_and_exits() {
    let server = ServeFlv::start(&["--once"]);
    let duration = film::duration();

    let mut mpv = Command::new("mpv");
    mpv.args(["--no-config", "--vo=null", "--ao=null", server.url()]);
    mpv.arg("--term-status-msg=frame ${=estimated-frame-number} lost ${=frame-drop-count}.");
    let ended = Process::spawn(&mut mpv).wait(duration + SLACK);

    ended.expect_success().expect_took(duration - BURST, duration + SLACK);
    let output = format!("{}{}", ended.stdout, ended.stderr);
    assert!(output.contains("(End of file)"), "another end: {ended}");
    assert!(output.contains("(aac "), "no sound: {ended}");
    for sign in ["[ffmpeg", "[lavf", "Error", "error"] {
        assert!(!output.contains(sign), "error lines of {ended}");
    }
    let frame = last_frame(&output).unwrap_or_else(|| panic!("no frame in {ended}"));
    let wanted = film::count(Kind::Video);
    assert!(frame + FRAMES_OFF >= wanted, "frame {frame} of {wanted} is the last of {ended}");
}

fn last_frame(output: &str) -> Option<usize> {
    let (_, last) = output.rsplit_once("frame ")?;
    let (number, _) = last.split_once(' ')?;
    number.parse().ok()
}
