//! The example `live`, and the players and publishers that its tests start.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use super::support::example::executable;
use super::support::process::Process;

/// How long anything may take that happens at once. Reached only by a test that fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// The example `live` on a free port.
pub(crate) struct Live {
    pub(crate) process: Process,
    pub(crate) url: String,
}

impl Live {
    pub(crate) fn start(args: &[impl AsRef<OsStr>]) -> Self {
        Self::run(Command::new(&*EXECUTABLE), args)
    }

    /// Starts it by a line for the shell that ends with `exec "$@"`.
    pub(crate) fn start_by_shell(line: &str, args: &[impl AsRef<OsStr>]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", line, "sh"]).arg(&*EXECUTABLE);
        Self::run(shell, args)
    }

    fn run(mut command: Command, args: &[impl AsRef<OsStr>]) -> Self {
        command.args(["--listen", "127.0.0.1:0"]).args(args);
        let process = Process::spawn(&mut command);
        let url = process.wait_for_line(PATIENCE, |line| {
            line.strip_prefix("  watch: ffplay ").map(str::to_owned)
        });
        Self { process, url }
    }

    /// Waits until the log behind byte `start` says `what`.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, start: usize, what: &str) {
        let said = |log: &str| log.contains(what).then_some(());
        let found = self.process.wait_for_stderr(start, PATIENCE, said);
        assert!(found.is_some(), "no {what:?} in the log of {}", self.process);
    }

    /// Starts ffmpeg, which writes what it watches to `copy` until the stream ends.
    pub(crate) fn watch(&self, copy: &Path) -> Process {
        let start = self.process.stderr_len();
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-i", &self.url]);
        command.args(["-c", "copy", "-flush_packets", "1"]);
        let viewer = Process::spawn(command.arg(copy));
        self.wait_for_log(start, "watches the live stream");
        viewer
    }
}

static EXECUTABLE: LazyLock<PathBuf> = LazyLock::new(|| executable("live"));

/// ffmpeg that publishes a film in real time, with timestamps from `offset` seconds on.
pub(crate) fn publish(film: &Path, url: &str, offset: &str) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-re", "-i"]).arg(film);
    command.args(["-c", "copy", "-output_ts_offset", offset, "-f", "flv", url]);
    command
}

/// ffmpeg that publishes a film three times as fast as in real time. A viewer keeps up with that.
pub(crate) fn publish_fast(film: &Path, url: &str) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-readrate", "3", "-i"]);
    command.arg(film).args(["-c", "copy", "-f", "flv", url]);
    command
}
