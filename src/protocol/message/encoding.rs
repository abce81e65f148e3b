//! The version of AMF that a client understands.

use crate::protocol::amf::Value;
use crate::protocol::buffers::PAYLOAD_BYTES;
use crate::protocol::chunk::MessageType;

/// The version of AMF that a client asked for with `objectEncoding` when it connected.
///
/// It decides what may be sent to the client. Both versions are read from any client. ffmpeg,
/// librtmp and GStreamer do not know the message types of AMF3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ObjectEncoding {
    /// `objectEncoding` 0, or none at all.
    #[default]
    Amf0,
    /// `objectEncoding` 3: what ActionScript 3 asks for.
    Amf3,
}

/// The byte before the values of a message of an AMF3 type (Enhanced RTMP v2, "AMF3").
const FORMAT_SELECTOR: u8 = 0x00;

impl ObjectEncoding {
    /// Reads the encoding that the object of a `connect` command asks for.
    #[must_use]
    pub fn asked_for(command_object: &Value) -> Self {
        match command_object.get("objectEncoding").and_then(Value::as_number) {
            Some(3.0) => Self::Amf3,
            _ => Self::Amf0,
        }
    }

    /// Returns its number in `objectEncoding`.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Amf0 => 0,
            Self::Amf3 => 3,
        }
    }

    pub(super) const fn command_type(self) -> MessageType {
        match self {
            Self::Amf0 => MessageType::COMMAND_AMF0,
            Self::Amf3 => MessageType::COMMAND_AMF3,
        }
    }

    pub(super) const fn data_type(self) -> MessageType {
        match self {
            Self::Amf0 => MessageType::DATA_AMF0,
            Self::Amf3 => MessageType::DATA_AMF3,
        }
    }

    /// Starts a payload for AMF0 values. In either encoding, values that need AMF3 carry a marker.
    pub(super) fn begin(self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(PAYLOAD_BYTES);
        match self {
            Self::Amf0 => {}
            Self::Amf3 => payload.push(FORMAT_SELECTOR),
        }
        payload
    }
}

/// Returns the values of a command or data message, without the first byte of AMF3 types.
///
/// Some clients leave that byte out. This is unambiguous: a message's first value is a name, never
/// the number that 0x00 would announce.
pub(super) fn values(message_type: MessageType, payload: &[u8]) -> &[u8] {
    match (message_type, payload) {
        (MessageType::COMMAND_AMF3 | MessageType::DATA_AMF3, [FORMAT_SELECTOR, values @ ..]) => {
            values
        }
        _ => payload,
    }
}
