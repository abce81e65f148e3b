//! Who watches a loop, and what each of them is sent.

use std::sync::Arc;
use std::time::Instant;

use super::demand::{Demand, Distances};
use super::key_frame_cache::{CacheLimits, KeyFrameCache};
use super::time_line::TimeLine;
use crate::handler::link::{Seat, Viewer};
use crate::media::Tag;
use crate::protocol::Timestamp;

/// Who watches a loop, and what each of them is sent: a frame's bytes are the same for all.
///
/// Whoever comes begins with the last key frame and all that followed it, or, where that is too
/// much, with the next key frame, which the encoder is asked for. Whoever does not keep up goes on
/// with the next key frame, alone.
#[derive(Debug)]
pub(super) struct Audience {
    seated: Vec<Seated>,
    last_seat: u64,
    cache: KeyFrameCache,
    demand: Demand,
    is_over: bool,
}

#[derive(Debug)]
struct Seated {
    seat: Seat,
    viewer: Arc<dyn Viewer>,
    time_line: TimeLine,
}

impl Audience {
    pub(super) const fn new(limits: CacheLimits, distances: Distances) -> Self {
        Self {
            seated: Vec::new(),
            last_seat: 0,
            cache: KeyFrameCache::new(limits),
            demand: Demand::new(distances),
            is_over: false,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.seated.len()
    }

    /// Takes in a viewer, and sends what it begins with; none: it is over. `clock` is the loop's.
    pub(super) fn join(&mut self, viewer: Arc<dyn Viewer>, clock: Timestamp) -> Option<Seat> {
        if self.is_over {
            return None;
        }
        let mut tags = self.cache.headers();
        tags.extend_from_slice(self.cache.frames());
        if self.cache.frames().is_empty() {
            viewer.await_key_frame();
            self.demand.newcomer();
        }
        let mut time_line = TimeLine::new(clock, viewer.clock());
        self.last_seat += 1;
        let seat = Seat(self.last_seat);
        // Whoever is gone is found out at the next frame.
        if !tags.is_empty() {
            viewer.send(time_line.past(&tags));
        }
        self.seated.push(Seated { seat, viewer, time_line });
        Some(seat)
    }

    pub(super) fn leave(&mut self, seat: Seat) {
        self.seated.retain(|seated| seated.seat != seat);
    }

    /// Sends tags to all. A viewer whose client is gone is forgotten.
    pub(super) fn send(&mut self, tags: &[Tag], now: Instant) {
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
    pub(super) fn asks_for_key_frame(&mut self, now: Instant) -> bool {
        self.demand.ask(now)
    }

    /// What was sent is of the past, as nobody has watched for a while.
    pub(super) fn forget_past(&mut self) {
        self.cache.clear();
        self.demand.forget();
    }

    /// Takes in nobody any more, and returns who was there.
    pub(super) fn end(&mut self) -> Vec<Arc<dyn Viewer>> {
        self.is_over = true;
        std::mem::take(&mut self.seated).into_iter().map(|seated| seated.viewer).collect()
    }
}

#[cfg(test)]
mod tests;
