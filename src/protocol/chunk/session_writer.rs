//! Writes a session's messages as chunks, with headers as short as earlier ones allow.

use bytes::BufMut;

use super::Message;
use super::control::{Control, INITIAL_CHUNK_SIZE, effective_chunk_size};
use super::header::{Fields, Time, put_header};
use super::limits::MAX_MESSAGE_BYTES;
use crate::protocol::few_map::FewMap;
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// Writes messages as chunks, each with the shortest header possible. Only one writer may write to
/// a chunk stream; see [`SharedChunks`](super::SharedChunks) for messages of other threads.
///
/// A message starts with a type 0 header if it is the first of its chunk stream, belongs to another
/// message stream than the one before, or has an earlier timestamp. Otherwise it starts with type
/// 1, or 2 if length and type are those of the one before. It never starts with type 3: peers
/// disagree on the timestamp that this means after type 0.
///
/// ```
/// use rendercast::protocol::chunk::{Limits, Message, MessageType, Reader, SessionWriter};
/// use rendercast::protocol::{ChunkStreamId, MessageStreamId, Timestamp};
///
/// let message = Message {
///     chunk_stream_id: ChunkStreamId::VIDEO,
///     message_stream_id: MessageStreamId(1),
///     timestamp: Timestamp(40),
///     message_type: MessageType::VIDEO,
///     payload: vec![0x17; 1000].into(),
/// };
/// let mut bytes = Vec::new();
/// SessionWriter::new().write(&message, &mut bytes);
/// assert_eq!(bytes.len(), 12 + 1000 + 7); // a full header, and one byte before each further chunk
///
/// let mut reader = Reader::new(Limits::default());
/// assert_eq!(reader.read(&mut &bytes[..])?, Some(message));
/// # Ok::<(), rendercast::protocol::chunk::Error>(())
/// ```
#[derive(Debug)]
pub struct SessionWriter {
    chunk_size: usize,
    /// A server's session uses two.
    streams: FewMap<ChunkStreamId, Last, 2>,
}

/// The header of the last message on a chunk stream.
#[derive(Clone, Copy, Debug)]
struct Last {
    message_stream_id: MessageStreamId,
    timestamp: Timestamp,
    length: u32,
    message_type: super::MessageType,
}

impl SessionWriter {
    /// Creates a writer that has written nothing. Its chunks are 128 bytes long.
    #[must_use]
    pub const fn new() -> Self {
        Self { chunk_size: INITIAL_CHUNK_SIZE, streams: FewMap::new() }
    }

    /// Returns the current chunk size, in bytes.
    #[must_use]
    pub const fn chunk_size(&self) -> usize {
        self.chunk_size
    }

    /// Appends `message` to `out`. A set-chunk-size message takes effect for later messages.
    ///
    /// Cuts the payload to [`MAX_MESSAGE_BYTES`], the most that can be sent. A set-chunk-size
    /// message that no peer would accept has no effect.
    pub fn write(&mut self, message: &Message, out: &mut Vec<u8>) {
        let id = message.chunk_stream_id;
        let (payload, length) = sendable(message);
        let last = Last {
            message_stream_id: message.message_stream_id,
            timestamp: message.timestamp,
            length,
            message_type: message.message_type,
        };
        let (fields, time) = first_header(self.streams.insert(id, last), last);
        out.reserve(payload.len().saturating_add(16));
        put_header(id, fields, time, out);
        let mut chunks = payload.chunks(self.chunk_size.max(1));
        out.put_slice(chunks.next().unwrap_or_default());
        for chunk in chunks {
            put_header(id, Fields::Type3, time, out);
            out.put_slice(chunk);
        }
        if let Ok(Some(Control::SetChunkSize(size))) =
            Control::decode(message.message_type, &message.payload)
            && let Some(size) = effective_chunk_size(size)
        {
            self.chunk_size = size;
        }
    }
}

impl Default for SessionWriter {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns as much of a message's payload as can be sent, and its length.
pub(super) fn sendable(message: &Message) -> (&[u8], u32) {
    let payload = message.payload.get(..MAX_MESSAGE_BYTES).unwrap_or(&message.payload);
    (payload, u32::try_from(payload.len()).unwrap_or_default())
}

/// Returns the header that a message starts with, and the time in it.
///
/// A delta of 4.6 hours or more needs an extended timestamp, which some servers (SRS) take for an
/// absolute one. Such a message gets a full header.
fn first_header(before: Option<Last>, now: Last) -> (Fields, Time) {
    let Last { message_stream_id, timestamp, length, message_type } = now;
    let delta = before
        .filter(|before| before.message_stream_id == message_stream_id)
        .and_then(|before| u32::try_from(timestamp.since(before.timestamp)).ok())
        .map(Time::new)
        .filter(|delta| !delta.is_extended);
    match (delta, before) {
        (Some(delta), Some(before))
            if before.length == length && before.message_type == message_type =>
        {
            (Fields::Type2 { delta }, delta)
        }
        (Some(delta), _) => (Fields::Type1 { delta, length, message_type }, delta),
        (None, _) => {
            let time = Time::new(timestamp.0);
            (Fields::Type0 { time, length, message_type, message_stream_id }, time)
        }
    }
}
