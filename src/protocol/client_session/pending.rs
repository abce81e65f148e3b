//! Requests without an answer so far.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Error, TransactionId};
use crate::protocol::MessageStreamId;

/// What was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Connect,
    CreateStream,
    Play(MessageStreamId),
    Publish(MessageStreamId),
    Call(String),
    /// A request that servers need not answer, and may refuse without consequence.
    Optional,
}

impl Request {
    fn procedure(&self) -> &str {
        match self {
            Self::Connect => "connect",
            Self::CreateStream => "createStream",
            Self::Play(_) => "play",
            Self::Publish(_) => "publish",
            Self::Call(procedure) => procedure,
            Self::Optional => "a request",
        }
    }
}

/// How many optional requests may be unanswered. Later answers to older ones are reported.
const MAX_OPTIONAL: usize = 8;

/// The unanswered requests, oldest first. All have the same timeout, so the first is due first.
#[derive(Debug, Default)]
pub(super) struct Pending {
    last: u32,
    requests: Vec<(TransactionId, Request, Instant)>,
    /// The [optional](Request::Optional) ones, oldest first. They are never due.
    optional: VecDeque<TransactionId>,
}

impl Pending {
    /// Adds a request made at `now`. Returns its number: numbers start at 1, which `connect` must
    /// have.
    pub(super) fn add(&mut self, request: Request, now: Instant) -> TransactionId {
        let transaction = self.next();
        self.add_as(transaction, request, now);
        transaction
    }

    /// Adds a request that has its number already.
    pub(super) fn add_as(&mut self, transaction: TransactionId, request: Request, now: Instant) {
        self.requests.push((transaction, request, now));
    }

    /// Adds an optional request. Returns its number.
    pub(super) fn add_optional(&mut self) -> TransactionId {
        let transaction = self.next();
        if self.optional.len() >= MAX_OPTIONAL {
            self.optional.pop_front();
        }
        self.optional.push_back(transaction);
        transaction
    }

    /// Returns the number of the next request.
    pub(super) fn next(&mut self) -> TransactionId {
        self.last = self.last.wrapping_add(1).max(1);
        TransactionId(self.last)
    }

    /// Removes the request with that number and returns it.
    pub(super) fn settle(&mut self, transaction: TransactionId) -> Option<Request> {
        if let Some(index) = self.optional.iter().position(|id| *id == transaction) {
            self.optional.remove(index);
            return Some(Request::Optional);
        }
        let index = self.requests.iter().position(|(id, ..)| *id == transaction)?;
        Some(self.requests.remove(index).1)
    }

    /// Removes the `play` or the `publish` of a stream. Its answer is the stream's first status.
    ///
    /// Some servers send that status on the connection. It then answers for all streams.
    pub(super) fn settle_stream(&mut self, stream: MessageStreamId) {
        self.requests.retain(|(_, request, _)| match request {
            Request::Play(of) | Request::Publish(of) => {
                *of != stream && stream != MessageStreamId::CONNECTION
            }
            _ => true,
        });
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
