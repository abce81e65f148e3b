//! Conversations with clients of HTTP and WebSocket, in time that is made up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Error, Kind, Opening, WebSession, call_text, event_text};
use crate::protocol::amf::{Object, Value};
use crate::protocol::message::{Status, in_band, status::code};
use crate::protocol::server_session::{Config, Event, PlayStart, Timeout};
use crate::protocol::{MessageStreamId, Timestamp};

const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A session, and the instant at which it began.
struct Talk {
    session: WebSession,
    start: Instant,
}

impl Talk {
    fn new(kind: Kind, stream: Option<&str>) -> Self {
        let opening = Opening {
            kind,
            properties: Object::new().with("app", "live"),
            stream: stream.map(str::to_owned),
            fields: vec![("Access-Control-Allow-Origin", "*".to_owned())],
        };
        let start = Instant::now();
        let config = Arc::new(Config::default());
        Self { session: WebSession::new(opening, config, 1024, start), start }
    }

    fn websocket() -> Self {
        Self::new(Kind::WebSocket { accept: ACCEPT.to_owned() }, None)
    }

    /// A WebSocket that is connected, and whose first texts have been read.
    fn connected() -> Self {
        let mut talk = Self::websocket();
        assert!(matches!(talk.next(), Some(Event::Connect(_))));
        talk.session.accept_connect();
        let output = talk.output();
        assert!(output.ends_with("{\"event\":\"connected\"}"), "{output}");
        talk
    }

    fn next(&mut self) -> Option<Event> {
        self.session.read(self.start, &mut &b""[..]).expect("no error")
    }

    /// Reads a text of the client.
    fn say(&mut self, text: &str) -> Option<Event> {
        self.session.read(self.start, &mut &masked(0x81, text.as_bytes())[..]).expect("no error")
    }

    fn output(&mut self) -> String {
        String::from_utf8_lossy(&self.session.take_output()).into_owned()
    }

    /// Returns the texts of the output.
    fn texts(&mut self) -> Vec<String> {
        let output = self.session.take_output();
        let mut rest = &output[..];
        let mut texts = Vec::new();
        while !rest.is_empty() {
            assert_eq!(rest[0], 0x81, "a text: {rest:?}");
            let (head, length) = match rest[1] {
                126 => (4, usize::from(u16::from_be_bytes([rest[2], rest[3]]))),
                length => (2, usize::from(length)),
            };
            texts.push(String::from_utf8(rest[head..head + length].to_vec()).expect("UTF-8"));
            rest = &rest[head + length..];
        }
        texts
    }
}

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("short");
    assert!(length < 126);
    let mut frame = vec![first, 0x80 | length, 0, 0, 0, 0];
    frame.extend(payload);
    frame
}

fn start(name: &str) -> PlayStart<'_> {
    PlayStart { name, recorded: true, reset: true }
}

#[test]
fn a_request_for_flv_plays_by_itself() {
    let mut talk = Talk::new(Kind::Http { is_chunked: true }, Some("sea?token=1"));
    let Some(Event::Connect(connect)) = talk.next() else { panic!("a connect") };
    assert_eq!(connect.command_object.get("app"), Some(&"live".into()));
    talk.session.accept_connect();
    let Some(Event::CreateStream(create)) = talk.next() else { panic!("a stream") };
    talk.session.accept_create_stream(create);
    let Some(Event::Play(play)) = talk.next() else { panic!("a play") };
    assert_eq!((play.name.as_str(), play.stream), ("sea?token=1", MessageStreamId(1)));
    assert_eq!(talk.output(), "", "nothing before the play is granted");
    talk.session.start_play(start("sea"));
    let head = talk.output();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n"), "{head}");
    for field in ["Transfer-Encoding: chunked", "Cache-Control: no-store", "X-Accel-Buffering: no"]
    {
        assert!(head.contains(&format!("{field}\r\n")), "{field}: {head}");
    }
    assert!(head.contains("Access-Control-Allow-Origin: *\r\n") && head.ends_with("\r\n\r\n"));
    assert!(!head.contains("Content-Length"));
    let mut input: &[u8] = b"GET /another HTTP/1.1\r\n\r\n";
    assert_eq!(talk.session.read(talk.start, &mut input), Ok(None));
    assert!(input.is_empty(), "a request behind it is never answered");
    assert_eq!(talk.output(), "");
}

#[test]
fn refusals_of_a_request_are_statuses() {
    let flv = || Talk::new(Kind::Http { is_chunked: false }, Some("sea"));
    let mut refused = flv();
    refused.next();
    refused.session.refuse_connect("no\r\nentry");
    assert!(refused.output().starts_with("HTTP/1.1 403 Forbidden\r\n"));
    let error = refused.session.read(refused.start, &mut &b""[..]);
    assert_eq!(error, Err(Error::Refused("no\r\nentry".to_owned())));
    for (code, status) in [(code::PLAY_STREAM_NOT_FOUND, "404 "), (code::PLAY_FAILED, "403 ")] {
        for websocket in [false, true] {
            let kind = Kind::WebSocket { accept: ACCEPT.to_owned() };
            let mut talk = if websocket { Talk::new(kind, Some("sea")) } else { flv() };
            talk.next();
            talk.session.accept_connect();
            let Some(Event::CreateStream(create)) = talk.next() else { panic!("a stream") };
            talk.session.accept_create_stream(create);
            talk.next();
            talk.session.refuse_play(&Status::error(code, "not <here>\nSet-Cookie: x"));
            let output = talk.output();
            assert!(output.starts_with(&format!("HTTP/1.1 {status}")), "{output}");
            assert!(output.ends_with("\r\n\r\nnot <here> Set-Cookie: x\n"), "{output}");
        }
    }
}

#[test]
fn a_websocket_without_a_stream_connects_and_waits() {
    let mut talk = Talk::websocket();
    talk.next();
    talk.session.accept_connect();
    let output = talk.output();
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    assert!(output.starts_with(head), "{output}");
    assert!(output.contains(&format!("Sec-WebSocket-Accept: {ACCEPT}\r\n")));
    assert_eq!(talk.next(), None);
}

#[test]
fn a_refused_websocket_is_told_why_and_closed() {
    let mut talk = Talk::websocket();
    talk.next();
    talk.session.refuse_connect("no entry");
    let output = talk.session.take_output();
    let text = String::from_utf8_lossy(&output);
    assert!(text.contains("\"code\":\"NetConnection.Connect.Rejected\""), "{text}");
    assert!(output.ends_with(b"\x88\x0a\x11\x33no entry"), "{text}");
    let error = talk.session.read(talk.start, &mut &b""[..]);
    assert_eq!(error, Err(Error::Refused("no entry".to_owned())));
}

#[test]
fn a_play_makes_the_stream_that_it_needs_once() {
    let mut talk = Talk::connected();
    let play = "{\"id\":2,\"play\":\"sea\",\"start\":5000,\"duration\":100}";
    let Some(Event::CreateStream(create)) = talk.say(play) else { panic!("a stream") };
    talk.session.accept_create_stream(create);
    let Some(Event::Play(play)) = talk.next() else { panic!("a play") };
    assert_eq!(play.duration, Some(Duration::from_millis(100)));
    talk.session.start_play(start("sea"));
    let texts = talk.texts();
    assert_eq!(texts[0], "{\"id\":2,\"result\":{\"recorded\":true}}");
    assert!(texts[1].starts_with("{\"event\":\"status\",\"level\":\"status\""), "{texts:?}");
    assert!(matches!(talk.say("{\"id\":3,\"play\":\"sky\"}"), Some(Event::Play(_))));
    talk.session.refuse_play(&Status::error(code::PLAY_STREAM_NOT_FOUND, "There is no sky."));
    let [refusal] = &talk.texts()[..] else { panic!("one text") };
    assert!(refusal.starts_with("{\"id\":3,\"error\":{\"level\":\"error\""), "{refusal}");
}

#[test]
fn a_refused_stream_refuses_its_play() {
    let mut talk = Talk::connected();
    let Some(Event::CreateStream(create)) = talk.say("{\"id\":2,\"play\":\"sea\"}") else {
        panic!("a stream")
    };
    talk.session.refuse_create_stream(create, "Too many.");
    assert!(talk.texts()[0].starts_with("{\"id\":2,\"error\":"));
    assert_eq!(talk.next(), None, "no play follows");
}

#[test]
fn requests_are_answered_in_the_order_of_the_driver() {
    let mut talk = Talk::connected();
    let Some(Event::Pause { paused: true, .. }) = talk.say("{\"id\":1,\"pause\":true}") else {
        panic!("a pause")
    };
    talk.session.notify_pause(true, "sea");
    assert_eq!(talk.texts()[0], "{\"id\":1,\"result\":true}");
    talk.say("{\"id\":2,\"pause\":false}");
    assert_eq!(talk.next(), None);
    assert_eq!(talk.texts(), ["{\"id\":2,\"result\":false}"], "the application did nothing");
    let Some(Event::Seek { position, .. }) = talk.say("{\"id\":3,\"seek\":-70}") else {
        panic!("a seek")
    };
    assert_eq!(position, Timestamp(0));
    talk.session.notify_seek(40);
    assert_eq!(talk.texts()[0], "{\"id\":3,\"result\":40}");
    talk.session.notify_seek(40);
    assert_eq!(talk.texts(), Vec::<String>::new(), "the client did not seek");
    assert!(matches!(talk.say("{\"id\":4,\"stop\":true}"), Some(Event::CloseStream(_))));
    assert_eq!(talk.next(), None);
    assert_eq!(talk.texts(), ["{\"id\":4,\"result\":true}"]);
    let both = talk.say("{\"receive\":{\"audio\":false,\"video\":true}}");
    assert!(matches!(both, Some(Event::ReceiveAudio { on: false, .. })), "{both:?}");
    assert!(matches!(talk.next(), Some(Event::ReceiveVideo { on: true, .. })));
    let buffer = talk.say("{\"buffer\":3000}");
    assert!(matches!(buffer, Some(Event::BufferLength { milliseconds: 3000, .. })), "{buffer:?}");
    assert_eq!(talk.texts(), Vec::<String>::new());
}

#[test]
fn calls_go_both_ways() {
    let mut talk = Talk::connected();
    let Some(Event::Call(call)) = talk.say("{\"id\":7,\"call\":\"move\",\"args\":[1,\"x\"]}")
    else {
        panic!("a call")
    };
    assert_eq!(
        (call.procedure.as_str(), &call.arguments[..]),
        ("move", &[1.into(), "x".into()][..])
    );
    talk.session.answer_call(call.reply, Ok(&Value::from(2)));
    assert_eq!(talk.texts(), ["{\"id\":7,\"result\":2}"]);
    let Some(Event::Call(call)) = talk.say("{\"call\":\"move\"}") else { panic!("a call") };
    talk.session.answer_call(call.reply, Ok(&Value::Null));
    assert_eq!(talk.texts(), Vec::<String>::new(), "no answer was asked for");
    assert_eq!(
        call_text("title", 9, &["a".into()]),
        "{\"id\":9,\"call\":\"title\",\"args\":[\"a\"]}"
    );
    assert_eq!(call_text("title", 0, &[]), "{\"call\":\"title\",\"args\":[]}");
    for (text, expected) in [
        ("{\"id\":9,\"result\":true}", Ok(Value::Boolean(true))),
        ("{\"id\":9,\"error\":\"no\"}", Err(Value::from("no"))),
    ] {
        let Some(Event::CallResult { transaction_id, result }) = talk.say(text) else {
            panic!("a result")
        };
        assert_eq!((transaction_id, result), (9.0, expected));
    }
}

#[test]
fn a_text_that_makes_no_sense_is_answered_and_changes_nothing() {
    let mut talk = Talk::connected();
    for text in ["", "nonsense", "[]", "{}", "{\"id\":1}", "{\"play\":7}", "{\"pause\":\"x\"}"] {
        assert_eq!(talk.say(text), None, "{text}");
        assert!(talk.texts()[0].starts_with("{\"event\":\"error\""), "{text}");
    }
    assert!(matches!(talk.say("{\"call\":\"go\"}"), Some(Event::Call(_))));
}

#[test]
fn a_player_of_flv_alone_is_sent_no_text_before_it_sends_one() {
    let kind = Kind::WebSocket { accept: ACCEPT.to_owned() };
    let mut talk = Talk::new(kind, Some("sea"));
    talk.next();
    talk.session.accept_connect();
    let Some(Event::CreateStream(create)) = talk.next() else { panic!("a stream") };
    talk.session.accept_create_stream(create);
    talk.next();
    talk.session.start_play(start("sea"));
    assert!(talk.output().ends_with("\r\n\r\n"));
    talk.session.notify_seek(7);
    assert_eq!(talk.output(), "");
    let Some(Event::Call(call)) = talk.say("{\"id\":1,\"call\":\"go\"}") else { panic!("a call") };
    talk.session.answer_call(call.reply, Ok(&Value::Null));
    assert_eq!(talk.texts(), ["{\"id\":1,\"result\":null}"]);
}

#[test]
fn pings_are_answered_and_sent_and_a_silent_client_is_given_up() {
    let mut talk = Talk::connected();
    let ping = masked(0x89, b"hi");
    assert_eq!(talk.session.read(talk.start, &mut &ping[..]), Ok(None));
    assert_eq!(talk.session.take_output(), b"\x8a\x02hi");
    let first = talk.session.deadline();
    assert_eq!(first.duration_since(talk.start), Duration::from_secs(30));
    talk.session.handle_timeout(first).expect("a ping");
    assert_eq!(talk.session.take_output(), b"\x89\0");
    let late = talk.start + Duration::from_secs(90);
    assert_eq!(talk.session.handle_timeout(late), Err(Error::Timeout(Timeout::Idle)));
    assert!(talk.session.take_output().starts_with(&[0x88]));
}

#[test]
fn a_client_of_http_may_be_silent() {
    let mut talk = Talk::new(Kind::Http { is_chunked: false }, Some("sea"));
    let late = talk.start + Duration::from_secs(3600);
    assert!(talk.session.deadline() > late);
    assert_eq!(talk.session.handle_timeout(late), Ok(()));
    assert_eq!(talk.output(), "");
}

#[test]
fn wrong_frames_and_closes_are_answered_with_a_close() {
    for (frame, code, error) in [
        (masked(0x88, b""), 1000, Some(Error::Closed)),
        (masked(0x82, b"x"), 1003, Some(Error::Binary)),
        (b"GET / HTTP/1.1\r\n".to_vec(), 1002, None),
        (masked(0x81, b"\xff"), 1007, None),
        ([0x81, 0xfe, 4, 1, 0, 0, 0, 0].to_vec(), 1009, None),
    ] {
        let mut talk = Talk::connected();
        let failed = talk.session.read(talk.start, &mut &frame[..]).expect_err("an error");
        assert!(error.is_none_or(|error| error == failed), "{failed}");
        let output = talk.session.take_output();
        assert_eq!((output[0], u16::from_be_bytes([output[2], output[3]])), (0x88, code));
        assert_eq!(talk.session.read(talk.start, &mut &b""[..]), Err(Error::Closed));
    }
}

#[test]
fn notices_become_texts() {
    let stream = MessageStreamId(1);
    let stop = event_text(&in_band::play_stop(stream, "sea")).expect("a text");
    assert!(stop.contains("\"code\":\"NetStream.Play.Stop\""), "{stop}");
    let complete =
        in_band::play_complete(stream, Timestamp(9), "sea", Duration::from_millis(1500), 3);
    let complete = event_text(&complete).expect("a text");
    assert!(complete.contains("\"duration\":1.5"), "{complete}");
    let end = event_text(&in_band::stream_eof(stream));
    assert_eq!(end.as_deref(), Some("{\"event\":\"end\"}"));
    assert_eq!(event_text(&in_band::sample_access(stream, true, true)), None);
}
