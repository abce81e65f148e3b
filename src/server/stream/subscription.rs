//! The subscription of a stream to a stream of media that others receive too.

use std::sync::{Arc, Mutex};

use crate::hub::{End, LiveStream, Subscriber, SubscriptionId};
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
    /// The number of the last subscription.
    number: u64,
}

impl Subscription {
    /// Begins the subscription anew, with a key frame. Does nothing without a source, or if
    /// `is_wanted` returns `false`.
    ///
    /// `is_wanted` is called with the lock held: an `end` either finds the subscription or comes
    /// first. `subscriber` makes the subscriber of the number that it gets.
    ///
    /// # Errors
    /// Returns how the source has ended meanwhile, or [`End::Failed`] if it had before.
    pub(crate) fn renew(
        &self,
        subscriber: impl FnOnce(u64) -> Arc<dyn Subscriber>,
        is_wanted: impl FnOnce() -> bool,
    ) -> Result<(), End> {
        let mut state = lock(&self.state);
        state.end();
        state.number += 1;
        match &state.source {
            Some(source) if is_wanted() => {
                state.id = Some(source.subscribe(subscriber(state.number))?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns whether the subscription of that number is the present one.
    pub(crate) fn is_current(&self, number: u64) -> bool {
        let state = lock(&self.state);
        state.id.is_some() && state.number == number
    }

    /// Returns whether a live stream is subscribed to now.
    pub(crate) fn is_to(&self, live_stream: &LiveStream) -> bool {
        let state = lock(&self.state);
        state.id.is_some() && state.source.as_ref().is_some_and(|it| it.is_same(live_stream))
    }

    /// Returns the live stream that is shown.
    pub(crate) fn source(&self) -> Option<LiveStream> {
        lock(&self.state).source.clone()
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
