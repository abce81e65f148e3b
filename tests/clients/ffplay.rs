//! ffplay, with SDL's dummy drivers in place of a screen and a sound card.

use std::process::Command;

use libtest_mimic::Trial;

use super::film::{self, BURST, SLACK};
use super::need::{Need, patient_trial};
use super::support::flv::Kind;
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("ffplay")];

/// ffplay exits while the last sounds are in its two queues.
const SOUNDS_QUEUED: usize = 18;

pub(crate) fn trials() -> Vec<Trial> {
    vec![patient_trial(
        "ffplay::shows_every_picture_and_exits",
        NEEDS,
        shows_every_picture_and_exits,
    )]
}

fn shows_every_picture_and_exits() {
    let server = ServeFlv::start(&["--once"]);
    let duration = film::duration();

    let mut ffplay = Command::new("ffplay");
    ffplay.args(["-hide_banner", "-nostats", "-loglevel", "level+info", "-autoexit"]);
    // These filters print a line for each frame that is shown or played.
    ffplay.args(["-noframedrop", "-vf", "showinfo", "-af", "ashowinfo", server.url()]);
    ffplay.envs([("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy")]);
    let ended = Process::spawn(&mut ffplay).wait(duration + SLACK);

    ended.expect_success().expect_took(duration - BURST, duration + SLACK);
    let errors: Vec<_> = ended.stderr.lines().filter(|line| is_error(line)).collect();
    assert!(errors.is_empty(), "error lines {errors:?} of {ended}");
    // They are counted in the text, because the two filters write into each other's lines.
    let shown = ended.stderr.matches(" iskey:").count();
    assert_eq!(shown, film::count(Kind::Video), "pictures of {ended}");
    let heard = ended.stderr.matches(" nb_samples:").count();
    let wanted = film::count(Kind::Audio);
    assert!(heard + SOUNDS_QUEUED >= wanted, "{heard} sounds of {wanted} in {ended}");
}

fn is_error(line: &str) -> bool {
    ["[error]", "[fatal]", "[panic]"].iter().any(|level| line.contains(level))
}
