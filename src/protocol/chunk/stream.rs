//! What a reader remembers of one chunk stream.

use bytes::Bytes;

use super::header::{Fields, Time};
use super::{Message, MessageType};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// The header of the message under way, or of the last one; and what has arrived of the former.
#[derive(Debug, Default)]
pub(super) struct ChunkStream {
    timestamp: Timestamp,
    /// What stood in the last header: the step to the next message, if that has a type 3 header.
    time: Time,
    length: u32,
    message_type: MessageType,
    message_stream_id: MessageStreamId,
    /// Empty between messages: a chunk of a message that goes on has at least one byte.
    partial: Vec<u8>,
}

impl ChunkStream {
    /// The time that stood in the last header.
    pub(super) const fn time(&self) -> Time {
        self.time
    }

    /// The length of the message under way, in bytes.
    pub(super) fn length(&self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX)
    }

    /// How many bytes of the message under way have not arrived.
    pub(super) fn missing(&self) -> usize {
        self.length().saturating_sub(self.partial.len())
    }

    /// How much memory the message under way takes, in bytes.
    pub(super) const fn held(&self) -> usize {
        self.partial.capacity()
    }

    /// Whether a chunk with such a header goes on with the message under way.
    pub(super) fn goes_on_with(&self, fields: Fields) -> bool {
        fields == Fields::Type3 && !self.partial.is_empty()
    }

    /// Starts a message, in place of one under way.
    ///
    /// Type 3 after type 0 takes the latter's timestamp for its delta (RTMP 1.0 §5.3.1.2.4), as
    /// ffmpeg and librtmp do.
    pub(super) fn start(&mut self, fields: Fields) {
        self.partial = Vec::new();
        match fields {
            Fields::Type0 { time, length, message_type, message_stream_id } => {
                self.timestamp = Timestamp(0);
                self.time = time;
                self.length = length;
                self.message_type = message_type;
                self.message_stream_id = message_stream_id;
            }
            Fields::Type1 { delta, length, message_type } => {
                self.time = delta;
                self.length = length;
                self.message_type = message_type;
            }
            Fields::Type2 { delta } => self.time = delta,
            Fields::Type3 => {}
        }
        self.timestamp = self.timestamp.plus(self.time.value);
    }

    /// Forgets what has arrived of the message under way.
    pub(super) fn abort(&mut self) {
        self.partial = Vec::new();
    }

    /// The room that the message under way needs for `more` bytes: doubled, to grow in linear time,
    /// but never more than the whole message takes.
    pub(super) fn room_for(&self, more: usize) -> usize {
        let needed = self.partial.len().saturating_add(more);
        if needed <= self.partial.capacity() {
            return self.partial.capacity();
        }
        self.partial.capacity().saturating_mul(2).min(self.length()).max(needed)
    }

    /// Appends to the message under way, in a buffer of `room` bytes.
    pub(super) fn append(&mut self, arrived: &[u8], room: usize) {
        self.partial.reserve_exact(room.saturating_sub(self.partial.len()));
        self.partial.extend_from_slice(arrived);
    }

    /// Ends the message under way, all of whose bytes have been appended.
    pub(super) fn finish(&mut self, chunk_stream_id: ChunkStreamId) -> Message {
        let payload = Bytes::from(std::mem::take(&mut self.partial));
        self.message(chunk_stream_id, payload)
    }

    /// The message under way, whose bytes are `payload`.
    pub(super) const fn message(&self, chunk_stream_id: ChunkStreamId, payload: Bytes) -> Message {
        Message {
            chunk_stream_id,
            message_stream_id: self.message_stream_id,
            timestamp: self.timestamp,
            message_type: self.message_type,
            payload,
        }
    }
}
