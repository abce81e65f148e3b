//! What a new subscriber of a stream is sent first, and those that have just come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::frame::{Frame, Frames};
use super::gop_cache::{CacheLimits, GopCache};
use super::held_bytes::{HeldPart, bytes_of};
use super::stream_headers::StreamHeaders;
use super::subscriber::{Subscriber, SubscriptionId};
use super::subscribers::Subscription;
use super::timeline::{Replay, Timeline, replay};
use crate::media::{Describer, MediaDescription};
use crate::sync::lock;

/// What a new subscriber is sent first, and those that have come since the last frame.
///
/// The others are apart, in [`Subscribers`](super::subscribers::Subscribers): so one joins while
/// frames are sent to them.
#[derive(Debug)]
pub(super) struct State {
    /// They have what was noted so far. The next frame is the first that all are sent together.
    newcomers: Vec<Subscription>,
    /// How many subscribers there are in all.
    subscribers: usize,
    last_id: u64,
    headers: StreamHeaders,
    cache: GopCache,
    timeline: Timeline,
    /// What a new subscriber is sent first. Made for the first one that joins between two frames.
    replay: Option<Frames>,
    describer: Describer,
    facts: Arc<Facts>,
    has_ended: bool,
    /// The headers and the cached frames.
    held: HeldPart,
}

/// What is known of a stream without its lock.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) description: Mutex<MediaDescription>,
    /// How many timestamps were changed.
    pub(super) repairs: AtomicU64,
}

impl State {
    pub(super) fn new(cache: CacheLimits, held: HeldPart, facts: Arc<Facts>) -> Self {
        Self {
            newcomers: Vec::new(),
            subscribers: 0,
            last_id: 0,
            headers: StreamHeaders::default(),
            cache: GopCache::new(cache),
            timeline: Timeline::default(),
            replay: None,
            describer: Describer::default(),
            facts,
            has_ended: false,
            held,
        }
    }

    /// Keeps what later subscribers need of frames, and repairs their timestamps. Returns the
    /// subscribers that have come before them.
    pub(super) fn note(&mut self, frames: &mut [Frame]) -> Vec<Subscription> {
        let described = self.describer.description();
        for frame in frames {
            self.timeline.repair(frame);
            self.describer.note(&frame.tag);
            if self.headers.note(frame) {
                // The cached frames are of the header before.
                self.cache.clear();
            }
            self.cache.note(frame);
        }
        self.facts.repairs.store(self.timeline.repairs(), Ordering::Relaxed);
        let description = self.describer.description();
        if description != described {
            *lock(&self.facts.description) = description;
        }
        self.replay = None;
        self.note_held();
        std::mem::take(&mut self.newcomers)
    }

    /// Returns whether a new subscriber is sent frames at once.
    pub(super) fn has_frames(&self) -> bool {
        !self.cache.frames().is_empty()
    }

    /// Adds a subscriber, and sends it the headers and the cached frames.
    pub(super) fn subscribe(
        &mut self,
        subscriber: Arc<dyn Subscriber>,
        policy: Replay,
    ) -> SubscriptionId {
        let has_frames = self.has_frames();
        let (headers, cache) = (&self.headers, &self.cache);
        let replay = self
            .replay
            .get_or_insert_with(|| Frames::for_few(replay(policy, headers.iter(), cache.frames())));
        self.last_id += 1;
        let id = SubscriptionId(self.last_id);
        self.newcomers.push(Subscription::begin(id, subscriber, replay, has_frames));
        self.subscribers += 1;
        id
    }

    /// Removes a subscriber from the newcomers. Returns whether it was among them.
    pub(super) fn remove(&mut self, id: SubscriptionId) -> bool {
        let before = self.newcomers.len();
        self.newcomers.retain(|subscription| subscription.id() != id);
        self.newcomers.len() < before
    }

    /// Counts that so many subscribers were removed.
    pub(super) const fn left(&mut self, subscribers: usize) {
        self.subscribers = self.subscribers.saturating_sub(subscribers);
    }

    /// Tells the newcomers that a publisher has come.
    pub(super) fn tell_published(&self) {
        self.newcomers.iter().for_each(Subscription::tell_published);
    }

    /// Returns the number of subscribers.
    pub(super) const fn subscribers(&self) -> usize {
        self.subscribers
    }

    /// Forgets the frames that were sent.
    pub(super) fn forget_past(&mut self) {
        self.cache.clear();
        self.replay = None;
        self.note_held();
    }

    fn note_held(&mut self) {
        let headers = bytes_of(self.headers.iter());
        self.held.set(headers.saturating_add(self.cache.held_bytes()));
    }

    /// Removes all subscribers, and returns the newcomers. No other is added from now on.
    pub(super) fn end(&mut self) -> Vec<Arc<dyn Subscriber>> {
        self.has_ended = true;
        self.subscribers = 0;
        let newcomers = std::mem::take(&mut self.newcomers);
        newcomers.into_iter().map(Subscription::into_subscriber).collect()
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended
    }
}
