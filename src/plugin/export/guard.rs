//! Keeps panics on this side of the boundary.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `call` returns, or what it panicked with.
pub(super) fn guard<R>(call: impl FnOnce() -> R) -> Result<R, String> {
    // Whoever calls this gives up what the panic may have left half done.
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
        let message = message_of(&*payload);
        // A payload may panic as it is dropped. What that panics with is lost.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(second);
        }
        message
    })
}

/// As [`guard`], where nobody can be told; the panic is logged.
pub(super) fn guard_or<R>(otherwise: R, call: impl FnOnce() -> R) -> R {
    guard(call).unwrap_or_else(|message| {
        log::error!("{message}");
        otherwise
    })
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("no message"))
}
