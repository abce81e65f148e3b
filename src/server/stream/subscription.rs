//! A stream that shares what it is sent with others.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::stream::ServerStream;
use crate::hub::{Broadcast, End, Subscriber, SubscriptionId};
use crate::media::Tag;
use crate::protocol::Timestamp;
use crate::sync::lock;

/// What a stream shares with others, and its seat there while it has one.
#[derive(Debug, Default)]
pub(crate) struct Subscription {
    /// Held while a seat is taken or left, so that a stream has at most one. The audience's lock
    /// comes after it, never before.
    shared: Mutex<Shared>,
    /// Where the time line has been sent up to: it may be a little ahead of the clock.
    reached: AtomicU32,
}

#[derive(Debug, Default)]
struct Shared {
    broadcast: Option<Arc<dyn Broadcast>>,
    seat: Option<SubscriptionId>,
}

impl Shared {
    fn leave(&mut self) {
        if let (Some(broadcast), Some(seat)) = (&self.broadcast, self.seat.take()) {
            broadcast.unsubscribe(seat);
        }
    }
}

impl ServerStream {
    /// The stream's playing begins, or goes on: it is sent what it shares, from a key frame on.
    pub(crate) fn take_seat(&self) {
        let is_over = {
            let mut shared = lock(&self.subscription.shared);
            shared.leave();
            self.sit_down(&mut shared)
        };
        if is_over {
            self.ended(End::Failed);
        }
    }

    /// The stream is sent nothing more of what it shares.
    pub(crate) fn leave_seat(&self) {
        lock(&self.subscription.shared).leave();
    }

    /// Another play begins, and its time line with it.
    pub(crate) fn rewind(&self) {
        self.subscription.reached.store(0, Ordering::Relaxed);
    }

    pub(crate) fn change_broadcast(&self, broadcast: Option<Arc<dyn Broadcast>>) {
        {
            let mut shared = lock(&self.subscription.shared);
            shared.leave();
            shared.broadcast = broadcast;
        }
        self.take_seat();
    }

    /// Whether the broadcast is over. Who does not play, or has paused, gets no seat.
    fn sit_down(&self, shared: &mut Shared) -> bool {
        let Some(broadcast) = &shared.broadcast else { return false };
        if !self.is_playing() || self.stream.is_paused() {
            return false;
        }
        let Some(this) = self.this() else { return false };
        shared.seat = broadcast.subscribe(this);
        shared.seat.is_none()
    }
}

impl Subscriber for ServerStream {
    fn clock(&self) -> Timestamp {
        let clock = Self::clock(self);
        let reached = Timestamp(self.subscription.reached.load(Ordering::Relaxed));
        if clock.since(reached) < 0 { reached } else { clock }
    }

    fn send(&self, tags: Vec<Tag>) -> bool {
        if let Some(last) = tags.last() {
            self.subscription.reached.store(last.timestamp.0, Ordering::Relaxed);
        }
        self.outlet.send(tags).is_ok()
    }

    fn await_key_frame(&self) {
        self.outlet.await_key_frame();
    }

    fn misses_key_frame(&self) -> bool {
        self.outlet.misses_key_frame()
    }

    fn ended(&self, end: End) {
        self.finish_at_once(end);
    }
}
