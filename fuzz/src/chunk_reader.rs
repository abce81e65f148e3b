//! The chunk reader, and the writers against it. The first byte decides how the others are cut and
//! how narrow the limits are.
//!
//! - The way the bytes are cut changes neither the messages nor the error.
//! - Neither whole nor unfinished messages exceed the limits, or the bytes that arrived.
//! - Each writer can write the messages that were read, and they are then read as before.

use rendercast::protocol::chunk::{
    Error, Limits, Message, MessageType, Reader, SessionWriter, SharedChunks,
};

use super::pieces::pieces;

/// The longest message and the most bytes of unfinished ones, in [`NARROW`].
const NARROW_BYTES: (usize, usize) = (300, 500);

const NARROW: Limits =
    Limits::new().message_bytes(NARROW_BYTES.0).partial_bytes(NARROW_BYTES.1).chunk_streams(3);

pub fn run(bytes: &[u8]) {
    let Some((&cut, bytes)) = bytes.split_first() else { return };
    let limits = if cut & 1 == 0 { Limits::default() } else { NARROW };
    let (messages, error) = read(limits, &[bytes]);
    let (of_pieces, error_of_pieces) = read(limits, &pieces(bytes, cut >> 1));
    assert_eq!(of_pieces, messages);
    assert_eq!(error_of_pieces, error);
    survive_the_writer(&messages);
    survive_chunks(&messages);
}

fn read(limits: Limits, pieces: &[&[u8]]) -> (Vec<Message>, Option<Error>) {
    let mut reader = Reader::new(limits);
    let mut messages = Vec::new();
    let (longest, most) = if limits == NARROW { NARROW_BYTES } else { (usize::MAX, usize::MAX) };
    let mut arrived = 0;
    for piece in pieces {
        arrived += piece.len();
        let mut input = *piece;
        loop {
            let read = reader.read(&mut input);
            assert!(reader.partial_bytes() <= most.min(arrived));
            assert!(reader.chunk_size() > 0);
            match read {
                Ok(Some(message)) => {
                    assert!(message.payload.len() <= longest);
                    messages.push(message);
                }
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
        assert!(input.is_empty(), "all is consumed");
    }
    (messages, None)
}

fn survive_the_writer(messages: &[Message]) {
    let mut writer = SessionWriter::new();
    let mut written = Vec::new();
    for message in messages {
        writer.write(message, &mut written);
    }
    assert_reads_as(messages, &written);
}

/// Leaves out set-chunk-size messages, which these chunks do not obey.
fn survive_chunks(messages: &[Message]) {
    let messages: Vec<Message> = messages
        .iter()
        .filter(|message| message.message_type != MessageType::SET_CHUNK_SIZE)
        .cloned()
        .collect();
    let mut chunks = SharedChunks::new(128, messages.len());
    for message in &messages {
        chunks.push(message);
    }
    let length = chunks.bytes();
    let written = chunks.finish().concat();
    assert_eq!(written.len(), length);
    assert_reads_as(&messages, &written);
}

fn assert_reads_as(messages: &[Message], written: &[u8]) {
    let ample = Limits::new().partial_bytes(64 << 20);
    let (again, error) = read(ample, &[written]);
    assert_eq!(error, None);
    assert_eq!(again, messages);
}
