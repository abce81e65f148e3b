//! Reader and writer against each other.

use bytes::Bytes;

use super::{Batch, Error, Limits, Message, MessageType, Reader, Writer, append_chunks};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

fn message(id: u32, timestamp: u32, message_type: MessageType, payload: &[u8]) -> Message {
    Message {
        chunk_stream_id: ChunkStreamId(id),
        message_stream_id: MessageStreamId(1),
        timestamp: Timestamp(timestamp),
        message_type,
        payload: Bytes::copy_from_slice(payload),
    }
}

fn read_all(reader: &mut Reader, mut input: &[u8]) -> Result<Vec<Message>, Error> {
    let mut messages = Vec::new();
    while let Some(message) = reader.read(&mut input)? {
        messages.push(message);
    }
    assert!(input.is_empty(), "None means that all was consumed");
    Ok(messages)
}

#[test]
fn messages_are_read_as_written() {
    let payload: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let messages: Vec<_> =
        [(4, 0), (63, 10), (64, 0xff_fffe), (319, 0xff_ffff), (320, 7), (65599, u32::MAX)]
            .into_iter()
            .flat_map(|(id, time)| {
                [0, 1, 128, 129, 1000]
                    .map(|length| message(id, time, MessageType::VIDEO, &payload[..length]))
            })
            .collect();
    let (mut writer, mut bytes) = (Writer::new(), Vec::new());
    let mut batch = Batch::new(128);
    let mut parts = Vec::new();
    for message in &messages {
        writer.write(message, &mut bytes);
        batch.push(message);
        append_chunks(message, 128, &mut parts);
    }
    for bytes in [bytes, batch.finish().concat(), parts.concat()] {
        assert_eq!(read_all(&mut Reader::new(Limits::default()), &bytes).unwrap(), messages);
        let mut reader = Reader::new(Limits::default());
        let one_by_one: Vec<_> =
            bytes.chunks(1).flat_map(|byte| read_all(&mut reader, byte).unwrap()).collect();
        assert_eq!(one_by_one, messages);
    }
}
