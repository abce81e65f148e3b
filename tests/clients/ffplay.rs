//! ffplay, with SDL's dummy drivers in place of a screen and a sound card.

use std::process::Command;

use libtest_mimic::Trial;

use super::film::{self, BURST, SLACK};
use super::need::{Need, trial};
use super::support::flv;
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("ffplay")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("ffplay::shows_every_picture_and_exits", NEEDS, shows_every_picture_and_exits)]
}

fn shows_every_picture_and_exits() {
    let server = ServeFlv::start(&["--once"]);
    let duration = flv::duration(&film::DEMO);

    let mut ffplay = Command::new("ffplay");
    ffplay.args(["-hide_banner", "-nostats", "-loglevel", "level+info", "-autoexit"]);
    // showinfo writes a line for each picture that is handed to the screen.
    ffplay.args(["-noframedrop", "-vf", "showinfo", server.url()]);
    ffplay.envs([("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy")]);
    let ended = Process::spawn(&mut ffplay).wait(duration + SLACK);

    ended.expect_success().expect_took(duration - BURST, duration + SLACK);
    let errors: Vec<_> = ended.stderr.lines().filter(|line| is_error(line)).collect();
    assert!(errors.is_empty(), "error lines {errors:?} of {ended}");
    let pictures = ended.stderr.lines().filter(|line| line.contains(" pts_time:")).count();
    assert_eq!(pictures, flv::pictures(&film::DEMO), "pictures shown by {ended}");
    assert!(ended.stderr.contains("Audio: aac"), "no sound: {ended}");
}

fn is_error(line: &str) -> bool {
    ["[error]", "[fatal]", "[panic]"].iter().any(|level| line.contains(level))
}
