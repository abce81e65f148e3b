//! The `createStream` command, and the ids of a connection's streams.

use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;
use crate::protocol::sorted_map::SortedMap;

/// A `createStream` command (RTMP 1.0 §7.2.1.3).
#[derive(Clone, Debug, PartialEq)]
pub struct CreateStream {
    /// The stream's id: the lowest free one, from 1. GStreamer notices the end of playback on
    /// stream 1 only.
    pub stream: MessageStreamId,
    /// The command object; null with all known clients.
    pub command_object: Value,
    /// What the application on the client's side added.
    pub arguments: Vec<Value>,
    pub(in crate::protocol) transaction_id: f64,
}

/// The ids in use.
#[derive(Debug)]
pub(super) struct Streams {
    limit: usize,
    ids: SortedMap<MessageStreamId, ()>,
}

impl Streams {
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, ids: SortedMap::new() }
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Takes the lowest free id. Returns `None` if the limit is reached.
    pub(super) fn create(&mut self) -> Option<MessageStreamId> {
        if self.ids.len() >= self.limit {
            return None;
        }
        let free = (1..).map(MessageStreamId).find(|id| self.ids.get(id).is_none())?;
        self.ids.insert(free, ());
        Some(free)
    }

    /// Returns whether there was such a stream.
    pub(super) fn delete(&mut self, stream: MessageStreamId) -> bool {
        self.ids.remove(&stream).is_some()
    }

    /// Returns `id` if there is such a stream.
    pub(super) fn known(&self, id: MessageStreamId) -> Option<MessageStreamId> {
        self.ids.get(&id).map(|()| id)
    }

    /// Returns the stream that a message is about: usually the one it names. A message that names
    /// the connection means the only stream, if there is exactly one.
    pub(super) fn meant_by(&self, id: MessageStreamId) -> Option<MessageStreamId> {
        self.known(id).or_else(|| match (id, self.ids.len()) {
            (MessageStreamId::CONNECTION, 1) => self.ids.keys().next().copied(),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Streams;
    use crate::protocol::MessageStreamId;

    #[test]
    fn each_id_is_the_lowest_free_one_and_their_number_is_bounded() {
        let mut streams = Streams::new(2);
        assert_eq!(streams.create(), Some(MessageStreamId(1)));
        assert_eq!(streams.create(), Some(MessageStreamId(2)));
        assert_eq!(streams.create(), None);
        assert!(streams.delete(MessageStreamId(1)));
        assert!(!streams.delete(MessageStreamId(1)));
        assert_eq!(streams.create(), Some(MessageStreamId(1)));
    }

    #[test]
    fn the_connection_stands_for_its_only_stream() {
        let mut streams = Streams::new(2);
        assert_eq!(streams.meant_by(MessageStreamId(0)), None);
        streams.create();
        assert_eq!(streams.meant_by(MessageStreamId(0)), Some(MessageStreamId(1)));
        assert_eq!(streams.meant_by(MessageStreamId(2)), None);
        streams.create();
        assert_eq!(streams.meant_by(MessageStreamId(0)), None);
        assert_eq!(streams.meant_by(MessageStreamId(2)), Some(MessageStreamId(2)));
    }
}
