//! The frames of a source between its thread and the one that sends them, and when that is due.

use std::sync::Mutex;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::fitting::Fitting;
use super::frame::Frame;
use super::held_bytes::HeldPart;
use super::pending::Pending;
use super::picture_rhythm::{PictureRhythm, SOON, SOON_FOR_MANY};
use crate::sync::{Condition, lock, wait, wait_timeout};

/// How many subscribers any source's thread sends to. This takes it about 0.3 ms (measured: 8 us
/// for each). For more, sound waits for pictures.
pub(super) const FEW: usize = 32;

/// How many subscribers the source's thread sends to if it may wait ([`Sending::BySource`]). This
/// takes it about 2 ms, and more with TLS. For more subscribers, the wake-ups of the stream's own
/// thread are little beside the sends.
pub(super) const MOST_BY_SOURCE: usize = 256;

/// For more subscribers than this, no sound is sent by itself at 25 pictures a second or more.
pub(super) const MANY: usize = 512;

/// The frames that a source has handed over, until a thread sends them.
pub(super) struct SendQueue {
    latency: Duration,
    state: Mutex<State>,
    /// Notified when the stream's own thread must send, or must do so earlier, and when the queue
    /// closes.
    changed: Condition,
}

struct State {
    fitting: Fitting,
    rhythm: PictureRhythm,
    pending: Pending,
    /// The thread that sees to it that what it hands over leaves in time.
    source: Option<ThreadId>,
    /// Whether the source's thread sends the pending frames, and no other.
    is_left_to_source: bool,
    is_closed: bool,
}

/// Which thread sends what a source has handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// The source's own, now.
    Direct,
    /// The source's own, when it is due. It is one that may wait
    /// ([`SourceThread`](super::source_thread::SourceThread)).
    BySource,
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
                source: None,
                is_left_to_source: false,
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
            Duration::ZERO if subscribers > FEW => wait_for_picture,
            latency => latency,
        }
    }

    /// Adds frames of this thread that may wait for `longest_wait`. Returns which thread must send
    /// them.
    pub(super) fn push(
        &self,
        frames: Vec<Frame>,
        now: Instant,
        longest_wait: Duration,
        subscribers: usize,
    ) -> Sending {
        let mut state = lock(&self.state);
        let is_first = state.pending.due().is_none();
        let is_earlier = state.pending.push(frames, now.checked_add(longest_wait).unwrap_or(now));
        let is_small = subscribers == 0 || self.latency.is_zero() && subscribers <= FEW;
        let is_source = state.source == Some(thread::current().id());
        let is_left_to_source = is_source && (is_first || state.is_left_to_source);
        let sending = match () {
            () if state.pending.is_full() || is_first && is_small => Sending::Direct,
            () if is_left_to_source && !longest_wait.is_zero() => Sending::BySource,
            () if is_source && subscribers <= MOST_BY_SOURCE && longest_wait.is_zero() => {
                Sending::Direct
            }
            () => Sending::ByThread,
        };
        match sending {
            Sending::Direct => {}
            Sending::BySource => state.is_left_to_source = true,
            Sending::ByThread => {
                let is_new = is_earlier || state.is_left_to_source;
                state.is_left_to_source = false;
                drop(state);
                if is_new {
                    self.changed.notify_one();
                }
            }
        }
        sending
    }

    /// Takes all frames, in order.
    pub(super) fn take(&self) -> Vec<Frame> {
        let mut state = lock(&self.state);
        state.is_left_to_source = false;
        state.pending.take()
    }

    /// Returns when the frames must be sent. Returns `None` if there are none.
    #[cfg(test)]
    pub(super) fn due(&self) -> Option<Instant> {
        lock(&self.state).pending.due()
    }

    /// Returns when a source's thread must send what it has handed over. Returns `None` if nothing
    /// is left to it. Takes the place of the source if that is free.
    pub(super) fn due_at(&self, thread: ThreadId) -> Option<Instant> {
        let mut state = lock(&self.state);
        let is_source = *state.source.get_or_insert(thread) == thread;
        state.pending.due().filter(|_| is_source && state.is_left_to_source)
    }

    /// Makes room for another source if a thread has that place. What is left to it is left to the
    /// stream's own thread. Returns whether that is so.
    pub(super) fn forget_source(&self, thread: ThreadId) -> bool {
        let mut state = lock(&self.state);
        let is_source = state.source == Some(thread);
        if is_source {
            state.source = None;
        }
        drop(state);
        is_source && self.leave_to_thread()
    }

    /// Lets the stream's own thread send what is left to the source, when it is due. Returns
    /// whether there is anything.
    pub(super) fn leave_to_thread(&self) -> bool {
        let was_left = std::mem::take(&mut lock(&self.state).is_left_to_source);
        if was_left {
            self.changed.notify_one();
        }
        was_left
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
    /// Returns how long frames wait from now on for the stream's own thread. Returns `None` if
    /// there are none.
    fn left(&self, now: Instant) -> Option<Duration> {
        let due = self.pending.due().filter(|_| !self.is_left_to_source)?;
        Some(due.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{FEW, Frame, MOST_BY_SOURCE, SendQueue, Sending, lock};
    use crate::hub::HeldPart;
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    const LATENCY: Duration = Duration::from_millis(100);
    const MS: Duration = Duration::from_millis(1);

    fn queue(latency: Duration) -> SendQueue {
        SendQueue::new(latency, HeldPart::default())
    }

    /// Hands over a frame that may wait for `longest_wait`.
    fn push(queue: &SendQueue, now: Instant, longest_wait: Duration, to: usize) -> Sending {
        let payload = vec![0x27, 1, 0, 0, 0].into();
        let frame: Frame = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload }.into();
        queue.push(vec![frame], now, longest_wait, to)
    }

    fn left(queue: &SendQueue, now: Instant) -> Option<Duration> {
        lock(&queue.state).left(now)
    }

    #[test]
    fn frames_wait_for_the_latency_of_the_first() {
        let (queue, start) = (queue(LATENCY), Instant::now());
        assert_eq!(left(&queue, start), None);
        assert_eq!(push(&queue, start, LATENCY, 1), Sending::ByThread);
        assert_eq!(push(&queue, start + 30 * MS, LATENCY, 1), Sending::ByThread);
        assert_eq!(queue.due(), Some(start + LATENCY));
        assert_eq!(left(&queue, start + 40 * MS), Some(60 * MS));
        assert_eq!(left(&queue, start + LATENCY), Some(Duration::ZERO));
        assert_eq!(queue.take().len(), 2);
        assert_eq!(queue.due(), None);
    }

    #[test]
    fn a_source_that_may_wait_sends_to_many_and_when_all_is_due() {
        let now = Instant::now();
        for (is_source, longest_wait, subscribers, expected) in [
            (false, Duration::ZERO, FEW, Sending::Direct),
            (false, Duration::ZERO, FEW + 1, Sending::ByThread),
            (false, 20 * MS, FEW + 1, Sending::ByThread),
            (true, Duration::ZERO, FEW + 1, Sending::Direct),
            (true, Duration::ZERO, MOST_BY_SOURCE, Sending::Direct),
            (true, Duration::ZERO, MOST_BY_SOURCE + 1, Sending::ByThread),
            (true, 20 * MS, FEW + 1, Sending::BySource),
            (true, 20 * MS, MOST_BY_SOURCE + 1, Sending::BySource),
        ] {
            let queue = queue(Duration::ZERO);
            if is_source {
                queue.due_at(thread::current().id());
            }
            let sending = push(&queue, now, longest_wait, subscribers);
            assert_eq!(sending, expected, "{is_source}, {longest_wait:?}, {subscribers}");
        }
    }

    #[test]
    fn one_thread_alone_is_the_source() {
        let (queue, now, here) = (queue(LATENCY), Instant::now(), thread::current().id());
        let on_another_thread = |work: &(dyn Fn() + Sync)| {
            thread::scope(|scope| scope.spawn(work).join().unwrap());
        };
        assert_eq!(queue.due_at(here), None, "there is nothing");
        assert_eq!(push(&queue, now, LATENCY, 1), Sending::BySource);
        assert_eq!(queue.due_at(here), Some(now + LATENCY));
        on_another_thread(&|| {
            let there = thread::current().id();
            assert_eq!(queue.due_at(there), None, "the place is taken");
            assert!(!queue.forget_source(there));
        });
        assert_eq!(queue.due_at(here), Some(now + LATENCY));
        assert!(queue.forget_source(here), "the stream's own thread has to send it");
        on_another_thread(&|| {
            let there = thread::current().id();
            assert_eq!(queue.due_at(there), None, "nothing is left to it");
            queue.take();
            assert_eq!(push(&queue, now, LATENCY, 1), Sending::BySource);
        });
        assert_eq!(push(&queue, now, LATENCY, 1), Sending::ByThread);
    }

    #[test]
    fn what_another_thread_handed_over_first_leaves_by_the_thread_of_the_stream() {
        let (queue, now, here) = (queue(LATENCY), Instant::now(), thread::current().id());
        push(&queue, now, 2 * LATENCY, 1);
        assert_eq!(queue.due_at(here), None);
        assert_eq!(push(&queue, now, LATENCY, 1), Sending::ByThread);
        assert_eq!(left(&queue, now), Some(LATENCY));
        assert_eq!(queue.due_at(here), None);
    }

    #[test]
    fn what_is_left_to_the_source_is_not_for_the_thread_of_the_stream() {
        let (now, here) = (Instant::now(), thread::current().id());
        let left_to_source = || {
            let queue = queue(LATENCY);
            queue.due_at(here);
            push(&queue, now, LATENCY, 1);
            assert_eq!(left(&queue, now), None);
            queue
        };
        type Change = fn(&SendQueue, Instant);
        let changes: [(&str, Change); 3] = [
            ("the source says so", |queue, _| assert!(queue.leave_to_thread())),
            ("the source is gone", |queue, _| {
                assert!(queue.forget_source(thread::current().id()));
            }),
            ("another thread adds to it", |queue, now| {
                thread::scope(|scope| {
                    let other = || push(queue, now, 2 * LATENCY, 1);
                    assert_eq!(scope.spawn(other).join().unwrap(), Sending::ByThread);
                });
            }),
        ];
        for (what, change) in changes {
            let queue = left_to_source();
            change(&queue, now);
            assert_eq!(left(&queue, now), Some(LATENCY), "{what}");
        }
        let queue = left_to_source();
        queue.take();
        assert_eq!(left(&queue, now), None);
    }
}
