//! A message as a client understands it.

use std::fmt;

use bytes::Bytes;
use rendercast::amf::{Limits, Value};
use rendercast::media::{Tag, TagKind};
use rendercast::protocol::chunk::{Message, MessageType};
use rendercast::protocol::message::{Command, Data, UserControl};

/// A message as a client understands it. `Other` is a message of the protocol itself, which is
/// not shown.
#[derive(Clone, PartialEq)]
pub(crate) enum Received {
    StreamBegin(u32),
    StreamEof(u32),
    StreamIsRecorded(u32),
    Status {
        stream: u32,
        level: String,
        code: String,
        description: String,
    },
    Data {
        stream: u32,
        timestamp: u32,
        name: String,
        values: Vec<Value>,
    },
    Media(Media),
    /// `_result` or `_error`.
    Reply {
        transaction: f64,
        outcome: Result<Value, Value>,
        message_type: MessageType,
    },
    Call {
        transaction: f64,
        procedure: String,
        arguments: Vec<Value>,
        message_type: MessageType,
    },
    Other,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) stream: u32,
    pub(crate) tag: Tag,
}

impl Received {
    pub(crate) fn new(message: Message) -> Self {
        let stream = message.message_stream_id.0;
        match message.message_type {
            MessageType::AUDIO => Self::media(stream, TagKind::Audio, message),
            MessageType::VIDEO => Self::media(stream, TagKind::Video, message),
            MessageType::DATA_AMF0 | MessageType::DATA_AMF3 => data(stream, &message),
            MessageType::COMMAND_AMF0 | MessageType::COMMAND_AMF3 => command(stream, &message),
            MessageType::USER_CONTROL => user_control(&message.payload),
            _ => Self::Other,
        }
    }

    fn media(stream: u32, kind: TagKind, message: Message) -> Self {
        let Message { timestamp, payload, .. } = message;
        Self::Media(Media { stream, tag: Tag { kind, timestamp, payload } })
    }

    /// Returns the code of a status, the name of a data message, or what else names it in a line.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::StreamBegin(_) => "StreamBegin".to_owned(),
            Self::StreamEof(_) => "StreamEOF".to_owned(),
            Self::StreamIsRecorded(_) => "StreamIsRecorded".to_owned(),
            Self::Status { code, .. } => code.clone(),
            Self::Data { name, .. } => name.clone(),
            Self::Media(media) => format!("{:?}", media.tag.kind),
            Self::Reply { outcome: Ok(_), .. } => "_result".to_owned(),
            Self::Reply { outcome: Err(_), .. } => "_error".to_owned(),
            Self::Call { procedure, .. } => format!("{procedure}()"),
            Self::Other => "other".to_owned(),
        }
    }

    pub(crate) fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Self::Status { code, .. } if code == wanted)
    }

    pub(crate) const fn is_media(&self) -> bool {
        matches!(self, Self::Media(_))
    }
}

impl Media {
    pub(crate) const fn payload(&self) -> &Bytes {
        &self.tag.payload
    }
}

fn data(stream: u32, message: &Message) -> Received {
    let data = Data::decode(message.message_type, &message.payload, Limits::default());
    let Data { name, values } = data.expect("a data message can be read");
    Received::Data { stream, timestamp: message.timestamp.0, name, values }
}

fn command(stream: u32, message: &Message) -> Received {
    let message_type = message.message_type;
    let command = Command::decode(message_type, &message.payload, Limits::default());
    let Command { name, transaction_id: transaction, mut arguments, .. } =
        command.expect("a command can be read");
    let first = arguments.first().cloned().unwrap_or(Value::Undefined);
    match name.as_str() {
        "_result" => Received::Reply { transaction, outcome: Ok(first), message_type },
        "_error" => Received::Reply { transaction, outcome: Err(first), message_type },
        "onStatus" => {
            let text = |name| text(&first, name);
            let (level, code, description) = (text("level"), text("code"), text("description"));
            Received::Status { stream, level, code, description }
        }
        _ => {
            let arguments = std::mem::take(&mut arguments);
            Received::Call { transaction, procedure: name, arguments, message_type }
        }
    }
}

fn user_control(payload: &[u8]) -> Received {
    match UserControl::decode(payload).expect("a user control message can be read") {
        UserControl::StreamBegin(stream) => Received::StreamBegin(stream.0),
        UserControl::StreamEof(stream) => Received::StreamEof(stream.0),
        UserControl::StreamIsRecorded(stream) => Received::StreamIsRecorded(stream.0),
        _ => Received::Other,
    }
}

/// Returns a member that is text. Returns an empty text if there is none.
fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Writes it short enough for a list in a failed assertion.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        match self {
            Self::StreamBegin(stream)
            | Self::StreamEof(stream)
            | Self::StreamIsRecorded(stream) => {
                write!(f, " of {stream}")
            }
            Self::Status { stream, description, .. } => write!(f, " of {stream}: {description}"),
            Self::Data { stream, timestamp, .. } => write!(f, " of {stream} at {timestamp}"),
            Self::Media(media) => media.fmt(f),
            Self::Reply { transaction, outcome, .. } => write!(f, " {transaction}: {outcome:?}"),
            Self::Call { transaction, .. } => write!(f, " {transaction}"),
            Self::Other => Ok(()),
        }
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tag { timestamp, payload, .. } = &self.tag;
        let start = payload.get(..9).unwrap_or(payload);
        write!(f, " of {} at {timestamp}, {} bytes {start:02x?}", self.stream, payload.len())
    }
}
