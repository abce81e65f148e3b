//! Live streams by name: waiting, returning, replacing, and what publishers may not do.

use std::time::{Duration, Instant};

use rendercast::live::{LiveConfig, LiveHandler, Takeover};
use rendercast::protocol::chunk::MessageType;
use rendercast::{Connection, End, LiveStreamConfig, Refusal};

use crate::support::{Client, Host, Received, inter_frame, is_key_frame, key_frame};

const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1, 2, 3];
const METADATA: &[u8] = b"\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData\x08\0\0\0\0\0\0\x09";

fn host(config: LiveConfig) -> (Host, LiveHandler) {
    let live = LiveHandler::new(config);
    (Host::start(live.clone()), live)
}

/// Sends metadata, a header and frames that are 40 ms apart.
fn send(client: &mut Client, stream: u32, start: u32, frames: &[bytes::Bytes]) {
    client.send_media(stream, MessageType::DATA_AMF0, 0, METADATA);
    client.send_media(stream, MessageType::VIDEO, start, HEADER);
    for (frame, timestamp) in frames.iter().zip((start..).step_by(40)) {
        client.send_media(stream, MessageType::VIDEO, timestamp, frame.clone());
    }
}

/// The status with which the server answers a publish.
fn publish_code(client: &mut Client, name: &str) -> String {
    let stream = client.create_stream();
    client.request(stream, "publish", &[name.into(), "live".into()]);
    client.until(|received| match received {
        Received::Status { code, .. } => Some(code),
        _ => None,
    })
}

#[test]
fn a_publisher_that_returns_continues_its_stream_for_its_viewers() {
    let (host, _live) = host(LiveConfig::default());
    let mut viewer = host.client();
    viewer.play_new("key");
    let mut first = host.client();
    let stream = first.publish_new("key");
    let frames = [key_frame(1, 100), inter_frame(2, 10), inter_frame(3, 10)];
    send(&mut first, stream, 1000, &frames);
    let mut seen: Vec<_> = (0..4).map(|_| viewer.next_media()).collect();
    drop(first);

    let mut second = host.client();
    let stream = second.publish_new("key?token=other");
    let frames = [inter_frame(3, 10), key_frame(4, 100), inter_frame(5, 10)];
    send(&mut second, stream, 3_000_000_000, &frames);
    seen.extend((0..2).map(|_| viewer.next_media()));

    let payloads: Vec<_> = seen.iter().map(|media| media.payload().clone()).collect();
    let first = [HEADER.into(), key_frame(1, 100), inter_frame(2, 10), inter_frame(3, 10)];
    assert_eq!(payloads[..4], first);
    let second = [key_frame(4, 100), inter_frame(5, 10)];
    assert_eq!(payloads[4..], second, "without the same header, and what needs a former frame");
    let times: Vec<u32> = seen.iter().map(|media| media.tag.timestamp.0).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(times[5] - times[0] < 60_000, "{times:?} go on where the first ceased");
}

#[test]
fn viewers_are_told_the_end_after_the_grace() {
    let (host, live) = host(LiveConfig::default().grace(Duration::from_millis(50)));
    let mut viewer = host.client();
    viewer.play_new("key");
    let mut publisher = host.client();
    let stream = publisher.publish_new("key");
    viewer.wait_for_code("NetStream.Play.PublishNotify");
    send(&mut publisher, stream, 0, &[key_frame(1, 100)]);
    viewer.next_media();
    publisher.delete_stream(stream);
    viewer.wait_for_code("NetStream.Play.UnpublishNotify");
    viewer.wait_for_code("NetStream.Play.Stop");
    assert!(live.live_stream("live/key").is_none(), "it is forgotten");
    // Another stream of that name begins anew.
    let stream = publisher.publish_new("key");
    viewer.play_new("key");
    send(&mut publisher, stream, 0, &[key_frame(2, 100)]);
    viewer.until(|received| match received {
        Received::Media(media) => (*media.payload() == key_frame(2, 100)).then_some(()),
        _ => None,
    });
}

#[test]
fn viewers_may_be_refused_before_the_publisher_comes() {
    let (host, _live) = host(LiveConfig::default().viewers_wait(false));
    let mut viewer = host.client();
    let stream = viewer.create_stream();
    viewer.ask_to_play(stream, "key");
    viewer.wait_for_code("NetStream.Play.StreamNotFound");
    let mut publisher = host.client();
    publisher.publish_new("key");
    viewer.play(stream, "key");
}

#[test]
fn what_comes_within_the_latency_leaves_together_and_commands_do_not_wait_for_it() {
    const FRAMES: u32 = 20;
    let streams = LiveStreamConfig::default().latency(Duration::from_secs(3600));
    let (host, live) = host(LiveConfig::default().streams(streams));
    let mut viewer = host.client();
    viewer.play_new("key");
    let mut publisher = host.client();
    let stream = publisher.publish_new("key");
    publisher.send_media(stream, MessageType::VIDEO, 0, key_frame(0, 100));
    // The last ones are more than waits unread.
    for number in 1..FRAMES {
        let bytes = if number < FRAMES / 2 { 100 } else { 20_000 };
        publisher.send_media(stream, MessageType::VIDEO, 40 * number, inter_frame(1, bytes));
        if number % 5 == 4 {
            assert!(publisher.call("getStreamLength", &["key".into()]).is_ok());
        }
    }
    live.live_stream("live/key").expect("it is published").end(End::Complete);
    assert!(is_key_frame(viewer.next_media().payload()));
    for _ in 1..FRAMES {
        viewer.next_media();
    }
}

#[test]
fn media_leave_when_the_latency_is_over() {
    const LATENCY: Duration = Duration::from_millis(300);
    let streams = LiveStreamConfig::default().latency(LATENCY);
    let (host, _live) = host(LiveConfig::default().streams(streams));
    let mut viewer = host.client();
    viewer.play_new("key");
    let mut publisher = host.client();
    let stream = publisher.publish_new("key");
    for number in 0..3 {
        let sent = Instant::now();
        publisher.send_media(stream, MessageType::VIDEO, 400 * number, key_frame(0, 100));
        viewer.next_media();
        assert!(sent.elapsed() >= LATENCY, "it left after {:?}", sent.elapsed());
    }
}

#[test]
fn a_second_publisher_is_refused_or_replaces_the_first() {
    for (takeover, code) in [
        (Takeover::Never, "NetStream.Publish.BadName"),
        (Takeover::Always, "NetStream.Publish.Start"),
        (Takeover::SameAddressOrSilent(Duration::from_secs(60)), "NetStream.Publish.Start"),
    ] {
        let (host, _live) = host(LiveConfig::default().takeover(takeover));
        let mut first = host.client();
        first.publish_new("key");
        let mut second = host.client();
        assert_eq!(publish_code(&mut second, "key"), code, "{takeover:?}");
        if takeover != Takeover::Never {
            first.until_closed();
        }
    }
}

#[test]
fn checks_see_the_name_and_the_query() {
    let check = |_: &Connection, name: &str, query: &str| match (name, query) {
        ("live/key", "token=x") => Ok(()),
        _ => Err(Refusal::publish_denied("The token is wrong.")),
    };
    let (host, _live) = host(LiveConfig::default().publish_check(check));
    let mut client = host.client();
    assert_eq!(publish_code(&mut client, "key"), "NetStream.Publish.Denied");
    assert_eq!(publish_code(&mut client, "other?token=x"), "NetStream.Publish.Denied");
    assert_eq!(publish_code(&mut client, "key?token=x"), "NetStream.Publish.Start");
    assert_eq!(publish_code(&mut client, ""), "NetStream.Publish.BadName");
}

#[test]
fn a_publish_key_hides_the_name_of_its_stream() {
    let keys = |key: &str| (key == "live/8f3a").then(|| "live/camera".to_owned());
    let (host, live) = host(LiveConfig::default().publish_keys(keys));
    let mut client = host.client();
    for wrong in ["camera", "8f3b"] {
        assert_eq!(publish_code(&mut client, wrong), "NetStream.Publish.Denied", "{wrong}");
    }
    let mut viewer = host.client();
    viewer.play_new("camera");
    let mut publisher = host.client();
    let stream = publisher.publish_new("8f3a");
    send(&mut publisher, stream, 0, &[key_frame(1, 100)]);
    assert_eq!(*viewer.next_media().payload(), HEADER);
    assert!(live.live_stream("live/8f3a").is_none());
}

#[test]
fn timestamps_at_every_edge_reach_viewers_in_their_order() {
    let edges = [0, 1, 0x00ff_ffff, 0x0100_0000, 0x7fff_ffff, 0x8000_0000, u32::MAX - 1, u32::MAX];
    let (host, live) = host(LiveConfig::default());
    let mut viewer = host.client();
    viewer.play_new("key");
    let mut publisher = host.client();
    let stream = publisher.publish_new("key");
    let times = edges.iter().flat_map(|first| edges.iter().flat_map(move |next| [*first, *next]));
    let times: Vec<u32> = times.collect();
    for (number, time) in (0..).zip(&times) {
        publisher.send_media(stream, MessageType::VIDEO, *time, key_frame(number, 10));
        publisher.send_media(stream, MessageType::AUDIO, *time, vec![0xaf, 1, 7]);
    }
    let mut last = [None::<u32>; 2];
    for number in 0..times.len() {
        for (kind, last) in last.iter_mut().enumerate() {
            let media = viewer.next_media();
            let time = media.tag.timestamp.0;
            let step = last.map_or(0, |last| time.wrapping_sub(last).cast_signed());
            assert!((0..60_000).contains(&step), "frame {number} of {kind}: {step} ms");
            *last = Some(time);
        }
    }
    let repaired = live.live_stream("live/key").expect("it is published").repaired_timestamps();
    assert!(repaired > 50, "{repaired}");
}

#[test]
fn hostile_publishers_leave_nothing_behind_and_disturb_no_viewer() {
    let (host, live) = host(LiveConfig::default());
    let mut viewer = host.client();
    viewer.play_new("good");
    let mut good = host.client();
    let good_stream = good.publish_new("good");
    let mut bad = host.client();
    let stream = bad.publish_new("bad");
    for number in 0..2_000_u32 {
        let types = [MessageType::VIDEO, MessageType::AUDIO, MessageType::DATA_AMF0];
        let message_type = types[number as usize % 3];
        let byte = number.to_le_bytes()[0];
        let length = [0, 1, 9][number as usize / 3 % 3];
        let timestamp = number.wrapping_mul(0x9e37_79b9);
        bad.send_media(stream, message_type, timestamp, vec![byte; length]);
    }
    for number in 0..500 {
        let name = format!("name{number}");
        bad.request(stream, "publish", &[name.into(), "live".into()]);
    }
    bad.sync();
    assert!(live.live_stream("live/name499").is_some());
    for number in 0..499 {
        assert!(live.live_stream(&format!("live/name{number}")).is_none(), "{number}");
    }
    send(&mut good, good_stream, 0, &[key_frame(1, 100)]);
    let media: Vec<_> = (0..2).map(|_| viewer.next_media()).collect();
    assert!(is_key_frame(media[1].payload()));
    host.server.shutdown();
    assert!(live.live_stream("live/bad").is_none());
}
