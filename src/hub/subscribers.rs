//! Who watches a loop, and what each of them is sent.

use std::sync::Arc;
use std::time::Instant;

use super::gop_cache::{CacheLimits, GopCache};
use super::key_frame_requests::{KeyFrameRequests, MinIntervals};
use super::timeline::Timeline;
use crate::hub::{Subscriber, SubscriptionId};
use crate::media::Tag;
use crate::protocol::Timestamp;

/// Who watches a loop, and what each of them is sent: a frame's bytes are the same for all.
///
/// Whoever comes begins with the last key frame and all that followed it, or, where that is too
/// much, with the next key frame, which the encoder is asked for. Whoever does not keep up goes on
/// with the next key frame, alone.
#[derive(Debug)]
pub(crate) struct Subscribers {
    seated: Vec<Seated>,
    last_seat: u64,
    cache: GopCache,
    demand: KeyFrameRequests,
    is_over: bool,
}

#[derive(Debug)]
struct Seated {
    seat: SubscriptionId,
    viewer: Arc<dyn Subscriber>,
    time_line: Timeline,
}

impl Subscribers {
    pub(crate) const fn new(limits: CacheLimits, distances: MinIntervals) -> Self {
        Self {
            seated: Vec::new(),
            last_seat: 0,
            cache: GopCache::new(limits),
            demand: KeyFrameRequests::new(distances),
            is_over: false,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.seated.len()
    }

    /// Takes in a viewer, and sends what it begins with; none: it is over. `clock` is the loop's.
    pub(crate) fn join(
        &mut self,
        viewer: Arc<dyn Subscriber>,
        clock: Timestamp,
    ) -> Option<SubscriptionId> {
        if self.is_over {
            return None;
        }
        let mut tags = self.cache.headers();
        tags.extend_from_slice(self.cache.frames());
        if self.cache.frames().is_empty() {
            viewer.await_key_frame();
            self.demand.newcomer();
        }
        let mut time_line = Timeline::new(clock, viewer.clock());
        self.last_seat += 1;
        let seat = SubscriptionId(self.last_seat);
        // Whoever is gone is found out at the next frame.
        if !tags.is_empty() {
            viewer.send(time_line.past(&tags));
        }
        self.seated.push(Seated { seat, viewer, time_line });
        Some(seat)
    }

    pub(crate) fn leave(&mut self, seat: SubscriptionId) {
        self.seated.retain(|seated| seated.seat != seat);
    }

    /// Sends tags to all. A viewer whose client is gone is forgotten.
    pub(crate) fn send(&mut self, tags: &[Tag], now: Instant) {
        if self.cache.note(tags) {
            self.demand.met(now);
        }
        let mut are_laggards = false;
        self.seated.retain_mut(|Seated { viewer, time_line, .. }| {
            let is_there = tags.is_empty() || viewer.send(time_line.live(tags));
            are_laggards |= is_there && viewer.misses_key_frame();
            is_there
        });
        self.demand.laggards(are_laggards);
    }

    /// Whether the encoder is to be asked for a key frame now.
    pub(crate) fn asks_for_key_frame(&mut self, now: Instant) -> bool {
        self.demand.ask(now)
    }

    /// What was sent is of the past, as nobody has watched for a while.
    pub(crate) fn forget_past(&mut self) {
        self.cache.clear();
        self.demand.forget();
    }

    /// Takes in nobody any more, and returns who was there.
    pub(crate) fn end(&mut self) -> Vec<Arc<dyn Subscriber>> {
        self.is_over = true;
        std::mem::take(&mut self.seated).into_iter().map(|seated| seated.viewer).collect()
    }
}

#[cfg(test)]
mod tests;
