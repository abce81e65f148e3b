//! Collects the log lines of plugins, which come through the host's log.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use log::{LevelFilter, Log, Metadata, Record};
use rendercast::{Server, ServerConfig};

/// How long a line may take. Only a test that fails reaches it.
const PATIENCE: Duration = Duration::from_secs(30);

static LINES: Mutex<Vec<(String, log::Level)>> = Mutex::new(Vec::new());
static ADDED: Condvar = Condvar::new();

struct Journal;

impl Log for Journal {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("rendercast::")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = (record.args().to_string(), record.level());
            LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            ADDED.notify_all();
        }
    }

    fn flush(&self) {}
}

/// Collects lines from now on.
pub(crate) fn keep() {
    log::set_logger(&Journal).expect("the first logger of the process");
    log::set_max_level(LevelFilter::Debug);
}

/// Waits until the logger has got all lines that were written before.
fn settle() {
    let server = Server::new(ServerConfig::default());
    server.start("127.0.0.1:0").expect("a free port");
    let last = format!("the server: listening on {}", server.listen_addresses()[0]);
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let lacks_last = |lines: &mut Vec<_>| !lines.iter().any(|(line, _)| *line == last);
    let waited = ADDED.wait_timeout_while(lines, PATIENCE, lacks_last);
    let (mut lines, waited) = waited.unwrap_or_else(PoisonError::into_inner);
    assert!(!waited.timed_out(), "no line {last:?}");
    // Another server may get the same port.
    lines.retain(|(line, _)| *line != last);
}

/// Returns the lines of this plugin, in order.
pub(crate) fn of(plugin: &str) -> Vec<String> {
    settle();
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let prefix = format!("{plugin}: ");
    lines.iter().filter_map(|(line, _)| line.strip_prefix(&prefix).map(str::to_owned)).collect()
}

/// Returns the level of a line.
pub(crate) fn level_of(wanted: &str) -> Option<log::Level> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().find(|(line, _)| line == wanted).map(|(_, level)| *level)
}
