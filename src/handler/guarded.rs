//! Calls of handlers, whose panics are theirs alone.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::handler::HandlerResult;

/// Calls a handler; its panic becomes an error.
pub(crate) fn guarded<T>(call: impl FnOnce() -> HandlerResult<T>) -> HandlerResult<T> {
    // What a handler left half done is its own business: the server's state is not in its hands.
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|panic| Err(format!("the handler panicked: {}", message(&*panic)).into()))
}

/// The words of a panic.
pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::guarded;
    use crate::handler::HandlerResult;

    #[test]
    fn a_panic_becomes_an_error_with_its_words() {
        let outcome = guarded(|| -> HandlerResult { panic!("no canvas {}", 7) });
        assert_eq!(outcome.unwrap_err().to_string(), "the handler panicked: no canvas 7");
        assert!(guarded(|| Ok(true)).unwrap());
    }
}
