//! The frames of a source between its thread and the one that sends them, and when that is due.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::fitting::Fitting;
use super::frame::Frame;
use super::held_bytes::HeldPart;
use super::pending::Pending;
use super::picture_rhythm::{PictureRhythm, SOON, SOON_FOR_MANY};
use crate::sync::{Condition, lock, wait, wait_timeout};

/// How many subscribers the source's own thread sends to. This takes it about 0.3 ms (measured: 8
/// us for each). To more, the stream's own thread sends. Its wake-ups cost less then than it saves,
/// since sound leaves with pictures.
pub(super) const MAX_DIRECT: usize = 32;

/// With more subscribers than this, no sound is sent by itself at 25 pictures a second or more.
pub(super) const MANY: usize = 512;

/// How much later than due frames leave, at most, while the source hands over more. A busy system
/// may wake its thread late.
const LONGEST_DELAY: Duration = Duration::from_millis(20);

/// The frames that a source has handed over, until a thread sends them.
pub(super) struct SendQueue {
    latency: Duration,
    state: Mutex<State>,
    /// Notified when the queue gets a due time or an earlier one, when what is overdue need not
    /// wait for more, and when it closes.
    changed: Condition,
}

struct State {
    fitting: Fitting,
    rhythm: PictureRhythm,
    pending: Pending,
    /// How many [`Expected`] there are.
    expected: usize,
    is_closed: bool,
}

/// Which thread sends what a source has handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// The source's own, now.
    Direct,
    /// That of the stream, when it is due.
    ByThread,
}

impl SendQueue {
    pub(super) fn new(latency: Duration, held: HeldPart) -> Self {
        Self {
            latency,
            state: Mutex::new(State {
                fitting: Fitting::default(),
                rhythm: PictureRhythm::default(),
                pending: Pending::new(held),
                expected: 0,
                is_closed: false,
            }),
            changed: Condition::new(),
        }
    }

    /// Leaves out what no message can carry, and notes the rhythm of the pictures. Returns how long
    /// the rest may wait for others.
    pub(super) fn fit(
        &self,
        frames: &mut Vec<Frame>,
        now: Instant,
        subscribers: usize,
    ) -> Duration {
        let soon = if subscribers > MANY { SOON_FOR_MANY } else { SOON };
        let mut state = lock(&self.state);
        state.fitting.apply(frames);
        let wait_for_picture = state.rhythm.note(frames, now, soon);
        match self.latency {
            Duration::ZERO if subscribers > MAX_DIRECT => wait_for_picture,
            latency => latency,
        }
    }

    /// Adds frames that may wait for `longest_wait`. Returns which thread must send them.
    pub(super) fn push(
        &self,
        frames: Vec<Frame>,
        now: Instant,
        longest_wait: Duration,
        subscribers: usize,
    ) -> Sending {
        let is_small = self.latency.is_zero() && subscribers <= MAX_DIRECT;
        let mut state = lock(&self.state);
        let is_first = state.pending.due().is_none();
        let is_earlier = state.pending.push(frames, now.checked_add(longest_wait).unwrap_or(now));
        if is_first && (is_small || subscribers == 0) || state.pending.is_full() {
            return Sending::Direct;
        }
        drop(state);
        if is_earlier {
            self.changed.notify_one();
        }
        Sending::ByThread
    }

    /// Takes all frames, in order.
    pub(super) fn take(&self) -> Vec<Frame> {
        lock(&self.state).pending.take()
    }

    /// Returns when the frames must be sent. Returns `None` if there are none.
    pub(super) fn due(&self) -> Option<Instant> {
        lock(&self.state).pending.due()
    }

    pub(super) const fn has_latency(&self) -> bool {
        !self.latency.is_zero()
    }

    /// Waits until frames must be sent. Returns `false` if the queue is closed.
    pub(super) fn wait_until_due(&self) -> bool {
        let mut state = lock(&self.state);
        loop {
            if state.is_closed {
                return false;
            }
            state = match state.left(Instant::now()) {
                None => wait(&self.changed, state),
                Some(Duration::ZERO) => return true,
                Some(left) => wait_timeout(&self.changed, state, left),
            };
        }
    }

    /// Lets [`wait_until_due`](Self::wait_until_due) return `false`.
    pub(super) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_all();
    }
}

impl State {
    /// Returns how long frames wait from now on. Returns `None` if there are none.
    fn left(&self, now: Instant) -> Option<Duration> {
        let due = self.pending.due()?;
        let is_delayed = self.expected > 0 && due <= now;
        let until = if is_delayed { due + LONGEST_DELAY } else { due };
        Some(until.saturating_duration_since(now))
    }
}

/// What a source is about to hand over. Until it is dropped, frames that are due wait for it up to
/// 20 ms, so that it leaves with them.
#[must_use = "nothing is expected any more once it is dropped"]
pub(crate) struct Expected(Arc<SendQueue>);

impl Expected {
    pub(super) fn new(queue: &Arc<SendQueue>) -> Self {
        lock(&queue.state).expected += 1;
        Self(Arc::clone(queue))
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.expected -= 1;
        let is_due = state.pending.due().is_some_and(|due| due <= Instant::now());
        drop(state);
        if is_due {
            self.0.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{Expected, Frame, LONGEST_DELAY, SendQueue, Sending, lock};
    use crate::hub::HeldPart;
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    const LATENCY: Duration = Duration::from_millis(100);
    const MS: Duration = Duration::from_millis(1);

    fn queue() -> Arc<SendQueue> {
        Arc::new(SendQueue::new(LATENCY, HeldPart::default()))
    }

    fn push(queue: &SendQueue, now: Instant) -> Sending {
        let payload = vec![0x27, 1, 0, 0, 0].into();
        let frame: Frame = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload }.into();
        queue.push(vec![frame], now, LATENCY, 1)
    }

    fn left(queue: &SendQueue, now: Instant) -> Option<Duration> {
        lock(&queue.state).left(now)
    }

    #[test]
    fn frames_wait_for_the_latency_of_the_first() {
        let (queue, start) = (queue(), Instant::now());
        assert_eq!(left(&queue, start), None);
        assert_eq!(push(&queue, start), Sending::ByThread);
        assert_eq!(push(&queue, start + 30 * MS), Sending::ByThread);
        assert_eq!(queue.due(), Some(start + LATENCY));
        assert_eq!(left(&queue, start + 40 * MS), Some(60 * MS));
        assert_eq!(left(&queue, start + LATENCY), Some(Duration::ZERO));
        assert_eq!(queue.take().len(), 2);
        assert_eq!(queue.due(), None);
    }

    #[test]
    fn what_is_due_waits_a_little_for_what_is_expected() {
        let (queue, start) = (queue(), Instant::now());
        push(&queue, start);
        let expected = [Expected::new(&queue), Expected::new(&queue)];
        let due = start + LATENCY;
        assert_eq!(left(&queue, due - MS), Some(MS), "it is not known yet whether it is late");
        assert_eq!(left(&queue, due), Some(LONGEST_DELAY));
        assert_eq!(left(&queue, due + LONGEST_DELAY), Some(Duration::ZERO));
        let [first, second] = expected;
        drop(first);
        assert_eq!(left(&queue, due), Some(LONGEST_DELAY));
        drop(second);
        assert_eq!(left(&queue, due), Some(Duration::ZERO));
    }

    #[test]
    fn what_was_expected_is_sent_as_soon_as_it_has_come() {
        let queue = queue();
        let start = Instant::now();
        push(&queue, start - LATENCY);
        let expected = Expected::new(&queue);
        let waiting = Arc::clone(&queue);
        let sends = std::thread::spawn(move || waiting.wait_until_due().then(|| waiting.take()));
        push(&queue, start);
        drop(expected);
        assert_eq!(sends.join().unwrap().map(|frames| frames.len()), Some(2));
    }
}
