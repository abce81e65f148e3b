//! The crate's own publisher against the server, watched by its own player.

use std::time::{Duration, Instant};

use rendercast::client::{Config, Error, Player, Publisher};
use rendercast::live::{LiveConfig, LiveHandler};
use rendercast::media::{Tag, TagKind};
use rendercast::{Connection, LiveStreamConfig, Refusal, ServerConfig, Timestamp};

#[cfg(any(feature = "tls", feature = "tunnel"))]
use crate::support::SharedTurn;
use crate::support::{Host, PATIENCE, inter_frame, key_frame};

/// Metadata, a header, and frames of many lengths that are 40 ms apart.
fn tags() -> Vec<Tag> {
    let tag = |kind, timestamp, payload: bytes::Bytes| Tag {
        kind,
        timestamp: Timestamp(timestamp),
        payload,
    };
    let metadata = bytes::Bytes::from_static(b"\x02\x00\x0aonMetaData\x08\0\0\0\0\0\0\x09");
    let header = bytes::Bytes::from_static(&[0x17, 0, 0, 0, 0, 1, 2, 3]);
    let mut tags = vec![tag(TagKind::Script, 0, metadata), tag(TagKind::Video, 0, header)];
    for number in 0..100_u32 {
        let length = [0, 1, 127, 128, 129, 4_095, 4_096, 4_097, 9_000][number as usize % 9];
        let mark = number.to_le_bytes()[0];
        let frame =
            if number == 0 { key_frame(number, length) } else { inter_frame(number, length) };
        tags.push(tag(TagKind::Video, number * 40, frame));
        tags.push(tag(TagKind::Audio, number * 40, vec![0xaf, 1, mark].into()));
    }
    tags
}

fn assert_watched(url: &str, config: &Config) {
    let mut publisher = Publisher::open_with(&url.parse().expect("a URL"), config.clone())
        .unwrap_or_else(|error| panic!("{error}"));
    let player = Player::open_with(&url.parse().expect("a URL"), config.clone());
    let mut player = player.unwrap_or_else(|error| panic!("{error}"));
    let first = player.next().expect("it plays").expect("it plays");
    assert!(first.payload.ends_with(b"|RtmpSampleAccess\x01\x01\x01\x01"));
    // A few at a time: a viewer that does not keep up skips to the next key frame.
    for tags in tags().chunks(7) {
        publisher.send(tags).expect("the server takes it");
        for tag in tags {
            assert_eq!(player.next().expect("it goes on").expect("it plays").payload, tag.payload);
        }
    }
    publisher.close().expect("the end is told");
    let last = player.next().map(|tag| tag.map_err(|error| error.to_string()));
    assert!(last.is_none(), "the end is told: {last:?}");
}

fn live(grace: Duration) -> LiveHandler {
    LiveHandler::new(LiveConfig::default().grace(grace))
}

/// Calls `check` with live servers of two kinds. One sends at once. The other one reads in pauses.
fn with_and_without_latency(check: impl Fn(LiveHandler)) {
    for latency in [Duration::ZERO, Duration::from_millis(30)] {
        let streams = LiveStreamConfig::default().latency(latency);
        check(LiveHandler::new(LiveConfig::default().grace(Duration::ZERO).streams(streams)));
    }
}

#[test]
fn a_player_gets_every_payload_of_a_publisher() {
    with_and_without_latency(|live| {
        let host = Host::start(live);
        assert_watched(&format!("rtmp://{}/live/key", host.address), &Config::default());
    });
}

/// Starts a server with TLS. Returns it, the URL of a stream, and a client's settings that trust
/// its certificate.
#[cfg(feature = "tls")]
fn serve_with_tls(scheme: &str, live: LiveHandler) -> (rendercast::Server, String, Config) {
    use rendercast::tls::{Certificate, Certificates, Trust};

    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
    let made = made.expect("a certificate");
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let certificate = Certificate::pem(chain.as_str(), key);
    let certificates = Certificates::load([certificate]).expect("usable");
    let server = rendercast::Server::new(ServerConfig::default().tls(certificates));
    server.install(live);
    server.start(&format!("{scheme}://127.0.0.1:0")).expect("a free port");
    let port = server.listen_addresses()[0].port().expect("TCP");
    let url = format!("{scheme}://localhost:{port}/live/key");
    (server, url, Config::default().trust(Trust::authorities_pem(chain)))
}

#[cfg(feature = "tls")]
fn assert_watched_over_tls(scheme: &str) {
    with_and_without_latency(|live| {
        let (_server, url, config) = serve_with_tls(scheme, live);
        assert_watched(&url, &config);
    });
}

/// What waits for its latency is read in pauses of half a second. A command behind it waits for one
/// of them, however much lies before it.
fn assert_commands_wait_for_one_pause(url: &str, config: &Config) {
    const CALLS: u32 = 3;
    const FRAMES: u32 = 20;
    let mut publisher = Publisher::open_with(&url.parse().expect("a URL"), config.clone())
        .unwrap_or_else(|error| panic!("{error}"));
    let tag =
        |number, payload| Tag { kind: TagKind::Video, timestamp: Timestamp(40 * number), payload };
    publisher.send(&[tag(0, key_frame(0, 100))]).expect("the server takes it");
    // Without a viewer nothing waits.
    let _player = Player::open_with(&url.parse().expect("a URL"), config.clone())
        .unwrap_or_else(|error| panic!("{error}"));
    let start = Instant::now();
    for number in 1..=CALLS * FRAMES {
        publisher.send(&[tag(number, inter_frame(1, 1000))]).expect("the server takes it");
        if number % FRAMES == 0 {
            publisher.call("getStreamLength", &["key".into()]).expect("it is answered");
        }
    }
    assert!(start.elapsed() < CALLS * Duration::from_secs(3), "{:?}", start.elapsed());
}

fn with_an_hour_of_latency() -> LiveHandler {
    let streams = LiveStreamConfig::default().latency(Duration::from_secs(3600));
    LiveHandler::new(LiveConfig::default().streams(streams))
}

#[test]
fn commands_of_a_publisher_wait_for_one_pause() {
    let host = Host::start(with_an_hour_of_latency());
    let url = format!("rtmp://{}/live/key", host.address);
    assert_commands_wait_for_one_pause(&url, &Config::default());
}

#[cfg(feature = "tls")]
#[test]
fn commands_of_a_publisher_wait_for_one_pause_over_tls() {
    let (_server, url, config) = serve_with_tls("rtmps", with_an_hour_of_latency());
    assert_commands_wait_for_one_pause(&url, &config);
}

#[cfg(feature = "tls")]
#[test]
fn rtmps_carries_every_payload_of_a_publisher() {
    let _turn = SharedTurn::wait();
    assert_watched_over_tls("rtmps");
}

#[cfg(all(feature = "tls", feature = "tunnel"))]
#[test]
fn a_tunnel_in_tls_carries_every_payload_of_a_publisher() {
    let _turn = SharedTurn::wait();
    assert_watched_over_tls("rtmpts");
}

#[cfg(feature = "tunnel")]
#[test]
fn a_tunnel_carries_every_payload_of_a_publisher() {
    let _turn = SharedTurn::wait();
    with_and_without_latency(|live| {
        let server = rendercast::Server::new(ServerConfig::default());
        server.install(live);
        server.start("rtmpt://127.0.0.1:0").expect("a free port");
        let port = server.listen_addresses()[0].port().expect("TCP");
        assert_watched(&format!("rtmpt://127.0.0.1:{port}/live/key"), &Config::default());
    });
}

#[test]
fn a_refused_publisher_is_told_why() {
    let check = |_: &Connection, _: &str, query: &str| match query {
        "key=secret" => Ok(()),
        _ => Err(Refusal::publish_denied("The key is wrong.")),
    };
    let host = Host::start(LiveHandler::new(LiveConfig::default().publish_check(check)));
    let url = format!("rtmp://{}/live/scene", host.address);
    let error = Publisher::open(&url).expect_err("it has no key");
    assert_eq!(
        error.to_string(),
        "the server reports: The key is wrong. (NetStream.Publish.Denied)"
    );
    Publisher::open(&format!("{url}?key=secret")).expect("it has the key");
}

#[test]
fn a_publisher_that_sends_nothing_notices_the_end_of_the_server() {
    let host = Host::start_with(ServerConfig::default(), live(Duration::ZERO));
    let mut publisher =
        Publisher::open(&format!("rtmp://{}/live/key", host.address)).expect("it may publish");
    publisher.poll().expect("nothing has come");
    host.server.shutdown();
    let deadline = Instant::now() + PATIENCE;
    let error = loop {
        match publisher.poll() {
            Ok(()) => assert!(Instant::now() < deadline, "it notices nothing"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Unfinished | Error::Status(_)), "{error:?}");
}
