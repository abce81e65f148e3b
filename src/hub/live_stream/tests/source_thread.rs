//! Sources whose threads see to it that what waits leaves.

use super::*;
use crate::hub::SourceThread;

const LATENCY: Duration = Duration::from_millis(5);

/// A stream with that latency, so many subscribers, and this thread as its source.
fn stream(latency: Duration, subscribers: usize) -> (LiveStream, Vec<Arc<Record>>, SourceThread) {
    let live_stream = LiveStream::new(LiveStreamConfig::default().latency(latency));
    let records: Vec<_> = (0..subscribers).map(|_| Record::at(0)).collect();
    for record in &records {
        subscribe(&live_stream, record);
    }
    let source = SourceThread::new(live_stream.clone());
    assert_eq!(source.due(), None);
    (live_stream, records, source)
}

#[test]
fn nothing_leaves_before_the_source_sends_it() {
    let (live_stream, records, source) = stream(LATENCY, 2);
    let now = Instant::now();
    live_stream.send(vec![tag('k', 0, 0)], now);
    live_stream.send(vec![tag('a', 1, 20)], now + LATENCY);
    assert_eq!(source.due(), Some(now + LATENCY));
    std::thread::sleep(4 * LATENCY);
    for record in &records {
        assert!(record.seen().is_empty(), "no other thread sends it");
    }
    source.send_due();
    assert_eq!(source.due(), None);
    for record in &records {
        assert_eq!(record.seen(), ["k0@0", "a1@20"]);
        assert_eq!(lock(&record.0).sends, 1);
    }
}

#[test]
fn without_latency_the_source_sends_at_once() {
    let (live_stream, records, source) = stream(Duration::ZERO, 200);
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    assert!(records.iter().all(|record| record.seen() == ["k0@0"]));
    assert_eq!(source.due(), None);
}

#[test]
fn to_very_many_the_threads_of_the_stream_send_when_the_source_says_so() {
    let (live_stream, records, source) = stream(LATENCY, 600);
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    assert!(source.due().is_some());
    source.send_due();
    assert_eq!(source.due(), None, "it has nothing to do any more");
    for record in &records {
        wait_until(|| !lock(&record.0).seen.is_empty());
    }
}

#[test]
fn what_a_source_leaves_behind_is_sent_when_it_is_due() {
    let (live_stream, records, source) = stream(LATENCY, 2);
    live_stream.send(vec![tag('k', 0, 0)], Instant::now());
    drop(source);
    for record in &records {
        wait_until(|| !lock(&record.0).seen.is_empty());
    }
}

#[test]
fn another_thread_becomes_the_source_once_the_first_is_gone() {
    let (live_stream, records, first) = stream(HOUR, 1);
    let second = live_stream.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    let second = std::thread::spawn(move || {
        let source = SourceThread::new(second.clone());
        assert_eq!(source.due(), None);
        receiver.recv().expect("the first is gone");
        assert_eq!(source.due(), None);
        second.send(vec![tag('k', 0, 0)], Instant::now());
        assert!(source.due().is_some());
        source.send_due();
    });
    drop(first);
    sender.send(()).expect("it waits");
    second.join().unwrap();
    assert_eq!(records[0].seen(), ["k0@0"]);
}

#[test]
fn what_other_threads_hand_over_needs_no_source() {
    let (live_stream, records, _source) = stream(LATENCY, 2);
    let other = live_stream.clone();
    let other = std::thread::spawn(move || other.send(vec![tag('k', 0, 0)], Instant::now()));
    other.join().unwrap();
    for record in &records {
        wait_until(|| !lock(&record.0).seen.is_empty());
    }
}
