//! What is told outside of a session, as messages of RTMP and as texts.

use super::text;
use crate::protocol::amf::Limits;
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::message::{Command, Data, UserControl};

/// Returns a message of [`in_band`](crate::protocol::message::in_band) as a text for a client.
/// Returns `None` for a message that clients of a WebSocket are not told.
#[must_use]
pub fn event_text(message: &Message) -> Option<String> {
    if is_end(message) {
        return Some(text::end());
    }
    let (kind, payload, limits) = (message.message_type, &message.payload, Limits::default());
    let (name, values) = if kind == MessageType::DATA_AMF0 {
        Data::decode(kind, payload, limits).ok().map(|data| (data.name, data.values))?
    } else {
        let command = Command::decode(kind, payload, limits).ok()?;
        (command.name, command.arguments)
    };
    if !matches!(name.as_str(), "onStatus" | "onPlayStatus") {
        return None;
    }
    values.first()?.as_object().map(text::status)
}

/// Returns whether a message tells that nothing more comes of a play.
#[must_use]
pub fn is_end(message: &Message) -> bool {
    message.message_type == MessageType::USER_CONTROL
        && matches!(UserControl::decode(&message.payload), Ok(UserControl::StreamEof(_)))
}
