//! From the verdict of a handler to what the client is told.

use super::ended::Ended;
use crate::handler::{Failure, HandlerResult, Refusal};
use crate::protocol::message::Status;

/// Returns what a handler answered. Returns `default` if there is no handler.
///
/// # Errors
/// [`Ended::Panicked`] if the handler panicked.
pub(crate) fn verdict<T>(
    outcome: Option<Result<T, Failure>>,
    default: T,
) -> Result<HandlerResult<T>, Ended> {
    match outcome {
        None => Ok(Ok(default)),
        Some(Ok(answer)) => Ok(Ok(answer)),
        Some(Err(Failure::Error(error))) => Ok(Err(error)),
        Some(Err(Failure::Panic(_))) => Err(Ended::Panicked),
    }
}

/// What a client is told of an error that is no [`Refusal`]. The log has its text, which may name
/// files and hosts.
const FAILED: &str = "The application failed.";

/// Returns what a client is told of the error of a handler: the code and text of a [`Refusal`], or
/// `code` and nothing of the text.
pub(crate) fn status_of(error: &(dyn std::error::Error + 'static), code: &'static str) -> Status {
    error.downcast_ref::<Refusal>().map_or_else(
        || Status::error(code, FAILED),
        |refusal| Status::error(refusal.code().to_owned(), refusal.description()),
    )
}
