//! Remote procedure calls, in both directions.

use std::time::Instant;

use super::support::{Client, outcome, session_with};
use crate::protocol::amf::{Object, Value};
use crate::protocol::message::Status;
use crate::protocol::server_session::Event;

#[test]
fn a_call_is_answered_with_the_applications_result_or_error() {
    let now = Instant::now();
    let client = Client::connected();
    let (mut session, mut listener) = session_with(&client, now);
    let sent = client.bytes.len();
    let client = client.command("move_camera", 9.0, 0, vec![Value::from(1), Value::from("left")]);

    let event = session.read(now, &mut &client.bytes[sent..]).unwrap();
    let Some(Event::Call(call)) = event else { panic!("{event:?}") };
    assert_eq!(call.procedure, "move_camera");
    assert_eq!(call.arguments, [Value::from(1), Value::from("left")]);
    session.answer_call(call.reply, Ok(&Value::from(true)));
    session.answer_call(call.reply, Err(&Status::error("Camera.Broken", "It is broken.")));
    assert_eq!(
        listener.hear(&session.take_output()),
        ["20: _result(9) on 0: true", r#"20: _error(9) on 0: "Camera.Broken""#]
    );
}

#[test]
fn an_answer_that_is_too_long_for_a_message_becomes_an_error() {
    let now = Instant::now();
    let client = Client::connected();
    let (mut session, mut listener) = session_with(&client, now);
    let sent = client.bytes.len();
    let client = client.command("recite", 9.0, 0, vec![]);
    let event = session.read(now, &mut &client.bytes[sent..]).unwrap();
    let Some(Event::Call(call)) = event else { panic!("{event:?}") };
    session.answer_call(call.reply, Ok(&Value::from("x".repeat(1 << 24))));
    assert_eq!(
        listener.hear(&session.take_output()),
        [r#"20: _error(9) on 0: "NetConnection.Call.Failed""#]
    );
}

#[test]
fn a_default_answer_does_not_repeat_a_name_of_any_length() {
    let now = Instant::now();
    let client = Client::connected();
    let (mut session, _) = session_with(&client, now);
    let sent = client.bytes.len();
    let name = "x".repeat(100_000);
    let client = client.command("FCSubscribe", 9.0, 0, vec![Value::from(name)]);
    let event = session.read(now, &mut &client.bytes[sent..]).unwrap();
    let Some(Event::Call(call)) = event else { panic!("{event:?}") };
    assert!(session.answer_by_default(&call));
    assert!(session.take_output().len() < 4096);
}

#[test]
fn a_call_that_wants_no_answer_gets_none() {
    let client = Client::connected()
        .command("releaseStream", 0.0, 0, vec![Value::from("key")])
        .command("unheard_of", 0.0, 0, vec![]);
    assert_eq!(outcome(&client.bytes).replies().len(), 4, "those to connect");
}

#[test]
fn an_unknown_procedure_has_no_default_answer() {
    let client = Client::connected().command("unheard_of", 2.0, 0, vec![]);
    assert_eq!(outcome(&client.bytes).replies().len(), 4, "those to connect");
}

#[test]
fn the_clients_answers_to_our_calls_are_events() {
    let info = Value::from(Object::new().with("level", "error"));
    let client = Client::connected().command("_result", 5.0, 0, vec![Value::from("done")]).command(
        "_error",
        6.0,
        0,
        vec![info.clone()],
    );
    assert_eq!(
        outcome(&client.bytes).events[1..],
        [
            Event::CallResult { transaction_id: 5.0, result: Ok(Value::from("done")) },
            Event::CallResult { transaction_id: 6.0, result: Err(info) },
        ]
    );
}
