//! Attacks on TLS, on an `auto://` port, which serves honest players at the same time.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use rendercast::config::Queues;
use rustls::{ClientConnection, StreamOwned};

use super::peer::Peer;
use super::script::{Script, handshake};
use super::server::{
    GIVES_UP, PATIENCE, SERVER_PATIENCE, impatient, settings, soon, withstands_on,
};
use super::tries::{ensure, one_of_several};
use super::trusted::Trusted;
use super::usage::Usage;

/// The certificate of the server, which the clients trust.
pub(super) static TRUST: LazyLock<Trusted> = LazyLock::new(Trusted::new);

/// Attacks a server that speaks TLS too. No timeout closes a connection.
fn withstands(attack: impl FnOnce(SocketAddr)) {
    withstands_on("auto://127.0.0.1:0", settings().tls(TRUST.certificates()), attack);
}

/// Attacks a server that speaks TLS too, and waits for nobody.
fn withstands_impatient(attack: impl FnOnce(SocketAddr)) {
    withstands_on("auto://127.0.0.1:0", impatient().tls(TRUST.certificates()), attack);
}

type Client = StreamOwned<ClientConnection, TcpStream>;

/// Connects a TLS client that has sent nothing yet.
fn client(server: SocketAddr) -> Client {
    let socket = TcpStream::connect(server).expect("the server listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    TRUST.start(socket)
}

fn shaken(server: SocketAddr) -> Client {
    let mut client = client(server);
    shake(&mut client);
    client
}

fn shake(client: &mut Client) {
    while client.conn.is_handshaking() {
        client.conn.complete_io(&mut client.sock).expect("a handshake");
    }
}

/// Reads up to the end of the connection. Panics if the server does not close it.
fn is_hung_up_on(mut client: Client) {
    if let Err(error) = client.read_to_end(&mut Vec::new()) {
        let is_silent = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!is_silent, "the server does not hang up: {error}");
    }
}

fn hello(server: SocketAddr) -> Vec<u8> {
    let mut hello = Vec::new();
    client(server).conn.write_tls(&mut hello).expect("memory can be written");
    hello
}

#[test]
fn garbage_in_tls_records_is_hung_up_on() {
    withstands(|server| {
        let hello = hello(server);
        let mut damaged = hello.clone();
        damaged.iter_mut().skip(9).for_each(|byte| *byte ^= 0x55);
        for words in [
            [&[0x16][..], &[0xff; 5_000]].concat(),
            [&[0x16, 3, 1, 0x40, 0][..], &[0; 0x4000]].concat(),
            [&[0x16, 3, 1, 0, 0][..]; 100].concat(),
            damaged,
            [hello.as_slice(), &hello].concat(),
            [hello.as_slice(), &[0x17, 3, 3, 0, 32], &[7; 32]].concat(),
        ] {
            let mut peer = Peer::new(server);
            peer.say(&words);
            peer.is_hung_up_on();
        }
    });
}

#[test]
fn a_hundred_half_handshakes_are_given_up_and_delay_no_other() {
    withstands_impatient(|server| {
        let hello = hello(server);
        let mut peers: Vec<_> = (0..100)
            .map(|index| {
                let mut peer = Peer::new(server);
                peer.say(&hello[..1 + index * (hello.len() - 1) / 99]);
                peer
            })
            .collect();
        // Other clients are served meanwhile.
        drop(shaken(server));
        drop(Peer::playing(server, "film"));
        for peer in &mut peers {
            peer.is_hung_up_on();
        }
    });
}

#[test]
fn a_hello_that_trickles_in_is_given_up() {
    withstands_impatient(|server| {
        let mut peer = Peer::new(server);
        let since = Instant::now();
        for byte in hello(server) {
            if !peer.say(&[byte]) || since.elapsed() > PATIENCE {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        peer.is_hung_up_on();
        assert!(since.elapsed() < GIVES_UP, "the server waits too long");
        assert!(since.elapsed() > SERVER_PATIENCE / 2, "the server waits too little");
    });
}

#[test]
fn a_peer_that_is_silent_behind_its_tls_handshake_has_no_second_deadline() {
    withstands_impatient(|server| {
        one_of_several(|| {
            let since = Instant::now();
            let mut client = client(server);
            thread::sleep(SERVER_PATIENCE / 2);
            shake(&mut client);
            is_hung_up_on(client);
            // With a deadline of its own, RTMP would take half as much again.
            let took = since.elapsed();
            assert!(took > SERVER_PATIENCE * 3 / 4, "{took:?}: the server has no patience at all");
            ensure(took < SERVER_PATIENCE * 5 / 4, || format!("{took:?}"))
        });
    });
}

#[test]
fn garbage_and_tls_inside_of_tls_are_hung_up_on() {
    withstands(|server| {
        for words in [vec![0xa5; 5_000], hello(server), [handshake(), vec![0xff; 5_000]].concat()] {
            let mut client = shaken(server);
            let _ = client.write_all(&words);
            let _ = client.flush();
            is_hung_up_on(client);
        }
    });
}

#[test]
fn peers_that_vanish_at_any_point_leave_nothing() {
    withstands(|server| {
        for index in 0..60 {
            let mut client = if index % 3 == 0 { client(server) } else { shaken(server) };
            if index % 2 == 0 {
                let _ = client.write_all(&handshake());
            }
            let half = if index % 4 == 0 { Shutdown::Write } else { Shutdown::Both };
            let _ = client.sock.shutdown(half);
        }
    });
}

#[test]
fn a_peer_that_asks_and_does_not_read_is_given_up() {
    let settings = settings()
        .tls(TRUST.certificates())
        .queues(Queues::default().write_timeout(SERVER_PATIENCE));
    withstands_on("auto://127.0.0.1:0", settings, |server| {
        let threads = Usage::now().threads;
        let mut client = shaken(server);
        let asking = Script::new().connect().create_stream().buffer_length(100).play("big").bytes;
        client.write_all(&[handshake(), asking].concat()).expect("the server reads");
        client.flush().expect("the server reads");
        // The stream plays until the client takes no more.
        soon(|| Usage::now().threads > threads + 1);
        soon(|| Usage::now().threads == threads);
    });
}
