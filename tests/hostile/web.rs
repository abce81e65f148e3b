//! Browsers, and what claims to be one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rendercast::ServerConfig;
use rendercast::config::{Queues, WebConfig};

use super::server::{
    PATIENCE, SERVER_PATIENCE, has_not_grown_since, impatient, settings, soon, within,
};
use super::server::{withstands as withstands_default, withstands_with};
use super::usage::{Usage, resident_kib};
use super::web_client::{Frame, Site, Web, masked};

pub(super) const HANDSHAKE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

fn withstands(attack: impl FnOnce(SocketAddr)) {
    withstands_default(attack);
}

/// A WebSocket on which everything can be asked for.
fn socket(server: SocketAddr) -> Web {
    let mut web = Web::websocket(server, "/live", "").expect("a WebSocket");
    assert_eq!(web.text()["event"], "connected");
    web
}

/// Panics unless the server closes the connection in the time that it has for requests.
pub(super) fn is_closed_in_time(mut web: Web) -> Vec<u8> {
    let since = Instant::now();
    let rest = web.rest();
    assert!(since.elapsed() < SERVER_PATIENCE * 4, "{:?}", since.elapsed());
    rest
}

#[test]
fn half_handshakes_are_given_up() {
    withstands_with(impatient(), |server| {
        for cut in [1, 4, 30, HANDSHAKE.len() / 2] {
            let mut web = Web::connect(server);
            web.send(
                &format!("GET /live HTTP/1.1\r\nHost: h\r\n{HANDSHAKE}\r\n").as_bytes()[..cut],
            );
            let answer = is_closed_in_time(web);
            assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
        }
    });
}

#[test]
fn a_head_that_trickles_in_is_given_up() {
    withstands_with(impatient(), |server| {
        let mut web = Web::connect(server);
        let since = Instant::now();
        while web.try_send(b"X") {
            assert!(since.elapsed() < SERVER_PATIENCE * 4);
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(since.elapsed() > SERVER_PATIENCE / 2, "the head was refused");
    });
}

#[test]
fn frames_that_claim_much_allocate_nothing() {
    withstands(|server| {
        let before = resident_kib();
        let sockets: Vec<_> = (0..100)
            .map(|_| {
                let mut web = socket(server);
                // 64 KiB less a little: within the limit, and never sent.
                web.send(&[0x81, 0xfe, 0xff, 0xf0, 0, 0, 0, 0, b'{']);
                web
            })
            .collect();
        has_not_grown_since(before);
        drop(sockets);
        for claim in [
            &[0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0][..],
            &[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0],
        ] {
            let mut web = socket(server);
            web.send(claim);
            assert!(matches!(web.frame(), Frame::Close(1009, _)));
        }
    });
}

#[test]
fn pings_and_texts_without_end_are_borne() {
    withstands(|server| {
        for flood in [
            masked(0x89, &[0; 125]),
            masked(0x81, b"x"),
            masked(0x81, br#"{"id":1,"call":"recite"}"#),
            masked(0x81, br#"{"id":1,"play":"film"}"#),
        ] {
            let before = resident_kib();
            let mut web = socket(server);
            assert!(!web.flood(&flood.repeat(100), 20 << 20), "the server reads on");
            has_not_grown_since(before);
        }
    });
}

#[test]
fn empty_parts_of_a_message_cost_no_memory() {
    withstands(|server| {
        let before = resident_kib();
        let mut web = socket(server);
        web.send(&masked(0x01, b""));
        web.send(&masked(0x00, b"").repeat(100_000));
        has_not_grown_since(before);
        web.send(&masked(0x80, br#"{"id":1,"call":"nothing"}"#));
        assert_eq!(web.answer(1)["error"]["code"], "NetConnection.Call.Failed");
        // Another message may not begin before the end of the first.
        web.send(&masked(0x01, b"").repeat(2));
        assert!(matches!(web.frame(), Frame::Close(1002, _)));
    });
}

#[test]
fn a_request_behind_an_upgrade_or_a_stream_is_never_answered() {
    withstands(|server| {
        let smuggled = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let mut web = Web::connect(server);
        web.send(format!("GET /live HTTP/1.1\r\nHost: h\r\n{HANDSHAKE}\r\n{smuggled}").as_bytes());
        assert_eq!(web.head().expect("an upgrade").status, 101);
        assert_eq!(web.text()["event"], "connected");
        assert!(matches!(web.frame(), Frame::Close(1002, _)));
        assert_eq!(web.rest(), b"");

        let mut web = Web::connect(server);
        web.send(format!("GET /vod/film.flv HTTP/1.1\r\nHost: h\r\n\r\n{smuggled}").as_bytes());
        assert_eq!(web.head().expect("a film").status, 200);
        for _ in 0..10 {
            let chunk = web.chunk().expect("more of the film");
            assert!(!chunk.windows(7).any(|window| window == b"HELP re"));
        }
    });
}

/// A proxy may believe in an upgrade that was refused. What follows would come without its fields.
#[test]
fn a_request_behind_a_refused_upgrade_is_never_answered() {
    withstands(|server| {
        let smuggled = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let old = HANDSHAKE.replace("13", "7");
        for (path, fields, status) in [
            ("/live", old.as_str(), 426),
            ("/live", "Upgrade: websocket\r\nConnection: Upgrade\r\n", 426),
            ("/nothing/here", HANDSHAKE, 404),
            ("/live", &format!("{HANDSHAKE}Origin: http://evil.example\r\n"), 403),
            ("/", "Upgrade: h2c\r\nConnection: Upgrade\r\n", 200),
        ] {
            let mut web = Web::connect(server);
            let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
            web.send(format!("{request}{smuggled}").as_bytes());
            let head = web.head().expect("a response");
            assert_eq!((head.status, head.field("connection")), (status, Some("close")), "{path}");
            assert!(!holds_metrics(&web.rest()), "{path}");
        }
    });
}

#[test]
fn a_request_in_the_body_of_another_is_never_answered() {
    withstands(|server| {
        let smuggled = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let length = smuggled.len();
        for (fields, status) in [
            (format!("Content-Length: {length}\r\nConnection: close\r\n"), 200),
            (format!("Content-Length: {length}\r\nContent-Length: 0\r\n"), 400),
            (format!("Content-Length: 0, {length}\r\n"), 400),
            ("Content-Length: +0\r\n".to_owned(), 400),
            ("Content-Length: -1\r\n".to_owned(), 400),
            ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n".to_owned(), 400),
            ("Transfer-Encoding: chunked\r\n".to_owned(), 411),
            ("Transfer-Encoding: identity, chunked\r\n".to_owned(), 411),
            ("Transfer-Encoding : chunked\r\n".to_owned(), 400),
            ("X: y\r\n Content-Length: 9\r\n".to_owned(), 400),
            ("X: y\rContent-Length: 9\r\n".to_owned(), 400),
            ("Expect: 100-continue\r\nContent-Length: 9\r\n".to_owned(), 417),
        ] {
            let mut web = Web::connect(server);
            let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n{smuggled}");
            web.send(request.as_bytes());
            assert_eq!(web.head().expect("a response").status, status, "{fields:?}");
            assert!(!holds_metrics(&web.rest()), "{fields:?}");
        }
    });
}

fn holds_metrics(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|window| window == b"# HELP ")
}

#[test]
fn hundreds_of_slow_readers_hold_up_nobody() {
    // All have come before the first is closed.
    let queues = Queues::default().write_timeout(3 * SERVER_PATIENCE);
    withstands_with(settings().queues(queues), |server| {
        let threads = Usage::now().threads;
        let readers: Vec<_> = (0..300).map(|index| slow_reader(server, index)).collect();
        plays_at_once(server);
        // They read nothing, so the server closes them once the write timeout is over.
        within(PATIENCE * 4, || Usage::now().threads <= threads);
        for (index, reader) in readers.into_iter().enumerate() {
            let received = reader.until_cut();
            assert!(received.len() > 10_000, "reader {index} got {} bytes", received.len());
        }
    });
}

/// Asks for a stream of four megabytes a second in one of three ways, and reads none of it.
pub(super) fn slow_reader(server: impl Site, index: usize) -> Web {
    let fields = match index % 3 {
        0 => {
            let mut web = Web::websocket(server, "/vod", "").expect("a WebSocket");
            web.say(r#"{"id":1,"play":"big"}"#);
            return web;
        }
        1 => HANDSHAKE,
        _ => "",
    };
    let mut web = Web::connect(server);
    web.ask("GET", "/vod/big.flv", fields);
    web
}

/// Fails if the server is too busy for another viewer.
pub(super) fn plays_at_once(server: impl Site) {
    let (mut web, head) = Web::request(server, "GET", "/vod/film.flv", "");
    assert_eq!(head.status, 200);
    assert!(web.chunk().expect("a film").starts_with(b"FLV"));
}

#[test]
fn pages_of_other_sites_get_nothing() {
    withstands(|server| {
        let foreign = "Origin: http://evil.example\r\n";
        for path in ["/live", "/vod/film.flv"] {
            let head = Web::websocket(server, path, foreign).expect_err("no WebSocket");
            assert_eq!((head.status, head.field("access-control-allow-origin")), (403, None));
        }
        let (head, _) = Web::get(server, "/vod/film.flv", foreign);
        assert_eq!((head.status, head.field("access-control-allow-origin")), (403, None));
    });
}

#[test]
fn figures_are_for_this_machine_alone() {
    withstands(|server| {
        for path in ["/metrics", "/statistics", "/_/status"] {
            assert_eq!(Web::get(server, path, "").0.status, 200, "{path}");
            let (head, _) = Web::get(server, path, "X-Forwarded-For: 192.0.2.1\r\n");
            assert_eq!(head.status, 403, "{path}");
        }
    });
}

#[test]
fn the_limits_of_connections_hold_for_browsers() {
    let limits = super::server::connections().per_address(4);
    let config: ServerConfig = settings().connections(limits).web(WebConfig::default());
    withstands_with(config, |server| {
        let threads = Usage::now().threads;
        let sockets: Vec<_> = (0..3).map(|_| socket(server)).collect();
        let mut refused = Web::connect(server);
        if refused.try_send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n") {
            assert_eq!(refused.rest(), b"");
        }
        drop(sockets);
        // Until then there is no room for another player.
        soon(|| Usage::now().threads == threads);
    });
}
