//! Reads and writes on an established connection.

use std::io::{ErrorKind, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustls::version::{TLS12, TLS13};

use super::{Authority, PATIENCE, VERSIONS, established, payload, read_exactly, read_to_end};
use crate::transport::Transport as _;
use crate::transport::tls::stream::Tls;

fn send_all(tls: &Tls, bytes: &[u8]) {
    let mut bytes = Bytes::copy_from_slice(bytes);
    while !bytes.is_empty() {
        let third = bytes.len() / 3;
        let sent = tls.send(&[bytes.slice(..third), bytes.slice(third..)]).expect("it is open");
        bytes = bytes.slice(sent..);
    }
}

#[test]
fn bytes_arrive_as_they_were_sent_both_ways() {
    let authority = Authority::new();
    for version in VERSIONS {
        let (server, mut client) = established(&authority, version);
        let sent = payload(3 << 20);
        std::thread::scope(|scope| {
            scope.spawn(|| send_all(&server, &sent));
            assert!(read_exactly(&mut client, sent.len()) == sent, "other bytes than were sent");
        });
        client.write_all(&sent[..100_000]).expect("it is open");
        client.flush().expect("it is open");
        let mut received = Vec::new();
        let mut buffer = [0; 1600];
        while received.len() < 100_000 {
            let length = server.read(&mut buffer, PATIENCE).expect("it is coming");
            received.extend_from_slice(&buffer[..length]);
        }
        assert!(received == sent[..100_000], "other bytes than were sent");
    }
}

/// The reader waits in the socket meanwhile. If it held a lock, the writer would stop.
#[test]
fn a_waiting_reader_stops_no_writer() {
    let (server, mut client) = established(&Authority::new(), &TLS13);
    let sent = payload(1 << 20);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut byte = [0];
            server.read(&mut byte, PATIENCE).map(|_| byte)
        });
        scope.spawn(|| send_all(&server, &sent));
        assert!(read_exactly(&mut client, sent.len()) == sent, "other bytes than were sent");
        assert!(!reading.is_finished());
        client.write_all(b"x").expect("it is open");
        assert_eq!(reading.join().expect("no panic").expect("a byte"), *b"x");
    });
}

/// The writer waits in the socket meanwhile, because the client reads nothing. The client also asks
/// for new keys, and the answer must come among the records of the writer.
#[test]
fn a_waiting_writer_stops_no_reader() {
    let (server, mut client) = established(&Authority::new(), &TLS13);
    let sent = payload(16 << 20);
    let is_sent = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            send_all(&server, &sent);
            is_sent.store(true, Ordering::Relaxed);
        });
        for _ in 0..8 {
            client.conn.refresh_traffic_keys().expect("TLS 1.3 can");
            client.conn.writer().write_all(b"more").expect("there is room");
            while client.conn.wants_write() {
                client.conn.write_tls(&mut client.sock).expect("the server reads");
            }
            let mut buffer = [0; 4];
            assert_eq!(server.read(&mut buffer, PATIENCE).expect("it came"), 4);
        }
        assert!(!is_sent.load(Ordering::Relaxed), "the socket took it all: no wait, no test");
        assert!(read_exactly(&mut client, sent.len()) == sent, "other bytes than were sent");
    });
}

#[test]
fn what_is_taken_without_waiting_is_bounded_and_leaves_at_the_flush() {
    let authority = Authority::new();
    for version in VERSIONS {
        let (server, mut client) = established(&authority, version);
        let sent = Bytes::from(payload(16 << 20));
        let mut taken = 0;
        loop {
            match server.try_send(&[sent.slice(taken..)]) {
                Ok(length) => {
                    assert!((1..=64 << 10).contains(&length), "{length} bytes at once");
                    taken += length;
                }
                Err(error) => break assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        assert!(server.has_unsent());
        std::thread::scope(|scope| {
            scope.spawn(|| server.flush().expect("the client reads"));
            assert!(read_exactly(&mut client, taken) == sent[..taken], "other bytes");
        });
        assert!(!server.has_unsent());
        server.stop_writing();
        let (rest, ended) = read_to_end(client);
        assert!(rest.is_empty() && ended.is_ok(), "no close_notify: {ended:?}");
    }
}

/// A send of many small parts makes one record.
#[test]
fn parts_are_merged_into_records() {
    let (server, mut client) = established(&Authority::new(), &TLS13);
    let parts = [const { Bytes::from_static(&[1; 100]) }; 40];
    assert_eq!(server.try_send(&parts).expect("it fits"), 4000);
    let mut wire = vec![0; 8192];
    let length = client.sock.read(&mut wire).expect("it has arrived");
    assert!((4000..4060).contains(&length), "{length} bytes for 4000");
}

#[test]
fn a_peer_that_takes_nothing_fails_the_send_and_sees_nothing_after_it() {
    let (server, client) = established(&Authority::new(), &TLS12);
    let sent = Bytes::from(payload(16 << 20));
    let timeout = Duration::from_millis(100);
    let mut taken = 0;
    let outcome = server.socket().with_write_timeout(timeout, || {
        loop {
            taken += server.send(&[sent.slice(taken..)])?;
        }
    });
    let failed: std::io::Result<()> = outcome;
    assert_eq!(failed.expect_err("it waits").kind(), ErrorKind::TimedOut);
    let after = server.try_send(&[Bytes::from_static(b"after")]).expect_err("records are missing");
    assert_eq!(after.kind(), ErrorKind::WouldBlock);
    assert!(server.flush().is_err());
    server.stop_writing();
    let (received, ended) = read_to_end(client);
    assert!(received[..taken] == sent[..taken], "other bytes than were sent");
    assert_eq!(ended.expect_err("cut off").kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn a_reader_waits_no_longer_than_it_is_told_to() {
    let (server, _client) = established(&Authority::new(), &TLS13);
    let started = Instant::now();
    let error = server.read(&mut [0; 1600], Duration::from_millis(50)).expect_err("nothing came");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(started.elapsed() < PATIENCE);
}

/// The record comes byte by byte, as a hostile peer may send it.
#[test]
fn half_a_record_keeps_the_reader_no_longer_than_it_is_told_to() {
    let (server, mut client) = established(&Authority::new(), &TLS13);
    client.conn.writer().write_all(&payload(10_000)).expect("there is room");
    let mut record = Vec::new();
    while client.conn.wants_write() {
        client.conn.write_tls(&mut record).expect("memory takes all");
    }
    let may_hurry = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for byte in record.chunks(1) {
                client.sock.write_all(byte).expect("it is open");
                if !may_hurry.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        });
        let (mut buffer, started) = ([0; 1600], Instant::now());
        for timeout in [Duration::ZERO, Duration::from_millis(20)] {
            let error = server.read(&mut buffer, timeout).expect_err("the record is not whole");
            assert_eq!(error.kind(), ErrorKind::TimedOut);
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        may_hurry.store(true, Ordering::Relaxed);
        assert_eq!(server.read(&mut buffer, PATIENCE).expect("it came"), buffer.len());
    });
}

#[test]
fn every_end_of_the_input_is_seen() {
    for version in VERSIONS {
        let (server, mut client) = established(&Authority::new(), version);
        client.conn.send_close_notify();
        client.flush().expect("it is open");
        assert_eq!(server.read(&mut [0; 16], PATIENCE).expect("an end"), 0, "close_notify");
        server.try_send(&[Bytes::from_static(b"half-closed")]).expect("our half is open");
        assert_eq!(read_exactly(&mut client, 11), b"half-closed");

        let (server, client) = established(&Authority::new(), version);
        drop(client.sock);
        assert_eq!(server.read(&mut [0; 16], PATIENCE).expect("an end"), 0, "cut off");

        let (server, _client) = established(&Authority::new(), version);
        let reading = {
            let server = Arc::clone(&server);
            std::thread::spawn(move || server.read(&mut [0; 16], PATIENCE))
        };
        server.stop_reading();
        assert_eq!(reading.join().expect("no panic").expect("an end"), 0, "our own doing");
    }
}

#[test]
fn a_record_that_was_tampered_with_ends_the_input_with_an_alert() {
    let (server, mut client) = established(&Authority::new(), &TLS13);
    let mut record = Vec::new();
    client.conn.writer().write_all(b"pay 1 to Alice").expect("there is room");
    client.conn.write_tls(&mut record).expect("a vector takes all");
    *record.last_mut().expect("a record") ^= 1;
    client.sock.write_all(&record).expect("it is open");
    let error = server.read(&mut [0; 1600], PATIENCE).expect_err("it does not add up");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    let (received, ended) = read_to_end(client);
    assert!(received.is_empty());
    assert!(ended.expect_err("an alert").to_string().contains("BadRecordMac"));
}

/// The largest records are longer than what one read takes.
#[test]
fn huge_records_are_read_in_small_pieces() {
    for version in VERSIONS {
        let (server, mut client) = established(&Authority::new(), version);
        let sent = payload(200_000);
        std::thread::scope(|scope| {
            scope.spawn(|| client.write_all(&sent).expect("the server reads"));
            let mut received = Vec::new();
            let mut buffer = [0; 5000];
            for piece in (1..=5000).cycle().step_by(7) {
                let length = server.read(&mut buffer[..piece], PATIENCE).expect("it is coming");
                received.extend_from_slice(&buffer[..length]);
                if received.len() == sent.len() {
                    break;
                }
            }
            assert!(received == sent, "other bytes than were sent");
        });
    }
}
