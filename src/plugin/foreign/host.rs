//! What the host offers to a plugin.
#![allow(unsafe_code, reason = "libraries call back with the pointers that they were given")]

use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::plugin::abi::{self, Api};
use crate::plugin::raw;

/// The target of plugins' log lines.
const TARGET: &str = "rendercast::plugin";

/// Behind an [`Arc`], so that its address stays while it is moved.
pub(super) struct Host {
    api: Api,
    /// What the context of `api` leads to.
    _name: Arc<String>,
}

// SAFETY: the pointer in it leads to the name, which nobody changes.
unsafe impl Send for Host {}
// SAFETY: the same.
unsafe impl Sync for Host {}

impl Host {
    /// What the plugin of this name is offered.
    pub(super) fn new(name: &str) -> Arc<Self> {
        let name = Arc::new(name.to_owned());
        let api = Api {
            struct_size: size_of::<Api>() as u32,
            log_level: log::max_level().to_level().map_or(0, abi::log_level_number),
            context: Arc::as_ptr(&name).cast_mut().cast(),
            log: Some(log_line),
        };
        Arc::new(Self { api, _name: name })
    }

    /// Valid for as long as this is.
    pub(super) fn api(self: &Arc<Self>) -> *const Api {
        &raw const self.api
    }
}

/// # Safety
/// `context` is that of a [`Host`] that is there, and `line` is null or ends in a NUL.
unsafe extern "C" fn log_line(context: *mut c_void, level: u32, line: *const c_char) {
    // An application's logger may panic, and a panic must not go through a plugin.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the header grants the context until `exit` has returned; the host stays longer.
        let name = unsafe { &*context.cast::<String>().cast_const() };
        // SAFETY: the header says so.
        let line = unsafe { raw::line(line) }.unwrap_or_default();
        let level = abi::log_level(level).unwrap_or(log::Level::Error);
        log::log!(target: TARGET, level, "{name}: {line}");
    }));
}
