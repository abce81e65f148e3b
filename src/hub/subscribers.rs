//! The subscribers of a stream, and what each of them is sent.

use std::sync::Arc;
use std::time::Instant;

use super::frame::Frames;
use super::line::Line;
use super::spread;
use super::subscriber::{Reception, Subscriber, SubscriptionId};
use super::timeline::Placement;

/// For how many subscribers memory is read before the first of them is sent something.
const PREFETCHED: usize = 16;

/// The subscribers of a stream, and what each of them is sent.
#[derive(Debug)]
pub(crate) struct Subscribers {
    /// In the order of their offsets from the next frame on, so that those that share bytes follow
    /// each other.
    subscriptions: Vec<Subscription>,
    is_ordered: bool,
    last_id: u64,
    /// How many threads send to many of them at a time.
    sending_threads: usize,
}

#[derive(Debug)]
struct Subscription {
    id: SubscriptionId,
    subscriber: Arc<dyn Subscriber>,
    /// `None` before the first frame.
    placement: Option<Placement>,
    is_gone: bool,
}

impl Subscribers {
    pub(crate) const fn new(sending_threads: usize) -> Self {
        Self { subscriptions: Vec::new(), is_ordered: false, last_id: 0, sending_threads }
    }

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
        self.subscriptions.push(Subscription { id, subscriber, placement, is_gone: false });
        self.is_ordered = false;
        id
    }

    pub(crate) fn remove(&mut self, id: SubscriptionId) {
        self.subscriptions.retain(|subscription| subscription.id != id);
    }

    /// Returns how the worst of the lines keeps up. Those that have long taken less than `least`
    /// bytes per second do not count.
    pub(crate) fn worst_line(&self, now: Instant, least: f64) -> Line {
        let subscribers = self.subscriptions.iter().map(|subscription| &subscription.subscriber);
        let lines = subscribers.filter_map(|subscriber| subscriber.line(now));
        let lines = lines.filter(|line| !line.is_hopeless(least));
        lines.fold(Line::default(), Line::worst)
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
        if !std::mem::replace(&mut self.is_ordered, true) {
            self.place_and_order(frames);
        }
        let misses_key_frame = spread::any(&mut self.subscriptions, self.sending_threads, |part| {
            part.chunks_mut(PREFETCHED).fold(false, |misses, few| send_to(few, frames) | misses)
        });
        self.subscriptions.retain(|subscription| !subscription.is_gone);
        misses_key_frame
    }

    fn place_and_order(&mut self, frames: &Frames) {
        let Some(first) = frames.first() else { return };
        for Subscription { subscriber, placement, .. } in &mut self.subscriptions {
            let new = || Placement::new(first.tag.timestamp, subscriber.position());
            placement.get_or_insert_with(new);
        }
        self.subscriptions
            .sort_by_key(|subscription| subscription.placement.map_or(0, Placement::offset));
    }
}

fn send_to(subscriptions: &mut [Subscription], frames: &Frames) -> bool {
    if subscriptions.len() > 1 {
        subscriptions.iter().for_each(|subscription| subscription.subscriber.prefetch());
    }
    subscriptions.iter_mut().fold(false, |misses, subscription| subscription.send(frames) | misses)
}

impl Subscription {
    /// Returns whether the subscriber waits for a key frame.
    fn send(&mut self, frames: &Frames) -> bool {
        let Some(placement) = &mut self.placement else { return false };
        let reception = match placement.settle(frames) {
            None => self.subscriber.send(frames, placement.offset()),
            Some(settled) => self.subscriber.send(&settled.into(), placement.offset()),
        };
        self.is_gone = reception == Reception::Gone;
        reception == Reception::MissesKeyFrame
    }
}
