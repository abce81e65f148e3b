//! Hostile input to the reader.

use bytes::Bytes;

use super::{message, payload, read_in_pieces, video};
use crate::protocol::ChunkStreamId;
use crate::protocol::chunk::{Error, Limits, Message, MessageType, Reader, SessionWriter};

const SMALL: Limits = Limits::new().message_bytes(1000).partial_bytes(1500).chunk_streams(3);

/// The start of a message of `length` bytes, up to the end of its first chunk.
fn start(id: u8, length: u16) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    let mut bytes = vec![id, 0, 0, 0, 0, high, low, 9, 1, 0, 0, 0];
    bytes.extend(payload(usize::from(length.min(128))));
    bytes
}

#[test]
fn a_message_may_be_as_long_as_the_limit_and_no_longer() {
    let read = |length| {
        let bytes = start(4, length);
        read_in_pieces(SMALL, &bytes[..12], usize::MAX)
    };
    assert_eq!(read(1000), Ok(vec![]));
    assert_eq!(read(1001), Err(Error::MessageTooLong { size: 1001, max: 1000 }));
}

#[test]
fn chunk_streams_are_counted() {
    let bytes: Vec<u8> = (4..8).flat_map(|id| start(id, 1)).collect();
    let fits = bytes.len() / 4 * 3;
    assert_eq!(read_in_pieces(SMALL, &bytes[..fits], usize::MAX).map(|read| read.len()), Ok(3));
    assert_eq!(
        read_in_pieces(SMALL, &bytes, usize::MAX),
        Err(Error::TooManyChunkStreams { size: 4, max: 3 })
    );
}

#[test]
fn partial_messages_are_counted_together() {
    let limits = SMALL.partial_bytes(300);
    let two = [start(4, 900), start(5, 900)].concat();
    let mut reader = Reader::new(limits);
    assert_eq!(reader.read(&mut &two[..]), Ok(None));
    assert_eq!(reader.partial_bytes(), 256);
    let error = Err(Error::PartialsTooLong { size: 256 + 128, max: 300 });
    assert_eq!(reader.read(&mut &start(6, 900)[..]), error);
}

#[test]
fn the_limit_on_unfinished_messages_does_not_depend_on_how_they_are_cut() {
    let long = [start(4, 900), vec![0xc4], payload(128), vec![0xc4], payload(128)].concat();
    for bytes in [long, [start(4, 129), start(5, 900), start(6, 128)].concat()] {
        for partial_bytes in 120..400 {
            let limits = SMALL.partial_bytes(partial_bytes);
            let whole = read_in_pieces(limits, &bytes, usize::MAX);
            assert_eq!(whole.is_err(), partial_bytes < 384);
            for size in [1, 7, 100, 140] {
                assert_eq!(read_in_pieces(limits, &bytes, size), whole, "pieces of {size}");
            }
        }
    }
}

#[test]
fn finished_and_dropped_messages_no_longer_count() {
    let abort = [0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 4];
    let rest = [&[0xc4][..], &payload(72)].concat();
    let restart = [start(4, 129), vec![0xc4, 1]].concat();
    for end in [&abort[..], &rest, &restart, &start(4, 1)] {
        let mut reader = Reader::new(Limits::default());
        assert_eq!(reader.read(&mut &start(4, 200)[..]), Ok(None));
        assert_eq!(reader.partial_bytes(), 128);
        assert!(reader.read(&mut &*end).unwrap().is_some());
        assert_eq!(reader.partial_bytes(), 0);
    }
}

#[test]
fn a_declared_length_costs_nothing() {
    let mut reader = Reader::new(Limits::new().message_bytes(0xff_ffff));
    let header = [0x04, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0, 7];
    assert_eq!(reader.read(&mut &header[..]), Ok(None));
    assert_eq!(reader.partial_bytes(), 1);
}

#[test]
fn many_chunk_streams_with_chunks_of_a_byte_are_read_in_linear_time() {
    const STREAMS: u32 = 65_534;
    let limits = Limits::new().chunk_streams(65_600);
    let mut reader = Reader::new(limits);
    let mut bytes = Vec::new();
    SessionWriter::new()
        .write(&message(2, 0, MessageType::SET_CHUNK_SIZE, &[0, 0, 0, 1]), &mut bytes);
    let basic = |format: u8, id: u32| {
        let [low, high, ..] = (id - 64).to_le_bytes();
        [format << 6 | 1, low, high]
    };
    for id in 64..64 + STREAMS {
        bytes.extend(basic(0, id));
        bytes.extend([0, 0, 0, 0, 0, 3, 9, 1, 0, 0, 0, 1]);
    }
    for _ in 0..2 {
        for id in 64..64 + STREAMS {
            bytes.extend(basic(3, id));
            bytes.push(2);
        }
    }
    let (mut input, mut count) = (&bytes[..], 0);
    while let Some(message) = reader.read(&mut input).unwrap() {
        count += 1;
        assert!(message.payload.len() >= 3);
    }
    assert_eq!((count, reader.partial_bytes()), (STREAMS + 1, 0));
}

#[test]
fn no_bytes_make_the_reader_panic_and_no_split_makes_a_difference() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let times = [0, 1, 0xff_fffe, 0xff_ffff, 0x0100_0000, u32::MAX];
    for _ in 0..400 {
        let (mut writer, mut bytes) = (SessionWriter::new(), Vec::new());
        for _ in 0..1 + random(8) {
            let types = [1, 2, 8, 9, 18].map(MessageType);
            let message = Message {
                message_type: types[random(types.len())],
                payload: Bytes::from(payload(random(400))),
                chunk_stream_id: ChunkStreamId([2, 4, 6, 70, 400][random(5)]),
                ..video(4, times[random(times.len())], &[])
            };
            writer.write(&message, &mut bytes);
        }
        for _ in 0..random(6) {
            let at = random(bytes.len());
            bytes[at] = [0, 1, 0xc4, 0xff, random(256) as u8][random(5)];
        }
        let whole = read_until_error(&bytes, usize::MAX);
        for size in [1, 1 + random(20), 1 + random(500)] {
            assert_eq!(read_until_error(&bytes, size), whole, "pieces of {size}");
        }
    }
}

/// Returns the messages in `input`, fed in pieces of `size` bytes, and the error after them.
fn read_until_error(input: &[u8], size: usize) -> (Vec<Message>, Option<Error>) {
    let mut reader = Reader::new(Limits::new().chunk_streams(100));
    let mut messages = Vec::new();
    for mut piece in input.chunks(size) {
        loop {
            match reader.read(&mut piece) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
    }
    (messages, None)
}
