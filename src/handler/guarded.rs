//! Calls of handlers. A handler's panic ends that call alone.

use crate::handler::HandlerResult;
use crate::panics;

/// Calls a handler, and turns its panic into an error.
pub(crate) fn guarded<T>(call: impl FnOnce() -> HandlerResult<T>) -> HandlerResult<T> {
    // A handler holds none of the server's state, so it can leave only its own half changed.
    panics::catch(call)
        .unwrap_or_else(|message| Err(format!("the handler panicked: {message}").into()))
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
