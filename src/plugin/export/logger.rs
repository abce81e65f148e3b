//! The `log` crate's logger of a plugin's library: hands its lines to the host.
#![allow(unsafe_code, reason = "the host's logger is a pointer")]

use std::ffi::CString;
use std::sync::{PoisonError, RwLock};

use log::{LevelFilter, Log, Metadata, Record};

use crate::plugin::abi::{self, Api};

static HOST: RwLock<Option<HostApi>> = RwLock::new(None);

struct HostApi(Api);

// SAFETY: the header lets any thread log.
unsafe impl Send for HostApi {}
// SAFETY: the same, several at once included.
unsafe impl Sync for HostApi {}

/// Logs to the host from here on.
///
/// # Safety
/// `api` is what `init` was given, and nobody logs after `exit` but for [`release`].
pub(super) unsafe fn install(api: *const Api) {
    // SAFETY: the header says so.
    let Some(api) = (unsafe { api.as_ref() }) else { return };
    let level =
        abi::log_level(api.log_level).map_or(LevelFilter::Off, |level| level.to_level_filter());
    *HOST.write().unwrap_or_else(PoisonError::into_inner) = Some(HostApi(*api));
    // Fails where the library was not unloaded after its last `exit`: then it is installed already.
    let _ = log::set_logger(&HostLogger);
    log::set_max_level(level);
}

/// Waits for the lines that are being logged; after it there are none.
pub(super) fn release() {
    log::set_max_level(LevelFilter::Off);
    *HOST.write().unwrap_or_else(PoisonError::into_inner) = None;
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
        let host = HOST.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(HostApi(Api { context, log: Some(log), .. })) = &*host {
            // SAFETY: `exit` has not returned, for it waits for this lock in `release`.
            unsafe { log(*context, level, line.as_ptr()) }
        }
    }

    fn flush(&self) {}
}
