//! Calls of handlers: the lock of the handler, its panics, and its log line.

use std::cell::Cell;

use super::slot::Shared;
use super::{HandlerError, HandlerResult, Refusal, Slot};
use crate::panics;
use crate::peer_log::{LogSubject, peer_log};
use crate::sync::lock;

thread_local! {
    /// How many calls of handlers this thread is inside of. A thread of the server counts as one.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Marks the calling thread as inside a handler, as long as it lives.
pub(crate) struct InsideHandler(());

impl InsideHandler {
    pub(crate) fn enter() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Self(())
    }

    /// Returns whether the calling thread is inside a handler, or is one that runs handlers. Other
    /// threads may wait for such a thread, so it must not wait for them.
    pub(crate) fn is_this_thread() -> bool {
        DEPTH.get() > 0
    }
}

impl Drop for InsideHandler {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Why a handler gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Error(HandlerError),
    #[error("the handler panicked: {0}")]
    Panic(String),
}

/// Calls the handler that is registered in `slot`. Returns `None` if there is none.
///
/// Blocks until calls of this handler on other threads have returned, and for as long as the
/// handler does. A failure is logged with `who`, which names the client or the loop, and `what`,
/// which names the handler.
pub(crate) fn call<H: ?Sized, T>(
    slot: &Slot<H>,
    who: &dyn LogSubject,
    what: &str,
    call: impl FnOnce(&mut H) -> HandlerResult<T>,
) -> Option<Result<T, Failure>> {
    slot.get().map(|handler| call_shared(&handler, who, what, call))
}

/// Calls a handler as [`call`] does.
pub(crate) fn call_shared<H: ?Sized, T>(
    handler: &Shared<H>,
    who: &dyn LogSubject,
    what: &str,
    call: impl FnOnce(&mut H) -> HandlerResult<T>,
) -> Result<T, Failure> {
    guard(who, what, || call(&mut *lock(handler)))
}

/// Runs code of the application, and logs its failure as [`call`] does.
pub(crate) fn guard<T>(
    who: &dyn LogSubject,
    what: &str,
    call: impl FnOnce() -> HandlerResult<T>,
) -> Result<T, Failure> {
    let inside = InsideHandler::enter();
    // A handler holds none of the server's state, so it can leave only its own half changed.
    let outcome = panics::catch(call).map_err(Failure::Panic);
    drop(inside);
    let outcome = outcome.and_then(|verdict| verdict.map_err(Failure::Error));
    match &outcome {
        Ok(_) => {}
        // A refusal is an answer like any other.
        Err(Failure::Error(error)) if error.is::<Refusal>() => {
            peer_log!(Info, who, "{what}: {error}");
        }
        Err(Failure::Error(error)) => peer_log!(Warn, who, "{what}: {error}"),
        Err(failure @ Failure::Panic(_)) => peer_log!(Error, who, "{what}: {failure}"),
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::{Failure, HandlerResult, Slot, call, guard};

    #[test]
    fn a_panic_becomes_a_failure_with_its_message() {
        let outcome =
            guard(&"a client", "a handler", || -> HandlerResult { panic!("no canvas {}", 7) });
        assert!(matches!(outcome, Err(Failure::Panic(text)) if text == "no canvas 7"));
    }

    #[test]
    fn an_error_and_an_answer_pass_through() {
        let outcome = guard(&"a client", "a handler", || -> HandlerResult { Err("busy".into()) });
        assert_eq!(outcome.unwrap_err().to_string(), "busy");
        assert!(guard(&"a client", "a handler", || Ok(true)).unwrap());
    }

    #[test]
    fn a_handler_that_panicked_is_called_again() {
        let slot: Slot<u8> = Slot::new();
        let add = |count: &mut u8| -> HandlerResult<u8> {
            *count += 1;
            assert!(*count > 1, "the first call panics");
            Ok(*count)
        };
        assert!(call(&slot, &"a client", "a handler", add).is_none());
        slot.set(Some(Arc::new(Mutex::new(0))));
        assert!(matches!(call(&slot, &"a client", "a handler", add), Some(Err(Failure::Panic(_)))));
        assert!(matches!(call(&slot, &"a client", "a handler", add), Some(Ok(2))));
    }
}
