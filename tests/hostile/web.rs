//! Browsers, and what claims to be one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rendercast::ServerConfig;
use rendercast::config::{Queues, WebConfig};

use super::server::{SERVER_PATIENCE, has_not_grown_since, settings, soon};
use super::server::{withstands as withstands_default, withstands_with};
use super::usage::{Usage, resident_kib};
use super::web_client::{Frame, Web, masked};

const HANDSHAKE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n\
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
fn is_closed_in_time(mut web: Web) -> Vec<u8> {
    let since = Instant::now();
    let rest = web.rest();
    assert!(since.elapsed() < SERVER_PATIENCE * 4, "{:?}", since.elapsed());
    rest
}

#[test]
fn half_handshakes_are_given_up() {
    withstands(|server| {
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
    withstands(|server| {
        let mut web = Web::connect(server);
        let since = Instant::now();
        while web.try_send(b"X") {
            assert!(since.elapsed() < SERVER_PATIENCE * 4);
            std::thread::sleep(Duration::from_millis(20));
        }
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
            masked(0x01, b""),
        ] {
            let before = resident_kib();
            let mut web = socket(server);
            web.flood(&flood.repeat(100), 20 << 20);
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

#[test]
fn a_hundred_slow_readers_hold_up_nobody() {
    let queues = Queues::default().write_timeout(SERVER_PATIENCE);
    withstands_with(settings().queues(queues), |server| {
        let mut readers: Vec<_> = (0..50)
            .map(|_| {
                let path = "/vod/big.flv";
                let mut web = Web::connect(server);
                web.ask("GET", path, "");
                web
            })
            .collect();
        readers.extend((0..50).map(|_| {
            let mut web = Web::connect(server);
            web.ask("GET", "/vod/big.flv", HANDSHAKE);
            web
        }));
        soon(|| Usage::now().threads > 100);
        // They read nothing, so the server closes them once the write timeout is over.
        soon(|| Usage::now().threads < 20);
        drop(readers);
    });
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
        let sockets: Vec<_> = (0..3).map(|_| socket(server)).collect();
        let mut refused = Web::connect(server);
        if refused.try_send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n") {
            assert_eq!(refused.rest(), b"");
        }
        drop(sockets);
    });
}
