//! Requests that wait for an answer.

use std::time::{Duration, Instant};

use super::{Error, TransactionId};
use crate::protocol::MessageStreamId;

/// What was asked for.
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

/// The requests that wait, oldest first. All have the same patience, so the first is due first.
#[derive(Debug, Default)]
pub(super) struct Pending {
    last: u32,
    requests: Vec<(TransactionId, Request, Instant)>,
}

impl Pending {
    /// Notes a request made at `now`, and numbers it: from 1 on, as `connect` must be 1.
    pub(super) fn add(&mut self, request: Request, now: Instant) -> TransactionId {
        self.last = self.last.wrapping_add(1).max(1);
        let transaction = TransactionId(self.last);
        self.requests.push((transaction, request, now));
        transaction
    }

    /// The request of that number, which waits no longer.
    pub(super) fn settle(&mut self, transaction: TransactionId) -> Option<Request> {
        let index = self.requests.iter().position(|(id, ..)| *id == transaction)?;
        Some(self.requests.remove(index).1)
    }

    /// A stream's first status is the answer to its `play`.
    pub(super) fn settle_play(&mut self, stream: MessageStreamId) {
        self.requests.retain(|(_, request, _)| *request != Request::Play(stream));
    }

    /// When the oldest request has waited for `patience`.
    pub(super) fn deadline(&self, patience: Duration) -> Option<Instant> {
        self.requests.first().and_then(|(.., since)| since.checked_add(patience))
    }

    /// Fails where the oldest request has waited for `patience`.
    pub(super) fn check(&self, now: Instant, patience: Duration) -> Result<(), Error> {
        match self.requests.first() {
            Some((_, request, since)) if now.saturating_duration_since(*since) >= patience => {
                Err(Error::NoReply { procedure: request.procedure().to_owned(), after: patience })
            }
            _ => Ok(()),
        }
    }
}
