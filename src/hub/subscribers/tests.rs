//! Viewers that are no more than a record, and made-up time.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{CacheLimits, MinIntervals, Subscribers};
use crate::hub::End;
use crate::hub::Subscriber;
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;
use crate::sync::lock;

/// What a viewer was sent, as `kind number @ time`.
#[derive(Debug, Default)]
struct Record(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    clock: u32,
    seen: Vec<String>,
    awaits_key_frame: bool,
    is_full: bool,
    is_gone: bool,
}

impl Record {
    fn at(clock: u32) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { clock, ..State::default() })))
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.0).seen)
    }
}

impl Subscriber for Record {
    fn clock(&self) -> Timestamp {
        Timestamp(lock(&self.0).clock)
    }

    fn send(&self, tags: Vec<Tag>) -> bool {
        let mut state = lock(&self.0);
        for tag in tags {
            if state.is_full {
                state.awaits_key_frame = true;
                continue;
            }
            let kind = match () {
                () if tag.is_sequence_header() => 'h',
                () if tag.is_key_frame() => 'k',
                () => 'i',
            };
            state.awaits_key_frame &= kind != 'k';
            if !state.awaits_key_frame || kind == 'h' {
                state.seen.push(format!("{kind}{}@{}", tag.payload[5], tag.timestamp.0));
            }
        }
        !state.is_gone
    }

    fn await_key_frame(&self) {
        lock(&self.0).awaits_key_frame = true;
    }

    fn misses_key_frame(&self) -> bool {
        let state = lock(&self.0);
        state.awaits_key_frame && !state.is_full
    }

    fn ended(&self, _: End) {}
}

fn tag(kind: char, number: u8, time: u32) -> Tag {
    let [first, packet] = match kind {
        'h' => [0x17, 0],
        'k' => [0x17, 1],
        _ => [0x27, 1],
    };
    let payload = vec![first, packet, 0, 0, 0, number].into();
    Tag { kind: TagKind::Video, timestamp: Timestamp(time), payload }
}

/// A loop in made-up time: a frame each 40 ms, numbered from 0, a key frame where one is asked for
/// and at the first.
struct Loop {
    audience: Subscribers,
    start: Instant,
    next: u8,
    key_frames: Vec<u8>,
}

impl Loop {
    fn new(cached_frames: usize) -> Self {
        let limits = CacheLimits { frames: cached_frames, bytes: 1000 };
        let distances =
            MinIntervals { newcomer: Duration::from_millis(500), laggard: Duration::from_secs(4) };
        Self {
            audience: Subscribers::new(limits, distances),
            start: Instant::now(),
            next: 0,
            key_frames: Vec::new(),
        }
    }

    fn time(&self) -> u32 {
        u32::from(self.next) * 40
    }

    fn run(&mut self, frames: u8) {
        for _ in 0..frames {
            let (number, time) = (self.next, self.time());
            let now = self.start + Duration::from_millis(time.into());
            let mut tags = Vec::new();
            if number == 0 {
                tags.push(tag('h', 0, time));
            }
            if self.audience.asks_for_key_frame(now) || number == 0 {
                self.key_frames.push(number);
                tags.push(tag('k', number, time));
            } else {
                tags.push(tag('i', number, time));
            }
            self.audience.send(&tags, now);
            self.next += 1;
        }
    }

    fn join(&mut self, viewer: &Arc<Record>) -> crate::hub::SubscriptionId {
        let clock = Timestamp(self.time());
        let viewer: Arc<dyn Subscriber> = Arc::<Record>::clone(viewer);
        self.audience.join(viewer, clock).expect("it is not over")
    }
}

#[test]
fn whoever_comes_is_sent_the_last_key_frame_and_all_since_at_once() {
    let mut scene = Loop::new(100);
    let first = Record::at(0);
    scene.join(&first);
    scene.run(3);
    assert_eq!(first.seen(), ["h0@0", "k0@0", "i1@40", "i2@80"]);
    let second = Record::at(7);
    let seat = scene.join(&second);
    assert_eq!(second.seen(), ["h0@7", "k0@7", "i1@8", "i2@9"]);
    scene.run(2);
    // The loop was at 120 ms as the second came, 7 ms after its play.
    assert_eq!(second.seen(), ["i3@9", "i4@47"]);
    assert_eq!(first.seen(), ["i3@120", "i4@160"]);
    scene.audience.leave(seat);
    scene.run(1);
    assert!(second.seen().is_empty());
    assert_eq!(scene.key_frames, [0], "nobody has cost the others a key frame");
}

#[test]
fn many_who_come_when_too_much_followed_the_key_frame_are_forced_one_together() {
    let mut scene = Loop::new(10);
    let first = Record::at(0);
    scene.join(&first);
    scene.run(20);
    let many: Vec<_> = (0..50).map(|_| Record::at(0)).collect();
    for viewer in &many {
        scene.join(viewer);
        assert_eq!(viewer.seen(), ["h0@0"]);
    }
    scene.run(5);
    assert_eq!(scene.key_frames, [0, 20]);
    for viewer in &many {
        assert_eq!(viewer.seen(), ["k20@0", "i21@40", "i22@80", "i23@120", "i24@160"]);
    }
}

#[test]
fn whoever_comes_all_the_time_forces_no_more_key_frames_than_the_distance_allows() {
    let mut scene = Loop::new(0);
    for _ in 0..100 {
        scene.join(&Record::at(0));
        scene.run(1);
    }
    // Four seconds at one in 500 ms, which are 13 frames.
    assert_eq!(scene.key_frames, [0, 13, 26, 39, 52, 65, 78, 91]);
}

#[test]
fn a_stuck_viewer_asks_for_nothing_and_one_that_keeps_up_again_goes_on_with_a_key_frame() {
    let mut scene = Loop::new(10);
    let (steady, stuck) = (Record::at(0), Record::at(0));
    scene.join(&steady);
    scene.join(&stuck);
    scene.run(2);
    stuck.seen();
    lock(&stuck.0).is_full = true;
    scene.run(198);
    assert_eq!(scene.key_frames, [0]);
    assert!(stuck.seen().is_empty());
    lock(&stuck.0).is_full = false;
    scene.run(10);
    assert_eq!(
        scene.key_frames,
        [0, 201],
        "it is found to keep up at one frame, served at the next"
    );
    assert_eq!(stuck.seen().first().map(String::as_str), Some("k201@8040"));
    assert_eq!(steady.seen().len(), 211, "nobody else has missed anything");
}

#[test]
fn one_that_falls_behind_again_and_again_forces_no_more_key_frames_than_the_distance_allows() {
    let mut scene = Loop::new(10);
    let laggard = Record::at(0);
    scene.join(&laggard);
    for _ in 0..120 {
        lock(&laggard.0).is_full = true;
        scene.run(1);
        lock(&laggard.0).is_full = false;
        scene.run(1);
    }
    // One in four seconds, which are 100 frames.
    assert_eq!(scene.key_frames, [0, 100, 200]);
}

#[test]
fn a_viewer_whose_client_is_gone_is_forgotten() {
    let mut scene = Loop::new(10);
    let (here, gone) = (Record::at(0), Record::at(0));
    scene.join(&here);
    scene.join(&gone);
    lock(&gone.0).is_gone = true;
    scene.run(1);
    assert_eq!(scene.audience.len(), 1);
}

#[test]
fn a_loop_that_is_over_takes_nobody_in() {
    let mut scene = Loop::new(10);
    scene.join(&Record::at(0));
    assert_eq!(scene.audience.end().len(), 1);
    assert!(scene.audience.join(Record::at(0), Timestamp(0)).is_none());
}

#[test]
fn after_a_time_without_viewers_the_first_gets_a_key_frame_of_its_own() {
    let mut scene = Loop::new(100);
    scene.run(2);
    scene.audience.forget_past();
    let viewer = Record::at(0);
    scene.join(&viewer);
    assert_eq!(viewer.seen(), ["h0@0"], "what was sent is of the past");
    scene.run(1);
    assert_eq!(viewer.seen(), ["k2@0"]);
}
