//! The `publish` command.

use crate::protocol::amf::Value;
use crate::protocol::{MessageStreamId, PublishKind};

/// A `publish` command (RTMP 1.0 §7.2.2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The stream to publish on.
    pub stream: MessageStreamId,
    /// The name to publish under. OBS sends the stream key. It may carry a query.
    pub name: String,
    /// Whether the client asks for a recording.
    pub kind: PublishKind,
}

impl Publish {
    pub(super) fn parse(stream: MessageStreamId, arguments: &[Value]) -> Self {
        let name = arguments.first().and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { stream, name, kind: PublishKind::parse(arguments.get(1)) }
    }
}
