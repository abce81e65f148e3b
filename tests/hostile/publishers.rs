//! Publishers that send garbage, floods and lies, while each stream is recorded and watched.

use rendercast::Timestamp;
use rendercast::protocol::chunk::{Message, MessageType};
use rendercast::protocol::{ChunkStreamId, MessageStreamId};

use super::numbers::Numbers;
use super::peer::Peer;
use super::script::Script;
use super::server::withstands_publishers;

const TYPES: [MessageType; 3] = [MessageType::VIDEO, MessageType::AUDIO, MessageType::DATA_AMF0];

/// Times at every edge, one after the other.
const TIMES: [u32; 9] =
    [0, 1, 0x00ff_fffe, 0x00ff_ffff, 0x0100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX];

/// A message of media on stream 1.
pub(crate) fn media(
    message_type: MessageType,
    timestamp: u32,
    payload: impl Into<Vec<u8>>,
) -> Message {
    Message {
        chunk_stream_id: ChunkStreamId(6),
        message_stream_id: MessageStreamId(1),
        timestamp: Timestamp(timestamp),
        message_type,
        payload: payload.into().into(),
    }
}

/// Publishes those messages, which another peer watches without reading.
fn floods(messages: impl IntoIterator<Item = Message>) {
    let bytes = || messages.into_iter().fold(Script::new(), |script, it| script.send(&it)).bytes;
    withstands_publishers(bytes, |server, bytes| {
        let mut peer = Peer::publishing(server, "bad");
        let mut viewer = Peer::connected_to(server, "publish");
        viewer.say(&Script::new().create_stream().play("bad").bytes);
        while !viewer.wait_for("onStatus").contains("NetStream.Play.Start") {}
        peer.flood(bytes);
        // Its frames still pass.
        peer.flood(&Script::new().send(&media(MessageType::VIDEO, 7, *b"\x17\x01\0\0\0x")).bytes);
    });
}

#[test]
fn garbage_is_passed_on_or_left_out() {
    let mut numbers = Numbers(7);
    floods((0..20_000).map(move |number| {
        let payload: Vec<u8> = (0..numbers.below(40)).map(|_| numbers.below(256) as u8).collect();
        media(TYPES[number % 3], numbers.next() as u32, payload)
    }));
}

#[test]
fn messages_of_one_byte_are_borne() {
    let bytes = [0x17, 0x27, 0xaf, 0x90, 0x97, 0xff];
    floods((0..100_000).map(|number| media(TYPES[number % 3], number as u32, [bytes[number % 6]])));
}

#[test]
fn endless_metadata_are_borne() {
    floods((0..150).map(|number: u32| {
        let mut payload =
            b"\x02\0\x0d@setDataFrame\x02\0\x0aonMetaData\x08\xff\xff\xff\xff".to_vec();
        for member in 0..4_000_u32 {
            payload.extend(b"\0\x04");
            payload.extend((number ^ member).to_be_bytes());
            payload.extend(b"\0\x3f\xf0\0\0\0\0\0\0");
        }
        media(MessageType::DATA_AMF0, number, payload)
    }));
}

#[test]
fn headers_that_change_all_the_time_are_borne() {
    floods((0..30_000_u32).map(|number| {
        let [_, _, high, low] = number.to_be_bytes();
        let payload = match number % 3 {
            0 => vec![0x17, 0, 0, 0, 0, high, low],
            1 => [b"\x96\x00hvc1".as_slice(), &[low, high]].concat(),
            _ => vec![0xaf, 0, high, low],
        };
        media(
            if number % 3 == 2 { MessageType::AUDIO } else { MessageType::VIDEO },
            number,
            payload,
        )
    }));
}

#[test]
fn timestamps_at_every_edge_are_borne() {
    let frames = [&b"\x17\x01\0\0\0k"[..], b"\x27\x01\0\0\0i", b"\xaf\x01s"];
    let all = TIMES.iter().flat_map(|first| TIMES.iter().map(move |second| [*first, *second]));
    floods(all.flatten().enumerate().map(|(number, time)| {
        let message_type = if number % 3 == 2 { MessageType::AUDIO } else { MessageType::VIDEO };
        media(message_type, time, frames[number % 3])
    }));
}

#[test]
fn a_flood_of_publish_and_unpublish_leaves_nothing() {
    let script = || {
        (0..3_000).fold(Script::new(), |script, _| {
            let script = script.command("publish", 0.0, 1, vec!["bad".into(), "record".into()]);
            script.command("closeStream", 0.0, 1, vec![])
        })
    };
    withstands_publishers(script, |server, script| {
        Peer::publishing(server, "bad").flood(&script.bytes);
    });
}

#[test]
fn a_thousand_names_leave_nothing() {
    let script = || {
        (0..1_000).fold(Script::new(), |script, number| {
            let name = format!("name{number}").into();
            let script = script.command("publish", 0.0, 1, vec![name, "append".into()]);
            match number % 10 {
                0 => script.send(&media(MessageType::VIDEO, 0, *b"\x17\x01\0\0\0x")),
                _ => script,
            }
        })
    };
    withstands_publishers(script, |server, script| {
        Peer::publishing(server, "bad").flood(&script.bytes);
    });
}
