//! The streams of a connection.

use crate::protocol::MessageStreamId;
use crate::protocol::amf::Value;

/// A `createStream` command (RTMP 1.0 §7.2.1.3).
#[derive(Clone, Debug, PartialEq)]
pub struct CreateStream {
    /// The id that the stream gets: the lowest from 1 that is free. GStreamer takes the end of
    /// playback for stream 1 only.
    pub stream: MessageStreamId,
    /// The command object; null with all known clients.
    pub command_object: Value,
    /// What the application on the client's side added.
    pub arguments: Vec<Value>,
    pub(super) transaction_id: f64,
}

/// The ids in use, in order.
#[derive(Debug)]
pub(super) struct Streams {
    limit: usize,
    ids: Vec<u32>,
}

impl Streams {
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, ids: Vec::new() }
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Takes the lowest free id; none where there are as many as there may be.
    pub(super) fn create(&mut self) -> Option<MessageStreamId> {
        if self.ids.len() >= self.limit {
            return None;
        }
        // Up to the first that is free, each is one more than its place.
        let place = (1..).zip(&self.ids).take_while(|(free, id)| free == *id).count();
        let id = u32::try_from(place).ok()?.checked_add(1)?;
        self.ids.insert(place, id);
        Some(MessageStreamId(id))
    }

    /// Whether there was such a stream.
    pub(super) fn delete(&mut self, stream: MessageStreamId) -> bool {
        let place = self.ids.binary_search(&stream.0);
        place.map(|place| self.ids.remove(place)).is_ok()
    }

    /// The stream of that id, if there is one.
    pub(super) fn known(&self, id: MessageStreamId) -> Option<MessageStreamId> {
        self.ids.binary_search(&id.0).is_ok().then_some(id)
    }

    /// The stream that a message is about: the one it names. Where it names the connection
    /// and there is but one stream, it can only mean that.
    pub(super) fn meant_by(&self, id: MessageStreamId) -> Option<MessageStreamId> {
        self.known(id).or_else(|| match (id, self.ids.len()) {
            (MessageStreamId::CONNECTION, 1) => self.ids.first().copied().map(MessageStreamId),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Streams;
    use crate::protocol::MessageStreamId;

    #[test]
    fn ids_are_the_lowest_that_are_free_and_bounded_in_number() {
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
