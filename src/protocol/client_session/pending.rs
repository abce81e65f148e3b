//! Requests without an answer so far.

use std::time::{Duration, Instant};

use super::{Error, TransactionId};
use crate::protocol::MessageStreamId;

/// What was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Connect,
    CreateStream,
    Play(MessageStreamId),
    Call(String),
}

impl Request {
    fn procedure(&self) -> &str {
        match self {
            Self::Connect => "connect",
            Self::CreateStream => "createStream",
            Self::Play(_) => "play",
            Self::Call(procedure) => procedure,
        }
    }
}

/// The unanswered requests, oldest first. All have the same timeout, so the first is due first.
#[derive(Debug, Default)]
pub(super) struct Pending {
    last: u32,
    requests: Vec<(TransactionId, Request, Instant)>,
}

impl Pending {
    /// Adds a request made at `now`. Returns its number: numbers start at 1, which `connect` must
    /// have.
    pub(super) fn add(&mut self, request: Request, now: Instant) -> TransactionId {
        self.last = self.last.wrapping_add(1).max(1);
        let transaction = TransactionId(self.last);
        self.requests.push((transaction, request, now));
        transaction
    }

    /// Removes the request with that number and returns it.
    pub(super) fn settle(&mut self, transaction: TransactionId) -> Option<Request> {
        let index = self.requests.iter().position(|(id, ..)| *id == transaction)?;
        Some(self.requests.remove(index).1)
    }

    /// Removes the `play` of a stream. Its answer is the stream's first status.
    pub(super) fn settle_play(&mut self, stream: MessageStreamId) {
        self.requests.retain(|(_, request, _)| *request != Request::Play(stream));
    }

    /// Returns when the oldest request times out.
    pub(super) fn deadline(&self, timeout: Duration) -> Option<Instant> {
        self.requests.first().and_then(|(.., since)| since.checked_add(timeout))
    }

    /// Fails if the oldest request has waited for `timeout`.
    pub(super) fn check(&self, now: Instant, timeout: Duration) -> Result<(), Error> {
        match self.requests.first() {
            Some((_, request, since)) if now.saturating_duration_since(*since) >= timeout => {
                Err(Error::NoReply { procedure: request.procedure().to_owned(), after: timeout })
            }
            _ => Ok(()),
        }
    }
}
