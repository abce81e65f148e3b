//! The functions that a plugin may call.
#![allow(unsafe_code, reason = "libraries call back with the pointers that they got")]

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use crate::panics;
use crate::peer_log;
use crate::plugin::abi::{self, Api};
use crate::plugin::raw;

/// The target of plugins' log lines.
const TARGET: &str = "rendercast::plugin";

/// The functions that a plugin gets at its `init`. It lies behind an [`Arc`] so that its address
/// never changes.
pub(super) struct HostApi {
    api: Api,
    /// The plugin's name, which the context of `api` points to.
    _name: Arc<String>,
}

// SAFETY: its pointer leads to the name, which is never changed.
unsafe impl Send for HostApi {}
// SAFETY: as above.
unsafe impl Sync for HostApi {}

impl HostApi {
    /// Makes the functions for the plugin `name`, whose log lines bear that name.
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

    /// Returns a pointer that is valid for as long as `self`.
    pub(super) fn api(self: &Arc<Self>) -> *const Api {
        &raw const self.api
    }
}

/// # Safety
/// `context` is that of a live [`HostApi`]. `line` is null or ends in a NUL.
unsafe extern "C" fn log_line(context: *mut c_void, level: u32, line: *const c_char) {
    // A panic must not unwind through a plugin.
    let _ = panics::catch(|| {
        // SAFETY: the header grants the context until `exit` has returned, and the host lives
        // longer.
        let name = unsafe { &*context.cast::<String>().cast_const() };
        // SAFETY: the header says so.
        let line = unsafe { raw::line(line) }.unwrap_or_default();
        let level = abi::log_level(level).unwrap_or(log::Level::Error);
        peer_log::write(level, TARGET, &&name[..], format_args!("{line}"));
    });
}
