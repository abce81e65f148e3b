//! Subscribers that join while others are sent something.

use super::*;

/// A subscriber that lets another subscribe while it is sent something.
#[derive(Debug)]
struct Host {
    live_stream: LiveStream,
    guest: Arc<Record>,
}

impl Subscriber for Host {
    fn position(&self) -> Timestamp {
        Timestamp(0)
    }

    fn send(&self, _: &Frames, _: u32) -> Reception {
        if lock(&self.guest.0).sends == 0 {
            subscribe(&self.live_stream, &self.guest);
            assert_eq!(self.live_stream.subscribers(), 2);
        }
        Reception::Ok
    }

    fn await_key_frame(&self) {}

    fn ended(&self, _: End) {}
}

#[test]
fn one_that_joins_while_a_frame_is_sent_gets_it_once() {
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    let guest = Record::at(0);
    let host = Host { live_stream: live_stream.clone(), guest: Arc::clone(&guest) };
    live_stream.subscribe(Arc::new(host)).expect("it has not ended");
    for (kind, number, time) in [('k', 0, 0), ('i', 1, 40), ('i', 2, 80)] {
        live_stream.send(vec![tag(kind, number, time)], Instant::now());
    }
    assert_eq!(guest.seen(), ["k0@0", "i1@40", "i2@80"]);
    live_stream.end(End::Complete);
    assert_eq!(lock(&guest.0).ended, Some(End::Complete));
}

/// A subscriber during whose sends the source goes on.
#[derive(Debug)]
struct Slow {
    live_stream: LiveStream,
    record: Arc<Record>,
    /// The tags that the source sends, one during each send.
    coming: Mutex<Vec<Tag>>,
}

impl Subscriber for Slow {
    fn position(&self) -> Timestamp {
        self.record.position()
    }

    fn send(&self, frames: &Frames, offset: u32) -> Reception {
        if let Some(tag) = lock(&self.coming).pop() {
            self.live_stream.send(vec![tag], Instant::now());
        }
        self.record.send(frames, offset)
    }

    fn await_key_frame(&self) {}

    fn ended(&self, end: End) {
        self.record.ended(end);
    }
}

#[test]
fn one_that_begins_slowly_holds_up_nobody_and_misses_nothing() {
    const MISSED: u8 = 5;
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    let quick = Record::at(0);
    subscribe(&live_stream, &quick);
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    let record = Record::at(0);
    let coming = (1..=MISSED).rev().map(|number| tag('i', number, u32::from(number) * 40));
    let coming = Mutex::new(coming.collect());
    let slow = Slow { live_stream: live_stream.clone(), record: Arc::clone(&record), coming };
    live_stream.subscribe(Arc::new(slow)).expect("it has not ended");
    let all = ["k0@0", "i1@40", "i2@80", "i3@120", "i4@160", "i5@200"];
    assert_eq!(
        (quick.seen(), record.seen()),
        (all.map(str::to_owned).into(), all.map(str::to_owned).into())
    );
    live_stream.send(vec![tag('i', 6, 240)], Instant::now());
    assert_eq!(
        (quick.seen(), record.seen()),
        (vec!["i6@240".to_owned()], vec!["i6@240".to_owned()])
    );
    live_stream.end(End::Complete);
    assert_eq!(lock(&record.0).ended, Some(End::Complete));
}
