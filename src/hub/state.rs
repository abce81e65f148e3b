//! What a new subscriber of a stream is sent first, and those that have just come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::beginners::{Beginners, Missed};
use super::frame::{Frame, Frames};
use super::gop_cache::{CacheLimits, GopCache};
use super::held_bytes::{HeldPart, bytes_of};
use super::stream_headers::StreamHeaders;
use super::subscriber::{End, Subscriber, SubscriptionId};
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
    beginners: Beginners,
    /// How many subscribers there are in all.
    subscribers: usize,
    last_id: u64,
    headers: StreamHeaders,
    cache: GopCache,
    timeline: Timeline,
    /// What a new subscriber is sent first. Made for the first one that joins between two frames.
    replay: Option<Arc<Frames>>,
    describer: Describer,
    facts: Arc<Facts>,
    ended: Option<End>,
    /// The headers, the cached frames, and what those that begin have missed.
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
            beginners: Beginners::default(),
            subscribers: 0,
            last_id: 0,
            headers: StreamHeaders::default(),
            cache: GopCache::new(cache),
            timeline: Timeline::default(),
            replay: None,
            describer: Describer::default(),
            facts,
            ended: None,
            held,
        }
    }

    /// Keeps what later subscribers need of frames, and repairs their timestamps. Returns the
    /// frames, and the subscribers that have come before them.
    pub(super) fn note(&mut self, mut frames: Vec<Frame>) -> (Arc<Frames>, Vec<Subscription>) {
        let described = self.describer.description();
        for frame in &mut frames {
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
        let frames = Arc::new(Frames::from(frames));
        self.beginners.miss(&frames);
        self.note_held();
        (frames, std::mem::take(&mut self.newcomers))
    }

    /// Returns whether a new subscriber is sent frames at once.
    pub(super) fn has_frames(&self) -> bool {
        !self.cache.frames().is_empty()
    }

    /// Adds a subscriber. Returns what it must be sent first: the headers and the cached frames.
    /// Nothing else is sent to it before it [settles](Self::settle), or [gives up](Self::give_up).
    pub(super) fn begin(
        &mut self,
        subscriber: Arc<dyn Subscriber>,
        policy: Replay,
    ) -> (Subscription, Arc<Frames>) {
        let has_frames = self.has_frames();
        let (headers, cache) = (&self.headers, &self.cache);
        let replay = self.replay.get_or_insert_with(|| {
            Arc::new(Frames::for_few(replay(policy, headers.iter(), cache.frames())))
        });
        self.last_id += 1;
        let id = SubscriptionId(self.last_id);
        self.subscribers += 1;
        self.beginners.add(id);
        (Subscription::new(id, subscriber, replay, has_frames), Arc::clone(replay))
    }

    /// Takes what a subscriber that begins has missed, in order.
    pub(super) fn take_missed(&mut self, id: SubscriptionId) -> Vec<Missed> {
        self.beginners.take_missed(id)
    }

    /// Takes a subscriber that has begun, and has missed nothing, among the others.
    ///
    /// # Errors
    /// Returns how the stream has ended meanwhile.
    pub(super) fn settle(&mut self, subscription: Subscription) -> Result<SubscriptionId, End> {
        let id = subscription.id();
        self.beginners.remove(id);
        if let Some(end) = self.ended {
            return Err(end);
        }
        self.newcomers.push(subscription);
        Ok(id)
    }

    /// Removes a subscriber that could not begin.
    pub(super) fn give_up(&mut self, id: SubscriptionId) {
        if self.beginners.remove(id) {
            self.left(1);
        }
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
    pub(super) fn tell_published(&mut self) {
        self.newcomers.iter().for_each(Subscription::tell_published);
        self.beginners.miss_publisher();
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
        let kept = headers.saturating_add(self.cache.held_bytes());
        self.held.set(kept.saturating_add(self.beginners.held_bytes()));
    }

    /// Removes all subscribers, and returns the newcomers. No other is added from now on.
    /// Those that begin find out when they [settle](Self::settle).
    pub(super) fn end(&mut self, end: End) -> Vec<Arc<dyn Subscriber>> {
        self.ended = Some(end);
        self.subscribers = 0;
        let newcomers = std::mem::take(&mut self.newcomers);
        newcomers.into_iter().map(Subscription::into_subscriber).collect()
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.ended.is_some()
    }
}
