//! What a reader remembers of one chunk stream.

use std::mem;

use bytes::Bytes;

use super::header::{Fields, Time, is_short_type_3};
use super::{Message, MessageType};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// Up to here a buffer grows fourfold rather than twofold: each growth is a copy. Beyond, the allocator
/// moves pages instead.
const SMALL_BYTES: usize = 64 << 10;

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

    /// How many bytes of the message under way have arrived.
    pub(super) const fn arrived(&self) -> usize {
        self.partial.len()
    }

    /// Whether a chunk with such a header goes on with the message under way.
    pub(super) fn goes_on_with(&self, fields: Fields) -> bool {
        fields == Fields::Type3 && !self.partial.is_empty()
    }

    /// What follows at `input` on the header of a chunk that goes on with the message under way, where
    /// that header is but a byte: nearly all are.
    pub(super) fn goes_on_at<'a>(&self, id: ChunkStreamId, input: &'a [u8]) -> Option<&'a [u8]> {
        let (first, rest) = input.split_first()?;
        let is_plain = !self.time.is_extended && is_short_type_3(*first, id);
        is_plain.then_some(rest)
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

    /// Appends to the message under way; ends it, if it is whole with that. `behind` is what has
    /// arrived behind.
    pub(super) fn append(
        &mut self,
        id: ChunkStreamId,
        arrived: &[u8],
        behind: &[u8],
        chunk_size: usize,
    ) -> Option<Message> {
        if arrived.len() == self.length() {
            return Some(self.message(id, Bytes::copy_from_slice(arrived)));
        }
        if self.partial.capacity().saturating_sub(self.partial.len()) < arrived.len() {
            let at_hand = arrived.len().saturating_add(self.at_hand(id, behind, chunk_size));
            self.make_room(at_hand);
        }
        self.partial.extend_from_slice(arrived);
        (self.missing() == 0).then(|| {
            let payload = Bytes::from(mem::take(&mut self.partial));
            self.message(id, payload)
        })
    }

    /// How many bytes of the message under way are at the start of `input`, in chunks that do nothing
    /// but go on with it.
    fn at_hand(&self, id: ChunkStreamId, mut input: &[u8], chunk_size: usize) -> usize {
        let mut bytes: usize = 0;
        while bytes < self.missing()
            && let Some(rest) = self.goes_on_at(id, input)
        {
            let (chunk, rest) = rest.split_at_checked(chunk_size).unwrap_or((rest, &[]));
            bytes = bytes.saturating_add(chunk.len());
            input = rest;
        }
        bytes
    }

    /// Makes room for `more` bytes. What grows gets a multiple of what it needs, to grow in linear
    /// time, but never more than the whole message takes.
    fn make_room(&mut self, more: usize) {
        let arrived = self.partial.len();
        let needed = arrived.saturating_add(more);
        let factor = match needed {
            _ if arrived == 0 => 1,
            ..SMALL_BYTES => 4,
            _ => 2,
        };
        let room = needed.saturating_mul(factor).min(self.length());
        self.partial.reserve_exact(room.saturating_sub(arrived));
    }

    /// The message under way, whose bytes are `payload`.
    const fn message(&self, chunk_stream_id: ChunkStreamId, payload: Bytes) -> Message {
        Message {
            chunk_stream_id,
            message_stream_id: self.message_stream_id,
            timestamp: self.timestamp,
            message_type: self.message_type,
            payload,
        }
    }
}
