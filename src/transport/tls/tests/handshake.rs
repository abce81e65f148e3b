//! Peers that fail in the handshake.

use std::io::Write as _;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use rustls::AlertDescription;
use rustls::version::TLS13;

use super::{Authority, PATIENCE, VERSIONS, client, connection, read_to_end, shake_hands};
use crate::transport::tls::{Certificates, HandshakeError, accept};

/// Returns the first bytes of a client.
fn client_hello(authority: &Authority) -> Vec<u8> {
    let (_, stream) = connection();
    let mut client = client(authority.client_config(&TLS13), "localhost", stream);
    let mut hello = Vec::new();
    client.conn.write_tls(&mut hello).expect("a vector takes all");
    hello
}

#[test]
fn a_client_that_leaves_after_any_byte_of_its_hello_is_done_with_at_once() {
    let authority = Authority::new();
    let certificates = Certificates::load([authority.certificate("localhost")]).expect("usable");
    let hello = client_hello(&authority);
    assert!(hello.len() > 100, "{} bytes", hello.len());
    for length in 0..hello.len() {
        let (socket, mut stream) = connection();
        stream.write_all(&hello[..length]).expect("it fits");
        stream.shutdown(Shutdown::Write).expect("it is open");
        let error = accept(socket, &[], &certificates, PATIENCE).expect_err("no handshake");
        match error {
            HandshakeError::Closed => assert_eq!(length, 0),
            HandshakeError::CutOff(progress) => {
                let said = progress.to_string();
                assert_eq!(said, format!("after {length} bytes"), "{said}");
            }
            error => panic!("{length} bytes: {error}"),
        }
    }
}

#[test]
fn a_client_that_stops_has_until_the_deadline() {
    const TIMEOUT: Duration = Duration::from_millis(700);
    let authority = Authority::new();
    let certificates = Certificates::load([authority.certificate("localhost")]).expect("usable");
    let hello = client_hello(&authority);
    for (length, said) in [
        (0, "it stopped after 0 bytes".to_owned()),
        (5, "it stopped after 5 bytes".to_owned()),
        (hello.len(), format!("after {} bytes, having asked for \"localhost\"", hello.len())),
    ] {
        let (socket, mut stream) = connection();
        stream.write_all(&hello[..length]).expect("it fits");
        let started = Instant::now();
        let error = accept(socket, &[], &certificates, TIMEOUT).expect_err("no handshake");
        assert!((TIMEOUT..PATIENCE).contains(&started.elapsed()), "{:?}", started.elapsed());
        assert!(matches!(error, HandshakeError::TooLate(_)), "{error}");
        assert!(error.to_string().contains(&said), "{error}");
    }
}

#[test]
fn what_is_no_tls_is_named_and_answered_with_an_alert() {
    let authority = Authority::new();
    let certificates = Certificates::load([authority.certificate("localhost")]).expect("usable");
    let rtmp = [&[3][..], &[0; 1536]].concat();
    for (said, bytes) in [
        ("the peer speaks plain RTMP where", rtmp.as_slice()),
        ("the peer speaks RTMPE where", &[6; 1537]),
        ("the peer speaks HTTP where", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        ("the PROXY protocol", b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"),
        ("first bytes are 00 01 ff ee", &[0, 1, 0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99]),
        ("the TLS handshake failed", &[0x16, 3, 1, 0xff, 0xff, 0, 0, 0, 0]),
        ("the TLS handshake failed", &[0x16, 3, 1, 0, 4, 0xff, 0, 0, 0]),
    ] {
        let (socket, mut stream) = connection();
        stream.write_all(bytes).expect("it fits");
        let started = Instant::now();
        let error = std::thread::scope(|scope| {
            let accepting = scope.spawn(|| accept(socket, &[], &certificates, PATIENCE));
            let (answer, ended) = read_to_end(&stream);
            ended.expect("the end is in order");
            // The server sends a fatal alert (RFC 8446 §6), and nothing else.
            assert!(matches!(answer[..], [0x15, 3, _, 0, 2, 2, _]), "{said}: {answer:x?}");
            drop(stream);
            accepting.join().expect("no panic").expect_err("no handshake")
        });
        assert!(error.to_string().contains(said), "{error}, not {said}");
        assert!(started.elapsed() < PATIENCE, "{said}: {:?}", started.elapsed());
    }
}

#[test]
fn a_flood_of_garbage_is_not_listened_to_for_long() {
    let authority = Authority::new();
    let certificates = Certificates::load([authority.certificate("localhost")]).expect("usable");
    let (socket, mut stream) = connection();
    let flood = std::thread::spawn(move || while stream.write_all(&[0x20; 4096]).is_ok() {});
    let started = Instant::now();
    let error = accept(socket, &[], &certificates, 4 * PATIENCE).expect_err("no handshake");
    assert!(matches!(error, HandshakeError::NotTls(_)), "{error}");
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    flood.join().expect("it ended with the connection");
}

#[test]
fn a_client_that_does_not_trust_the_server_says_so_in_the_log() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let certificates = Certificates::load([ours.certificate("localhost")]).expect("usable");
    for version in VERSIONS {
        let config = theirs.client_config(version);
        let (server, client) = shake_hands(&certificates, config, "localhost");
        assert!(client.is_err());
        let error = server.expect_err("no handshake");
        assert!(matches!(error, HandshakeError::Refused(AlertDescription::UnknownCA)), "{error}");
        assert!(error.to_string().contains("does not know who signed"), "{error}");
    }
}

#[test]
fn what_was_read_before_counts() {
    let authority = Authority::new();
    let certificates = Certificates::load([authority.certificate("localhost")]).expect("usable");
    let (socket, stream) = connection();
    let mut client = client(authority.client_config(&TLS13), "localhost", stream);
    let mut hello = Vec::new();
    client.conn.write_tls(&mut hello).expect("a vector takes all");
    std::thread::scope(|scope| {
        let accepting = scope.spawn(|| accept(socket, &hello, &certificates, PATIENCE));
        while client.conn.is_handshaking() {
            client.conn.complete_io(&mut client.sock).expect("a handshake");
        }
        accepting.join().expect("no panic").expect("a handshake");
    });
}
