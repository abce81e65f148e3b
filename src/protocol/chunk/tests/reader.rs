//! The messages that the reader makes of bytes.

use super::{message, payload, read, video};
use crate::protocol::chunk::{Error, Limits, Message, MessageType, Reader};
use crate::protocol::{ChunkStreamId, MessageStreamId};

/// A type 0 header of chunk stream 4, with a video message of 2 bytes at 10 ms.
const FIRST: [u8; 14] = [0x04, 0, 0, 10, 0, 0, 2, 9, 1, 0, 0, 0, 0xaa, 0xbb];

struct Case {
    name: &'static str,
    messages: Vec<Message>,
    bytes: Vec<u8>,
}

fn case(name: &'static str, parts: &[&[u8]], messages: &[Message]) -> Case {
    Case { name, messages: messages.to_vec(), bytes: parts.concat() }
}

fn abort(id: u8) -> Message {
    let mut abort = message(2, 0, MessageType::ABORT, &[0, 0, 0, id]);
    abort.message_stream_id = MessageStreamId(0);
    abort
}

fn set_chunk_size(size: u32) -> (Vec<u8>, Message) {
    let mut header = vec![0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0];
    header.extend(size.to_be_bytes());
    let mut message = message(2, 0, MessageType::SET_CHUNK_SIZE, &size.to_be_bytes());
    message.message_stream_id = MessageStreamId(0);
    (header, message)
}

fn headers() -> Vec<Case> {
    let first = video(4, 10, &[0xaa, 0xbb]);
    vec![
        case("type 0", &[&FIRST], std::slice::from_ref(&first)),
        case(
            "type 1 inherits the message stream",
            &[&FIRST, &[0x44, 0, 0, 5, 0, 0, 1, 8, 0xcc]],
            &[first.clone(), message(4, 15, MessageType::AUDIO, &[0xcc])],
        ),
        case(
            "type 2 inherits length and type too",
            &[&FIRST, &[0x84, 0, 0, 5, 1, 2]],
            &[first.clone(), video(4, 15, &[1, 2])],
        ),
        case(
            "type 3 repeats the delta",
            &[&FIRST, &[0x84, 0, 0, 5, 1, 2], &[0xc4, 3, 4], &[0xc4, 5, 6]],
            &[first.clone(), video(4, 15, &[1, 2]), video(4, 20, &[3, 4]), video(4, 25, &[5, 6])],
        ),
        case(
            "type 3 after type 0 takes the timestamp for the delta",
            &[&FIRST, &[0xc4, 3, 4]],
            &[first.clone(), video(4, 20, &[3, 4])],
        ),
        case(
            "type 1 may come first",
            &[&[0x48, 0, 0, 5, 0, 0, 1, 9, 0xcc]],
            &[Message { message_stream_id: MessageStreamId(0), ..video(8, 5, &[0xcc]) }],
        ),
        case(
            "timestamps wrap",
            &[
                &[0x04, 0xff, 0xff, 0xff, 0, 0, 1, 9, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xf0, 1],
                &[0x84, 0, 0, 0x20, 2],
            ],
            &[video(4, 0xffff_fff0, &[1]), video(4, 0x10, &[2])],
        ),
        case(
            "a delta may be extended",
            &[&FIRST, &[0x84, 0xff, 0xff, 0xff, 1, 0, 0, 0, 1, 2]],
            &[first, video(4, 0x0100_000a, &[1, 2])],
        ),
        case(
            "a message may be empty",
            &[&[0x04, 0, 0, 1, 0, 0, 0, 8, 1, 0, 0, 0], &[0x84, 0, 0, 1], &[0xc4]],
            &[1, 2, 3].map(|time| message(4, time, MessageType::AUDIO, &[])),
        ),
        case(
            "the message stream id is little-endian",
            &[&[0x04, 0, 0, 1, 0, 0, 0, 8, 1, 2, 3, 4]],
            &[Message {
                message_stream_id: MessageStreamId(0x0403_0201),
                ..message(4, 1, MessageType::AUDIO, &[])
            }],
        ),
    ]
}

fn chunk_stream_ids() -> Vec<Case> {
    let rest = &FIRST[1..];
    let forms: [(&'static str, &[u8], u32); 7] = [
        ("1 byte, least", &[0x02], 2),
        ("1 byte, most", &[0x3f], 63),
        ("2 bytes, least", &[0x00, 0], 64),
        ("2 bytes, most", &[0x00, 255], 319),
        ("3 bytes, below what needs them", &[0x01, 0, 0], 64),
        ("3 bytes, low byte first", &[0x01, 1, 2], 64 + 1 + 512),
        ("3 bytes, most", &[0x01, 255, 255], 65599),
    ];
    forms
        .map(|(name, id, value)| case(name, &[id, rest], &[video(value, 10, &[0xaa, 0xbb])]))
        .into()
}

fn chunks() -> Vec<Case> {
    let long = payload(300);
    let header = [0x04, 0, 0, 10, 0, 1, 0x2c, 9, 1, 0, 0, 0];
    let other = [0x06, 0, 0, 11, 0, 0, 200, 8, 1, 0, 0, 0];
    let (set_200, set_200_message) = set_chunk_size(200);
    let abort_4 = [0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 4];
    vec![
        case(
            "chunks interleave",
            &[
                &header,
                &long[..128],
                &other,
                &long[..128],
                &[0xc4],
                &long[128..256],
                &[0xc6],
                &long[128..200],
                &[0xc4],
                &long[256..],
            ],
            &[message(6, 11, MessageType::AUDIO, &long[..200]), video(4, 10, &long)],
        ),
        case(
            "a chunk size takes effect in the midst of a message",
            &[&header, &long[..128], &set_200, &[0xc4], &long[128..]],
            &[set_200_message, video(4, 10, &long)],
        ),
        case(
            "an abort drops what has arrived, and no more",
            &[
                &header,
                &long[..128],
                &abort_4,
                &[0xc4],
                &long[..128],
                &[0xc4],
                &long[128..256],
                &[0xc4],
                &long[256..],
            ],
            &[abort(4), video(4, 20, &long)],
        ),
        case(
            "an abort of an unknown chunk stream is nothing",
            &[&abort_4, &FIRST],
            &[abort(4), video(4, 10, &[0xaa, 0xbb])],
        ),
        case(
            "a new header drops the message under way",
            &[&header, &long[..128], &FIRST],
            &[video(4, 10, &[0xaa, 0xbb])],
        ),
    ]
}

fn extended_timestamps() -> Vec<Case> {
    let long = payload(300);
    let header = [0x04, 0xff, 0xff, 0xff, 0, 1, 0x2c, 9, 1, 0, 0, 0, 0x01, 0x02, 0x03, 0x04];
    let time = &header[12..];
    let expected = video(4, 0x0102_0304, &long);
    // Its last chunk is shorter than a timestamp, and starts like one.
    let mut tricky = payload(131);
    tricky[128..].copy_from_slice(&[1, 2, 3]);
    let mut short = header;
    short[4..7].copy_from_slice(&[0, 0, 131]);
    let tricky_message = video(4, 0x0102_0304, &tricky);
    let after = [0x84, 0, 0, 1];
    vec![
        case(
            "repeated in type 3",
            &[&header, &long[..128], &[0xc4], time, &long[128..256], &[0xc4], time, &long[256..]],
            std::slice::from_ref(&expected),
        ),
        case(
            "not repeated in type 3",
            &[&header, &long[..128], &[0xc4], &long[128..256], &[0xc4], &long[256..]],
            &[expected],
        ),
        case(
            "repeated before payload that starts alike",
            &[&short, &tricky[..128], &[0xc4], time, &tricky[128..]],
            std::slice::from_ref(&tricky_message),
        ),
        case(
            "not repeated, and told from payload and next header that start alike",
            &[
                &short,
                &tricky[..128],
                &[0xc4],
                &tricky[128..],
                &after,
                &tricky[..128],
                &[0xc4],
                &tricky[128..],
            ],
            &[
                tricky_message.clone(),
                Message { timestamp: tricky_message.timestamp.plus(1), ..tricky_message },
            ],
        ),
        case(
            "no longer after a header with a short one",
            &[
                &[0x04, 0xff, 0xff, 0xff, 0, 0, 4, 9, 1, 0, 0, 0, 0, 0, 0, 1, 9, 9, 9, 9],
                &[0x84, 0, 0, 1, 9, 9, 9, 9],
                &[0xc4, 0, 0, 0, 1],
            ],
            &[video(4, 1, &[9; 4]), video(4, 2, &[9; 4]), video(4, 3, &[0, 0, 0, 1])],
        ),
    ]
}

#[test]
fn bytes_mean_what_the_specification_and_the_clients_say() {
    for cases in [headers(), chunk_stream_ids(), chunks(), extended_timestamps()] {
        for Case { name, messages, bytes } in cases {
            assert_eq!(read(&bytes), Ok(messages), "{name}");
        }
    }
}

#[test]
fn every_split_in_two_gives_the_same_messages() {
    for Case { name, messages, bytes } in extended_timestamps().into_iter().chain(chunks()) {
        for at in 0..=bytes.len() {
            let mut reader = Reader::new(Limits::default());
            let (mut first, mut second) = bytes.split_at(at);
            let mut read = Vec::new();
            for piece in [&mut first, &mut second] {
                while let Some(message) = reader.read(piece).unwrap() {
                    read.push(message);
                }
            }
            assert_eq!(read, messages, "{name}, split at {at}");
        }
    }
}

#[test]
fn chunk_sizes_are_bounded() {
    for (announced, size) in
        [(1, 1), (0x8000_0001, 1), (0xff_ffff, 0xff_ffff), (0x7fff_ffff, 0xff_ffff)]
    {
        let mut reader = Reader::new(Limits::default());
        let bytes = set_chunk_size(announced).0;
        assert!(reader.read(&mut &bytes[..]).unwrap().is_some());
        assert_eq!(reader.chunk_size(), size, "{announced:#x}");
    }
    for announced in [0, 0x8000_0000] {
        assert_eq!(read(&set_chunk_size(announced).0), Err(Error::ZeroChunkSize));
    }
    let short = [0x02, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 1, 0];
    assert_eq!(read(&short), Err(Error::ControlTooShort { message_type: 1, size: 3 }));
}

#[test]
fn a_chunk_stream_does_not_start_with_a_header_that_repeats() {
    for (byte, format) in [(0x84, 2), (0xc4, 3)] {
        let error = Error::NoPreviousHeader { chunk_stream_id: ChunkStreamId(4), format };
        assert_eq!(read(&[byte, 0, 0, 1]), Err(error));
    }
}
