//! A reader's state for one chunk stream.

use std::mem;

use bytes::Bytes;

use super::header::{Fields, Time, is_short_type_3};
use super::{Message, MessageType};
use crate::protocol::buffers::PAYLOAD_BYTES;
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// The size up to which a buffer grows by four instead of two, because growth copies it. The
/// allocator grows larger ones by moving pages.
const SMALL_BYTES: usize = 64 << 10;

/// The header of the unfinished message, or of the last one, and what has arrived of the former.
#[derive(Debug, Default)]
pub(super) struct ChunkStream {
    timestamp: Timestamp,
    /// The time in the last header: the delta of the next message, if that has a type 3 header.
    time: Time,
    length: u32,
    message_type: MessageType,
    message_stream_id: MessageStreamId,
    /// The bytes that have arrived. Empty between messages: an unfinished one has at least a byte.
    partial: Vec<u8>,
}

impl ChunkStream {
    /// Returns the time in the last header.
    pub(super) const fn time(&self) -> Time {
        self.time
    }

    /// Returns the length of the current message, in bytes.
    pub(super) fn length(&self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX)
    }

    /// Returns how many bytes of the current message have not arrived.
    pub(super) fn missing(&self) -> usize {
        self.length().saturating_sub(self.partial.len())
    }

    /// Returns how many bytes of the current message have arrived.
    pub(super) const fn arrived(&self) -> usize {
        self.partial.len()
    }

    /// Returns whether a chunk with this header continues the current message.
    pub(super) fn goes_on_with(&self, fields: Fields) -> bool {
        fields == Fields::Type3 && !self.partial.is_empty()
    }

    /// Returns what comes after the header at `input`, if that is the one-byte header of a chunk
    /// that continues the current message. Nearly all are.
    pub(super) fn goes_on_at<'a>(&self, id: ChunkStreamId, input: &'a [u8]) -> Option<&'a [u8]> {
        let (first, rest) = input.split_first()?;
        let is_plain = !self.time.is_extended && is_short_type_3(*first, id);
        is_plain.then_some(rest)
    }

    /// Starts a message. Drops an unfinished one.
    ///
    /// The delta of type 3 after type 0 is the latter's timestamp (RTMP 1.0 §5.3.1.2.4), as with
    /// ffmpeg and librtmp.
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

    /// Drops what has arrived of the current message.
    pub(super) fn abort(&mut self) {
        self.partial = Vec::new();
    }

    /// Appends to the current message. Returns it once it is whole. `later` is the input after
    /// `arrived`.
    pub(super) fn append(
        &mut self,
        id: ChunkStreamId,
        arrived: &[u8],
        later: &[u8],
        chunk_size: usize,
    ) -> Option<Message> {
        if arrived.len() == self.length() {
            return Some(self.message(id, Bytes::copy_from_slice(arrived)));
        }
        if self.partial.capacity().saturating_sub(self.partial.len()) < arrived.len() {
            let at_hand = arrived.len().saturating_add(self.at_hand(id, later, chunk_size));
            self.make_room(at_hand);
        }
        self.partial.extend_from_slice(arrived);
        (self.missing() == 0).then(|| {
            let payload = Bytes::from(mem::take(&mut self.partial));
            self.message(id, payload)
        })
    }

    /// Returns how many bytes of the current message are at the start of `input`, in chunks that
    /// merely continue it.
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

    /// Makes room for `more` bytes. A buffer that grows gets a multiple of what it needs, so that
    /// growth takes linear time. A command gets what most commands fit in, if that is no more than
    /// four times what it needs. Any other buffer is no longer than the message.
    fn make_room(&mut self, more: usize) {
        let arrived = self.partial.len();
        let needed = arrived.saturating_add(more);
        let factor = match needed {
            _ if arrived == 0 => 1,
            ..SMALL_BYTES => 4,
            _ => 2,
        };
        let mut room = needed.saturating_mul(factor).min(self.length());
        if self.message_type.is_command() && needed >= PAYLOAD_BYTES / 4 {
            // Also if the message is shorter: glibc would keep the piece for the thread.
            room = room.max(PAYLOAD_BYTES);
        }
        self.partial.reserve_exact(room.saturating_sub(arrived));
    }

    /// Returns the current message with `payload`.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what an unfinished message takes in memory after each chunk.
    fn taken(message_type: MessageType, length: u32, chunks: &[usize]) -> Vec<usize> {
        let mut stream = ChunkStream::default();
        let (time, message_stream_id) = (Time::new(0), MessageStreamId(0));
        stream.start(Fields::Type0 { time, length, message_type, message_stream_id });
        let append = |&bytes: &usize| {
            assert_eq!(stream.append(ChunkStreamId(3), &vec![1; bytes], &[], 4096), None);
            stream.partial.capacity()
        };
        chunks.iter().map(append).collect()
    }

    #[test]
    fn a_buffer_grows_ahead_as_far_as_the_limits_say() {
        let (video, command) = (MessageType::VIDEO, MessageType::COMMAND_AMF0);
        for (message_type, length, chunks, expected) in [
            (video, 9000, &[320, 20][..], &[320, 1360][..]),
            (command, 9000, &[100, 20], &[100, 480]),
            (command, 9000, &[319, 1], &[319, 1280]),
            (command, 9000, &[320, 20], &[1280, 1280]),
            (command, 9000, &[400], &[1280]),
            (command, 400, &[320, 20], &[1280, 1280]),
            (command, 400, &[100, 20], &[100, 400]),
            (video, 300_000, &[65_536, 1], &[65_536, 131_074]),
        ] {
            let taken = taken(message_type, length, chunks);
            assert_eq!(taken, expected, "{length} bytes, chunks of {chunks:?}");
        }
    }
}
