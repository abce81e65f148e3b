//! What waits between a stream and its push.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::figures::Counters;
use crate::hub::{End, Frame, Frames, HeldPart, Reception, StreamHeaders, Subscriber};
use crate::media::{Tag, TagClass};
use crate::protocol::Timestamp;
use crate::sync::{Condition, lock, wait_timeout};

/// A bounded queue of tags: the stream puts them in, and the thread of the push takes them out.
///
/// If a limit is passed, all that waits is dropped. Headers among it are kept, and video goes on at
/// the next key frame.
#[derive(Debug)]
pub(super) struct PushQueue {
    max_tags: usize,
    max_bytes: usize,
    /// When the timeline began that the server sees.
    origin: Instant,
    counters: Arc<Counters>,
    state: Mutex<State>,
    changed: Condition,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame>,
    /// The bytes of payload in `frames`.
    bytes: usize,
    /// What `frames` take.
    held: HeldPart,
    /// Headers that were dropped, and without which nothing can be decoded.
    owed: StreamHeaders,
    awaits_key_frame: bool,
    dropped: u64,
    position: Timestamp,
    has_ended: bool,
    is_gone: bool,
}

/// What the queue had.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) tags: Vec<Tag>,
    /// How many tags were dropped since the last time.
    pub(super) dropped: u64,
    /// Whether the stream has ended, and nothing follows.
    pub(super) has_ended: bool,
}

impl PushQueue {
    /// Makes an empty queue. The server has been sent tags up to `position`, on a timeline that
    /// began at `origin`. What waits counts for `held`.
    pub(super) fn new(
        max_tags: usize,
        max_bytes: usize,
        origin: Instant,
        position: Timestamp,
        counters: Arc<Counters>,
        held: HeldPart,
    ) -> Self {
        let state = Mutex::new(State { position, held, ..State::default() });
        Self { max_tags, max_bytes, origin, counters, state, changed: Condition::new() }
    }

    /// Takes all that waits. Waits for `timeout` at most if there is nothing.
    pub(super) fn take(&self, timeout: Duration) -> Taken {
        let mut state = lock(&self.state);
        if state.frames.is_empty() && !state.has_ended {
            state = wait_timeout(&self.changed, state, timeout);
        }
        state.bytes = 0;
        state.held.set(0);
        self.counters.queued_bytes.store(0, Ordering::Relaxed);
        Taken {
            tags: state.frames.drain(..).map(|frame| frame.tag).collect(),
            dropped: std::mem::take(&mut state.dropped),
            has_ended: state.has_ended,
        }
    }

    /// Waits for `timeout` at most. Returns whether there is something to take.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        let mut state = lock(&self.state);
        if state.frames.is_empty() && !state.has_ended {
            state = wait_timeout(&self.changed, state, timeout);
        }
        !state.frames.is_empty() || state.has_ended
    }

    /// Takes no more from the stream.
    pub(super) fn leave(&self) {
        lock(&self.state).is_gone = true;
    }

    /// Returns the last timestamp that was put in.
    pub(super) fn last_position(&self) -> Timestamp {
        lock(&self.state).position
    }
}

impl State {
    fn put(&mut self, frame: Frame, max_tags: usize, max_bytes: usize) {
        let is_undecodable = match frame.class {
            TagClass::KeyFrame | TagClass::UnknownVideo => {
                self.awaits_key_frame = false;
                false
            }
            TagClass::InterFrame | TagClass::DisposableFrame | TagClass::VideoEvent => {
                self.awaits_key_frame
            }
            _ => false,
        };
        if is_undecodable {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        for frame in self.owed.take().chain([frame]) {
            self.bytes = self.bytes.saturating_add(frame.tag.payload.len());
            self.frames.push_back(frame);
        }
        if self.frames.len() > max_tags || self.bytes > max_bytes {
            self.drop_all();
        }
    }

    fn drop_all(&mut self) {
        self.dropped = self.dropped.saturating_add(self.frames.len() as u64);
        self.awaits_key_frame = true;
        self.bytes = 0;
        for frame in self.frames.drain(..) {
            self.owed.note(&frame);
        }
    }
}

impl Subscriber for PushQueue {
    fn position(&self) -> Timestamp {
        let passed = self.origin.elapsed().as_millis();
        // Timestamps wrap after 49 days.
        #[allow(clippy::cast_possible_truncation, reason = "timestamps wrap")]
        let clock = Timestamp(passed as u32);
        let position = lock(&self.state).position;
        if clock.since(position) > 0 { clock } else { position }
    }

    fn send(&self, frames: &Frames, offset: u32) -> Reception {
        let mut state = lock(&self.state);
        if state.is_gone {
            return Reception::Gone;
        }
        let dropped = state.dropped;
        for frame in frames.iter() {
            let mut frame = frame.clone();
            frame.tag.timestamp = Timestamp(frame.tag.timestamp.0.wrapping_sub(offset));
            if frame.tag.timestamp.since(state.position) > 0 {
                state.position = frame.tag.timestamp;
            }
            state.put(frame, self.max_tags, self.max_bytes);
        }
        let misses_key_frame = state.awaits_key_frame;
        let dropped = state.dropped.saturating_sub(dropped);
        self.counters.dropped_tags.fetch_add(dropped, Ordering::Relaxed);
        self.counters.queued_bytes.store(state.bytes as u64, Ordering::Relaxed);
        let held =
            state.bytes.saturating_add(state.frames.len().saturating_mul(size_of::<Frame>()));
        state.held.set(held);
        drop(state);
        self.changed.notify_all();
        if misses_key_frame { Reception::MissesKeyFrame } else { Reception::Ok }
    }

    fn await_key_frame(&self) {
        lock(&self.state).awaits_key_frame = true;
    }

    fn ended(&self, _: End) {
        lock(&self.state).has_ended = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{PushQueue, Taken};
    use crate::hub::{End, Frame, Frames, HeldPart, Reception, Subscriber as _};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1];
    const KEY: &[u8] = &[0x17, 1, 0, 0, 0, 1];
    const INTER: &[u8] = &[0x27, 1, 0, 0, 0, 1];
    const SOUND: &[u8] = &[0xaf, 1, 0];

    fn queue(max_tags: usize, max_bytes: usize) -> PushQueue {
        let held = HeldPart::default();
        PushQueue::new(max_tags, max_bytes, Instant::now(), Timestamp(0), Arc::default(), held)
    }

    fn put(queue: &PushQueue, payloads: &[&'static [u8]]) -> Reception {
        let frame = |payload: &&'static [u8]| {
            let kind = if *payload == SOUND { TagKind::Audio } else { TagKind::Video };
            let payload = bytes::Bytes::from_static(payload);
            Frame::from(Tag { kind, timestamp: Timestamp(1040), payload })
        };
        let frames: Vec<Frame> = payloads.iter().map(frame).collect();
        queue.send(&Frames::from(frames), 1000)
    }

    fn payloads(taken: &Taken) -> Vec<&[u8]> {
        taken.tags.iter().map(|tag| &tag.payload[..]).collect()
    }

    #[test]
    fn tags_come_out_in_order_and_on_the_timeline_of_the_server() {
        let queue = queue(10, 1000);
        assert_eq!(put(&queue, &[HEADER, KEY]), Reception::Ok);
        assert_eq!(put(&queue, &[SOUND, INTER]), Reception::Ok);
        assert_eq!(
            (queue.counters.figures().queued_bytes, queue.last_position()),
            (21, Timestamp(40))
        );
        let taken = queue.take(Duration::ZERO);
        assert_eq!(payloads(&taken), [HEADER, KEY, SOUND, INTER]);
        assert!(taken.tags.iter().all(|tag| tag.timestamp == Timestamp(40)));
        assert_eq!(queue.take(Duration::ZERO), Taken::default());
    }

    #[test]
    fn beyond_a_limit_all_is_dropped_and_video_goes_on_at_a_key_frame_behind_its_header() {
        for queue in [queue(3, 1000), queue(100, 20)] {
            assert_eq!(put(&queue, &[HEADER, KEY, INTER, INTER]), Reception::MissesKeyFrame);
            assert_eq!(put(&queue, &[INTER]), Reception::MissesKeyFrame);
            let taken = queue.take(Duration::ZERO);
            assert_eq!((payloads(&taken).len(), taken.dropped), (0, 5));
            assert_eq!(queue.counters.figures().dropped_tags, 5);
            assert_eq!(put(&queue, &[KEY]), Reception::Ok);
            let taken = queue.take(Duration::ZERO);
            assert_eq!((payloads(&taken), taken.dropped), (vec![HEADER, KEY], 0));
        }
    }

    #[test]
    fn the_end_comes_behind_what_waits_and_a_queue_that_is_left_says_so() {
        let queue = queue(10, 1000);
        put(&queue, &[KEY]);
        queue.ended(End::Complete);
        assert!(queue.wait(Duration::ZERO));
        let taken = queue.take(Duration::ZERO);
        assert!(taken.has_ended && taken.tags.len() == 1);
        queue.leave();
        assert_eq!(put(&queue, &[KEY]), Reception::Gone);
    }
}
