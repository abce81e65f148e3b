//! Enhanced RTMP: what is announced, extra tracks, and requests to connect again.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rendercast::amf::{Object, Value};
use rendercast::client::{Player, Publisher};
use rendercast::live::{LiveConfig, LiveHandler};
use rendercast::media::{Tag, TagKind};
use rendercast::protocol::chunk::MessageType;
use rendercast::{Connection, ConnectionHandle, HandlerResult, Timestamp};

use crate::support::{Client, Host, PATIENCE, Received, frame_number, inter_frame, key_frame};

/// The properties of a client that understands these bits of `capsEx`.
fn capable(caps_ex: u32) -> Object {
    Object::new().with("app", "live").with("capsEx", caps_ex)
}

fn connected(host: &Host, properties: Object) -> Client {
    let mut client = Client::open(host.address);
    client.connect_with(properties, &[]).expect("the connection is claimed");
    client
}

#[test]
fn a_client_is_told_the_capabilities_of_the_server_if_it_announces_its_own() {
    let host = Host::start(LiveHandler::new(LiveConfig::default()));
    let mut client = Client::open(host.address);
    let answer = client.connect_with(capable(0), &[]).expect("it is claimed");
    assert_eq!(answer.get("capsEx"), Some(&15.into()));
    let all = answer.get("videoFourCcInfoMap").and_then(|map| map.get("*").cloned());
    assert_eq!(all, Some(4.into()), "every codec is forwarded");
    let mut plain = Client::open(host.address);
    let answer = plain.connect("live", &[]).expect("it is claimed");
    assert_eq!(answer.get("capsEx"), None);
}

#[test]
fn extra_tracks_go_to_those_alone_that_can_read_them() {
    let host = Host::start(LiveHandler::new(LiveConfig::default()));
    let mut all = connected(&host, capable(2));
    all.play_new("key");
    let mut one = connected(&host, Object::new().with("app", "live"));
    one.play_new("key");

    let mut publisher = host.client();
    let stream = publisher.publish_new("key");
    let sent: [(MessageType, &[u8]); 7] = [
        (MessageType::VIDEO, b"\x96\x00hvc1\x01x"),
        (MessageType::VIDEO, b"\x90hvc1y"),
        (MessageType::VIDEO, b"\x96\x03hvc1\x00key"),
        (MessageType::AUDIO, b"\x95\x11mp4a\x00\0\0\x01a\x01\0\0\x01b"),
        (MessageType::AUDIO, b"\x95\x01Opus\x02other"),
        (MessageType::VIDEO, b"\xa7\x02\0\0\x09\x03hvc1inter"),
        (MessageType::AUDIO, b""),
    ];
    for (message_type, payload) in sent {
        publisher.send_media(stream, message_type, 0, payload);
    }
    for (_, payload) in sent {
        assert_eq!(all.next_media().payload(), payload);
    }
    let of_one: [&[u8]; 5] =
        [b"\x90hvc1y", b"\x93hvc1key", b"\x91mp4aa", b"\xa7\x02\0\0\x09\x03hvc1inter", b""];
    for payload in of_one {
        assert_eq!(one.next_media().payload(), payload);
    }
}

#[test]
fn the_shutdown_asks_those_to_connect_again_that_know_the_request() {
    let host = Host::start(LiveHandler::new(LiveConfig::default()));
    let mut capable = connected(&host, capable(1));
    let mut plain = host.client();
    host.server.shutdown();
    let asked = |client: &mut Client| {
        let all = client.until_closed();
        all.iter().any(|received| received.name() == "NetConnection.Connect.ReconnectRequest")
    };
    assert!(asked(&mut capable));
    assert!(!asked(&mut plain));
}

/// A live server that keeps handles of its connections.
struct Asking {
    host: Host,
    handles: Arc<Mutex<Vec<ConnectionHandle>>>,
}

impl Asking {
    fn start() -> Self {
        let (live, handles) = (LiveHandler::new(LiveConfig::default()), Arc::default());
        let kept: Arc<Mutex<Vec<ConnectionHandle>>> = Arc::clone(&handles);
        let connect = move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
            kept.lock().expect("no panic").push(connection.handle());
            connection.register_stream_event_handler(live.clone());
            Ok(true)
        };
        Self { host: Host::start(connect), handles }
    }

    fn url(&self) -> String {
        format!("rtmp://{}/live/key", self.host.address)
    }

    /// Asks all clients to go to another server.
    fn send_to(&self, other: &Self) {
        let tc_url = format!("//{}/live", other.host.address);
        for handle in self.handles.lock().expect("no panic").iter() {
            let _ = handle.ask_to_reconnect(Some(&tc_url), "Please go there.");
        }
    }
}

fn video(number: u32) -> Tag {
    let is_key = number.is_multiple_of(10);
    let payload = if is_key { key_frame(number, 10) } else { inter_frame(number, 10) };
    Tag { kind: TagKind::Video, timestamp: Timestamp(number * 10), payload }
}

#[test]
fn a_publisher_goes_where_its_server_sends_it_and_its_player_too() {
    const HEADER: &[u8] = &[0x17, 0, 0, 0, 0, 1, 2, 3];
    let (first, second) = (Asking::start(), Asking::start());
    let mut publisher = Publisher::open(&first.url()).expect("it may publish");
    let mut player = media(&first.url());
    let header = Tag { payload: Bytes::from_static(HEADER), ..video(0) };
    publisher.send(&[header, video(0)]).expect("it is sent");
    assert_eq!(player.next().expect("a header").payload, HEADER);
    assert_eq!(player.next().expect("a frame").payload, video(0).payload);

    first.send_to(&second);
    let deadline = Instant::now() + PATIENCE;
    let mut number = 1;
    while publisher_moves(&second) == 0 {
        assert!(Instant::now() < deadline, "the publisher stays");
        publisher.send(&[video(number)]).expect("it is sent");
        number += 1;
        thread::sleep(Duration::from_millis(5));
    }
    let frames = thread::spawn(move || {
        player.map(|tag| tag.payload).take_while(|payload| payload != END).count()
    });
    // The player moves too, and may be there before or after what is sent now.
    first.host.server.shutdown();
    while !frames.is_finished() {
        assert!(Instant::now() < deadline, "the player gets nothing from the second server");
        publisher.send(&[video(number), sound()]).expect("it is sent");
        number += 1;
        thread::sleep(Duration::from_millis(5));
    }
    frames.join().expect("it played");

    let mut late = media(&second.url());
    assert_eq!(late.next().expect("a header").payload, HEADER, "sent again");
    let key = late.next().expect("a frame");
    assert!(key.is_key_frame() && frame_number(&key.payload) > 0);
}

/// The audio and video of a stream.
fn media(url: &str) -> impl Iterator<Item = Tag> + use<> {
    let player = Player::open(url).unwrap_or_else(|error| panic!("{error}"));
    let tags = player.map(|tag| tag.expect("it plays on"));
    tags.filter(|tag| tag.kind != TagKind::Script)
}

/// A sound that the first server never gets.
const END: &[u8] = &[0xaf, 1, 7];

fn sound() -> Tag {
    let payload = Bytes::from_static(END);
    Tag { kind: TagKind::Audio, timestamp: Timestamp(0), payload }
}

fn publisher_moves(second: &Asking) -> usize {
    second.handles.lock().expect("no panic").len()
}

#[test]
fn who_did_not_announce_it_is_not_asked() {
    let server = Asking::start();
    let mut client = connected(&server.host, Object::new().with("app", "live"));
    let handle = server.handles.lock().expect("no panic")[0].clone();
    assert!(!handle.ask_to_reconnect(None, "Again, please."));
    let came = client.sync();
    let is_status = |received: &Received| matches!(received, Received::Status { .. });
    assert!(!came.iter().any(is_status), "{came:?}");
}
