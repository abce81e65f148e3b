//! Calls of handlers: the lock of the handler, its panics, and its log line.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::slot::Shared;
use super::{HandlerError, HandlerResult, Refusal, Slot};
use crate::sync::lock;

/// Why a handler gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Error(HandlerError),
    #[error("{0}")]
    Panic(#[from] Panic),
}

/// A panic, with its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handler panicked: {0}")]
pub(crate) struct Panic(pub(crate) String);

/// Calls the handler that is registered in `slot`. Returns `None` if there is none.
///
/// Blocks until calls of this handler on other threads have returned, and for as long as the handler
/// does. A failure is logged with `who`, which names the client or the loop, and `what`, which names
/// the handler.
pub(crate) fn call<H: ?Sized, T>(
    slot: &Slot<H>,
    who: &dyn fmt::Display,
    what: &str,
    call: impl FnOnce(&mut H) -> HandlerResult<T>,
) -> Option<Result<T, Failure>> {
    slot.get().map(|handler| call_shared(&handler, who, what, call))
}

/// Calls a handler as [`call`] does.
pub(crate) fn call_shared<H: ?Sized, T>(
    handler: &Shared<H>,
    who: &dyn fmt::Display,
    what: &str,
    call: impl FnOnce(&mut H) -> HandlerResult<T>,
) -> Result<T, Failure> {
    guard(who, what, || call(&mut *lock(handler)))
}

/// Runs code of the application, and logs its failure as [`call`] does.
pub(crate) fn guard<T>(
    who: &dyn fmt::Display,
    what: &str,
    call: impl FnOnce() -> HandlerResult<T>,
) -> Result<T, Failure> {
    let outcome = catch(call).map_err(Failure::from);
    let outcome = outcome.and_then(|verdict| verdict.map_err(Failure::Error));
    match &outcome {
        Ok(_) => {}
        // A refusal is an answer like any other.
        Err(Failure::Error(error)) if error.is::<Refusal>() => log::info!("{who}: {what}: {error}"),
        Err(Failure::Error(error)) => log::warn!("{who}: {what}: {error}"),
        Err(Failure::Panic(panic)) => log::error!("{who}: {what}: {panic}"),
    }
    outcome
}

/// Runs code of the application, and catches its panic.
pub(crate) fn catch<T>(call: impl FnOnce() -> T) -> Result<T, Panic> {
    // A handler may leave its own state half changed. It never holds any of the server's.
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| Panic(message(&*payload).to_owned()))
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::{Failure, HandlerResult, Panic, Slot, call, guard};

    #[test]
    fn a_panic_becomes_a_failure_with_its_message() {
        let outcome =
            guard(&"a client", "a handler", || -> HandlerResult { panic!("no canvas {}", 7) });
        assert!(matches!(outcome, Err(Failure::Panic(Panic(text))) if text == "no canvas 7"));
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
