//! The texts of a client.

use std::time::Duration;

use crate::protocol::amf::{Limits, Object, Value};
use crate::protocol::{PlayFrom, Timestamp, json};

/// What a text of the client says.
#[derive(Debug, PartialEq)]
pub(super) enum Request {
    /// Calls a procedure of the application.
    Call {
        id: f64,
        procedure: String,
        arguments: Vec<Value>,
    },
    Play {
        id: f64,
        play: PlayRequest,
    },
    Pause {
        id: f64,
        paused: bool,
    },
    Seek {
        id: f64,
        position: Timestamp,
    },
    Stop {
        id: f64,
    },
    /// How much the client buffers.
    Buffer {
        milliseconds: u32,
    },
    /// Which kinds of media the client wants. `None` changes nothing.
    Receive {
        audio: Option<bool>,
        video: Option<bool>,
    },
    /// Answers a call of the server.
    Answer {
        id: f64,
        result: Result<Value, Value>,
    },
}

#[derive(Debug, PartialEq)]
pub(super) struct PlayRequest {
    pub(super) name: String,
    pub(super) from: PlayFrom,
    pub(super) duration: Option<Duration>,
    pub(super) reset: bool,
}

/// Why a text has no effect: what the client is told.
pub(super) type Fault = String;

/// Reads a text.
pub(super) fn parse(text: &str, limits: Limits) -> Result<Request, Fault> {
    let value = json::parse(text, limits).map_err(|error| error.to_string())?;
    let Value::Object(message) = value else {
        return Err("A message is a JSON object.".to_owned());
    };
    let id = message.get("id").and_then(Value::as_number).filter(|id| id.is_finite());
    let id = id.unwrap_or(0.0);
    read(&message, id).ok_or_else(|| {
        "A message has one of: call, play, pause, seek, stop, buffer, receive, result, error."
            .to_owned()
    })
}

fn read(message: &Object, id: f64) -> Option<Request> {
    if let Some(procedure) = message.get("call").and_then(Value::as_str) {
        let arguments = match message.get("args") {
            Some(Value::StrictArray(arguments)) => arguments.clone(),
            _ => Vec::new(),
        };
        return Some(Request::Call { id, procedure: procedure.to_owned(), arguments });
    }
    if let Some(name) = message.get("play").and_then(Value::as_str) {
        return Some(Request::Play { id, play: play(message, name) });
    }
    if let Some(paused) = message.get("pause").and_then(Value::as_bool) {
        return Some(Request::Pause { id, paused });
    }
    if let Some(position) = message.get("seek").and_then(Value::as_number) {
        return Some(Request::Seek { id, position: Timestamp(position as u32) });
    }
    if message.get("stop").is_some() {
        return Some(Request::Stop { id });
    }
    if let Some(milliseconds) = message.get("buffer").and_then(Value::as_number) {
        return Some(Request::Buffer { milliseconds: milliseconds as u32 });
    }
    if let Some(kinds) = message.get("receive") {
        let wants = |kind| kinds.get(kind).and_then(Value::as_bool);
        return Some(Request::Receive { audio: wants("audio"), video: wants("video") });
    }
    if let Some(value) = message.get("error") {
        return Some(Request::Answer { id, result: Err(value.clone()) });
    }
    let result = message.get("result")?;
    Some(Request::Answer { id, result: Ok(result.clone()) })
}

/// Reads the options of a play.
pub(super) fn play(message: &Object, name: &str) -> PlayRequest {
    let number = |name| message.get(name).and_then(Value::as_number);
    PlayRequest {
        name: name.to_owned(),
        from: PlayFrom::parse(message.get("start")),
        duration: number("duration")
            .filter(|length| *length > 0.0)
            .map(|length| Duration::from_millis(length as u64)),
        reset: message.get("reset").and_then(Value::as_bool).unwrap_or(true),
    }
}
