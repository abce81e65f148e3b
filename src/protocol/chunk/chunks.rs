//! Cuts messages into chunks that many connections can send.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::Message;
use super::header::{Fields, Time, put_header};
use super::writer::sendable;
use crate::protocol::wire::Put;

/// Pieces of a payload up to this many bytes are copied next to their header: that costs less than
/// another entry in a vectored write, and audio messages are hardly ever longer.
const COPIED_BYTES: usize = 512;

/// Cuts messages into chunks that depend on nothing sent before: a full (type 0) header, then type
/// 3. Whoever's chunks have the same size can send them, in one vectored write.
///
/// Short payloads are copied; of longer ones the bytes are shared. All that is copied lies in one
/// buffer.
///
/// ```
/// use std::io::IoSlice;
///
/// use rendercast::protocol::chunk::{Chunks, Message};
///
/// /// What one vectored write sends of a message, to any number of viewers.
/// fn parts(message: &Message) -> Vec<bytes::Bytes> {
///     let mut chunks = Chunks::new(65_536);
///     chunks.push(message);
///     chunks.finish()
/// }
/// ```
#[derive(Debug)]
pub struct Chunks {
    chunk_size: usize,
    copied: BytesMut,
    /// Where in `copied` the bytes start that follow on the last of `pieces`.
    start: usize,
    pieces: Vec<Piece>,
    shared_bytes: usize,
}

#[derive(Debug)]
enum Piece {
    Copied(Range<usize>),
    Shared(Bytes),
}

impl Chunks {
    /// No messages yet; chunks are `chunk_size` bytes long, at least 1.
    #[must_use]
    pub fn new(chunk_size: usize) -> Self {
        Self {
            chunk_size: chunk_size.max(1),
            copied: BytesMut::new(),
            start: 0,
            pieces: Vec::new(),
            shared_bytes: 0,
        }
    }

    /// Appends `message`. Only the first [`MAX_MESSAGE_BYTES`](super::MAX_MESSAGE_BYTES) of its
    /// payload can be sent, and are.
    pub fn push(&mut self, message: &Message) {
        self.push_copying(message, COPIED_BYTES);
    }

    /// How many bytes there are so far, headers included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.copied.len().saturating_add(self.shared_bytes)
    }

    /// The chunks of all messages, in order.
    #[must_use]
    pub fn finish(mut self) -> Vec<Bytes> {
        self.cut();
        let copied = self.copied.freeze();
        let bytes = |piece| match piece {
            Piece::Copied(range) => copied.slice(range),
            Piece::Shared(bytes) => bytes,
        };
        self.pieces.into_iter().map(bytes).collect()
    }

    fn push_copying(&mut self, message: &Message, copied_bytes: usize) {
        let (payload, length) = sendable(message);
        let time = Time::new(message.timestamp.0);
        let mut fields = Fields::Type0 {
            time,
            length,
            message_type: message.message_type,
            message_stream_id: message.message_stream_id,
        };
        if payload.is_empty() {
            put_header(message.chunk_stream_id, fields, time, &mut self.copied);
        }
        for chunk in payload.chunks(self.chunk_size) {
            put_header(message.chunk_stream_id, fields, time, &mut self.copied);
            fields = Fields::Type3;
            if chunk.len() <= copied_bytes {
                self.copied.put(chunk);
            } else {
                self.cut();
                self.shared_bytes = self.shared_bytes.saturating_add(chunk.len());
                self.pieces.push(Piece::Shared(message.payload.slice_ref(chunk)));
            }
        }
    }

    /// Ends the piece of copied bytes under way.
    fn cut(&mut self) {
        let end = self.copied.len();
        if end > self.start {
            self.pieces.push(Piece::Copied(self.start..end));
            self.start = end;
        }
    }
}

impl Put for BytesMut {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Appends to `parts` the pieces of `message` as chunks that depend on nothing sent before: a full
/// (type 0) header, then type 3. The payload's bytes are shared, not copied.
///
/// For more than one message a [`Chunks`] is cheaper.
pub fn append_chunks(message: &Message, chunk_size: usize, parts: &mut Vec<Bytes>) {
    let mut chunks = Chunks::new(chunk_size);
    chunks.push_copying(message, 0);
    parts.extend(chunks.finish());
}
