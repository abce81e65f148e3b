//! Conversations of a source with subscribers, in virtual time.

mod joining;
mod source_thread;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{End, LiveStream, LiveStreamConfig, Subscriber, SubscriptionId};
use crate::hub::{Frames, Reception, Replay};
use crate::media::{Tag, TagClass, TagKind, VideoHeader};
use crate::protocol::Timestamp;
use crate::sync::lock;

/// A subscriber that records what it is sent.
#[derive(Debug, Default)]
struct Record(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    position: u32,
    /// How often it was sent something.
    sends: usize,
    /// Each tag as `kind number @ timestamp`.
    seen: Vec<String>,
    /// The presentation times of the video frames.
    shown: Vec<i64>,
    awaits_key_frame: bool,
    is_full: bool,
    is_gone: bool,
    ended: Option<End>,
}

impl Record {
    fn at(position: u32) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { position, ..State::default() })))
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.0).seen)
    }
}

impl Subscriber for Record {
    fn position(&self) -> Timestamp {
        Timestamp(lock(&self.0).position)
    }

    fn send(&self, frames: &Frames, offset: u32) -> Reception {
        let mut state = lock(&self.0);
        state.sends += 1;
        for frame in frames.iter() {
            let time = frame.tag.timestamp.0.wrapping_sub(offset);
            if state.is_full {
                state.awaits_key_frame = true;
                continue;
            }
            let kind = match frame.class {
                TagClass::VideoHeader(_) => 'h',
                TagClass::KeyFrame => 'k',
                TagClass::Audio => 'a',
                _ => 'i',
            };
            state.awaits_key_frame &= kind != 'k';
            if !state.awaits_key_frame || matches!(kind, 'h' | 'a') {
                let number = frame.tag.payload.last().expect("a number");
                state.seen.push(format!("{kind}{number}@{time}"));
                if matches!(kind, 'k' | 'i') {
                    let header = VideoHeader::parse(&frame.tag.payload).expect("a header");
                    state.shown.push(i64::from(time) + i64::from(header.composition_time));
                }
            }
        }
        match () {
            () if state.is_gone => Reception::Gone,
            () if state.awaits_key_frame && !state.is_full => Reception::MissesKeyFrame,
            () => Reception::Ok,
        }
    }

    fn await_key_frame(&self) {
        lock(&self.0).awaits_key_frame = true;
    }

    fn ended(&self, end: End) {
        lock(&self.0).ended = Some(end);
    }
}

fn tag(kind: char, number: u8, time: u32) -> Tag {
    composed(kind, number, time, 0)
}

fn composed(kind: char, number: u8, time: u32, composition_time: u8) -> Tag {
    let (tag_kind, payload) = match kind {
        'h' => (TagKind::Video, vec![0x17, 0, 0, 0, 0, number]),
        'k' => (TagKind::Video, vec![0x17, 1, 0, 0, composition_time, number]),
        'a' => (TagKind::Audio, vec![0xaf, 1, number]),
        _ => (TagKind::Video, vec![0x27, 1, 0, 0, composition_time, number]),
    };
    Tag { kind: tag_kind, timestamp: Timestamp(time), payload: payload.into() }
}

fn subscribe(live_stream: &LiveStream, record: &Arc<Record>) -> SubscriptionId {
    let subscriber: Arc<dyn Subscriber> = Arc::<Record>::clone(record);
    live_stream.subscribe(subscriber).expect("it has not ended")
}

/// A source in virtual time: a frame each 40 ms, numbered from 0. The first is a key frame, and so
/// is one that is asked for.
struct Source {
    live_stream: LiveStream,
    start: Instant,
    next: u8,
    key_frames: Vec<u8>,
}

impl Source {
    fn new(cached_frames: usize) -> Self {
        let config = LiveStreamConfig::default().replay(Replay::CatchUp).makes_key_frames(true);
        Self {
            live_stream: LiveStream::new(config.cached_frames(cached_frames)),
            start: Instant::now(),
            next: 0,
            key_frames: Vec::new(),
        }
    }

    fn run(&mut self, frames: u8) {
        for _ in 0..frames {
            let (number, time) = (self.next, u32::from(self.next) * 40);
            let now = self.start + Duration::from_millis(time.into());
            let mut tags = Vec::new();
            if number == 0 {
                tags.push(tag('h', 0, time));
            }
            if self.live_stream.wants_key_frame(now) || number == 0 {
                self.key_frames.push(number);
                tags.push(tag('k', number, time));
            } else {
                tags.push(tag('i', number, time));
            }
            self.live_stream.send(tags, now);
            self.next += 1;
        }
    }
}

#[test]
fn a_new_subscriber_is_sent_the_last_key_frame_and_all_since_at_once() {
    let mut source = Source::new(100);
    let first = Record::at(0);
    subscribe(&source.live_stream, &first);
    source.run(3);
    assert_eq!(first.seen(), ["h0@0", "k0@0", "i1@40", "i2@80"]);
    let second = Record::at(7);
    let id = subscribe(&source.live_stream, &second);
    // A millisecond apart up to the present, and its position moved by less than 32 ms.
    assert_eq!(second.seen(), ["h0@14", "k0@14", "i1@15", "i2@16"]);
    source.run(2);
    assert_eq!(second.seen(), ["i3@56", "i4@96"]);
    assert_eq!(first.seen(), ["i3@120", "i4@160"]);
    source.live_stream.unsubscribe(id);
    source.run(1);
    assert!(second.seen().is_empty());
    assert_eq!(source.key_frames, [0], "the new subscriber has cost the other no key frame");
}

#[test]
fn many_that_join_when_too_much_followed_the_key_frame_cause_one_together() {
    let mut source = Source::new(10);
    subscribe(&source.live_stream, &Record::at(0));
    source.run(20);
    // This thread sends to so many itself.
    let many: Vec<_> = (0..30).map(|_| Record::at(0)).collect();
    for record in &many {
        subscribe(&source.live_stream, record);
        assert_eq!(record.seen(), ["h0@0"]);
    }
    source.run(5);
    assert_eq!(source.key_frames, [0, 20]);
    for record in &many {
        assert_eq!(record.seen(), ["k20@0", "i21@40", "i22@80", "i23@120", "i24@160"]);
    }
}

#[test]
fn subscribers_that_join_all_the_time_cause_no_more_key_frames_than_the_interval_allows() {
    let mut source = Source::new(0);
    for _ in 0..100 {
        subscribe(&source.live_stream, &Record::at(0));
        source.run(1);
    }
    // One in 500 ms, which are 13 frames.
    assert_eq!(source.key_frames, [0, 13, 26, 39, 52, 65, 78, 91]);
}

#[test]
fn a_source_that_makes_no_key_frames_is_not_asked_for_one() {
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    subscribe(&live_stream, &Record::at(0));
    assert!(!live_stream.wants_key_frame(Instant::now()));
}

#[test]
fn a_full_subscriber_asks_for_nothing_and_goes_on_with_a_key_frame_once_it_has_room() {
    let mut source = Source::new(10);
    let (steady, stuck) = (Record::at(0), Record::at(0));
    subscribe(&source.live_stream, &steady);
    subscribe(&source.live_stream, &stuck);
    source.run(2);
    stuck.seen();
    lock(&stuck.0).is_full = true;
    source.run(198);
    assert_eq!(source.key_frames, [0]);
    assert!(stuck.seen().is_empty());
    lock(&stuck.0).is_full = false;
    source.run(10);
    // One frame shows that it has room, the next is the key frame.
    assert_eq!(source.key_frames, [0, 201]);
    assert_eq!(stuck.seen().first().map(String::as_str), Some("k201@8040"));
    assert_eq!(steady.seen().len(), 211, "the other has missed nothing");
}

#[test]
fn one_that_falls_behind_again_and_again_causes_no_more_key_frames_than_the_interval_allows() {
    let mut source = Source::new(10);
    let record = Record::at(0);
    subscribe(&source.live_stream, &record);
    for _ in 0..120 {
        lock(&record.0).is_full = true;
        source.run(1);
        lock(&record.0).is_full = false;
        source.run(1);
    }
    // One in four seconds, which are 100 frames.
    assert_eq!(source.key_frames, [0, 100, 200]);
}

#[test]
fn a_subscriber_whose_client_is_gone_is_removed() {
    let counted = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&counted);
    let on_count = move |count| counts.store(count, Ordering::Relaxed);
    let live_stream = LiveStream::observed(LiveStreamConfig::default(), on_count);
    let gone = Record::at(0);
    subscribe(&live_stream, &Record::at(0));
    subscribe(&live_stream, &gone);
    assert_eq!(counted.load(Ordering::Relaxed), 2);
    lock(&gone.0).is_gone = true;
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    assert_eq!((live_stream.subscribers(), counted.load(Ordering::Relaxed)), (1, 1));
}

#[test]
fn one_that_has_just_joined_may_leave_and_is_told_of_the_end() {
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    let (leaving, staying) = (Record::at(0), Record::at(0));
    let id = subscribe(&live_stream, &leaving);
    subscribe(&live_stream, &staying);
    live_stream.unsubscribe(id);
    assert_eq!(live_stream.subscribers(), 1);
    live_stream.end(End::Complete);
    assert_eq!(live_stream.subscribers(), 0);
    assert_eq!((lock(&leaving.0).ended, lock(&staying.0).ended), (None, Some(End::Complete)));
}

#[test]
fn a_stream_that_has_ended_tells_its_subscribers_and_takes_no_more() {
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    let record = Record::at(0);
    subscribe(&live_stream, &record);
    live_stream.end(End::Complete);
    assert_eq!(lock(&record.0).ended, Some(End::Complete));
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    assert!(record.seen().is_empty());
    assert!(live_stream.has_ended() && live_stream.subscribe(Record::at(0)).is_err());
}

#[test]
fn after_a_time_without_subscribers_the_first_waits_for_a_key_frame_of_the_present() {
    let mut source = Source::new(100);
    source.run(2);
    source.live_stream.forget_past();
    let record = Record::at(0);
    subscribe(&source.live_stream, &record);
    assert_eq!(record.seen(), ["h0@0"], "the frames are of the past");
    source.run(1);
    // At 80 ms, of which a multiple of 32 is taken off.
    assert_eq!(record.seen(), ["k2@16"]);
}

/// Frames as an encoder with B frames sends them, from 40 ms before the time of the first: number,
/// decoding time, and composition time. Shown in the order 0, 2, 3, 1, 5, 6, 4.
const REORDERED: [(u8, u32, u8); 7] =
    [(0, 0, 40), (1, 40, 120), (2, 80, 0), (3, 120, 0), (4, 160, 120), (5, 200, 0), (6, 240, 0)];

#[test]
fn frames_with_composition_times_keep_their_order_for_all_that_join() {
    // Also over the end of the range of timestamps.
    for base in [0, 3_600_000, u32::MAX - 130] {
        let live_stream = LiveStream::new(LiveStreamConfig::default());
        let now = Instant::now();
        let mut records = Vec::new();
        for (number, time, composition_time) in REORDERED {
            let kind = if number == 0 { 'k' } else { 'i' };
            let time = base.wrapping_add(time);
            // Sound that a source sends a little ahead or behind.
            let sound = tag('a', number, time.wrapping_add(15));
            live_stream.send(vec![composed(kind, number, time, composition_time), sound], now);
            let record = Record::at(u32::from(number));
            subscribe(&live_stream, &record);
            records.push(record);
        }
        for record in records {
            let state = lock(&record.0);
            let first = state.shown[0];
            let shown: Vec<i64> = state.shown.iter().map(|time| time - first).collect();
            assert_eq!(shown, [0, 120, 40, 80, 240, 160, 200], "from {base}");
            let position = i64::from(state.position);
            assert!((position..position + 32).contains(&(first - 40)), "{first} from {base}");
            for kind in ['a', 'i'] {
                let of_kind = state.seen.iter().filter(|seen| seen.starts_with(kind));
                let times: Vec<u32> =
                    of_kind.map(|seen| seen.split_once('@').unwrap().1.parse().unwrap()).collect();
                assert!(times.is_sorted(), "{times:?}");
            }
        }
    }
}

#[test]
fn sound_is_kept_in_order_with_video_and_none_comes_before_the_first_frame() {
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    let now = Instant::now();
    let sent = [tag('h', 0, 900), tag('a', 1, 980), tag('k', 2, 1000), tag('a', 3, 990)];
    live_stream.send(sent.to_vec(), now);
    live_stream.send(vec![tag('i', 4, 1040), tag('a', 5, 1013)], now);
    let record = Record::at(0);
    subscribe(&live_stream, &record);
    // 1000 ms of the stream are 8 ms of the subscriber, since offsets are multiples of 32 ms.
    assert_eq!(record.seen(), ["h0@8", "k2@8", "a3@8", "i4@48", "a5@21"]);
    let without_video = Record::at(0);
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    subscribe(&live_stream, &without_video);
    live_stream.send(vec![tag('a', 0, 5000), tag('k', 1, 4990), tag('i', 2, 5030)], now);
    assert_eq!(without_video.seen(), ["a0@8", "k1@8", "i2@38"]);
}

/// Longer than any test takes.
const HOUR: Duration = Duration::from_secs(3600);

const PATIENCE: Duration = Duration::from_secs(30);

fn wait_until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it does not happen");
        std::thread::yield_now();
    }
}

#[test]
fn with_latency_what_has_come_leaves_together_and_a_new_subscriber_gets_it_with_the_others() {
    let live_stream = LiveStream::new(LiveStreamConfig::default().latency(HOUR));
    let now = Instant::now();
    live_stream.send(vec![tag('h', 0, 0), tag('k', 1, 0)], now);
    let (first, second) = (Record::at(0), Record::at(0));
    subscribe(&live_stream, &first);
    assert_eq!(first.seen(), ["h0@0", "k1@0"], "nothing waits while there is no subscriber");
    live_stream.send(vec![tag('a', 2, 20)], now);
    live_stream.send(vec![tag('k', 3, 40), tag('a', 4, 40)], now);
    subscribe(&live_stream, &second);
    assert_eq!(second.seen(), ["h0@0", "k1@0"]);
    assert!(first.seen().is_empty());
    live_stream.end(End::Complete);
    for record in [first, second] {
        assert_eq!(record.seen(), ["a2@20", "k3@40", "a4@40"]);
        assert_eq!(lock(&record.0).sends, 2);
        assert_eq!(lock(&record.0).ended, Some(End::Complete));
    }
}

#[test]
fn what_waits_leaves_when_it_is_due_or_too_much() {
    let streams = [Duration::from_millis(5), HOUR].map(|latency| {
        let live_stream = LiveStream::new(LiveStreamConfig::default().latency(latency));
        let record = Record::at(0);
        subscribe(&live_stream, &record);
        (live_stream, record)
    });
    let [(soon, first), (late, second)] = &streams;
    soon.send(vec![tag('k', 0, 0)], Instant::now());
    wait_until(|| !lock(&first.0).seen.is_empty());
    for time in 0..5000 {
        late.send(vec![tag('a', 1, time)], Instant::now());
    }
    assert_eq!(second.seen().len(), 4096);
}

#[test]
fn many_subscribers_are_sent_all_in_order_by_other_threads() {
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    let records: Vec<_> = (0..1500).map(|number| Record::at(number % 700)).collect();
    for record in &records {
        subscribe(&live_stream, record);
    }
    let now = Instant::now();
    for number in 0..100 {
        let kind = if number == 0 { 'k' } else { 'i' };
        live_stream.send(vec![tag(kind, number, u32::from(number) * 40)], now);
    }
    for record in &records {
        wait_until(|| lock(&record.0).seen.len() == 100);
        let numbers: Vec<String> =
            record.seen().iter().map(|seen| seen.split_once('@').unwrap().0[1..].into()).collect();
        assert!(numbers.iter().map(|number| number.parse::<u32>().unwrap()).eq(0..100));
    }
}
