//! The state of a stream: its subscribers, and what a new one is sent first.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::frame::{Frame, Frames};
use super::gop_cache::{CacheLimits, GopCache};
use super::held_bytes::{HeldPart, bytes_of};
use super::line::Line;
use super::stream_headers::StreamHeaders;
use super::subscriber::{Subscriber, SubscriptionId};
use super::subscribers::Subscribers;
use super::timeline::{Replay, Timeline, replay};
use crate::media::{Describer, MediaDescription};
use crate::sync::lock;

/// The state of a stream: its subscribers, and what a new one is sent first.
#[derive(Debug)]
pub(super) struct State {
    subscribers: Subscribers,
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
    pub(super) fn new(
        cache: CacheLimits,
        sending_threads: usize,
        held: HeldPart,
        facts: Arc<Facts>,
    ) -> Self {
        Self {
            subscribers: Subscribers::new(sending_threads),
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

    /// Sends frames to all. Returns whether a subscriber waits for a key frame.
    pub(super) fn send(&mut self, mut frames: Vec<Frame>) -> bool {
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
        self.note_held();
        self.subscribers.send(&frames.into())
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
        self.subscribers.add(subscriber, replay, has_frames)
    }

    pub(super) fn unsubscribe(&mut self, id: SubscriptionId) {
        self.subscribers.remove(id);
    }

    /// Tells all subscribers that a publisher has come.
    pub(super) fn tell_published(&self) {
        self.subscribers.tell_published();
    }

    /// Returns how the worst of the subscribers' lines keeps up. Those that have long taken less
    /// than `least` bytes per second do not count.
    pub(super) fn worst_line(&self, now: Instant, least: f64) -> Line {
        self.subscribers.worst_line(now, least)
    }

    /// Returns the number of subscribers.
    pub(super) const fn subscribers(&self) -> usize {
        self.subscribers.len()
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

    /// Removes all subscribers, and returns them. No other is added from now on.
    pub(super) fn end(&mut self) -> Vec<Arc<dyn Subscriber>> {
        self.has_ended = true;
        self.subscribers.take()
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended
    }
}
