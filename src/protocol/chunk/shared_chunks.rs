//! Writes messages as chunks that many connections can send.

use bytes::{BufMut, Bytes, BytesMut};

use super::Message;
use super::header::{Fields, MAX_HEADER_BYTES, Time, put_header};
use super::session_writer::sendable;
use crate::protocol::ChunkStreamId;
use crate::protocol::buffers::{FIRST_SEGMENT_BYTES, FIRST_SEGMENT_OF_MANY, SEGMENT_BYTES};

/// The longest piece of a payload that is copied next to its header, in bytes. The copy costs less
/// than another entry in a vectored write, and audio messages are hardly ever longer.
const COPIED_BYTES: usize = 512;

/// As above, in a burst: what many viewers have copied for a moment, all their threads' heaps must
/// have room for.
const COPIED_BYTES_OF_MANY: usize = 64;

/// More messages fill a whole segment.
const FEW_MESSAGES: usize = 2;

/// More messages are a burst.
const MANY_MESSAGES: usize = 16;

/// Writes messages as chunks that depend on nothing sent before: one with a full (type 0) header,
/// then type 3. All connections with the same chunk size can send them, in one vectored write.
///
/// Short payloads are copied. The bytes of longer ones are shared.
///
/// ```
/// use rendercast::protocol::chunk::{Message, SharedChunks};
///
/// /// Returns the parts of a vectored write, for any number of viewers.
/// fn parts(messages: &[Message]) -> Vec<bytes::Bytes> {
///     let mut chunks = SharedChunks::new(65_536, messages.len());
///     for message in messages {
///         chunks.push(message);
///     }
///     chunks.finish()
/// }
/// ```
#[derive(Debug)]
pub struct SharedChunks {
    chunk_size: usize,
    longest_copy: usize,
    /// Copied bytes that come after the last of `pieces`.
    segment: BytesMut,
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl SharedChunks {
    /// Creates an empty list with room for `messages`. A chunk size of 0 counts as 1.
    #[must_use]
    pub fn new(chunk_size: usize, messages: usize) -> Self {
        let is_burst = messages > MANY_MESSAGES;
        Self {
            chunk_size: chunk_size.max(1),
            longest_copy: if is_burst { COPIED_BYTES_OF_MANY } else { COPIED_BYTES },
            segment: BytesMut::with_capacity(match messages {
                0..=FEW_MESSAGES => FIRST_SEGMENT_BYTES,
                _ if is_burst => {
                    FIRST_SEGMENT_OF_MANY.max(messages.saturating_mul(MAX_HEADER_BYTES))
                }
                _ => SEGMENT_BYTES,
            }),
            pieces: Vec::with_capacity(messages.saturating_mul(2)),
            bytes: 0,
        }
    }

    /// Appends `message`. Cuts its payload to [`MAX_MESSAGE_BYTES`](super::MAX_MESSAGE_BYTES), the
    /// most that can be sent.
    pub fn push(&mut self, message: &Message) {
        let (payload, length) = sendable(message);
        let time = Time::new(message.timestamp.0);
        let mut fields = Fields::Type0 {
            time,
            length,
            message_type: message.message_type,
            message_stream_id: message.message_stream_id,
        };
        if payload.is_empty() {
            self.make_room(MAX_HEADER_BYTES);
            self.put_header(message.chunk_stream_id, fields, time);
        }
        for chunk in payload.chunks(self.chunk_size) {
            let is_copied = chunk.len() <= self.longest_copy;
            let copied = if is_copied { chunk.len() } else { 0 };
            self.make_room(MAX_HEADER_BYTES.saturating_add(copied));
            self.put_header(message.chunk_stream_id, fields, time);
            fields = Fields::Type3;
            if is_copied {
                self.segment.put_slice(chunk);
            } else {
                self.cut();
                self.pieces.push(message.payload.slice_ref(chunk));
            }
            self.bytes = self.bytes.saturating_add(chunk.len());
        }
    }

    /// Returns the bytes appended so far, headers included.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the chunks of all messages, in order.
    #[must_use]
    pub fn finish(mut self) -> Vec<Bytes> {
        self.cut();
        self.pieces
    }

    fn put_header(&mut self, chunk_stream_id: ChunkStreamId, fields: Fields, time: Time) {
        let before = self.segment.len();
        put_header(chunk_stream_id, fields, time, &mut self.segment);
        self.bytes = self.bytes.saturating_add(self.segment.len().saturating_sub(before));
    }

    /// Makes room for `length` contiguous bytes without moving earlier ones.
    fn make_room(&mut self, length: usize) {
        if self.segment.capacity().saturating_sub(self.segment.len()) < length {
            self.cut();
            self.segment = BytesMut::with_capacity(SEGMENT_BYTES.max(length));
        }
    }

    /// Ends the current piece of copied bytes.
    fn cut(&mut self) {
        if !self.segment.is_empty() {
            self.pieces.push(self.segment.split().freeze());
        }
    }
}
