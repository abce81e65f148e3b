//! From the frames of a source to those that the subscribers are sent, on whichever thread.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::config::LiveStreamConfig;
use super::frame::Frame;
use super::held_bytes::HeldBytes;
use super::key_frame_requests::KeyFrameRequests;
use super::line::Line;
use super::send_queue::{MOST_BY_SOURCE, SendQueue, Sending};
use super::spread::Spread;
use super::state::{Facts, State};
use super::subscriber::{End, Subscriber, SubscriptionId};
use super::subscribers::Subscribers;
use super::timeline::Replay;
use crate::media::{MediaDescription, Tag, TagClass};
use crate::sync::lock;

/// How often one that begins is sent what it missed meanwhile, before all others wait for that.
const MAX_CATCH_UPS: usize = 4;

/// What the handles of a stream and its thread share.
pub(super) struct Distribution {
    name: Option<Arc<str>>,
    replay: Replay,
    makes_key_frames: bool,
    queue: SendQueue,
    /// Held by the one thread that is next to lock `receivers`. The system lets a thread lock a
    /// mutex again that others wait for. Without turns a busy stream would let no subscriber leave.
    turn: Mutex<()>,
    /// Held while frames are sent to all: once a subscription has ended, nothing more is sent to
    /// it.
    receivers: Mutex<Subscribers>,
    /// Locked after `receivers`, if both are.
    state: Mutex<State>,
    requests: Mutex<KeyFrameRequests>,
    subscribers: AtomicUsize,
    /// How many timestamps were changed before they came here.
    earlier_repairs: AtomicU64,
    facts: Arc<Facts>,
    held: HeldBytes,
    /// Called with the new number of subscribers, with the lock of `state` held.
    on_count: Box<dyn Fn(usize) + Send + Sync>,
}

impl Distribution {
    pub(super) fn new(
        config: &LiveStreamConfig,
        on_count: impl Fn(usize) + Send + Sync + 'static,
    ) -> Self {
        let (held, facts) = (HeldBytes::default(), Arc::<Facts>::default());
        Self {
            name: config.name.clone(),
            replay: config.replay,
            makes_key_frames: config.makes_key_frames,
            queue: SendQueue::new(config.latency, held.part()),
            turn: Mutex::default(),
            receivers: Mutex::new(Subscribers::new(Spread::new(
                config.sending_threads,
                config.latency,
            ))),
            state: Mutex::new(State::new(config.cache, held.part(), Arc::clone(&facts))),
            requests: Mutex::new(KeyFrameRequests::new(config.intervals)),
            subscribers: AtomicUsize::new(0),
            earlier_repairs: AtomicU64::new(0),
            facts,
            held,
            on_count: Box::new(on_count),
        }
    }

    /// Queues tags, and returns which thread must send them.
    pub(super) fn queue(&self, tags: Vec<Tag>, now: Instant) -> Sending {
        let mut frames: Vec<Frame> = tags.into_iter().map(Frame::from).collect();
        let subscribers = self.subscribers();
        let longest_wait = self.queue.fit(&mut frames, now, subscribers);
        if frames.iter().any(|frame| frame.class == TagClass::KeyFrame) {
            lock(&self.requests).key_frame_sent(now);
        }
        self.queue.push(frames, now, longest_wait, subscribers)
    }

    /// Sends what is queued, without waiting for any subscriber. Waits while another thread sends.
    pub(super) fn send_queued(&self) {
        self.distribute(&mut self.lock_receivers());
    }

    /// Returns whether the subscribers are too many for the thread of a source.
    pub(super) fn has_many_subscribers(&self) -> bool {
        self.subscribers() > MOST_BY_SOURCE
    }

    pub(super) const fn send_queue(&self) -> &SendQueue {
        &self.queue
    }

    /// Sends what is queued whenever it is due, until the queue closes.
    pub(super) fn run(&self) {
        while self.queue.wait_until_due() {
            self.send_queued();
        }
    }

    /// Lets [`run`](Self::run) return.
    pub(super) fn close(&self) {
        self.queue.close();
    }

    pub(super) fn wants_key_frame(&self, now: Instant) -> bool {
        self.makes_key_frames && lock(&self.requests).ask(now)
    }

    /// Sends what is queued, and takes nothing more. Tells all subscribers on this thread.
    pub(super) fn end(&self, end: End) {
        let subscribers = {
            let mut receivers = self.lock_receivers();
            self.distribute(&mut receivers);
            let newcomers = self.update(|state| {
                state.forget_past();
                lock(&self.requests).reset_interval();
                state.end(end)
            });
            let mut all = receivers.take();
            all.extend(newcomers);
            all
        };
        self.close();
        for subscriber in subscribers {
            subscriber.ended(end);
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        lock(&self.state).has_ended()
    }

    /// Returns what the stream carries.
    pub(super) fn description(&self) -> MediaDescription {
        *lock(&self.facts.description)
    }

    /// Returns how the worst of the subscribers' lines keeps up. Those that have long taken less
    /// than `least` bytes per second do not count.
    pub(super) fn worst_line(&self, now: Instant, least: f64) -> Line {
        self.lock_receivers().worst_line(now, least)
    }

    /// Tells all subscribers that a publisher has come.
    pub(super) fn tell_published(&self) {
        let receivers = self.lock_receivers();
        receivers.tell_published();
        lock(&self.state).tell_published();
    }

    pub(super) fn repaired_timestamps(&self) -> u64 {
        let repairs = self.facts.repairs.load(Ordering::Relaxed);
        repairs.saturating_add(self.earlier_repairs.load(Ordering::Relaxed))
    }

    pub(super) fn set_earlier_repairs(&self, repairs: u64) {
        self.earlier_repairs.store(repairs, Ordering::Relaxed);
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(super) const fn held(&self) -> &HeldBytes {
        &self.held
    }

    pub(super) fn subscribers(&self) -> usize {
        self.subscribers.load(Ordering::Relaxed)
    }

    pub(super) fn forget_past(&self) {
        let mut receivers = self.lock_receivers();
        if self.subscribers() == 0 {
            // Headers among them are still needed.
            self.distribute(&mut receivers);
        }
        let mut state = lock(&self.state);
        if state.subscribers() == 0 {
            state.forget_past();
            lock(&self.requests).reset_interval();
        }
    }

    /// Adds a subscriber, and sends it what a decoder begins with. Does not wait while frames are
    /// sent to others.
    ///
    /// # Errors
    /// Returns how the stream has ended, or [`End::Failed`] if it had before.
    pub(super) fn subscribe(&self, subscriber: Arc<dyn Subscriber>) -> Result<SubscriptionId, End> {
        let (mut subscription, first) = self.update(|state| {
            if state.has_ended() {
                return Err(End::Failed);
            }
            if !state.has_frames() {
                subscriber.await_key_frame();
                lock(&self.requests).joined();
            }
            Ok(state.begin(subscriber, self.replay))
        })?;
        let beginning = Beginning { distribution: self, id: subscription.id() };
        subscription.begin(&first);
        let (mut catch_ups, mut held) = (0, None);
        loop {
            let mut state = held.take().unwrap_or_else(|| lock(&self.state));
            let missed = state.take_missed(subscription.id());
            if missed.is_empty() {
                std::mem::forget(beginning);
                return state.settle(subscription);
            }
            catch_ups += 1;
            // If frames come quicker than they are sent, the others wait.
            held = (catch_ups > MAX_CATCH_UPS).then_some(state);
            subscription.catch_up(&missed);
        }
    }

    /// Waits while frames are sent to all.
    pub(super) fn unsubscribe(&self, id: SubscriptionId) {
        let mut receivers = self.lock_receivers();
        self.update(|state| {
            if receivers.remove(id) || state.remove(id) {
                state.left(1);
            }
        });
    }

    fn distribute(&self, receivers: &mut Subscribers) {
        let frames = {
            let mut state = lock(&self.state);
            let frames = self.queue.take();
            if frames.is_empty() || state.has_ended() {
                return;
            }
            let (frames, newcomers) = state.note(frames);
            receivers.admit(newcomers);
            frames
        };
        // Others may subscribe meanwhile.
        let sent = receivers.send(&frames);
        if sent.gone > 0 {
            self.update(|state| state.left(sent.gone));
        }
        lock(&self.requests).set_fallen_behind(sent.misses_key_frame);
    }

    /// Changes the state, and tells of another number of subscribers.
    fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        let before = state.subscribers();
        let result = change(&mut state);
        let after = state.subscribers();
        if after != before {
            self.subscribers.store(after, Ordering::Relaxed);
            (self.on_count)(after);
        }
        result
    }

    fn lock_receivers(&self) -> MutexGuard<'_, Subscribers> {
        let _turn = lock(&self.turn);
        lock(&self.receivers)
    }
}

/// A subscriber that is sent its first frames. Dropping it removes the subscriber: its thread has
/// panicked.
struct Beginning<'a> {
    distribution: &'a Distribution,
    id: SubscriptionId,
}

impl Drop for Beginning<'_> {
    fn drop(&mut self) {
        self.distribution.update(|state| state.give_up(self.id));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{Distribution, LiveStreamConfig, Sending, SubscriptionId};
    use crate::hub::send_queue::{FEW, MANY};
    use crate::hub::{Frames, Reception};
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    #[derive(Debug)]
    struct Anyone;

    impl super::Subscriber for Anyone {
        fn position(&self) -> Timestamp {
            Timestamp(0)
        }

        fn send(&self, _: &Frames, _: u32) -> Reception {
            Reception::Ok
        }

        fn await_key_frame(&self) {}

        fn ended(&self, _: super::End) {}
    }

    fn subscribe(distribution: &Distribution) -> SubscriptionId {
        distribution.subscribe(Arc::new(Anyone)).expect("it has not ended")
    }

    /// A stream that has sent a picture at 0 and one at 40 ms, and its start.
    fn with_rhythm(subscribers: usize, latency: Duration) -> (Distribution, Instant) {
        let config = LiveStreamConfig::default().latency(latency);
        let distribution = Distribution::new(&config, |_| ());
        for _ in 0..subscribers {
            subscribe(&distribution);
        }
        let start = Instant::now();
        for ms in [0, 40] {
            put(&distribution, TagKind::Video, start + Duration::from_millis(ms));
            distribution.send_queued();
        }
        (distribution, start)
    }

    fn put(distribution: &Distribution, kind: TagKind, now: Instant) -> Sending {
        let payload = if kind == TagKind::Audio { &[0xaf, 1, 0][..] } else { &[0x27, 1, 0, 0, 0] };
        distribution
            .queue(vec![Tag { kind, timestamp: Timestamp(0), payload: payload.into() }], now)
    }

    /// Puts what comes at so many milliseconds. Returns who sends it, and when all is due.
    fn due(
        (distribution, start): &(Distribution, Instant),
        kind: TagKind,
        ms: u64,
    ) -> (Sending, Option<u128>) {
        let sending = put(distribution, kind, *start + Duration::from_millis(ms));
        let due = distribution.queue.due();
        (sending, due.map(|due| (due - *start).as_millis()))
    }

    #[test]
    fn sound_for_many_waits_for_the_next_picture_which_takes_it_along() {
        let many = with_rhythm(FEW + 1, Duration::ZERO);
        assert_eq!(due(&many, TagKind::Audio, 55), (Sending::ByThread, Some(55)));
        many.0.send_queued();
        assert_eq!(due(&many, TagKind::Audio, 75), (Sending::ByThread, Some(82)));
        assert_eq!(due(&many, TagKind::Audio, 76), (Sending::ByThread, Some(82)));
        assert_eq!(due(&many, TagKind::Video, 79), (Sending::ByThread, Some(79)));
        assert_eq!(many.0.queue.take().len(), 3);
    }

    #[test]
    fn sound_for_very_many_always_does() {
        let very_many = with_rhythm(MANY + 1, Duration::ZERO);
        assert_eq!(due(&very_many, TagKind::Audio, 41), (Sending::ByThread, Some(82)));
    }

    #[test]
    fn sound_for_few_and_sound_with_a_latency_do_not() {
        let few = with_rhythm(FEW, Duration::ZERO);
        assert_eq!(due(&few, TagKind::Audio, 75), (Sending::Direct, Some(75)));
        let late = with_rhythm(FEW + 1, Duration::from_millis(3));
        assert_eq!(due(&late, TagKind::Audio, 75), (Sending::ByThread, Some(78)));
    }

    #[test]
    fn sound_that_waits_leaves_though_most_subscribers_do_so_meanwhile() {
        let (distribution, start) = with_rhythm(FEW, Duration::ZERO);
        let last = subscribe(&distribution);
        let stream = (distribution, start);
        assert_eq!(due(&stream, TagKind::Audio, 75), (Sending::ByThread, Some(82)));
        stream.0.unsubscribe(last);
        assert_eq!(due(&stream, TagKind::Video, 80), (Sending::ByThread, Some(80)));
    }
}
