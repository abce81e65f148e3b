//! Attacks before RTMP begins: false PROXY headers, and peers that do not say what they speak.

use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::Instant;

use rendercast::ServerConfig;

use super::other_protocols::is_given_up;
use super::peer::Peer;
use super::script::handshake;
use super::server::{
    GIVES_UP, PATIENCE, SERVER_PATIENCE, connections, impatient, settings, soon, withstands,
    withstands_on,
};
use super::tries::{ensure, one_of_several};
use super::usage::Usage;

/// The address of the proxies here. The honest player has another.
const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

const LISTENERS: [&str; 2] = ["rtmp://127.0.0.1:0", "auto://127.0.0.1:0"];

fn with_proxies() -> ServerConfig {
    settings().proxies([PROXY.into()])
}

fn impatient_with_proxies() -> ServerConfig {
    impatient().proxies([PROXY.into()])
}

/// The beginning of a header of version 2 for an IPv4 client, which claims that length.
fn binary(length: u16) -> Vec<u8> {
    [b"\r\n\r\n\0\r\nQUIT\n\x21\x11", &length.to_be_bytes()[..]].concat()
}

/// Panics unless the server closes the connection for what it is sent. No timeout would.
fn is_hung_up_on_at_once(mut peer: Peer, words: &[u8]) {
    peer.say(words);
    peer.is_hung_up_on();
}

/// Lets a peer for each of `words` send it and then fall silent, and checks that the server closes
/// all of them after its timeout.
fn are_given_up(server: SocketAddr, from: impl Fn(SocketAddr) -> Peer, words: &[Vec<u8>]) {
    let since = Instant::now();
    let mut peers: Vec<Peer> = words.iter().map(|_| from(server)).collect();
    for (peer, words) in peers.iter_mut().zip(words) {
        peer.say(words);
    }
    for (peer, words) in peers.iter_mut().zip(words) {
        peer.is_hung_up_on();
        let took = since.elapsed();
        assert!(took < GIVES_UP, "{took:?} for {}", words.escape_ascii());
        assert!(took > SERVER_PATIENCE / 2, "{took:?} for {}", words.escape_ascii());
    }
}

#[test]
fn a_header_that_cannot_be_one_is_refused_at_its_first_wrong_byte() {
    for listener in LISTENERS {
        withstands_on(listener, with_proxies(), |server| {
            for words in [
                handshake(),
                b"GET / HTTP/1.1\r\n\r\n".to_vec(),
                b"PROXY TCP4 999.0.0.1 1.1.1.1 1 1\r\n".to_vec(),
                [b"PROXY UNKNOWN ".to_vec(), vec![b'x'; 1 << 20]].concat(),
                [b"PROXY ".to_vec(), vec![0; 101]].concat(),
                // The address is longer than the length says.
                binary(11),
                binary(0),
                b"\r\n\r\n\0\r\nQUIT\n\x41\x11\0\x0c".to_vec(),
            ] {
                is_hung_up_on_at_once(Peer::from(PROXY, server), &words);
            }
        });
    }
}

#[test]
fn a_header_that_does_not_end_is_given_up_as_a_handshake_is() {
    for listener in LISTENERS {
        withstands_on(listener, impatient_with_proxies(), |server| {
            let whole = [&binary(12)[..], &[192, 0, 2, 7, 198, 51, 100, 1, 0, 7, 7, 0x8f]].concat();
            // This header claims the handshake behind it as a part of itself.
            let greedy = [&binary(u16::MAX)[..], &whole[16..], &handshake()].concat();
            let mut words: Vec<_> = (0..whole.len()).map(|cut| whole[..cut].to_vec()).collect();
            words.extend([b"P".to_vec(), b"PROXY TCP4 192.0.2.7 ".to_vec(), whole, greedy]);
            are_given_up(server, |server| Peer::from(PROXY, server), &words);
        });
    }
}

#[test]
fn a_header_that_trickles_in_has_no_longer_than_a_handshake() {
    withstands_on("127.0.0.1:0", impatient_with_proxies(), |server| {
        let connect = || {
            let mut peer = Peer::from(PROXY, server);
            peer.say(&binary(u16::MAX));
            peer
        };
        is_given_up(connect, |peer| {
            peer.say(&[0; 7]);
        });
    });
}

#[test]
fn a_header_and_a_handshake_share_one_timeout() {
    withstands_on("127.0.0.1:0", impatient_with_proxies(), |server| {
        one_of_several(|| {
            let since = Instant::now();
            let mut peer = Peer::from(PROXY, server);
            thread::sleep(SERVER_PATIENCE / 2);
            peer.say(b"PROXY UNKNOWN\r\n\x03");
            peer.is_hung_up_on();
            // With a timeout of its own, the handshake would take half as much again.
            let took = since.elapsed();
            assert!(took > SERVER_PATIENCE * 3 / 4, "{took:?}: the header was refused");
            ensure(took < SERVER_PATIENCE * 5 / 4, || format!("{took:?}"))
        });
    });
}

#[test]
fn a_proxy_that_hangs_up_halfway_is_let_go() {
    withstands_on("127.0.0.1:0", with_proxies(), |server| {
        for words in [&b""[..], b"PROXY TCP4", &binary(12)] {
            let mut peer = Peer::from(PROXY, server);
            peer.say(words);
            peer.falls_silent();
            peer.is_hung_up_on();
            let mut peer = Peer::from(PROXY, server);
            peer.say(words);
            peer.resets();
        }
    });
}

#[test]
fn a_header_from_a_peer_that_is_no_proxy_is_refused() {
    let text = b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n";
    let binary = [&binary(12)[..], &[7; 12]].concat();
    withstands_on("rtmp://127.0.0.1:0", with_proxies(), |server| {
        is_hung_up_on_at_once(Peer::new(server), text);
        is_hung_up_on_at_once(Peer::new(server), &binary);
    });
    withstands_on("auto://127.0.0.1:0", with_proxies(), |server| {
        is_hung_up_on_at_once(Peer::new(server), &binary);
        is_hung_up_on_at_once(Peer::new(server), &[&text[..], &handshake()].concat());
    });
}

#[test]
fn many_proxied_peers_that_say_nothing_leave_room_for_others() {
    withstands_on(
        "127.0.0.1:0",
        impatient_with_proxies().connections(connections().per_address(2)),
        |server| {
            let mut silent: Vec<Peer> = (0..50).map(|_| Peer::from(PROXY, server)).collect();
            let mut announced = Peer::from(PROXY, server);
            announced.say(b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n");
            announced.shakes_hands();
            for peer in &mut silent {
                peer.is_hung_up_on();
            }
        },
    );
}

#[test]
fn a_peer_that_does_not_say_what_it_speaks_is_given_up() {
    withstands_on("auto://127.0.0.1:0", impatient(), |server| {
        are_given_up(server, Peer::new, &[vec![], vec![3], handshake()[..1_537].to_vec()]);
    });
}

#[test]
fn an_auto_port_closes_what_speaks_no_known_protocol() {
    withstands_on("auto://127.0.0.1:0", settings(), |server| {
        for words in [&[0xa5; 5_000][..], &[0], &[6], &[8], b"proxy", b"\r\n\r\n"] {
            is_hung_up_on_at_once(Peer::new(server), words);
        }
        // The first byte of TLS, for which there are no certificates.
        is_hung_up_on_at_once(Peer::new(server), b"\x16");
    });
    withstands_on("auto://127.0.0.1:0", impatient(), |server| {
        // The first byte of HTTP. The rest may still come.
        are_given_up(server, Peer::new, &[b"P".to_vec()]);
    });
}

#[test]
fn a_shutdown_does_not_wait_for_peers_that_have_said_nothing() {
    withstands(|_| {
        let before = Usage::now().threads;
        let server = rendercast::Server::new(with_proxies());
        let mut peers = Vec::new();
        for (at, listener) in LISTENERS.iter().enumerate() {
            server.start(listener).expect("a free port");
            let address = server.listen_addresses()[at].socket_address().expect("TCP");
            peers.extend([Peer::new(address), Peer::from(PROXY, address)]);
        }
        soon(|| Usage::now().threads == before + LISTENERS.len() + peers.len());
        let since = Instant::now();
        server.shutdown();
        // The timeouts of their handshakes are longer.
        assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
        for peer in &mut peers {
            peer.is_hung_up_on();
        }
    });
}
