//! The subscribers of a stream, and what each of them is sent.

use std::sync::Arc;

use super::frame::Frames;
use super::subscriber::{Reception, Subscriber, SubscriptionId};
use super::timeline::Placement;

/// The subscribers of a stream, and what each of them is sent.
#[derive(Debug, Default)]
pub(crate) struct Subscribers {
    subscriptions: Vec<Subscription>,
    last_id: u64,
}

#[derive(Debug)]
struct Subscription {
    id: SubscriptionId,
    subscriber: Arc<dyn Subscriber>,
    /// `None` before the first frame.
    placement: Option<Placement>,
}

impl Subscribers {
    pub(crate) const fn len(&self) -> usize {
        self.subscriptions.len()
    }

    /// Adds a subscriber, and sends it `replay`. `has_frames` tells whether that is more than
    /// headers.
    pub(crate) fn add(
        &mut self,
        subscriber: Arc<dyn Subscriber>,
        replay: &Frames,
        has_frames: bool,
    ) -> SubscriptionId {
        self.last_id += 1;
        let id = SubscriptionId(self.last_id);
        let placement =
            replay.first().map(|first| Placement::new(first.tag.timestamp, subscriber.position()));
        if let Some(placement) = placement {
            // If the client is gone, the next frame shows it.
            let _ = subscriber.send(replay, placement.offset());
        }
        // Headers are not timed by the stream.
        let placement = placement.filter(|_| has_frames);
        self.subscriptions.push(Subscription { id, subscriber, placement });
        id
    }

    pub(crate) fn remove(&mut self, id: SubscriptionId) {
        self.subscriptions.retain(|subscription| subscription.id != id);
    }

    /// Tells all that a publisher has come.
    pub(crate) fn tell_published(&self) {
        for subscription in &self.subscriptions {
            subscription.subscriber.published();
        }
    }

    /// Removes all subscribers, and returns them.
    pub(crate) fn take(&mut self) -> Vec<Arc<dyn Subscriber>> {
        let subscriptions = std::mem::take(&mut self.subscriptions);
        subscriptions.into_iter().map(|subscription| subscription.subscriber).collect()
    }

    /// Sends frames to all. Removes subscribers whose clients are gone. Returns whether a
    /// subscriber waits for a key frame.
    pub(crate) fn send(&mut self, frames: &Frames) -> bool {
        let mut misses_key_frame = false;
        self.subscriptions.retain_mut(|subscription| match subscription.send(frames) {
            Reception::Ok => true,
            Reception::MissesKeyFrame => {
                misses_key_frame = true;
                true
            }
            Reception::Gone => false,
        });
        misses_key_frame
    }
}

impl Subscription {
    fn send(&mut self, frames: &Frames) -> Reception {
        let Some(first) = frames.first() else { return Reception::Ok };
        let subscriber = &self.subscriber;
        let placement = self
            .placement
            .get_or_insert_with(|| Placement::new(first.tag.timestamp, subscriber.position()));
        match placement.settle(frames) {
            None => subscriber.send(frames, placement.offset()),
            Some(settled) => subscriber.send(&settled.into(), placement.offset()),
        }
    }
}
