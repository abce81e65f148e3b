//! Peers that speak another protocol, or send nothing.

use std::thread;
use std::time::{Duration, Instant};

use super::peer::Peer;
use super::script::{Script, handshake};
use super::server::{
    GIVES_UP, SERVER_PATIENCE, impatient, session, settings, withstands, withstands_with,
};

/// Panics unless the server closes the connection at the first wrong byte. No timeout would.
fn is_hung_up_on_at_once(words: &[u8]) {
    withstands(|server| {
        for _ in 0..20 {
            let mut peer = Peer::new(server);
            peer.say(words);
            peer.is_hung_up_on();
        }
    });
}

#[test]
fn garbage_is_hung_up_on() {
    is_hung_up_on_at_once(&[0xa5; 5_000]);
}

#[test]
fn a_web_client_that_asks_for_no_more_is_hung_up_on() {
    is_hung_up_on_at_once(b"GET /film HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}

#[test]
fn a_tls_client_is_hung_up_on() {
    is_hung_up_on_at_once(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
}

#[test]
fn a_client_that_wants_rtmpe_is_hung_up_on() {
    for version in [6, 8, 9] {
        is_hung_up_on_at_once(&[version]);
        is_hung_up_on_at_once(&[&[version][..], &[0xa5; 1_536]].concat());
    }
}

#[test]
fn garbage_behind_a_handshake_is_hung_up_on() {
    is_hung_up_on_at_once(&[handshake(), vec![0xff; 5_000]].concat());
}

#[test]
fn a_peer_that_is_silent_is_given_up() {
    withstands_with(impatient(), |server| is_given_up(|| Peer::new(server), |_| {}));
}

#[test]
fn a_peer_that_never_connects_is_given_up() {
    withstands_with(impatient(), |server| is_given_up(|| Peer::shaken(server), |_| {}));
}

#[test]
fn a_handshake_that_trickles_in_is_given_up() {
    withstands_with(impatient(), |server| {
        is_given_up(
            || Peer::new(server),
            |peer| {
                peer.say(&[3]);
            },
        );
    });
}

#[test]
fn a_peer_that_talks_but_does_not_connect_is_given_up() {
    withstands_with(impatient(), |server| {
        let words = Script::new().command("hello", 0.0, 0, vec![]).bytes;
        is_given_up(
            || Peer::shaken(server),
            |peer| {
                peer.say(&words);
            },
        );
    });
}

#[test]
fn a_peer_that_says_no_more_is_let_go() {
    withstands(|server| {
        for mut peer in [Peer::new(server), Peer::shaken(server), Peer::playing(server, "film")] {
            peer.falls_silent();
            peer.is_hung_up_on();
        }
    });
}

/// Panics unless the server closes the connection after the timeout, and not before, whatever the
/// peer sends.
pub(crate) fn is_given_up(connect: impl Fn() -> Peer, go_on: impl Fn(&mut Peer)) {
    let since = Instant::now();
    let mut peer = connect();
    while !peer.is_hung_up_on_now() {
        assert!(since.elapsed() < GIVES_UP, "the server is too patient");
        go_on(&mut peer);
        thread::sleep(Duration::from_millis(20));
    }
    assert!(since.elapsed() > SERVER_PATIENCE / 2, "the server has no patience at all");
}

#[test]
fn a_peer_that_falls_silent_is_pinged_and_given_up() {
    // The honest viewer has the timeout to answer its pings.
    let (interval, timeout) = (Duration::from_millis(500), Duration::from_secs(3));
    withstands_with(
        settings().session(session().ping_interval(interval).idle_timeout(timeout)),
        |server| {
            let since = Instant::now();
            Peer::connected(server).is_pinged_and_hung_up_on();
            assert!(since.elapsed() >= timeout / 2, "{:?}", since.elapsed());
            // The viewer answers its pings, and stays.
        },
    );
}
