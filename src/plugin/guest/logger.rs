//! The logger of a plugin's library: hands the lines of the `log` crate to the host.
#![allow(unsafe_code, reason = "the host's logger is a pointer")]

use std::ffi::CString;
use std::sync::RwLock;

use log::{LevelFilter, Log, Metadata, Record};

use crate::plugin::abi::{self, Api};
use crate::sync;

static HOST: RwLock<Option<HostApi>> = RwLock::new(None);

struct HostApi(Api);

// SAFETY: the header allows any thread to log.
unsafe impl Send for HostApi {}
// SAFETY: the header allows several threads to log at once.
unsafe impl Sync for HostApi {}

/// Sends all further log lines to the host.
///
/// # Safety
/// `init` got `api`. After `exit` the host is not called, which [`release`] ensures.
pub(super) unsafe fn install(api: *const Api) {
    // SAFETY: the header says so.
    let Some(api) = (unsafe { api.as_ref() }) else { return };
    let level =
        abi::log_level(api.log_level).map_or(LevelFilter::Off, |level| level.to_level_filter());
    *sync::write(&HOST) = Some(HostApi(*api));
    // Fails if the library stayed loaded after its last `exit`. The logger is then still set.
    let _ = log::set_logger(&HostLogger);
    log::set_max_level(level);
}

/// Waits for calls of the host's logger that are under way, and prevents further ones.
pub(super) fn release() {
    log::set_max_level(LevelFilter::Off);
    *sync::write(&HOST) = None;
}

struct HostLogger;

impl Log for HostLogger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = record.args().to_string().replace('\0', "\u{fffd}");
        let (Ok(line), level) = (CString::new(line), abi::log_level_number(record.level())) else {
            return;
        };
        let host = sync::read(&HOST);
        if let Some(HostApi(Api { context, log: Some(log), .. })) = &*host {
            // SAFETY: `exit` has not returned, since it waits for this lock in `release`.
            unsafe { log(*context, level, line.as_ptr()) }
        }
    }

    fn flush(&self) {}
}
