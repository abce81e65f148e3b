//! The creation and the removal of streams.

use std::collections::BTreeSet;

use rendercast::amf::{Object, Value};
use rendercast::{Connection, FrameOut, HandlerResult, Refusal, Stream, StreamEventHandler};

use crate::support::{Host, Told, key_frame, on_streams};

/// Notes each stream by its id. Refuses to create the stream with the id in the connection's
/// property `user_refused`.
struct Registrar(Told);

impl StreamEventHandler for Registrar {
    fn create(&mut self, stream: &Stream, _: &Value) -> HandlerResult {
        self.0.note(format!("create {}", stream.id()));
        match stream.connection().property("user_refuses").as_ref().and_then(Value::as_str) {
            Some("false") => Ok(false),
            Some("error") => Err("The disk is full.".into()),
            Some(words) => Err(Refusal::call_failed(words).into()),
            None => Ok(true),
        }
    }

    fn remove(&mut self, stream: &Stream) {
        self.0.note(format!("remove {}", stream.id()));
    }
}

/// Starts a server with a procedure "refuse" that sets which creations are refused.
fn host(told: &Told) -> Host {
    let told = told.clone();
    Host::start(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        connection.register_stream_event_handler(Registrar(told.clone()));
        connection.register_remote_call_handler(
            "refuse",
            |connection: &Connection, _: &str, _: &Value, words: &[Value]| {
                connection.set_property("user_refuses", words[0].clone())?;
                Ok(Value::Null)
            },
        );
        Ok(true)
    })
}

#[test]
fn ids_are_the_lowest_that_are_free() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    assert_eq!([client.create_stream(), client.create_stream()], [1, 2]);
    client.delete_stream(1);
    assert_eq!([client.create_stream(), client.create_stream()], [1, 3]);
}

#[test]
fn a_refused_stream_is_answered_with_an_error_and_not_created() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    for (words, expected) in [
        ("false", "The application refused the stream."),
        ("error", "The application failed."),
        ("The scene is not loaded.", "The scene is not loaded."),
    ] {
        client.call("refuse", &[words.into()]).expect("the procedure is there");
        let error = client.call("createStream", &[]).expect_err("the stream is refused");
        assert_eq!(error.get("code"), Some(&"NetConnection.Call.Failed".into()));
        let description = error.get("description").and_then(Value::as_str).unwrap_or_default();
        assert_eq!(description, expected);
    }
    client.call("refuse", &[Value::Null]).expect("the procedure is there");
    assert_eq!(client.create_stream(), 1);
    drop(client);
    told.wait_for("remove 1");
    host.server.shutdown();
    assert_eq!(told.all(), ["create 1", "create 1", "create 1", "create 1", "remove 1"]);
}

#[test]
fn a_removal_is_told_once_at_the_deletion_or_at_the_disconnect() {
    let told = Told::default();
    let host = host(&told);
    let mut client = host.client();
    assert_eq!([client.create_stream(), client.create_stream()], [1, 2]);
    client.delete_stream(1);
    client.delete_stream(1);
    client.delete_stream(77);
    client.sync();
    assert_eq!(told.all(), ["create 1", "create 2", "remove 1"]);
    drop(client);
    told.wait_for("remove 2");
    host.server.shutdown();
    assert_eq!(told.all(), ["create 1", "create 2", "remove 1", "remove 2"]);
}

#[test]
fn several_streams_of_one_connection_play_at_once() {
    let host = Host::start(on_streams(|stream| {
        stream.set_property("render_rate", 200).expect("a valid rate");
        let mut frames = 0;
        stream.register_frame_event_handler(
            move |stream: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                frames += 1;
                out.video(key_frame(frames, stream.id() as usize));
                Ok(true)
            },
        );
    }));
    let mut client = host.client();
    let streams = BTreeSet::from([1, 2, 3].map(|_| client.play_new("scene")));
    assert_eq!(streams, BTreeSet::from([1, 2, 3]));
    let mut frames_of = [0_usize; 4];
    while frames_of[1..].iter().any(|frames| *frames < 20) {
        let media = client.next_media();
        assert_eq!(media.payload().len(), 9 + media.stream as usize, "of another stream");
        frames_of[media.stream as usize] += 1;
    }
    client.delete_stream(2);
    client.sync();
    assert!(client.sync().iter().all(|received| !format!("{received:?}").contains("of 2")));
    assert_eq!(client.play_new("scene"), 2);
    client.until(|received| match received {
        crate::support::Received::Media(media) if media.stream == 2 => Some(()),
        _ => None,
    });
}
