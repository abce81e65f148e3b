//! ffmpeg publishes to the live example, and ffmpeg watches.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use libtest_mimic::Trial;

use super::film::{self, SLACK};
use super::need::{Need, trial};
use super::support::example::executable;
use super::support::flv::{self, Kind};
use super::support::process::Process;

const NEEDS: &[Need] = &[Need::Program("ffmpeg")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("live::a_viewer_gets_every_payload", NEEDS, a_viewer_gets_every_payload),
        trial("live::a_publisher_returns", NEEDS, a_publisher_returns),
        trial("live::a_key_is_asked_for", NEEDS, a_key_is_asked_for),
    ]
}

/// The example `live` on a free port.
struct Live {
    process: Process,
    url: String,
}

impl Live {
    fn start(args: &[&str]) -> Self {
        static EXECUTABLE: LazyLock<PathBuf> = LazyLock::new(|| executable("live"));
        let mut command = Command::new(&*EXECUTABLE);
        command.args(["--listen", "127.0.0.1:0"]).args(args);
        let process = Process::spawn(&mut command);
        let url = process.wait_for_line(Duration::from_secs(20), |line| {
            line.strip_prefix("  watch: ffplay ").map(str::to_owned)
        });
        Self { process, url }
    }

    /// Waits until the log behind byte `start` says `what`.
    fn wait_for_log(&self, start: usize, what: &str) {
        let said = |log: &str| log.contains(what).then_some(());
        let found = self.process.wait_for_stderr(start, Duration::from_secs(20), said);
        assert!(found.is_some(), "no {what:?} in the log of {}", self.process);
    }

    /// Starts ffmpeg, which writes what it watches to `copy` until the stream ends.
    fn watch(&self, copy: &Path) -> Process {
        let start = self.process.stderr_len();
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-i", &self.url]);
        let viewer = Process::spawn(command.args(["-c", "copy"]).arg(copy));
        self.wait_for_log(start, "watches the live stream");
        viewer
    }
}

/// ffmpeg that publishes a film in real time, with timestamps from `offset` seconds on.
fn publish(film: &Path, url: &str, offset: &str) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-re", "-i"]).arg(film);
    command.args(["-c", "copy", "-output_ts_offset", offset, "-f", "flv", url]);
    command
}

fn a_viewer_gets_every_payload() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (short, copy) = (folder.path().join("short.flv"), folder.path().join("copy.flv"));
    let film = film::write_short(&short, 4);
    let live = Live::start(&["--grace", "0"]);
    let viewer = live.watch(&copy);

    Process::spawn(&mut publish(&short, &live.url, "0")).wait(SLACK).expect_success();

    let ended = viewer.wait(SLACK);
    ended.expect_success();
    assert_eq!(ended.stderr, "", "error lines of {ended}");
    let copied = flv::read(&copy);
    for kind in [Kind::Video, Kind::Audio] {
        let of = |tags| flv::frames(tags, kind).map(|tag| tag.payload.clone()).collect::<Vec<_>>();
        assert_eq!(of(&copied), of(&film), "{kind:?}");
    }
}

fn a_publisher_returns() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let copy = folder.path().join("copy.flv");
    let live = Live::start(&["--grace", "6"]);
    let viewer = live.watch(&copy);

    for offset in ["0", "86400", "50"] {
        let start = live.process.stderr_len();
        let mut publisher = Process::spawn(&mut publish(&film::demo_path(), &live.url, offset));
        live.wait_for_log(start, "H.264 and AAC");
        std::thread::sleep(Duration::from_secs(2));
        publisher.kill();
        live.wait_for_log(start, "ceased to publish");
        std::thread::sleep(Duration::from_secs(1));
    }

    let ended = viewer.wait(SLACK);
    ended.expect_success();
    assert_eq!(ended.stderr, "", "error lines of {ended}");
    let copied = flv::read(&copy);
    for kind in [Kind::Video, Kind::Audio] {
        let times: Vec<_> = flv::frames(&copied, kind).map(|tag| tag.timestamp).collect();
        assert!(times.is_sorted(), "{kind:?}: {times:?}");
    }
    let keys = copied.iter().filter(|tag| tag.is_key_frame()).count();
    assert!(keys >= 3, "{keys} key frames of three publishers");
    let duration = flv::duration(&copied);
    assert!(duration < Duration::from_secs(60), "{duration:?}: no publisher's own timestamps");
}

fn a_key_is_asked_for() {
    let live = Live::start(&["--key", "key=secret"]);
    let short = film::demo_path();
    let refused = Process::spawn(&mut publish(&short, &live.url, "0")).wait(SLACK);
    assert!(!refused.status.success(), "published without the key: {refused}");
    let start = live.process.stderr_len();
    let url = format!("{}?key=secret", live.url);
    let mut publisher = Process::spawn(&mut publish(&short, &url, "0"));
    live.wait_for_log(start, "publishes the live stream");
    publisher.kill();
    let told = live
        .process
        .wait_for_stderr(0, Duration::from_millis(10), |log| log.contains("secret").then_some(()));
    assert!(told.is_none(), "the log tells the secret: {}", live.process);
}
