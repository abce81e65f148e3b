//! Aggregate messages: several messages of one stream in one (RTMP 1.0 §7.1.6).

use bytes::Bytes;

use super::Error;
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::wire::Reader;
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// Iterates over the messages in an aggregate message. Their payloads share its bytes.
///
/// They are laid out like the tags of an FLV file, each with a back pointer after it. The first
/// gets the aggregate's timestamp, and the others keep their distance from it. Their stream ids are
/// ignored: the aggregate's applies.
#[derive(Clone, Debug)]
pub struct Parts {
    chunk_stream_id: ChunkStreamId,
    message_stream_id: MessageStreamId,
    timestamp: Timestamp,
    base: Option<Timestamp>,
    rest: Bytes,
}

impl Parts {
    /// Creates an iterator over the messages in `aggregate`.
    #[must_use]
    pub fn new(aggregate: &Message) -> Self {
        Self {
            chunk_stream_id: aggregate.chunk_stream_id,
            message_stream_id: aggregate.message_stream_id,
            timestamp: aggregate.timestamp,
            base: None,
            rest: aggregate.payload.clone(),
        }
    }

    fn part(&mut self) -> Result<Message, Error> {
        let mut reader = Reader::new(&self.rest);
        let message_type = MessageType(reader.u8()?);
        let length = reader.u24()?;
        let low = reader.u24()?;
        let high = reader.u8()?;
        let _stream_id = reader.u24()?;
        let timestamp = Timestamp(u32::from(high) << 24 | low);
        let payload = reader.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        let payload = self.rest.slice_ref(payload);
        // Peers do not check back pointers, and may leave out the last one.
        let _back_pointer = reader.u32();
        self.rest = self.rest.slice_ref(reader.rest());

        let base = *self.base.get_or_insert(timestamp);
        Ok(Message {
            chunk_stream_id: self.chunk_stream_id,
            message_stream_id: self.message_stream_id,
            timestamp: self.timestamp.plus(timestamp.0.wrapping_sub(base.0)),
            message_type,
            payload,
        })
    }
}

impl Iterator for Parts {
    type Item = Result<Message, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let part = self.part();
        if part.is_err() {
            self.rest = Bytes::new();
        }
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::Parts;
    use crate::protocol::chunk::{Message, MessageType};
    use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

    /// Audio at 0x01ff_fff0 and video 32 ms later.
    const TWO: &[u8] = &[
        8, 0, 0, 2, 0xff, 0xff, 0xf0, 0x01, 0, 0, 0, 0xaf, 0x01, 0, 0, 0, 13, //
        9, 0, 0, 1, 0x00, 0x00, 0x10, 0x02, 0, 0, 0, 0x17, 0, 0, 0, 12,
    ];

    fn aggregate(payload: &'static [u8]) -> Message {
        Message {
            chunk_stream_id: ChunkStreamId(6),
            message_stream_id: MessageStreamId(1),
            timestamp: Timestamp(1_000),
            message_type: MessageType::AGGREGATE,
            payload: Bytes::from_static(payload),
        }
    }

    #[test]
    fn parts_keep_their_distance_from_the_first() {
        let parts: Vec<_> = Parts::new(&aggregate(TWO)).map(Result::unwrap).collect();
        let summary: Vec<_> = parts
            .iter()
            .map(|part| (part.message_type, part.timestamp, part.payload.as_ref()))
            .collect();
        assert_eq!(
            summary,
            [
                (MessageType::AUDIO, Timestamp(1_000), &[0xaf, 0x01][..]),
                (MessageType::VIDEO, Timestamp(1_032), &[0x17][..]),
            ]
        );
        assert!(parts.iter().all(|part| part.message_stream_id == MessageStreamId(1)));
    }

    #[test]
    fn the_last_back_pointer_may_be_missing() {
        let parts = Parts::new(&aggregate(&TWO[..29]));
        assert_eq!(parts.filter_map(Result::ok).count(), 2);
    }

    #[test]
    fn what_precedes_a_cut_is_kept_and_the_cut_is_reported_once() {
        let mut parts = Parts::new(&aggregate(&TWO[..20]));
        assert!(parts.next().unwrap().is_ok());
        assert!(parts.next().unwrap().is_err());
        assert!(parts.next().is_none());
    }
}
