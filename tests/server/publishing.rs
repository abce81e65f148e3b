//! Publish: who may, where the media go, and how it ends.

use std::time::{Duration, Instant};

use rendercast::media::Tag;
use rendercast::protocol::chunk::MessageType;
use rendercast::{
    HandlerResult, LiveStream, LiveStreamConfig, PublishEventHandler, PublishRequest, Refusal,
    Stream,
};

use crate::support::{Client, Host, Received, Told, inter_frame, key_frame, on_streams};

/// Publishes to one live stream, and notes what it is told.
struct Publisher {
    live: LiveStream,
    told: Told,
}

impl PublishEventHandler for Publisher {
    fn publish(&mut self, stream: &Stream, request: &PublishRequest) -> HandlerResult {
        self.told.note(format!("publish {} {:?}", request.stream_name, request.kind));
        stream.publish_to(&self.live);
        match request.stream_name.as_str() {
            "false" => Ok(false),
            "error" => Err("The disk is full.".into()),
            "used" => Err(Refusal::bad_name("The name is in use.").into()),
            _ => Ok(true),
        }
    }

    fn media(&mut self, _: &Stream, tags: &mut Vec<Tag>) -> HandlerResult {
        let is_unwanted = |tag: &Tag| tag.payload.starts_with(b"bad");
        Ok(!tags.iter().any(is_unwanted))
    }

    fn unpublish(&mut self, stream: &Stream) {
        self.told.note(format!("unpublish {}", stream.stream_name()));
    }
}

/// A server whose streams publish to, and play, one live stream.
fn host(told: &Told) -> Host {
    let (live, told) = (LiveStream::new(LiveStreamConfig::default()), told.clone());
    Host::start(on_streams(move |stream| {
        stream.register_publish_event_handler(Publisher { live: live.clone(), told: told.clone() });
        stream.watch(&live);
    }))
}

/// The status with which the server answers a publish.
fn refusal(client: &mut Client, name: &str) -> (String, String, String) {
    let stream = client.create_stream();
    client.request(stream, "publish", &[name.into(), "live".into()]);
    client.until(|received| match received {
        Received::Status { level, code, description, .. } => Some((level, code, description)),
        _ => None,
    })
}

#[test]
fn without_a_publish_handler_every_publisher_is_refused() {
    let host = Host::start(on_streams(|_| ()));
    let (level, code, description) = refusal(&mut host.client(), "key");
    assert_eq!((level.as_str(), code.as_str()), ("error", "NetStream.Publish.BadName"));
    assert_eq!(description, "This server takes no streams.");
}

#[test]
fn a_refused_publisher_is_told_the_code_and_the_reason() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    for (name, code, description) in [
        ("false", "NetStream.Publish.Denied", "The application refused the publisher."),
        ("error", "NetStream.Publish.Denied", "The application failed."),
        ("used", "NetStream.Publish.BadName", "The name is in use."),
    ] {
        let (level, told_code, told_description) = refusal(&mut client, name);
        assert_eq!((level.as_str(), told_code.as_str()), ("error", code), "{name}");
        assert_eq!(told_description, description, "{name}");
    }
    drop(client);
    assert!(!told.all().iter().any(|note| note.starts_with("unpublish")), "{:?}", told.all());
}

#[test]
fn viewers_get_what_is_published_byte_for_byte() {
    let host = host(&Told::default());
    let mut viewer = host.client();
    viewer.play_new("key");
    let mut publisher = host.client();
    let stream = publisher.publish_new("key");
    let metadata = b"\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData\x08\0\0\0\0\0\0\x09";
    publisher.send_media(stream, MessageType::DATA_AMF0, 0, &metadata[..]);
    let sent = [key_frame(1, 100_000), inter_frame(2, 10), inter_frame(3, 0)];
    for (frame, timestamp) in sent.iter().zip([0, 40, 80]) {
        publisher.send_media(stream, MessageType::VIDEO, timestamp, frame.clone());
    }
    viewer.until(|received| match received {
        Received::Data { name, .. } => (name == "onMetaData").then_some(()),
        _ => None,
    });
    for frame in &sent {
        assert_eq!(viewer.next_media().payload(), frame);
    }
}

#[test]
fn a_handler_may_end_the_publishing_at_its_media() {
    let told = Told::default();
    let host = host(&told);
    let mut publisher = host.client();
    let stream = publisher.publish_new("key");
    publisher.send_media(stream, MessageType::VIDEO, 0, &b"bad"[..]);
    publisher.wait_for_code("NetStream.Publish.Rejected");
    told.wait_for("unpublish key");
    // The connection stays, and may publish again.
    publisher.publish_new("other");
}

#[test]
fn each_way_to_end_is_told_to_the_handler_once() {
    let ends: [fn(&mut Client, u32); 6] = [
        |client, _| {
            let _ = client.call("FCUnpublish", &["key".into()]);
        },
        |client, stream| {
            client.close_stream(stream);
            client.wait_for_code("NetStream.Unpublish.Success");
        },
        |client, stream| client.request(stream, "publish", &[false.into()]),
        |client, stream| client.delete_stream(stream),
        |client, stream| client.play(stream, "key"),
        |_, _| (),
    ];
    for (way, end) in ends.into_iter().enumerate() {
        let told = Told::default();
        let host = host(&told);
        let mut client = host.client();
        let stream = client.publish_new("key");
        end(&mut client, stream);
        drop(client);
        told.wait_for("unpublish key");
        host.server.shutdown();
        assert_eq!(told.all(), ["publish key Live", "unpublish key"], "way {way}");
    }
}

/// Media that wait for a latency are read late, but not if others of the same client must leave at
/// once.
#[test]
fn a_stream_without_latency_does_not_wait_for_another_of_its_publisher() {
    let patient = LiveStream::new(LiveStreamConfig::default().latency(Duration::from_secs(3600)));
    let quick = LiveStream::new(LiveStreamConfig::default());
    let (watched, published) = (quick.clone(), [patient.clone(), quick]);
    let host = Host::start(on_streams(move |stream| {
        stream.watch(&watched);
        let [patient, quick] = published.clone();
        let publish = move |stream: &Stream, request: &PublishRequest| -> HandlerResult {
            let is_quick = request.stream_name == "quick";
            stream.publish_to(if is_quick { &quick } else { &patient });
            Ok(true)
        };
        stream.register_publish_event_handler(publish);
    }));
    let mut viewer = host.client();
    viewer.play_new("quick");
    let mut publisher = host.client();
    let [patient, quick] = ["patient", "quick"].map(|name| publisher.publish_new(name));
    let start = Instant::now();
    for number in 0..20 {
        publisher.send_media(patient, MessageType::VIDEO, 40 * number, key_frame(0, 100));
        publisher.send_media(quick, MessageType::VIDEO, 40 * number, key_frame(1, 100));
        viewer.next_media();
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
