//! Deadlines, pings and silence.

use std::time::{Duration, Instant};

use super::support::{Client, Listener, converse, session, session_with};
use crate::protocol::message::UserControl;
use crate::protocol::server_session::{Config, Error, ServerSession, Timeout};

const SECOND: Duration = Duration::from_secs(1);

fn connected(now: Instant) -> (ServerSession, Listener) {
    session_with(&Client::connected(), now)
}

#[test]
fn a_handshake_has_ten_seconds_however_its_bytes_trickle_in() {
    let start = Instant::now();
    let bytes = Client::connected().bytes;
    let mut session = session(start);
    converse(&mut session, start + SECOND * 9, [&bytes[..100]]);
    assert_eq!(session.deadline(), start + SECOND * 10);
    assert_eq!(session.handle_timeout(start + SECOND * 9), Ok(()));
    let late = start + SECOND * 10;
    let timeout = Error::Timeout(Timeout::Handshake);
    assert_eq!(session.handle_timeout(late), Err(timeout.clone()));
    assert_eq!(session.read(late, &mut &bytes[100..101]), Err(timeout));
}

#[test]
fn a_connect_command_has_ten_seconds_from_the_handshake_on() {
    let start = Instant::now();
    let bytes = Client::connected().bytes;
    let mut session = session(start);
    converse(&mut session, start + SECOND * 9, [&bytes[..bytes.len() - 1]]);
    assert_eq!(session.deadline(), start + SECOND * 19);
    let late = start + SECOND * 19;
    assert_eq!(session.handle_timeout(late), Err(Error::Timeout(Timeout::Connect)));
}

#[test]
fn a_silent_peer_is_pinged_twice_and_then_given_up() {
    let start = Instant::now();
    let (mut session, mut listener) = connected(start);
    for seconds in [30, 60] {
        assert_eq!(session.deadline(), start + SECOND * seconds);
        assert_eq!(session.handle_timeout(start + SECOND * (seconds - 1)), Ok(()));
        assert!(session.take_output().is_empty());
        assert_eq!(session.handle_timeout(start + SECOND * seconds), Ok(()));
        let expected = format!("PingRequest({})", seconds * 1_000);
        assert_eq!(listener.hear(&session.take_output()), [expected]);
    }
    assert_eq!(session.deadline(), start + SECOND * 90);
    let late = start + SECOND * 90;
    assert_eq!(session.handle_timeout(late), Err(Error::Timeout(Timeout::Idle)));
}

#[test]
fn an_answered_ping_postpones_the_idle_timeout() {
    let start = Instant::now();
    let (mut session, _) = connected(start);
    session.handle_timeout(start + SECOND * 30).unwrap();

    let sent = Client::connected();
    let before = sent.bytes.len();
    let pong = sent.user_control(&UserControl::PingResponse(30_000)).bytes;
    let answered = start + SECOND * 30 + Duration::from_millis(80);
    converse(&mut session, answered, [&pong[before..]]);
    assert_eq!(session.deadline(), answered + SECOND * 30);
}

#[test]
fn the_driver_can_postpone_the_idle_timeout() {
    let start = Instant::now();
    let (mut session, _) = connected(start);
    session.postpone_idle(start + SECOND * 80);
    assert_eq!(session.handle_timeout(start + SECOND * 100), Ok(()));
    assert!(session.take_output().is_empty(), "no ping is due either");
    assert_eq!(session.deadline(), start + SECOND * 110);
}

#[test]
fn the_peers_pings_are_answered_at_once() {
    let now = Instant::now();
    let client = Client::connected().user_control(&UserControl::PingRequest(77));
    let outcome = converse(&mut session(now), now, [client.bytes.as_slice()]);
    assert_eq!(outcome.replies().last().unwrap(), "PingResponse(77)");
}

#[test]
fn infinite_timeouts_mean_never() {
    let start = Instant::now();
    let config = Config::default()
        .handshake_timeout(Duration::MAX)
        .connect_timeout(Duration::MAX)
        .ping_interval(Duration::ZERO)
        .idle_timeout(Duration::MAX);
    let mut session = ServerSession::new(config, [9; 32], start);
    let outcome = converse(&mut session, start, [Client::connected().bytes.as_slice()]);
    assert_eq!(outcome.error, None);
    let later = start + SECOND * 100_000;
    assert_eq!(session.handle_timeout(later), Ok(()));
    assert!(session.take_output().is_empty());
    assert!(session.deadline() > later);
}
