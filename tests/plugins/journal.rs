//! Collects the log lines of plugins, which come through the host's log.

use std::sync::{Mutex, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

static LINES: Mutex<Vec<(String, log::Level)>> = Mutex::new(Vec::new());

struct Journal;

impl Log for Journal {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "rendercast::plugin"
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = (record.args().to_string(), record.level());
            LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    fn flush(&self) {}
}

/// Collects lines from now on.
pub(crate) fn keep() {
    log::set_logger(&Journal).expect("the first logger of the process");
    log::set_max_level(LevelFilter::Debug);
}

/// Returns the lines of this plugin, in order.
pub(crate) fn of(plugin: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let prefix = format!("{plugin}: ");
    lines.iter().filter_map(|(line, _)| line.strip_prefix(&prefix).map(str::to_owned)).collect()
}

/// Returns the level of a line.
pub(crate) fn level_of(wanted: &str) -> Option<log::Level> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().find(|(line, _)| line == wanted).map(|(_, level)| *level)
}
