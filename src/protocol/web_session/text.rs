//! The texts of the server.

use crate::protocol::amf::{Object, Value};
use crate::protocol::buffers::OBJECT_MEMBERS;
use crate::protocol::json::to_text;
use crate::protocol::message::Status;
use crate::protocol::message::status::code;

/// Tells that the client is connected.
pub(super) fn connected() -> String {
    to_text(&Object::new().with("event", "connected").into())
}

/// Answers the request of this number.
pub(super) fn result(id: f64, value: Value) -> String {
    to_text(&Object::new().with("id", id).with("result", value).into())
}

/// Refuses the request of this number.
pub(super) fn error(id: f64, status: &Status) -> String {
    to_text(&Object::new().with("id", id).with("error", status.info()).into())
}

/// Refuses a play because of its name.
pub(super) fn bad_name(id: f64, description: String) -> String {
    error(id, &Status::error(code::PLAY_FAILED, description))
}

/// Tells that a text of the client has no effect.
pub(super) fn fault(description: &str) -> String {
    to_text(&Object::new().with("event", "error").with("description", description).into())
}

/// Calls a procedure of the client. 0 asks for no answer.
pub(super) fn call(procedure: &str, id: u32, arguments: &[Value]) -> String {
    let mut message = Object::new();
    if id != 0 {
        message.push("id", id);
    }
    message.push("call", procedure);
    message.push("args", arguments.to_vec());
    to_text(&message.into())
}

/// Reports a status.
pub(super) fn status(info: &Object) -> String {
    let mut message = Object::with_capacity(OBJECT_MEMBERS).with("event", "status");
    for (name, value) in info.iter() {
        message.push(name, value.clone());
    }
    to_text(&message.into())
}

/// Tells that nothing more comes of a play.
pub(super) fn end() -> String {
    to_text(&Object::new().with("event", "end").into())
}
