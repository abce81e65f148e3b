//! The bytes that the writers make of messages.

use bytes::Bytes;

use super::{message, payload, read, video};
use crate::protocol::MessageStreamId;
use crate::protocol::chunk::{
    MAX_MESSAGE_BYTES, Message, MessageType, SessionWriter, SharedChunks,
};

fn write(messages: &[Message]) -> Vec<u8> {
    let (mut writer, mut bytes) = (SessionWriter::new(), Vec::new());
    messages.iter().for_each(|message| writer.write(message, &mut bytes));
    bytes
}

/// Messages of all lengths, at all times, on chunk streams of all forms, that fit chunks of 128.
fn assorted() -> Vec<Message> {
    let payload = payload(1000);
    [(4, 0), (63, 10), (64, 0xff_fffe), (319, 0xff_ffff), (320, 7), (65599, u32::MAX)]
        .into_iter()
        .flat_map(|(id, time)| {
            [0, 1, 128, 129, 1000].map(|length| video(id, time, &payload[..length]))
        })
        .collect()
}

#[test]
fn each_header_is_the_shortest_that_all_clients_understand() {
    let data = |time, bytes: &[u8]| message(4, time, MessageType::DATA_AMF0, bytes);
    let cases = [
        ("the first is full", video(4, 10, &[1]), vec![0x04, 0, 0, 10, 0, 0, 1, 9, 1, 0, 0, 0, 1]),
        ("the same but for the time", video(4, 15, &[2]), vec![0x84, 0, 0, 5, 2]),
        ("no type 3, even so", video(4, 20, &[3]), vec![0x84, 0, 0, 5, 3]),
        ("another length", video(4, 20, &[4, 4]), vec![0x44, 0, 0, 0, 0, 0, 2, 9, 4, 4]),
        ("another type", data(21, &[5, 5]), vec![0x44, 0, 0, 1, 0, 0, 2, 18, 5, 5]),
        ("back in time", data(20, &[6, 6]), vec![0x04, 0, 0, 20, 0, 0, 2, 18, 1, 0, 0, 0, 6, 6]),
        (
            "another message stream",
            Message { message_stream_id: MessageStreamId(2), ..data(20, &[6, 6]) },
            vec![0x04, 0, 0, 20, 0, 0, 2, 18, 2, 0, 0, 0, 6, 6],
        ),
        ("another chunk stream", video(64, 1, &[]), vec![0x00, 0, 0, 0, 1, 0, 0, 0, 9, 1, 0, 0, 0]),
        ("and that again", video(64, 3, &[]), vec![0x80, 0, 0, 0, 2]),
        (
            "an extended timestamp",
            video(64, 0x0100_0003, &[]),
            vec![0x00, 0, 0xff, 0xff, 0xff, 0, 0, 0, 9, 1, 0, 0, 0, 1, 0, 0, 3],
        ),
        ("a delta after it", video(64, 0x0100_0004, &[]), vec![0x80, 0, 0, 0, 1]),
    ];
    let (mut writer, mut all) = (SessionWriter::new(), Vec::new());
    for (name, message, bytes) in &cases {
        let start = all.len();
        writer.write(message, &mut all);
        assert_eq!(all[start..], bytes[..], "{name}");
    }
    assert_eq!(read(&all), Ok(cases.map(|(_, message, _)| message).to_vec()));
}

#[test]
fn extended_timestamps_are_repeated_in_every_chunk() {
    let bytes = write(&[video(4, 0xff_ffff, &payload(300))]);
    assert_eq!(bytes.len(), 12 + 4 + 300 + 2 * (1 + 4));
    for chunk in [16 + 128, 16 + 128 + 5 + 128] {
        assert_eq!(bytes[chunk..chunk + 5], [0xc4, 0x00, 0xff, 0xff, 0xff]);
    }
}

#[test]
fn a_chunk_size_holds_for_the_messages_after_it() {
    let size = message(2, 0, MessageType::SET_CHUNK_SIZE, &[0, 0, 1, 0]);
    let long = video(4, 0, &payload(256));
    let (mut writer, mut bytes) = (SessionWriter::new(), Vec::new());
    writer.write(&size, &mut bytes);
    assert_eq!((writer.chunk_size(), bytes.len()), (256, 16));
    writer.write(&long, &mut bytes);
    assert_eq!(bytes.len(), 16 + 12 + 256);
    assert_eq!(read(&bytes), Ok(vec![size, long]));
}

#[test]
fn what_no_peer_can_read_is_not_written() {
    let (mut writer, mut bytes) = (SessionWriter::new(), Vec::new());
    writer.write(&message(2, 0, MessageType::SET_CHUNK_SIZE, &[0; 4]), &mut bytes);
    assert_eq!(writer.chunk_size(), 128);
    let ids = [(0, 0x02), (1, 0x02), (70_000, 0x01)];
    for (id, first) in ids {
        bytes.clear();
        writer.write(&video(id, 0, &[]), &mut bytes);
        assert_eq!(bytes[0], first, "{id}");
    }
    let long = Message { payload: Bytes::from(vec![0; MAX_MESSAGE_BYTES + 1]), ..video(4, 0, &[]) };
    let mut chunks = SharedChunks::new(usize::MAX, 1);
    chunks.push(&long);
    let pieces = chunks.finish();
    assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), 12 + MAX_MESSAGE_BYTES);
}

#[test]
fn all_ways_of_writing_are_read_alike() {
    let messages = assorted();
    let mut chunks = SharedChunks::new(128, 4);
    for message in &messages {
        chunks.push(message);
    }
    let pieces = chunks.finish();
    assert!(pieces.len() < messages.len() / 2, "short pieces are copied next to each other");
    for bytes in [write(&messages), pieces.concat()] {
        assert_eq!(read(&bytes).as_ref(), Ok(&messages));
    }
}

#[test]
fn a_burst_shares_what_single_messages_copy() {
    let sound: Vec<_> =
        (0..40).map(|time| message(4, time, MessageType::AUDIO, &payload(100))).collect();
    let mut chunks = SharedChunks::new(128, sound.len());
    sound.iter().for_each(|message| chunks.push(message));
    let pieces = chunks.finish();
    assert_eq!(pieces.len(), 2 * sound.len(), "a header and a payload each");
    assert_eq!(pieces[1].as_ptr(), sound[0].payload.as_ptr());
    assert_eq!(read(&pieces.concat()), Ok(sound));
}

#[test]
fn long_payloads_are_shared() {
    let long = video(6, 40, &payload(10_000));
    let short = message(4, 40, MessageType::AUDIO, &payload(400));
    let mut chunks = SharedChunks::new(4096, 4);
    for message in [&long, &short, &long] {
        chunks.push(message);
    }
    let pieces = chunks.finish();
    assert_eq!(
        pieces.iter().map(Bytes::len).collect::<Vec<_>>(),
        [12, 4096, 1, 4096, 1, 1808, 12 + 400 + 12, 4096, 1, 4096, 1, 1808]
    );
    assert_eq!(pieces[1].as_ptr(), long.payload.as_ptr());
    assert_eq!(pieces[3].as_ptr(), long.payload[4096..].as_ptr());
}

#[test]
fn no_messages_are_nothing() {
    assert!(SharedChunks::new(0, 4).finish().is_empty());
}
