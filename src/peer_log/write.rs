//! Writes log lines, at most so many per second about each address.

use std::fmt;
use std::net::IpAddr;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use log::{Level, LevelFilter};

use super::line;
use super::writer::{Line, Writer};
use crate::address_rates::{AddressRates, Network};
use crate::panics;
use crate::sync::lock;

/// How many lines per second each address may cause, in the whole process. Lines for debugging do
/// not count.
const LINES_PER_SECOND: u32 = 100;

static RATES: LazyLock<Mutex<AddressRates>> = LazyLock::new(Mutex::default);

static WRITER: Writer = Writer::new();

/// What a log line is about. Its text begins the line.
pub(crate) trait LogSubject: fmt::Display {
    /// Returns the address whose lines are counted, or `None` if they are not.
    fn ip(&self) -> Option<IpAddr>;
}

impl<T: LogSubject + ?Sized> LogSubject for &T {
    fn ip(&self) -> Option<IpAddr> {
        (**self).ip()
    }
}

impl LogSubject for str {
    fn ip(&self) -> Option<IpAddr> {
        None
    }
}

impl LogSubject for fmt::Arguments<'_> {
    fn ip(&self) -> Option<IpAddr> {
        None
    }
}

/// Writes a line, unless the address of `subject` has caused too many. The next line that is
/// written tells how many were left out.
///
/// Never waits for the logger, which gets the line on the thread `rtmp-log`. Any lock may be held.
pub(crate) fn write(
    level: Level,
    target: &'static str,
    subject: &dyn LogSubject,
    text: fmt::Arguments<'_>,
) {
    // `Log::enabled` is the logger's, and may block. The logger asks itself on its own thread.
    if level > log::STATIC_MAX_LEVEL || level > log::max_level() {
        return;
    }
    // The text of an error of the application may panic.
    let _ = panics::catch(|| {
        let Some(left_out) = admit(level, subject) else { return };
        let text = line::compose(subject, text, left_out);
        WRITER.push(Line { level, target, text });
    });
}

/// Keeps the thread `rtmp-log`, lines or not, until it is dropped.
#[derive(Debug)]
pub(crate) struct KeptThread(());

impl KeptThread {
    /// Keeps the thread from now on. Returns `None` if nothing is logged.
    pub(crate) fn new() -> Option<Self> {
        (log::max_level() != LevelFilter::Off).then(|| {
            WRITER.keep();
            Self(())
        })
    }
}

impl Drop for KeptThread {
    fn drop(&mut self) {
        WRITER.release();
    }
}

/// Waits until the logger has all lines, but not longer than `timeout`.
pub(crate) fn finish(timeout: Duration) {
    WRITER.finish(timeout);
}

/// Returns how many lines were left out before this one, or `None` to leave this one out.
fn admit(level: Level, subject: &dyn LogSubject) -> Option<u64> {
    let Some(ip) = subject.ip().filter(|_| level <= Level::Info) else { return Some(0) };
    lock(&RATES).admit(Network::from(ip), LINES_PER_SECOND, Instant::now())
}
