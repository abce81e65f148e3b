//! A browser's texts, and what a server makes of them. Each line of the input is a text; the first
//! byte decides what the driver answers.
//!
//! - No text ends the session.
//! - Each text that is answered has one answer, which is JSON again.
//! - What is written as JSON is read as the same value.

use std::sync::Arc;
use std::time::Instant;

use rendercast::protocol::amf::{Limits, Object, Value};
use rendercast::protocol::json;
use rendercast::protocol::message::Status;
use rendercast::protocol::server_session::{Config, Event, PlayStart};
use rendercast::protocol::web_session::{Kind, Opening, WebSession};

use super::size::{NARROW, assert_within};

/// The longest text that one frame of this target holds.
const LONGEST: usize = 125;

pub fn run(bytes: &[u8]) {
    let Some((&verdict, bytes)) = bytes.split_first() else { return };
    let now = Instant::now();
    let opening = Opening {
        kind: Kind::WebSocket { accept: String::new() },
        properties: Object::new(),
        stream: None,
        fields: Vec::new(),
    };
    let config = Arc::new(Config::default());
    let mut session = WebSession::new(opening, config, 1024, now);
    assert!(matches!(session.read(now, &mut &b""[..]), Ok(Some(Event::Connect(_)))));
    session.accept_connect();
    let _ = session.take_output();
    for line in String::from_utf8_lossy(bytes).lines() {
        check_value(line);
        let text: String = line.chars().take(LONGEST / 4).collect();
        let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
        frame.extend(text.as_bytes());
        let mut input = &frame[..];
        while let Some(event) = session.read(now, &mut input).expect("no text ends a session") {
            answer(&mut session, event, verdict);
        }
        check_output(&session.take_output());
    }
}

fn check_value(line: &str) {
    if let Ok(value) = json::parse(line, NARROW.limits()) {
        assert_within(NARROW, std::slice::from_ref(&value));
        let text = json::to_text(&value);
        // Numbers that are not finite become null, and a class moves to the front.
        let again = json::parse(&text, Limits::default()).expect("what is written can be read");
        assert_eq!(json::to_text(&again), text);
    }
}

fn answer(session: &mut WebSession, event: Event, verdict: u8) {
    let status = Status::error("A.B", "Because.");
    let is_granted = verdict & 1 == 0;
    match event {
        Event::CreateStream(request) if is_granted => session.accept_create_stream(request),
        Event::CreateStream(request) => session.refuse_create_stream(request, "No."),
        Event::Play(play) if verdict & 2 == 0 => {
            let start = PlayStart { name: &play.name, recorded: true, reset: play.reset };
            session.start_play(start);
        }
        Event::Play(_) => session.refuse_play(&status),
        Event::Pause { paused, .. } if is_granted => session.notify_pause(paused, "a"),
        Event::Seek { position, .. } => session.notify_seek(position.0),
        Event::Call(call) if is_granted => {
            let value = call.arguments.first().cloned().unwrap_or(Value::Null);
            session.answer_call(call.reply, Ok(&value));
        }
        Event::Call(call) => session.answer_call(call.reply, Err(&status)),
        _ => {}
    }
}

fn check_output(mut output: &[u8]) {
    while !output.is_empty() {
        assert_eq!(output[0], 0x81, "texts alone");
        let (head, length) = match output[1] {
            126 => (4, usize::from(u16::from_be_bytes([output[2], output[3]]))),
            127 => panic!("a text of more than 64 KiB"),
            length => (2, usize::from(length)),
        };
        let text = std::str::from_utf8(&output[head..head + length]).expect("UTF-8");
        assert!(json::parse(text, Limits::default().depth(64)).is_ok(), "{text}");
        output = &output[head + length..];
    }
}
