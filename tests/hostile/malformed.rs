//! Peers that declare what they do not send, and malformed values.

use std::time::Instant;

use rendercast::amf::Value;
use rendercast::amf::amf0::encode;
use rendercast::config::ChunkLimits;
use rendercast::protocol::MessageStreamId;
use rendercast::protocol::chunk::MessageType;
use rendercast::protocol::message::UserControl;

use super::peer::Peer;
use super::script::Script;
use super::server::{
    PATIENCE, has_not_grown_since, session, settings, withstands, withstands_with,
};
use super::usage::resident_kib;

/// The default limit of a message.
const DECLARED_BYTES: u32 = 8 << 20;

/// The first chunk of a message that is not continued: type 0, with a basic header of three bytes.
fn first_chunk(chunk_stream: u32) -> Vec<u8> {
    let [_, length @ ..] = DECLARED_BYTES.to_be_bytes();
    let [_, _, high, low] = (chunk_stream - 64).to_be_bytes();
    let mut chunk = vec![1, low, high, 0, 0, 0];
    chunk.extend(length);
    chunk.extend([9, 1, 0, 0, 0]);
    chunk.resize(chunk.len() + 128, 0x17);
    chunk
}

#[test]
fn lengths_that_are_declared_and_never_sent_take_no_memory() {
    withstands_with(
        settings().session(session().chunk(ChunkLimits::default().chunk_streams(2_000))),
        |server| {
            let before = resident_kib();
            let mut peers: Vec<Peer> = (0..4).map(|_| Peer::connected(server)).collect();
            for peer in &mut peers {
                let chunks: Vec<u8> = (1_000..2_000).flat_map(first_chunk).collect();
                peer.flood(&chunks);
            }
            has_not_grown_since(before);
        },
    );
}

#[test]
fn chunk_streams_are_as_many_as_the_limit_allows() {
    withstands(|server| {
        let mut peer = Peer::connected(server);
        peer.say(&(1_000..2_000).flat_map(first_chunk).collect::<Vec<u8>>());
        peer.is_hung_up_on();
    });
}

#[test]
fn a_message_that_is_too_long_is_refused_as_it_is_declared() {
    withstands(|server| {
        let mut peer = Peer::connected(server);
        let mut chunk = first_chunk(1_000);
        chunk[6] = 0xff;
        peer.say(&chunk);
        peer.is_hung_up_on();
    });
}

/// Makes a call whose argument is `value`, unchanged.
fn call_with(value: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    encode(&"lie".into(), &mut payload);
    encode(&Value::Number(7.0), &mut payload);
    encode(&Value::Null, &mut payload);
    payload.extend_from_slice(value);
    Script::new().payload(MessageType::COMMAND_AMF0, 0, payload).bytes
}

/// Panics unless a call with each of these values is answered with an error at once.
fn are_refused_and_served_on(values: &[&[u8]]) {
    withstands(|server| {
        let (before, since) = (resident_kib(), Instant::now());
        let mut peer = Peer::connected(server);
        for value in values {
            peer.say(&call_with(value));
            let refusal = peer.wait_for("_error");
            // A call that can be read is answered with the same code, but not for its arguments.
            assert!(refusal.contains("NetConnection.Call.Failed"), "{refusal}");
            assert!(refusal.contains("The arguments cannot be read."), "{refusal}");
        }
        peer.is_served_on();
        has_not_grown_since(before);
        assert!(since.elapsed() < PATIENCE);
    });
}

#[test]
fn objects_in_objects_are_refused() {
    are_refused_and_served_on(&[&b"\x03\x00\x01a".repeat(100_000)]);
}

#[test]
fn arrays_in_arrays_are_refused() {
    are_refused_and_served_on(&[&b"\x0a\x00\x00\x00\x01".repeat(100_000)]);
}

#[test]
fn amf3_arrays_in_arrays_are_refused() {
    let arrays = b"\x09\x03\x01".repeat(100_000);
    are_refused_and_served_on(&[&[&b"\x11"[..], &arrays].concat()]);
}

#[test]
fn references_to_references_are_refused() {
    // Each array holds the one before it thirty times.
    let mut value = b"\x0a\x00\x00\x00\x08\x0a\x00\x00\x00\x00".to_vec();
    for index in 1_u16..8 {
        value.extend(b"\x0a\x00\x00\x00\x1e");
        for _ in 0..30 {
            value.push(7);
            value.extend(index.to_be_bytes());
        }
    }
    are_refused_and_served_on(&[&value]);
}

#[test]
fn a_class_that_names_millions_of_members_is_refused() {
    let names = [&b"\x11\x0a\x82\x80\x80\x03\x01"[..], &vec![1; 4 << 20]].concat();
    are_refused_and_served_on(&[names.as_slice(); 3]);
}

#[test]
fn an_app_of_thousands_of_folders_leads_nowhere() {
    withstands(|server| {
        let before = resident_kib();
        let mut peer = Peer::shaken(server);
        peer.say(&Script::new().connect_to(&"a/".repeat(30_000)).create_stream().bytes);
        peer.wait_for("_result");
        let script = Script::new().play("film").play(&"b/".repeat(100_000)).command(
            "getStreamLength",
            3.0,
            0,
            vec!["film".into()],
        );
        peer.say(&script.bytes);
        let refusal = peer.wait_for("onStatus");
        assert!(refusal.contains("NetStream.Play.StreamNotFound"), "{refusal}");
        peer.is_served_on();
        has_not_grown_since(before);
    });
}

#[test]
fn a_connect_that_is_too_large_to_be_kept_is_refused() {
    withstands(|server| {
        let before = resident_kib();
        let connect = Script::new().connect_to(&"x".repeat(1 << 20)).bytes;
        let peers: Vec<Peer> = (0..40)
            .map(|_| {
                let mut peer = Peer::shaken(server);
                peer.say(&connect);
                peer.wait_for("_error");
                peer
            })
            .collect();
        has_not_grown_since(before);
        drop(peers);
    });
}

#[test]
fn counts_that_are_lies_are_refused() {
    are_refused_and_served_on(&[
        &b"\x0a\xff\xff\xff\xff"[..],
        b"\x08\xff\xff\xff\xff\x00\x01a",
        b"\x0c\xff\xff\xff\xffa",
        b"\x0f\xff\xff\xff\xffa",
        b"\x02\xff\xffa",
        b"\x11\x0c\xff\xff\xff\xffa",
        b"\x11\x0d\xff\xff\xff\xff\x00",
        b"\x11\x0f\xff\xff\xff\xff\x00",
        b"\x11\x10\xff\xff\xff\xff\x00\x01",
        b"\x11\x11\xff\xff\xff\xff\x00",
        b"\x11\x0a\xff\xff\xff\xff\x01",
    ]);
}

#[test]
fn text_that_is_no_utf_8_is_served_on() {
    withstands(|server| {
        let mut peer = Peer::connected(server);
        let name = b"\x02\x00\x04\xff\xfe\xc0\xaf\x00\x40\x00\x00\x00\x00\x00\x00\x00\x05";
        peer.flood(&Script::new().payload(MessageType::COMMAND_AMF0, 0, name.to_vec()).bytes);
        peer.flood(&Script::new().create_stream().bytes);
        let mut play = Vec::new();
        encode(&"play".into(), &mut play);
        encode(&Value::Number(0.0), &mut play);
        encode(&Value::Null, &mut play);
        play.extend(b"\x02\x00\x03\xed\xa0\x80");
        peer.flood(&Script::new().payload(MessageType::COMMAND_AMF0, 1, play).bytes);
    });
}

#[test]
fn numbers_that_are_none_and_ids_that_are_huge_are_served_on() {
    withstands(|server| {
        let mut peer = Peer::playing(server, "film");
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1.0, 4_294_967_297.5] {
            let value = || Value::Number(number);
            let script = Script::new()
                .command("createStream", number, 0, vec![])
                .command("deleteStream", 0.0, 0, vec![value()])
                .command("_result", number, 0, vec![value()])
                .command("_error", number, 0, vec![value()])
                .command("seek", number, 1, vec![value()])
                .command("pause", number, 1, vec![true.into(), value()])
                .command("pause", number, 1, vec![false.into(), value()])
                .command("play", number, 1, vec!["film".into(), value(), value(), value()])
                .command("seek", 0.0, u32::MAX, vec![value()])
                .command("play", 0.0, u32::MAX, vec!["film".into()])
                .command("getStreamLength", number, 0, vec!["film".into()])
                .payload(MessageType::VIDEO, u32::MAX, vec![0x17; 50])
                .payload(MessageType(255), u32::MAX, vec![255; 50]);
            peer.flood(&script.bytes);
        }
        for stream in [MessageStreamId(0), MessageStreamId(1), MessageStreamId(u32::MAX)] {
            let length = UserControl::SetBufferLength { stream, milliseconds: u32::MAX };
            peer.flood(&Script::new().user_control(&length).bytes);
        }
    });
}
