//! The `publish` command.

use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;

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

/// Whether a publisher asks for a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PublishKind {
    /// No recording. A missing or unknown kind counts as this.
    #[default]
    Live,
    /// A recording that replaces an earlier one.
    Record,
    /// A recording that continues an earlier one.
    Append,
}

impl Publish {
    pub(super) fn parse(stream: MessageStreamId, arguments: &[Value]) -> Self {
        let text = |index: usize| arguments.get(index).and_then(Value::as_str);
        Self {
            stream,
            name: text(0).unwrap_or_default().to_owned(),
            kind: match text(1) {
                Some("record") => PublishKind::Record,
                Some("append") => PublishKind::Append,
                _ => PublishKind::Live,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Publish, PublishKind};
    use crate::protocol::MessageStreamId;
    use crate::protocol::amf::Value;

    #[test]
    fn kinds_are_known_by_name_and_live_is_the_default() {
        for (kind, expected) in [
            (Value::from("live"), PublishKind::Live),
            (Value::from("record"), PublishKind::Record),
            (Value::from("append"), PublishKind::Append),
            (Value::from("appendWithGap"), PublishKind::Live),
            (Value::Null, PublishKind::Live),
        ] {
            let publish = Publish::parse(MessageStreamId(1), &[Value::from("key"), kind.clone()]);
            assert_eq!((publish.name.as_str(), publish.kind), ("key", expected), "{kind:?}");
        }
    }
}
