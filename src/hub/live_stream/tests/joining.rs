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
    coming: Mutex<Vec<Event>>,
}

/// What happens during a send.
#[derive(Debug)]
enum Event {
    Send(Tag),
    End,
    Panic,
}

impl Subscriber for Slow {
    fn position(&self) -> Timestamp {
        self.record.position()
    }

    fn send(&self, frames: &Frames, offset: u32) -> Reception {
        let event = lock(&self.coming).pop();
        match event {
            Some(Event::Send(tag)) => self.live_stream.send(vec![tag], Instant::now()),
            Some(Event::End) => self.live_stream.end(End::Complete),
            Some(Event::Panic) => panic!("the subscriber fails"),
            None => {}
        }
        self.record.send(frames, offset)
    }

    fn await_key_frame(&self) {}

    fn ended(&self, end: End) {
        self.record.ended(end);
    }
}

/// Subscribes. One of the events happens in each send.
fn subscribe_slowly(
    live_stream: &LiveStream,
    record: &Arc<Record>,
    events: impl DoubleEndedIterator<Item = Event>,
) -> Result<SubscriptionId, End> {
    let (live_stream, record) = (live_stream.clone(), Arc::clone(record));
    let coming = Mutex::new(events.rev().collect());
    live_stream.clone().subscribe(Arc::new(Slow { live_stream, record, coming }))
}

#[test]
fn one_that_begins_slowly_holds_up_nobody_and_misses_nothing() {
    const MISSED: u8 = 5;
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    let quick = Record::at(0);
    subscribe(&live_stream, &quick);
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    let record = Record::at(0);
    let frame = |number| Event::Send(tag('i', number, u32::from(number) * 40));
    subscribe_slowly(&live_stream, &record, (1..=MISSED).map(frame)).expect("it has not ended");
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

#[test]
fn one_that_begins_while_the_stream_ends_has_all_and_is_told_how() {
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    let record = Record::at(0);
    let events = [Event::Send(tag('i', 1, 40)), Event::End];
    let outcome = subscribe_slowly(&live_stream, &record, events.into_iter());
    assert_eq!(outcome, Err(End::Complete));
    assert_eq!(record.seen(), ["k0@0", "i1@40"]);
    assert_eq!(live_stream.subscribers(), 0);
    assert_eq!(live_stream.subscribe(Record::at(0)), Err(End::Failed), "it came too late");
}

#[test]
fn nothing_is_kept_for_one_that_fails_to_begin() {
    let live_stream = LiveStream::new(LiveStreamConfig::default());
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    for events in [vec![Event::Panic], vec![Event::Send(tag('i', 1, 40)), Event::Panic]] {
        let begin = || subscribe_slowly(&live_stream, &Record::at(0), events.into_iter());
        assert!(crate::panics::catch(begin).is_err());
        assert_eq!(live_stream.subscribers(), 0);
    }
    subscribe(&live_stream, &Record::at(0));
    assert_eq!(live_stream.subscribers(), 1);
}
