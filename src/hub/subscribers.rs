//! The subscribers of a stream, and what each of them is sent.

use std::sync::Arc;
use std::time::Instant;

use super::beginners::Missed;
use super::frame::Frames;
use super::line::Line;
use super::spread::Spread;
use super::subscriber::{Reception, Subscriber, SubscriptionId};
use super::timeline::Placement;

/// For how many subscribers memory is read before the first of them is sent something.
const PREFETCHED: usize = 16;

/// The subscribers of a stream that are sent its frames.
#[derive(Debug)]
pub(super) struct Subscribers {
    /// In the order of their offsets from the next frame on, so that those that share bytes follow
    /// each other.
    subscriptions: Vec<Subscription>,
    is_ordered: bool,
    /// Over how many threads the sends are spread.
    spread: Spread,
}

/// How frames were sent to all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sent {
    /// Whether a subscriber waits for a key frame.
    pub(super) misses_key_frame: bool,
    /// How many subscribers were removed.
    pub(super) gone: usize,
}

/// A subscriber, and when it began.
#[derive(Debug)]
pub(super) struct Subscription {
    id: SubscriptionId,
    subscriber: Arc<dyn Subscriber>,
    /// `None` before the first frame.
    placement: Option<Placement>,
    is_gone: bool,
}

impl Subscribers {
    pub(super) const fn new(spread: Spread) -> Self {
        Self { subscriptions: Vec::new(), is_ordered: false, spread }
    }

    /// Adds those that have begun.
    pub(super) fn admit(&mut self, newcomers: Vec<Subscription>) {
        self.is_ordered &= newcomers.is_empty();
        self.subscriptions.extend(newcomers);
    }

    /// Returns whether it was there.
    pub(super) fn remove(&mut self, id: SubscriptionId) -> bool {
        let before = self.subscriptions.len();
        self.subscriptions.retain(|subscription| subscription.id != id);
        self.subscriptions.len() < before
    }

    /// Returns how the worst of the lines keeps up. Those that have long taken less than `least`
    /// bytes per second do not count.
    pub(super) fn worst_line(&self, now: Instant, least: f64) -> Line {
        let subscribers = self.subscriptions.iter().map(|subscription| &subscription.subscriber);
        let lines = subscribers.filter_map(|subscriber| subscriber.line(now));
        Line::worst_of(lines.filter(|line| !line.is_hopeless(least)))
    }

    /// Tells all that a publisher has come.
    pub(super) fn tell_published(&self) {
        self.subscriptions.iter().for_each(Subscription::tell_published);
    }

    /// Removes all subscribers, and returns them.
    pub(super) fn take(&mut self) -> Vec<Arc<dyn Subscriber>> {
        let subscriptions = std::mem::take(&mut self.subscriptions);
        subscriptions.into_iter().map(Subscription::into_subscriber).collect()
    }

    /// Sends frames to all, and removes those whose clients are gone.
    pub(super) fn send(&mut self, frames: &Frames) -> Sent {
        if !std::mem::replace(&mut self.is_ordered, true) {
            self.place_and_order(frames);
        }
        let misses_key_frame = self.spread.any(&mut self.subscriptions, |part| {
            part.chunks_mut(PREFETCHED).fold(false, |misses, few| send_to(few, frames) | misses)
        });
        let before = self.subscriptions.len();
        self.subscriptions.retain(|subscription| !subscription.is_gone);
        Sent { misses_key_frame, gone: before - self.subscriptions.len() }
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
    /// Places a subscriber by the frames with which it begins. `has_frames` tells whether these are
    /// more than headers.
    pub(super) fn new(
        id: SubscriptionId,
        subscriber: Arc<dyn Subscriber>,
        first: &Frames,
        has_frames: bool,
    ) -> Self {
        let first = first.first().filter(|_| has_frames);
        // Headers are not timed by the stream.
        let placement =
            first.map(|first| Placement::new(first.tag.timestamp, subscriber.position()));
        Self { id, subscriber, placement, is_gone: false }
    }

    /// Sends a subscriber the frames with which it begins.
    pub(super) fn begin(&self, first: &Frames) {
        let Some(frame) = first.first() else { return };
        let place = || Placement::new(frame.tag.timestamp, self.subscriber.position());
        let offset = self.placement.unwrap_or_else(place).offset();
        // If the client is gone, the next frame shows it.
        let _ = self.subscriber.send(first, offset);
    }

    /// Sends a subscriber what it has missed while it began. If the client is gone, the next frame
    /// shows it.
    pub(super) fn catch_up(&mut self, missed: &[Missed]) {
        for missed in missed {
            match missed {
                Missed::Frames(frames) => self.send_later(frames),
                Missed::Publisher => self.tell_published(),
                Missed::TooMuch(headers) => {
                    self.send_later(headers);
                    self.subscriber.await_key_frame();
                }
            }
        }
    }

    /// Sends frames to a subscriber that may have been sent none before.
    fn send_later(&mut self, frames: &Frames) {
        if let Some(first) = frames.first() {
            let new = || Placement::new(first.tag.timestamp, self.subscriber.position());
            self.placement.get_or_insert_with(new);
            self.send(frames);
        }
    }

    pub(super) const fn id(&self) -> SubscriptionId {
        self.id
    }

    pub(super) fn tell_published(&self) {
        self.subscriber.published();
    }

    pub(super) fn into_subscriber(self) -> Arc<dyn Subscriber> {
        self.subscriber
    }

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
