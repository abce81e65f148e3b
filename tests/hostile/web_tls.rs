//! Browsers inside of TLS, and what claims to be one.

use std::net::SocketAddr;
use std::sync::Arc;

use rendercast::config::Queues;
use rustls::ClientConfig;

use super::server::{PATIENCE, SERVER_PATIENCE, impatient, within, withstands_on};
use super::tls::TRUST;
use super::usage::Usage;
use super::web::{HANDSHAKE, is_closed_in_time, plays_at_once, slow_reader};
use super::web_client::Web;

/// Attacks the port that takes every protocol, with clients that trust it.
fn withstands(attack: impl FnOnce((SocketAddr, &Arc<ClientConfig>))) {
    // All slow readers have come before the first is closed.
    let queues = Queues::default().write_timeout(3 * SERVER_PATIENCE);
    let settings = impatient().queues(queues).tls(TRUST.certificates());
    withstands_on("auto://127.0.0.1:0", settings, |server| attack((server, &TRUST.config)));
}

#[test]
fn half_handshakes_are_given_up() {
    withstands(|server| {
        let request = format!("GET /live HTTP/1.1\r\nHost: h\r\n{HANDSHAKE}\r\n");
        for cut in [4, 30, request.len() / 2, request.len() - 1] {
            let mut web = Web::connect(server);
            web.send(&request.as_bytes()[..cut]);
            let answer = is_closed_in_time(web);
            assert!(answer.starts_with(b"HTTP/1.1 408 "), "{cut}");
        }
    });
}

#[test]
fn pages_of_other_sites_get_nothing() {
    withstands(|server| {
        for origin in ["https://evil.example", "https://localhost.evil.example", "null"] {
            let foreign = format!("Origin: {origin}\r\n");
            for path in ["/live", "/vod/film.flv"] {
                let head = Web::websocket(server, path, &foreign).expect_err("no WebSocket");
                let allowed = head.field("access-control-allow-origin");
                assert_eq!((head.status, allowed), (403, None), "{origin}");
            }
            let (head, _) = Web::get(server, "/vod/film.flv", &foreign);
            let allowed = head.field("access-control-allow-origin");
            assert_eq!((head.status, allowed), (403, None), "{origin}");
        }
    });
}

#[test]
fn slow_readers_hold_up_nobody() {
    withstands(|server| {
        let threads = Usage::now().threads;
        let readers: Vec<_> = (0..60).map(|index| slow_reader(server, index)).collect();
        plays_at_once(server);
        within(PATIENCE * 4, || Usage::now().threads <= threads);
        drop(readers);
    });
}
