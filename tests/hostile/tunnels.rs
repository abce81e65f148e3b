//! Attacks on an HTTP port.

use std::io::Read as _;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use rendercast::ServerConfig;
use rendercast::config::{ConnectionLimits, Queues, TunnelConfig};

use super::http::{Http, request};
use super::peer::Peer;
use super::script::{Script, handshake};
use super::server::{
    NEVER, PATIENCE, SERVER_PATIENCE, connections, has_not_grown_since, impatient, settings, soon,
    withstands_on,
};
use super::usage::{Usage, resident_kib};

/// How long a tunnel lives without a connection here.
const TUNNEL_TIMEOUT: Duration = Duration::from_millis(700);

/// Where a connection opens several tunnels. It leaves each when it opens another, and they must
/// live until it has made all its requests.
const OF_SEVERAL: Duration = Duration::from_secs(20);

/// No tunnel ends while it has a connection, unless it is ended.
fn tunnel_settings() -> ServerConfig {
    settings().tunnel(tunnel().turn_timeout(NEVER))
}

fn of_several(limits: ConnectionLimits) -> ServerConfig {
    settings().tunnel(tunnel().turn_timeout(NEVER).timeout(OF_SEVERAL)).connections(limits)
}

fn tunnel() -> TunnelConfig {
    TunnelConfig::default().timeout(TUNNEL_TIMEOUT)
}

fn withstands(attack: impl FnOnce(SocketAddr)) {
    withstands_with(tunnel_settings(), attack);
}

/// Attacks a port for RTMPT.
fn withstands_with(settings: ServerConfig, attack: impl FnOnce(SocketAddr)) {
    withstands_on("rtmpt://127.0.0.1:0", settings, attack);
}

/// Checks that the server answers those bytes with that status, and closes the connection. No
/// timeout makes it do so.
fn is_refused(words: &[u8], status: u16) {
    withstands(|server| {
        for _ in 0..10 {
            let mut http = Http::connect(server);
            http.say(words);
            assert_eq!(http.hear().map(|(status, _)| status), Some(status));
            http.is_hung_up_on();
        }
    });
}

#[test]
fn garbage_is_refused() {
    is_refused(&[0xa5; 5_000], 400);
}

#[test]
fn plain_rtmp_is_refused() {
    is_refused(&handshake(), 400);
}

#[test]
fn tls_is_refused() {
    is_refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400);
}

#[test]
fn an_unknown_path_is_not_found() {
    is_refused(b"GET /live/film HTTP/1.1\r\nHost: localhost\r\n\r\n", 404);
}

#[test]
fn other_methods_are_refused() {
    is_refused(b"PUT /open/1 HTTP/1.1\r\nContent-Length: 1\r\n\r\n\0", 405);
}

#[test]
fn chunked_bodies_are_refused() {
    is_refused(b"POST /open/1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\0\r\n", 411);
}

#[test]
fn bodies_that_are_too_long_are_refused_as_they_are_declared() {
    is_refused(b"POST /open/1 HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n", 413);
}

#[test]
fn two_lengths_are_refused() {
    is_refused(b"POST /open/1 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400);
}

#[test]
fn endless_heads_are_refused() {
    is_refused(&[b"POST /", &[b'a'; 20_000][..]].concat(), 431);
}

#[test]
fn heads_of_endless_lines_are_refused() {
    is_refused(&[b"POST /open/1 HTTP/1.1\r\n", &b"A: b\r\n".repeat(5_000)[..]].concat(), 431);
}

#[test]
fn a_head_and_a_body_that_stop_or_trickle_are_answered_with_408() {
    withstands_with(impatient(), |server| {
        let slow = b"POST /open/1 HTTP/1.1\r\nContent-Length: 1000\r\n\r\n";
        for (words, trickle) in [(&slow[..20], &b""[..]), (&slow[..], b""), (&slow[..], b"\0")] {
            let since = Instant::now();
            let mut http = Http::connect(server);
            http.say(words);
            while since.elapsed() < SERVER_PATIENCE && !trickle.is_empty() {
                http.say(trickle);
                thread::sleep(Duration::from_millis(20));
            }
            assert_eq!(http.hear().map(|(status, _)| status), Some(408));
            assert!(since.elapsed() > SERVER_PATIENCE / 2);
            http.is_hung_up_on();
        }
    });
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    withstands_with(impatient(), |server| {
        let since = Instant::now();
        Http::connect(server).is_hung_up_on();
        assert!(since.elapsed() > SERVER_PATIENCE / 2);
    });
}

#[test]
fn guessed_names_find_nothing_and_the_connection_is_kept() {
    withstands(|server| {
        let mut http = Http::connect(server);
        for guess in 0..200_u128 {
            let (status, _) = http.post(&format!("/idle/{guess:032x}/0"), &[0]);
            assert_eq!(status, 404);
        }
        http.open();
    });
}

#[test]
fn numbers_that_are_wrong_are_refused_and_the_tunnel_goes_on() {
    let settings = settings().tunnel(tunnel().turn_timeout(SERVER_PATIENCE));
    withstands_with(settings, |server| {
        let mut http = Http::connect(server);
        let id = http.open();
        let words = [handshake(), Script::new().connect().bytes].concat();
        let (status, first) = http.post(&format!("/send/{id}/0"), &words);
        assert_eq!((status, first[0]), (200, 1));
        assert!(first.len() > 3_073, "the handshake is answered in the same answer");
        for number in [18_u32, 1_000_000, u32::MAX] {
            assert_eq!(http.post(&format!("/idle/{id}/{number}"), &[0]).0, 409);
        }
        // The same request once more, as after a lost answer. Its body is not taken twice.
        assert_eq!(http.post(&format!("/send/{id}/0"), &words), (200, first));
        assert_eq!(http.post(&format!("/idle/{id}/1"), &[0]).0, 200);
        assert_eq!(http.post(&format!("/idle/{id}/0"), &[0]).0, 409);
        // A request that is ahead waits for those before it, and is then refused.
        let since = Instant::now();
        assert_eq!(http.post(&format!("/idle/{id}/3"), &[0]).0, 409);
        assert!(since.elapsed() > SERVER_PATIENCE / 2);
        assert_eq!(http.post(&format!("/close/{id}/2"), &[0]), (200, vec![0]));
        soon(|| http.post(&format!("/idle/{id}/3"), &[0]).0 == 404);
    });
}

#[test]
fn two_opens_on_a_connection_are_two_tunnels() {
    withstands_with(of_several(connections()), |server| {
        let mut http = Http::connect(server);
        let (one, other) = (http.open(), http.open());
        assert_ne!(one, other);
        for id in [&one, &other] {
            assert_eq!(http.post(&format!("/idle/{id}/0"), &[0]).0, 200);
        }
    });
}

#[test]
fn a_flood_of_opens_gets_as_many_tunnels_as_there_may_be() {
    withstands_with(of_several(connections().tunnels(20)), |server| {
        let before = Usage::now().threads;
        let mut http = Http::connect(server);
        for opened in 0..500 {
            let (status, _) = http.post("/open/1", &[0]);
            assert_eq!(status, if opened < 20 { 200 } else { 503 });
        }
        soon(|| Usage::now().threads == before + 21);
    });
}

#[test]
fn one_connection_or_address_takes_no_tunnels_from_others() {
    let limits = connections().tunnels_per_connection(8).tunnels_per_address(20);
    withstands_with(of_several(limits), |server| {
        let opens =
            |http: &mut Http| (0..12).filter(|_| http.post("/open/1", &[0]).0 == 200).count();
        let mut connections: Vec<_> = (0..4).map(|_| Http::connect(server)).collect();
        let opened: Vec<_> = connections.iter_mut().map(opens).collect();
        assert_eq!(opened, [8, 8, 4, 0], "8 of each connection, and 20 of the address");
        let mut neighbour = Peer::from([127, 0, 0, 2].into(), server);
        neighbour.say(&request("/open/1", &[0]));
        let mut status = [0; 12];
        neighbour.socket().read_exact(&mut status).expect("an answer");
        assert_eq!(&status, b"HTTP/1.1 200");
    });
}

#[test]
fn a_tunnel_whose_client_vanishes_is_given_up() {
    withstands(|server| {
        let before = Usage::now();
        let mut http = Http::connect(server);
        let id = http.open();
        assert_eq!(http.post(&format!("/send/{id}/0"), &playing()).0, 200);
        soon(|| Usage::now().threads > before.threads + 2);
        let since = Instant::now();
        drop(http);
        soon(|| Usage::now() == before);
        assert!(since.elapsed() > TUNNEL_TIMEOUT / 2);
    });
}

#[test]
fn a_tunnel_that_is_never_polled_is_not_buffered_for_and_given_up() {
    let settings = tunnel_settings().queues(Queues::default().write_timeout(SERVER_PATIENCE));
    withstands_with(settings, |server| {
        let (before, resident) = (Usage::now(), resident_kib());
        let mut http = Http::connect(server);
        let id = http.open();
        assert_eq!(http.post(&format!("/send/{id}/0"), &playing()).0, 200);
        // Four threads: HTTP, conversation, frames, and a sender that waits for the tunnel.
        soon(|| Usage::now().threads == before.threads + 4);
        has_not_grown_since(resident);
        // The tunnel ends although its connection is open, because no request comes.
        soon(|| Usage::now().threads <= before.threads + 1);
        assert_eq!(http.post(&format!("/idle/{id}/1"), &[0]).0, 404);
    });
}

#[test]
fn garbage_in_a_tunnel_ends_it() {
    withstands(|server| {
        let mut http = Http::connect(server);
        let id = http.open();
        http.post(&format!("/send/{id}/0"), &[0xa5; 5_000]);
        soon(|| http.post(&format!("/idle/{id}/1"), &[0]).0 == 404);
    });
}

#[test]
fn requests_may_be_cut_off_anywhere() {
    withstands(|server| {
        let open = request("/open/1", &[0]);
        for cut in (0..open.len()).step_by(7) {
            drop({
                let mut http = Http::connect(server);
                http.say(&open[..cut]);
                http
            });
        }
    });
}

#[test]
fn a_client_that_asks_at_once_is_held_back() {
    withstands(|server| {
        let mut http = Http::connect(server);
        let id = http.open();
        let since = Instant::now();
        for number in 0..8 {
            assert_eq!(http.post(&format!("/idle/{id}/{number}"), &[0]), (200, vec![1]));
        }
        let took = since.elapsed();
        assert!((Duration::from_millis(240)..PATIENCE).contains(&took), "{took:?}");
    });
}

/// The bytes of a client that plays more than a connection takes.
fn playing() -> Vec<u8> {
    let script = Script::new().connect().create_stream().buffer_length(36_000_000).play("big");
    [handshake(), script.bytes].concat()
}
