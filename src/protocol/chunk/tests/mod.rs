//! The reader and the writers against bytes, against each other, and against random input.

mod hostile;
mod reader;
mod writers;

use bytes::Bytes;

use super::{Error, Limits, Message, MessageType, Reader};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// Returns a message of message stream 1.
fn message(id: u32, time: u32, message_type: MessageType, payload: &[u8]) -> Message {
    Message {
        chunk_stream_id: ChunkStreamId(id),
        message_stream_id: MessageStreamId(1),
        timestamp: Timestamp(time),
        message_type,
        payload: Bytes::copy_from_slice(payload),
    }
}

fn video(id: u32, time: u32, payload: &[u8]) -> Message {
    message(id, time, MessageType::VIDEO, payload)
}

/// Returns bytes that differ from their neighbours.
fn payload(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// Returns all messages in `input`, fed in pieces of `size` bytes.
fn read_in_pieces(limits: Limits, input: &[u8], size: usize) -> Result<Vec<Message>, Error> {
    let mut reader = Reader::new(limits);
    let mut messages = Vec::new();
    for mut piece in input.chunks(size) {
        while let Some(message) = reader.read(&mut piece)? {
            messages.push(message);
        }
        assert!(piece.is_empty(), "None means that all was consumed");
    }
    Ok(messages)
}

/// Returns all messages in `input`. Checks that the way it is cut makes no difference.
fn read(input: &[u8]) -> Result<Vec<Message>, Error> {
    let whole = read_in_pieces(Limits::default(), input, usize::MAX);
    for size in [1, 2, 3, 5, 17, 129] {
        assert_eq!(read_in_pieces(Limits::default(), input, size), whole, "pieces of {size}");
    }
    whole
}
