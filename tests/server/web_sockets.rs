//! Browsers: calls, plays and their controls over one WebSocket.

use std::time::Duration;

use rendercast::amf::{Object, Value};
use rendercast::config::{Queues, SessionConfig, WebConfig};
use rendercast::protocol::Timestamp;
use rendercast::{
    ConnectEventHandler, Connection, FrameOut, HandlerResult, PlayOut, Refusal, ServerConfig,
    Stream,
};
use serde_json::json;

use crate::support::{Host, Told, key_frame};
use crate::web::{Frame, Web, masked};

/// Notes what it is told, and shows frames for ever.
#[derive(Clone, Default)]
pub(crate) struct Scene(pub(crate) Told);

impl ConnectEventHandler for Scene {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        let told = self.0.clone();
        let (app, url) = (connection.app(), connection.tc_url());
        told.note(format!("connect {app} {url} {}", connection.transport()));
        if app == "closed" {
            return Err(Refusal::new("NetConnection.Connect.Rejected", "Not today.").into());
        }
        connection.register_remote_call_handler(
            "add",
            |_: &Connection, _: &str, _: &Value, arguments: &[Value]| -> HandlerResult<Value> {
                let numbers = arguments.iter().filter_map(Value::as_number);
                Ok(Object::new().with("sum", numbers.sum::<f64>()).into())
            },
        );
        let replies = told.clone();
        connection.register_remote_call_handler(
            "ask_back",
            move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let replies = replies.clone();
                connection.call("title", arguments, move |reply| {
                    replies.note(format!("{reply:?}"));
                })?;
                connection.handle().notify("hint", &["look".into()])?;
                Ok(Value::Null)
            },
        );
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            told.note("create");
            set_up(stream, &told);
            Ok(true)
        });
        Ok(true)
    }

    fn close(&self, _: &Connection) {
        self.0.note("close");
    }
}

fn set_up(stream: &Stream, told: &Told) {
    let noted = told.clone();
    stream.register_play_event_handler(move |stream: &Stream, _: &mut PlayOut| {
        noted.note(format!("play {}", stream.stream_name()));
        match stream.stream_name().as_str() {
            "none" => Err(Refusal::stream_not_found("none").into()),
            _ => Ok(true),
        }
    });
    stream.register_pause_event_handler(|stream: &Stream| -> HandlerResult {
        Ok(stream.stream_name() != "endless")
    });
    stream.register_seek_event_handler(
        |_: &Stream, position: Timestamp| -> HandlerResult<Option<Timestamp>> {
            Ok(Some(Timestamp(position.0 / 1000 * 1000)))
        },
    );
    let mut number = 0;
    stream.register_frame_event_handler(
        move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
            number += 1;
            out.video(key_frame(number, 100));
            Ok(true)
        },
    );
}

fn open(host: &Host) -> Web {
    let mut web = Web::websocket(host.address, "/live", "").expect("a WebSocket");
    assert_eq!(web.text(), json!({"event": "connected"}));
    web
}

#[test]
fn a_browser_is_a_connection_like_any_other() {
    let scene = Scene::default();
    let host = Host::start(scene.clone());
    let mut web = Web::websocket(host.address, "/live?token=7", "").expect("a WebSocket");
    assert_eq!(web.text()["event"], "connected");
    web.say(r#"{"id":1,"play":"scene"}"#);
    assert_eq!(web.answer(1)["result"], json!({"recorded": false}));
    assert!(web.media().starts_with(b"FLV\x01\x01"));
    assert_eq!(web.media()[0], 9, "further frames are tags");
    drop(web);
    scene.0.wait_for("close");
    let url = "ws://localhost/live?token=7";
    assert_eq!(scene.0.all(), [&format!("connect live {url} ws"), "create", "play scene", "close"]);
}

#[test]
fn calls_are_answered_while_media_go_on() {
    let host = Host::start(Scene::default());
    let mut web = open(&host);
    web.say(r#"{"id":1,"call":"add","args":[1,2.5,"x"]}"#);
    assert_eq!(web.text(), json!({"id": 1, "result": {"sum": 3.5}}));
    web.say(r#"{"id":2,"play":"scene"}"#);
    web.media();
    web.say(r#"{"id":3,"call":"add","args":[4]}"#);
    assert_eq!(web.answer(3)["result"], json!({"sum": 4}));
    web.say(r#"{"id":4,"call":"nothing"}"#);
    assert_eq!(web.answer(4)["error"]["code"], "NetConnection.Call.Failed");
    web.say(r#"{"call":"add","args":[4]}"#);
    web.say(r#"{"id":5,"call":"add"}"#);
    assert_eq!(web.answer(5)["result"], json!({"sum": 0}), "a call without an id has no answer");
}

#[test]
fn the_server_calls_the_browser() {
    let scene = Scene::default();
    let host = Host::start(scene.clone());
    let mut web = open(&host);
    web.say(r#"{"id":1,"call":"ask_back","args":[{"$class":"Camera","x":1}]}"#);
    let call = web.text();
    assert_eq!(
        (&call["call"], &call["args"]),
        (&json!("title"), &json!([{"$class":"Camera","x":1}]))
    );
    assert_eq!(web.text(), json!({"call": "hint", "args": ["look"]}));
    assert_eq!(web.text(), json!({"id": 1, "result": null}));
    let id = call["id"].as_u64().expect("a number");
    web.say(&format!("{{\"id\":{id},\"result\":\"done\"}}"));
    scene.0.wait_for("Ok(String(\"done\"))");
    web.say(r#"{"id":2,"call":"ask_back"}"#);
    let id = web.text()["id"].as_u64().expect("a number");
    web.say(&format!("{{\"id\":{id},\"error\":\"no\"}}"));
    scene.0.wait_for("Err(Failed(String(\"no\")))");
}

#[test]
fn pause_seek_stop_and_another_play_are_answered_in_order() {
    let host = Host::start(Scene::default());
    let mut web = open(&host);
    for (request, result) in [
        (json!({"id": 1, "pause": true}), json!(false)),
        (json!({"id": 2, "play": "scene"}), json!({"recorded": false})),
        (json!({"id": 3, "pause": true}), json!(true)),
        (json!({"id": 4, "pause": false}), json!(true)),
        (json!({"id": 5, "seek": 5400}), json!(5000)),
        (json!({"id": 6, "stop": true}), json!(true)),
        (json!({"id": 7, "play": "endless"}), json!({"recorded": false})),
        (json!({"id": 8, "pause": true}), json!(false)),
    ] {
        web.say(&request.to_string());
        let id = u32::try_from(request["id"].as_u64().expect("an id")).expect("a small id");
        assert_eq!(web.answer(id)["result"], result, "{request}");
    }
    web.say(r#"{"id":9,"play":"none"}"#);
    assert_eq!(web.answer(9)["error"]["code"], "NetStream.Play.StreamNotFound");
}

#[test]
fn media_of_a_play_begin_behind_its_answer_with_a_header_each_time() {
    let host = Host::start(Scene::default());
    let mut web = open(&host);
    for (id, name) in [(1, "scene"), (2, "other")] {
        web.say(&json!({"id": id, "play": name}).to_string());
        web.answer(id);
        let media = web.media();
        assert!(media.starts_with(b"FLV"), "{name}: {:?}", &media[..9]);
    }
}

#[test]
fn a_refused_browser_is_told_why() {
    let scene = Scene::default();
    let host = Host::start(scene.clone());
    let mut web = Web::websocket(host.address, "/closed", "").expect("a WebSocket");
    let status = web.text();
    assert_eq!(status["code"], "NetConnection.Connect.Rejected");
    assert_eq!(web.frame(), Frame::Close(4403, "Not today.".to_owned()));
    assert_eq!(web.rest(), b"");
}

#[test]
fn wrong_frames_close_the_connection_with_their_code() {
    let host = Host::start(Scene::default());
    for (name, frames, code) in [
        ("unmasked", vec![0x81, 1, b'x'], 1002),
        ("reserved", masked(0xc1, b"x"), 1002),
        ("unknown", masked(0x83, b"x"), 1002),
        ("binary", masked(0x82, b"x"), 1003),
        ("not UTF-8", masked(0x81, b"\xff"), 1007),
        ("too long", masked(0x81, &[b'x'; 65_537]), 1009),
        ("claims too much", [&[0x81, 0xff][..], &[0x7f; 8], &[0; 4]].concat(), 1009),
        ("a request behind the upgrade", b"GET /metrics HTTP/1.1\r\n\r\n".to_vec(), 1002),
        ("close", masked(0x88, &[3, 0xe8]), 1000),
    ] {
        let mut web = open(&host);
        web.try_send(&frames);
        let Frame::Close(given, _) = web.frame() else { panic!("{name}: a close") };
        assert_eq!(given, code, "{name}");
        assert_eq!(web.rest(), b"", "{name}");
    }
}

#[test]
fn messages_in_parts_and_pings_between_them_are_understood() {
    let host = Host::start(Scene::default());
    let mut web = open(&host);
    web.send(&masked(0x01, br#"{"id":1,"ca"#));
    web.send(&masked(0x89, b"there?"));
    web.send(&masked(0x00, br#"ll":"add","#));
    web.send(&masked(0x80, br#""args":[1]}"#));
    assert_eq!(web.frame(), Frame::Pong(b"there?".to_vec()));
    assert_eq!(web.text(), json!({"id": 1, "result": {"sum": 1}}));
}

#[test]
fn texts_that_make_no_sense_are_answered_and_the_connection_lives() {
    let host = Host::start(Scene::default());
    let mut web = open(&host);
    let deep = "[".repeat(1000);
    for text in ["", "x", "[]", "{}", "{\"play\":1}", &deep] {
        web.say(text);
        assert_eq!(web.text()["event"], "error", "{text}");
    }
    web.say(r#"{"id":1,"call":"add"}"#);
    assert_eq!(web.answer(1)["result"]["sum"], 0);
}

#[test]
fn the_longest_message_is_a_setting() {
    let config = ServerConfig::default().web(WebConfig::default().message_bytes(100));
    let host = Host::start_with(config, Scene::default());
    let mut web = open(&host);
    web.say(&format!("{{\"id\":1,\"call\":\"add\",\"pad\":\"{}\"}}", "x".repeat(50)));
    web.answer(1);
    web.say(&"x".repeat(101));
    assert!(matches!(web.frame(), Frame::Close(1009, _)));
}

#[test]
fn a_silent_browser_is_pinged_and_given_up() {
    let session = SessionConfig::default()
        .ping_interval(Duration::from_millis(100))
        .idle_timeout(Duration::from_millis(400));
    let host = Host::start_with(ServerConfig::default().session(session), Scene::default());
    let mut web = open(&host);
    assert_eq!(web.frame(), Frame::Ping(Vec::new()));
    // It may be too late on a busy machine.
    web.try_send(&masked(0x8a, b""));
    let close = loop {
        match web.frame() {
            Frame::Ping(_) => {}
            other => break other,
        }
    };
    assert!(matches!(close, Frame::Close(1008, _)), "{close:?}");
}

#[test]
fn a_browser_that_asks_much_and_reads_nothing_is_read_no_further() {
    let queues = Queues::default().reply_bytes(16 << 10);
    let host = Host::start_with(ServerConfig::default().queues(queues), Scene::default());
    let mut web = open(&host);
    let pad = "x".repeat(1000);
    let call =
        masked(0x81, format!("{{\"id\":1,\"call\":\"add\",\"args\":[\"{pad}\"]}}").as_bytes());
    assert!(!web.flood(&call.repeat(64), 64 << 20), "the server reads on");
    web.say_no_more();
    assert!(!web.rest().is_empty(), "what was answered can be read");
}

#[test]
fn the_shutdown_says_that_the_server_goes_away() {
    let host = Host::start(Scene::default());
    let mut web = open(&host);
    host.server.shutdown();
    assert!(matches!(web.frame(), Frame::Close(1001, _)));
}
