//! Cuts messages into chunks that many connections can send.

use bytes::{BufMut, Bytes, BytesMut};

use super::Message;
use super::header::{Fields, MAX_HEADER_BYTES, Time, put_header};
use super::session_writer::sendable;
use crate::protocol::ChunkStreamId;
use crate::protocol::buffers::{FIRST_SEGMENT_BYTES, SEGMENT_BYTES};

/// Pieces of a payload up to this many bytes are copied next to their header: that costs less than
/// another entry in a vectored write, and audio messages are hardly ever longer.
const COPIED_BYTES: usize = 512;

/// Cuts messages into chunks that depend on nothing sent before: a full (type 0) header, then type
/// 3. Whoever's chunks have the same size can send them, in one vectored write.
///
/// Short payloads are copied; of longer ones the bytes are shared.
///
/// ```
/// use rendercast::protocol::chunk::{Message, SharedChunks};
///
/// /// What one vectored write sends of some messages, to any number of viewers.
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
    /// Copied bytes that follow on the last of `pieces`.
    segment: BytesMut,
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl SharedChunks {
    /// No messages yet, but room for as many as `messages`; chunks are `chunk_size` bytes long, at
    /// least 1.
    #[must_use]
    pub fn new(chunk_size: usize, messages: usize) -> Self {
        Self {
            chunk_size: chunk_size.max(1),
            segment: BytesMut::with_capacity(FIRST_SEGMENT_BYTES),
            pieces: Vec::with_capacity(messages.saturating_mul(2)),
            bytes: 0,
        }
    }

    /// Appends `message`. Only the first [`MAX_MESSAGE_BYTES`](super::MAX_MESSAGE_BYTES) of its
    /// payload can be sent, and are.
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
            let is_copied = chunk.len() <= COPIED_BYTES;
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

    /// How many bytes there are so far, headers included.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The chunks of all messages, in order.
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

    /// Sees to it that `length` bytes more are contiguous without moving those before.
    fn make_room(&mut self, length: usize) {
        if self.segment.capacity().saturating_sub(self.segment.len()) < length {
            self.cut();
            self.segment = BytesMut::with_capacity(SEGMENT_BYTES.max(length));
        }
    }

    /// Ends the piece of copied bytes under way.
    fn cut(&mut self) {
        if !self.segment.is_empty() {
            self.pieces.push(self.segment.split().freeze());
        }
    }
}
