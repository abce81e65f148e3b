//! Keeps panics on the plugin's side of the boundary.

use crate::panics;

/// Returns what `call` returns. If it panics, logs that and returns `otherwise`.
pub(super) fn catch_or<R>(otherwise: R, call: impl FnOnce() -> R) -> R {
    panics::catch(call).unwrap_or_else(|message| {
        log::error!("panicked: {message}");
        otherwise
    })
}
