//! Answers to the client's calls that are given later.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rendercast::amf::{Object, Value};
use rendercast::config::Queues;
use rendercast::{Connection, DeferredReply, HandlerResult, Refusal, ServerConfig};

use crate::support::{Client, Host, PATIENCE, wait_until};

/// Starts a server that hands over the answers of `later`, and answers `now` itself.
fn start(config: ServerConfig) -> (Host, Receiver<DeferredReply>) {
    let (sender, replies) = mpsc::channel();
    let connect = move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        let sender: Sender<DeferredReply> = sender.clone();
        connection.register_remote_call_handler(
            "later",
            move |connection: &Connection, _: &str, _: &Value, _: &[Value]| {
                sender.send(connection.defer_reply()?)?;
                Ok("is not sent".into())
            },
        );
        connection.register_remote_call_handler(
            "now",
            |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let reply = connection.defer_reply()?;
                assert!(connection.defer_reply().is_err(), "it is deferred already");
                drop(reply);
                match arguments {
                    [] => Ok("by the handler".into()),
                    [text, ..] => Err(Refusal::call_failed(text.to_string()).into()),
                }
            },
        );
        Ok(true)
    };
    (Host::start_with(config, connect), replies)
}

fn reply(replies: &Receiver<DeferredReply>) -> DeferredReply {
    replies.recv_timeout(PATIENCE).expect("the call came")
}

fn description(error: &Value) -> &str {
    error.get("description").and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn answers_come_from_any_thread_in_any_order_while_the_connection_goes_on() {
    let (host, replies) = start(ServerConfig::default());
    let mut client = host.client();
    let first = client.begin_call("later", &[]);
    let second = client.begin_call("later", &[]);
    // The connection's thread answers others meanwhile.
    assert_eq!(client.call("now", &[]), Ok("by the handler".into()));
    let replies = [reply(&replies), reply(&replies)];
    assert!(replies.iter().all(DeferredReply::is_open));
    thread::spawn(move || {
        let [first, second] = replies;
        second.answer(Ok(2.into()));
        first.answer(Err(Refusal::new("Scene.Locked", "It is edited.").into()));
    });
    assert_eq!(client.next_reply(), Ok(2.into()));
    let error = client.next_reply().expect_err("it was refused");
    assert_eq!(error.get("code"), Some(&"Scene.Locked".into()));
    assert!(first < second);
    assert!(client.sync().is_empty());
}

#[test]
fn a_reply_that_is_dropped_is_an_error_and_an_error_s_text_stays_here() {
    let (host, replies) = start(ServerConfig::default());
    let mut client = host.client();
    let dropped = client.begin_call("later", &[]);
    drop(reply(&replies));
    let error = client.reply_to(dropped).expect_err("nothing answers");
    assert_eq!(description(&error), "The application gave no answer.");
    let failed = client.begin_call("later", &[]);
    reply(&replies).answer(Err("the disk is full".into()));
    let error = client.reply_to(failed).expect_err("it has failed");
    assert_eq!(description(&error), "The application failed.");
    // Dropped by its handler, it leaves the answer to that.
    let error = client.call("now", &["no".into()]).expect_err("it was refused");
    assert_eq!(description(&error), "\"no\"");
}

#[test]
fn a_call_without_a_number_gets_no_answer() {
    let (host, replies) = start(ServerConfig::default());
    let mut client = host.client();
    client.request(0, "later", &[]);
    reply(&replies).answer(Ok(1.into()));
    assert!(client.sync().is_empty());
}

#[test]
fn only_so_many_answers_may_be_outstanding() {
    let queues = Queues::default().deferred_replies(2);
    let (host, replies) = start(ServerConfig::default().queues(queues));
    let mut client = host.client();
    let calls = [client.begin_call("later", &[]), client.begin_call("later", &[])];
    let kept = [reply(&replies), reply(&replies)];
    let error = client.call("later", &[]).expect_err("it is one too many");
    assert_eq!(description(&error), "Too many of your calls wait for an answer.");
    for (call, kept) in calls.into_iter().zip(kept) {
        kept.answer(Ok(Value::Null));
        assert_eq!(client.reply_to(call), Ok(Value::Null));
    }
    client.begin_call("later", &[]);
    reply(&replies).answer(Ok(3.into()));
    assert_eq!(client.next_reply(), Ok(3.into()));
}

#[test]
fn an_answer_to_a_client_that_is_gone_goes_nowhere() {
    let (host, replies) = start(ServerConfig::default());
    let mut client = host.client();
    client.begin_call("later", &[]);
    let reply = reply(&replies);
    drop(client);
    wait_until("the reply is closed", || !reply.is_open());
    reply.answer(Ok(Value::Null));
    let mut other: Client = host.client();
    assert_eq!(other.call("now", &[]), Ok("by the handler".into()));
}

#[test]
fn a_client_that_calls_on_without_reading_waits_for_room() {
    let (host, replies) = start(ServerConfig::default());
    let answers = thread::spawn(move || {
        let text = Value::from("x".repeat(10_000));
        while let Ok(reply) = replies.recv() {
            reply.answer(Ok(text.clone()));
        }
    });
    let mut client = host.narrow_client();
    // 200 MB of answers, if the server took all of these.
    let calls = client.flood("later", &["x".repeat(1000).into()], 20_000);
    assert!(calls < 20_000, "its calls were read although it does not read");
    drop(client);
    drop(host);
    answers.join().expect("it ends with the server");
}
