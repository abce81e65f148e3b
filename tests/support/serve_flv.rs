//! The example server as a child process, as the README says to run it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use super::example::executable;
use super::process::{Finished, Process};

/// The longest time of a start on a machine that is busy with a dozen players.
const START: Duration = Duration::from_secs(60);

/// A running `serve_flv` on a free port of the loopback interface.
pub(crate) struct ServeFlv {
    process: Process,
    authority: String,
    url: String,
}

impl ServeFlv {
    /// Starts the example with `args` and `--listen 127.0.0.1:0`. Returns once it has printed a
    /// URL.
    pub(crate) fn start<S: AsRef<OsStr>>(args: &[S]) -> Self {
        Self::start_listening(args, "127.0.0.1:0")
    }

    /// As [`Self::start`], with a log of all requests.
    pub(crate) fn start_telling<S: AsRef<OsStr>>(args: &[S]) -> Self {
        let mut command = command(args);
        command.args(["--listen", "127.0.0.1:0"]).env("RUST_LOG", "rendercast=debug");
        Self::spawn(&mut command)
    }

    pub(crate) fn start_listening<S: AsRef<OsStr>>(args: &[S], address: &str) -> Self {
        Self::spawn(command(args).args(["--listen", address]))
    }

    fn spawn(command: &mut Command) -> Self {
        let process = Process::spawn(command);
        let url = process.wait_for_line(START, url_in);
        let authority = url.split('/').nth(2).expect("url_in checked the form").to_owned();
        Self { process, authority, url }
    }

    /// Returns the first URL that it printed.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns `host:port` as printed.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the URL of another name on the same server.
    pub(crate) fn url_of(&self, name: &str) -> String {
        format!("rtmp://{}/live/{name}", self.authority)
    }

    /// Returns the process of the server. Its standard error is the log.
    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    /// Waits until the log behind byte `start` says `what`.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, start: usize, what: &str) {
        let said = |log: &str| log.contains(what).then_some(());
        let found = self.process.wait_for_stderr(start, Duration::from_secs(30), said);
        assert!(found.is_some(), "no {what:?} in the log of {}", self.process);
    }

    /// Sends Ctrl-C and waits for the end.
    pub(crate) fn interrupt(self, limit: Duration) -> Finished {
        self.end_by("INT", limit)
    }

    /// Sends the signal of that name and waits for the end.
    pub(crate) fn end_by(self, signal: &str, limit: Duration) -> Finished {
        self.process.signal(signal);
        self.process.wait(limit)
    }
}

/// Makes a command of `serve_flv` with `args`.
pub(crate) fn command<S: AsRef<OsStr>>(args: &[S]) -> Command {
    static EXECUTABLE: LazyLock<PathBuf> = LazyLock::new(|| executable("serve_flv"));
    let mut command = Command::new(&*EXECUTABLE);
    command.args(args);
    command
}

/// Returns the URL in a line such as `ffplay rtmp://127.0.0.1:1935/live/demo`.
fn url_in(line: &str) -> Option<String> {
    let url = line.split_whitespace().find(|word| word.contains("://"))?;
    (url.split('/').count() > 3).then(|| url.to_owned())
}
