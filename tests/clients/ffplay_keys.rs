//! ffplay under keyboard input: pause, resume and seeks.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use tempfile::TempDir;

use super::need::{Need, patient_trial};
use super::support::process::Process;
use super::support::serve_flv::ServeFlv;

const NEEDS: &[Need] = &[Need::Program("ffplay"), Need::Program("cc"), Need::Program("mkfifo")];

/// With little sent ahead, ffplay blocks in a read as soon as the server stops sending. It takes no
/// keys until it gets something.
const SHORT_QUEUE: &[&str] =
    &["-fflags", "nobuffer", "-probesize", "5000", "-analyzeduration", "0"];

/// The longest time of a step on a machine that is busy with a dozen players.
const LIMIT: Duration = Duration::from_secs(60);

/// Longer than ffplay takes to play what its queues hold.
const PAUSE: Duration = Duration::from_secs(2);

/// A smaller step of the clock is no jump. It is what ffplay plays until it sees a key, and half of
/// what it prints at a time.
const JITTER: f64 = 1.0;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        patient_trial("ffplay_keys::pause_and_resume", NEEDS, || pause_and_resume(&[])),
        patient_trial("ffplay_keys::pause_and_resume_with_a_short_queue", NEEDS, || {
            pause_and_resume(SHORT_QUEUE);
        }),
        patient_trial("ffplay_keys::seek_both_ways", NEEDS, || seek_both_ways(&[])),
        patient_trial("ffplay_keys::seek_both_ways_with_a_short_queue", NEEDS, || {
            seek_both_ways(SHORT_QUEUE);
        }),
        patient_trial("ffplay_keys::seek_while_paused", NEEDS, || seek_while_paused(&[])),
        patient_trial("ffplay_keys::seek_while_paused_with_a_short_queue", NEEDS, || {
            seek_while_paused(SHORT_QUEUE);
        }),
    ]
}

fn pause_and_resume(options: &[&str]) {
    let mut ffplay = Player::start(options);
    ffplay.wait_for_clock(1.0..3.0);
    let paused = ffplay.press("p");
    ffplay.server.wait_for_log(paused.log, "paused at");
    thread::sleep(PAUSE);
    let stood_at = ffplay.last_clock();
    let resumed = ffplay.press("p");
    ffplay.server.wait_for_log(resumed.log, "resumed at");
    let went_on_at = ffplay.wait_for_clock_since(&resumed, 0.0..100.0);
    assert!(
        (went_on_at - stood_at).abs() < JITTER,
        "from {stood_at} s to {went_on_at} s by a pause: {}",
        ffplay.process
    );
    // This lies beyond the 3 s that were sent ahead before the pause.
    ffplay.wait_for_clock_since(&resumed, stood_at + 4.0..stood_at + 6.0);
    ffplay.expect_quit();
}

/// ffplay seeks by 10 s. The film has a key frame every second.
fn seek_both_ways(options: &[&str]) {
    let mut ffplay = Player::start(options);
    let before = ffplay.wait_for_clock(1.0..3.0);
    let forward = ffplay.press("right");
    ffplay.server.wait_for_log(forward.log, "sought");
    let there = before + 10.0;
    let went_on_at = ffplay.wait_for_clock_since(&forward, there - 1.5..there + JITTER);
    ffplay.wait_for_clock_since(&forward, went_on_at + 1.0..went_on_at + 3.0);
    let backward = ffplay.press("left");
    ffplay.server.wait_for_log(backward.log, "sought");
    let back = ffplay.wait_for_clock_since(&backward, 0.0..5.0);
    ffplay.wait_for_clock_since(&backward, back + 4.0..back + 6.0);
    ffplay.expect_quit();
}

fn seek_while_paused(options: &[&str]) {
    let mut ffplay = Player::start(options);
    let before = ffplay.wait_for_clock(1.0..3.0);
    let paused = ffplay.press("p");
    ffplay.server.wait_for_log(paused.log, "paused at");
    let sought = ffplay.press("right");
    ffplay.server.wait_for_log(sought.log, "sought");
    // It resumes to show one picture there, and pauses again after that.
    ffplay.server.wait_for_log(sought.log, "resumed at");
    ffplay.server.wait_for_log(sought.log, "paused at");
    thread::sleep(PAUSE);
    let resumed = ffplay.press("p");
    ffplay.server.wait_for_log(resumed.log, "resumed at");
    let there = before + 10.0;
    let went_on_at = ffplay.wait_for_clock_since(&resumed, there - 1.5..there + JITTER);
    ffplay.wait_for_clock_since(&resumed, went_on_at + 4.0..went_on_at + 6.0);
    ffplay.expect_quit();
}

/// ffplay and its server, with a pipe to its keyboard.
struct Player {
    server: ServeFlv,
    process: Process,
    keys: File,
    _folder: TempDir,
}

/// The lengths of the outputs of server and player when a key was pressed.
struct Pressed {
    log: usize,
    status: usize,
}

impl Player {
    fn start(options: &[&str]) -> Self {
        let server = ServeFlv::start_telling::<&str>(&[]);
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let pipe = folder.path().join("keys");
        let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
        assert!(made.success(), "mkfifo {}: {made}", pipe.display());
        // It is opened for both directions, so that the open does not wait for the other end.
        let keys = OpenOptions::new().read(true).write(true).open(&pipe).expect("the pipe opens");

        let mut ffplay = Command::new("ffplay");
        ffplay.args(["-hide_banner", "-stats", "-autoexit"]).args(options).arg(server.url());
        ffplay.envs([("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy")]);
        ffplay.env("LD_PRELOAD", &*PRESS_KEYS).env("PRESS_KEYS", &pipe);
        Self { server, process: Process::spawn(&mut ffplay), keys, _folder: folder }
    }

    fn press(&mut self, key: &str) -> Pressed {
        let pressed =
            Pressed { log: self.server.process().stderr_len(), status: self.process.stderr_len() };
        writeln!(self.keys, "{key}").expect("the pipe takes a key");
        pressed
    }

    #[track_caller]
    fn wait_for_clock(&self, wanted: std::ops::Range<f64>) -> f64 {
        self.wait_for_clock_since(&Pressed { log: 0, status: 0 }, wanted)
    }

    /// Returns the first clock in the status line since then that lies in `wanted`, in seconds.
    #[track_caller]
    fn wait_for_clock_since(&self, pressed: &Pressed, wanted: std::ops::Range<f64>) -> f64 {
        self.process
            .wait_for_stderr(pressed.status, LIMIT, |text| {
                clocks(text).find(|clock| wanted.contains(clock))
            })
            .unwrap_or_else(|| panic!("the clock never comes to {wanted:?}: {}", self.process))
    }

    fn last_clock(&self) -> f64 {
        self.process
            .wait_for_stderr(0, LIMIT, |text| clocks(text).last())
            .unwrap_or_else(|| panic!("no clock: {}", self.process))
    }

    /// Checks that ffplay still takes keys: `q` ends it.
    fn expect_quit(mut self) {
        self.press("q");
        let ended = self.process.wait(LIMIT);
        ended.expect_success();
        assert!(!ended.stderr.contains("was not taken"), "a key got lost: {ended}");
    }
}

/// Returns the times in status lines such as `   2.53 A-V:  0.031 fd=   0 aq=    6KB`, in seconds.
fn clocks(text: &str) -> impl Iterator<Item = f64> {
    text.split('\r').filter_map(|line| {
        let (clock, _) = line.split_once("A-V:").or_else(|| line.split_once("M-"))?;
        clock.trim().parse().ok()
    })
}

/// Returns the library that presses the keys.
static PRESS_KEYS: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/press_keys.c");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("press_keys.so");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&library);
    cc.arg(source).args(["-ldl", "-lpthread"]);
    Process::spawn(&mut cc).wait(Duration::from_secs(60)).expect_success();
    library
});
