//! A child process that ends with its test at the latest, and whose waits have limits.

use std::fmt;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How often a wait checks whether the child has exited. The standard library has no timed wait.
const POLL: Duration = Duration::from_millis(10);

/// A running child whose output is collected. Dropping it kills the child.
pub(crate) struct Process {
    name: String,
    child: Child,
    started: Instant,
    stdout: Captured,
    stderr: Captured,
}

/// How a child ended.
pub(crate) struct Finished {
    /// The command line, for messages.
    pub(crate) name: String,
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The time from spawn to exit.
    pub(crate) took: Duration,
}

impl Process {
    /// Starts `command` with nothing to read and both outputs captured.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let name = command_line(command);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let stdout = Captured::read(child.stdout.take().expect("stdout is piped"));
        let stderr = Captured::read(child.stderr.take().expect("stderr is piped"));
        Self { name, child, started: Instant::now(), stdout, stderr }
    }

    /// Returns the first value that `wanted` finds in a line of standard output.
    pub(crate) fn wait_for_line<T>(
        &self,
        limit: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> T {
        self.stdout
            .wait_for(limit, |text| complete_lines(text).find_map(&wanted))
            .unwrap_or_else(|| panic!("no such line on standard output of {self}"))
    }

    /// Returns how many bytes have come on standard error so far.
    pub(crate) fn stderr_len(&self) -> usize {
        self.stderr.shared.0.lock().expect("no holder panics").bytes.len()
    }

    /// What `wanted` makes of standard error from byte `start` on, as soon as it makes anything of
    /// it.
    #[track_caller]
    pub(crate) fn wait_for_stderr<T>(
        &self,
        start: usize,
        limit: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.stderr.wait_for(limit, |text| wanted(text.get(start..).unwrap_or_default()))
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the child has exited. After `limit`, kills it and fails the test.
    pub(crate) fn wait(mut self, limit: Duration) -> Finished {
        let deadline = Instant::now() + limit;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            if Instant::now() >= deadline {
                self.kill();
                panic!("still running after {limit:?}: {self}");
            }
            thread::sleep(POLL);
        };
        Finished {
            name: self.name.clone(),
            status,
            took: self.started.elapsed(),
            stdout: self.stdout.to_end(),
            stderr: self.stderr.to_end(),
        }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    /// Sends SIGINT, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    /// Sends the signal of that name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", "kill -\"$1\" \"$2\"", "sh", name, &self.child.id().to_string()])
            .status()
            .expect("sh runs");
        assert!(sent.success(), "cannot send {name} to {self}");
    }

    /// Sends SIGKILL, because no other signal ends a read of ffmpeg or gst-launch.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_report(f, &self.name, &self.stdout.so_far(), &self.stderr.so_far())
    }
}

impl Finished {
    /// Fails the test unless the child ended with status 0.
    #[track_caller]
    pub(crate) fn expect_success(&self) -> &Self {
        assert!(self.status.success(), "{}: {self}", self.status);
        self
    }

    /// Fails the test unless the child ended with `code`.
    #[track_caller]
    pub(crate) fn expect_code(&self, code: i32) -> &Self {
        assert_eq!(self.status.code(), Some(code), "{}: {self}", self.status);
        self
    }

    /// Fails the test unless spawn to exit took between `least` and `most`.
    #[track_caller]
    pub(crate) fn expect_took(&self, least: Duration, most: Duration) -> &Self {
        assert!(
            (least..=most).contains(&self.took),
            "took {:?} instead of {least:?} to {most:?}: {self}",
            self.took
        );
        self
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_report(f, &self.name, &self.stdout, &self.stderr)
    }
}

fn write_report(f: &mut fmt::Formatter<'_>, name: &str, stdout: &str, stderr: &str) -> fmt::Result {
    writeln!(f, "{name}")?;
    writeln!(f, "--- standard output\n{}", tail(stdout))?;
    writeln!(f, "--- standard error\n{}", tail(stderr))
}

/// Returns the last lines, to show what went wrong.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

fn complete_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'))
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// One output of a child. A thread reads it, so that the child never blocks on it.
struct Captured {
    shared: Arc<(Mutex<Text>, Condvar)>,
}

#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    ended: bool,
}

impl Captured {
    fn read(mut source: impl Read + Send + 'static) -> Self {
        let shared = Arc::new((Mutex::new(Text::default()), Condvar::new()));
        let writer = Arc::clone(&shared);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let count = source.read(&mut buffer).unwrap_or(0);
                let mut text = writer.0.lock().expect("no holder panics");
                text.bytes.extend_from_slice(&buffer[..count]);
                text.ended = count == 0;
                writer.1.notify_all();
                if text.ended {
                    return;
                }
            }
        });
        Self { shared }
    }

    /// Waits until `wanted` finds something. Returns `None` at the end or after `limit`.
    fn wait_for<T>(&self, limit: Duration, wanted: impl Fn(&str) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + limit;
        let mut text = self.shared.0.lock().expect("no holder panics");
        loop {
            let found = wanted(&String::from_utf8_lossy(&text.bytes));
            let left = deadline.saturating_duration_since(Instant::now());
            if found.is_some() || text.ended || left.is_zero() {
                return found;
            }
            text = self.shared.1.wait_timeout(text, left).expect("no holder panics").0;
        }
    }

    fn so_far(&self) -> String {
        let text = self.shared.0.lock().expect("no holder panics");
        String::from_utf8_lossy(&text.bytes).into_owned()
    }

    /// Returns the whole output of a child that has exited. A grandchild may hold the pipe, so it
    /// waits for a second at most.
    fn to_end(&self) -> String {
        self.wait_for(Duration::from_secs(1), |_| None::<()>);
        self.so_far()
    }
}
