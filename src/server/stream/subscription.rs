//! The subscription of a stream to a stream of media that others receive too.

use std::sync::{Arc, Mutex};

use crate::hub::{LiveStream, Subscriber, SubscriptionId};
use crate::sync::lock;

/// The subscription of a stream to a stream of media that others receive too, if it has one.
#[derive(Debug, Default)]
pub(crate) struct Subscription {
    /// Held while a subscription begins or ends, so that a stream has at most one. The lock of the
    /// live stream is taken after it, never before.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    source: Option<LiveStream>,
    id: Option<SubscriptionId>,
}

/// The source of a subscription has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SourceEnded;

impl Subscription {
    /// Begins the subscription anew, with a key frame. Does nothing without a source, or if
    /// `is_wanted` returns `false`.
    ///
    /// `is_wanted` is called with the lock held: an `end` either finds the subscription or comes
    /// first.
    pub(crate) fn renew(
        &self,
        subscriber: Arc<dyn Subscriber>,
        is_wanted: impl FnOnce() -> bool,
    ) -> Result<(), SourceEnded> {
        let mut state = lock(&self.state);
        state.end();
        match &state.source {
            Some(source) if is_wanted() => state.id = source.subscribe(subscriber),
            _ => return Ok(()),
        }
        state.id.map_or(Err(SourceEnded), |_| Ok(()))
    }

    /// Ends the subscription. Nothing of it is sent once this has returned.
    pub(crate) fn end(&self) {
        lock(&self.state).end();
    }

    /// Ends the subscription and replaces its source.
    pub(crate) fn set_source(&self, source: Option<LiveStream>) {
        let mut state = lock(&self.state);
        state.end();
        state.source = source;
    }
}

impl State {
    fn end(&mut self) {
        if let (Some(source), Some(id)) = (&self.source, self.id.take()) {
            source.unsubscribe(id);
        }
    }
}
