//! Refusals, and how the client learns of them.

use std::time::Instant;

use super::support::{Client, Listener, converse, outcome, session, session_with};
use crate::protocol::amf::{Object, Value};
use crate::protocol::chunk::MessageType;
use crate::protocol::handshake::Form;
use crate::protocol::server_session::{Config, Event, Ignored, ServerSession};

fn ignored(event: &Event) -> String {
    match event {
        Event::Ignored(ignored) => ignored.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_client_learns_why_and_can_do_nothing_more() {
    let now = Instant::now();
    let mut session = session(now);
    let bytes = Client::with_stream().bytes;
    let mut input = bytes.as_slice();
    assert!(matches!(session.read(now, &mut input), Ok(Some(Event::Connect(_)))));
    session.refuse_connect("Come back tomorrow.");
    let event = session.read(now, &mut input).unwrap().unwrap();
    assert_eq!(ignored(&event), r#""createStream" came before the connection was accepted"#);

    let output = session.take_output();
    assert_eq!(
        Listener::new().hear(&output),
        [
            r#"20: _error(1) on 0: "NetConnection.Connect.Rejected""#,
            r#"20: _error(2) on 0: "NetConnection.Call.Failed""#
        ]
    );
    let description = b"Come back tomorrow.";
    assert!(output.windows(description.len()).any(|window| window == description));
    // The first object is the one with the description: ffmpeg shows no other.
    assert!(!output.windows(6).any(|window| window == b"fmsVer"), "there is another object");
}

#[test]
fn a_command_before_connect_is_refused_and_connect_still_works() {
    let client = Client::new(Form::Simple)
        .command("createStream", 1.0, 0, vec![])
        .connect(Object::new().with("app", "live"));
    let outcome = outcome(&client.bytes);
    assert_eq!(
        ignored(&outcome.events[0]),
        r#""createStream" came before the connection was accepted"#
    );
    assert!(matches!(outcome.events[1], Event::Connect(_)));
    assert_eq!(outcome.replies()[0], r#"20: _error(1) on 0: "NetConnection.Call.Failed""#);
}

#[test]
fn a_second_connect_is_refused_and_changes_nothing() {
    let client = Client::connected().connect(Object::new().with("app", "other")).command(
        "createStream",
        2.0,
        0,
        vec![],
    );
    let outcome = outcome(&client.bytes);
    assert_eq!(outcome.events[1], Event::Ignored(Ignored::ConnectedAlready));
    assert_eq!(
        outcome.replies()[4..],
        [r#"20: _error(1) on 0: "NetConnection.Connect.Rejected""#, "20: _result(2) on 0: 1"]
    );
}

#[test]
fn a_connect_too_large_to_be_kept_is_refused_and_a_smaller_one_still_works() {
    let text = |bytes: usize| Object::new().with("app", "x".repeat(bytes));
    let members = |count| (0..count).fold(text(1), |object, _| object.with("a", 1));
    for too_large in [text(65 << 10), members(1_025)] {
        let client = Client::new(Form::Simple).connect(too_large).connect(text(60 << 10));
        let outcome = outcome(&client.bytes);
        assert!(matches!(outcome.events[0], Event::Ignored(Ignored::Malformed(_))));
        assert!(matches!(outcome.events[1], Event::Connect(_)));
        assert_eq!(outcome.replies()[0], r#"20: _error(1) on 0: "NetConnection.Call.Failed""#);
    }
}

#[test]
fn a_name_too_long_to_be_kept_is_refused() {
    let client = Client::with_stream()
        .command("play", 0.0, 1, vec!["s".repeat(8 << 10).into()])
        .command("play", 0.0, 1, vec!["s".repeat((8 << 10) + 1).into()])
        .command("publish", 0.0, 1, vec!["s".repeat(1 << 20).into()]);
    let outcome = outcome(&client.bytes);
    let events = outcome.events_on_stream();
    assert!(matches!(events[0], Event::Play(_)));
    assert_eq!(
        events[1..].iter().map(ignored).collect::<Vec<_>>(),
        [8_193, 1 << 20].map(|size| {
            format!(
                "the peer names a stream in {size} bytes, at most 8192 are allowed \
                 (`stream_name_bytes`)"
            )
        })
    );
    assert!(outcome.replies().ends_with(&[
        r#"20: onStatus(0) on 1: "NetStream.Play.Failed""#.to_owned(),
        r#"20: onStatus(0) on 1: "NetStream.Publish.BadName""#.to_owned(),
    ]));
}

#[test]
fn what_is_kept_is_bounded_by_the_settings() {
    let now = Instant::now();
    let ample = Config::default().connect_values(9).connect_bytes(99);
    let members = Object::new().with("app", "live").with("a", 1);
    let mut client = Client::new(Form::Simple).connect(members);
    for name in ["sea", "seas"] {
        client = client.command("createStream", 1.0, 0, vec![]);
        client = client.command("play", 0.0, 1, vec![name.into()]);
    }
    for (config, plays) in [
        (ample.clone().connect_values(3), None),
        (ample.clone().connect_bytes(9), None),
        (ample.clone().stream_name_bytes(3), Some(1)),
        (ample.clone().stream_name_bytes(4), Some(2)),
    ] {
        let mut session = ServerSession::new(config, [9; 32], now);
        let events = converse(&mut session, now, [client.bytes.as_slice()]).events;
        let is_connected = events.iter().any(|event| matches!(event, Event::Connect(_)));
        let count = events.iter().filter(|event| matches!(event, Event::Play(_))).count();
        assert_eq!(is_connected.then_some(count), plays);
    }
}

#[test]
fn play_on_a_stream_that_was_never_created_is_refused_on_that_stream() {
    let client = Client::connected().command("play", 0.0, 7, vec![Value::from("sea")]);
    let outcome = outcome(&client.bytes);
    assert_eq!(ignored(&outcome.events[1]), r#""play" is about stream 7, which does not exist"#);
    assert_eq!(outcome.replies()[4..], [r#"20: onStatus(0) on 7: "NetStream.Play.Failed""#]);
}

#[test]
fn media_for_no_stream_is_ignored() {
    let client = Client::with_stream().payload(MessageType::VIDEO, 9, 0, &[0x17][..]);
    let outcome = outcome(&client.bytes);
    assert_eq!(ignored(&outcome.events[2]), r#""media" is about stream 9, which does not exist"#);
}

#[test]
fn streams_beyond_the_limit_are_refused() {
    let now = Instant::now();
    let config = Config::default().streams(1);
    let mut session = ServerSession::new(config, [9; 32], now);
    let client = Client::with_stream().command("createStream", 3.0, 0, vec![]);
    let outcome = converse(&mut session, now, [client.bytes.as_slice()]);
    assert_eq!(outcome.events[2], Event::Ignored(Ignored::TooManyStreams { limit: 1 }));
    assert_eq!(outcome.replies()[5..], [r#"20: _error(3) on 0: "NetConnection.Call.Failed""#]);
}

#[test]
fn a_stream_that_the_application_refuses_leaves_its_id_free() {
    let now = Instant::now();
    let client = Client::connected();
    let (mut session, mut listener) = session_with(&client, now);
    let sent = client.bytes.len();
    let client =
        client.command("createStream", 2.0, 0, vec![]).command("createStream", 3.0, 0, vec![]);
    let mut input = &client.bytes[sent..];
    let Ok(Some(Event::CreateStream(request))) = session.read(now, &mut input) else {
        panic!("createStream is an event")
    };
    session.refuse_create_stream(request, "Not now.");
    let Ok(Some(Event::CreateStream(request))) = session.read(now, &mut input) else {
        panic!("createStream is an event")
    };
    session.accept_create_stream(request);
    assert_eq!(
        listener.hear(&session.take_output()),
        [r#"20: _error(2) on 0: "NetConnection.Call.Failed""#, "20: _result(3) on 0: 1"]
    );
}
