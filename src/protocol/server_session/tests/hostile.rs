//! Malformed and excessive input from clients.

use super::clients;
use super::support::{Client, HANDSHAKE_BYTES, outcome};
use crate::protocol::amf::Object;
use crate::protocol::chunk::{self, MessageType};
use crate::protocol::handshake::Form;
use crate::protocol::server_session::{Error, Event, Ignored};

/// A reproducible stream of numbers (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

#[test]
fn a_malformed_command_is_reported_and_the_next_one_served() {
    let amf = |payload: &'static [u8]| {
        Client::connected().payload(MessageType::COMMAND_AMF0, 0, 0, payload).command(
            "createStream",
            3.0,
            0,
            vec![],
        )
    };
    // An empty message, one without a name, and one with a name longer than itself.
    for payload in [&b""[..], b"\x05", b"\x02\xff\xffplay"] {
        let outcome = outcome(&amf(payload).bytes);
        assert!(matches!(outcome.events[1], Event::Ignored(Ignored::Malformed(_))));
        assert_eq!(outcome.replies()[4..], ["20: _result(3) on 0: 1"]);
    }
    // A call that waits for an answer, with an argument of an unknown type.
    let outcome = outcome(&amf(b"\x02\x00\x02go\x00\x40\0\0\0\0\0\0\0\x05\xff").bytes);
    assert!(matches!(outcome.events[1], Event::Ignored(Ignored::Malformed(_))));
    assert_eq!(
        outcome.replies()[4..],
        [r#"20: _error(2) on 0: "NetConnection.Call.Failed""#, "20: _result(3) on 0: 1"]
    );
}

#[test]
fn no_answer_is_answered_even_if_early_or_malformed() {
    let malformed = &b"\x02\x00\x07_result\x00\x40\0\0\0\0\0\0\0\x05\xff"[..];
    let client = Client::new(Form::Simple)
        .command("_error", 2.0, 0, vec![])
        .connect(Object::new().with("app", "live"))
        .payload(MessageType::COMMAND_AMF0, 0, 0, malformed);
    let outcome = outcome(&client.bytes);
    assert!(matches!(
        outcome.events[..],
        [Event::Ignored(_), Event::Connect(_), Event::Ignored(Ignored::Malformed(_))]
    ));
    assert_eq!(outcome.replies().len(), 4, "those to connect");
}

#[test]
fn malformed_control_messages_are_reported() {
    for message_type in [
        MessageType::USER_CONTROL,
        MessageType::ACKNOWLEDGEMENT,
        MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE,
        MessageType::SET_PEER_BANDWIDTH,
    ] {
        let client = Client::connected().payload(message_type, 0, 0, &[0][..]);
        let outcome = outcome(&client.bytes);
        assert!(
            matches!(outcome.events[1..], [Event::Ignored(Ignored::Malformed(_))]),
            "{message_type:?}"
        );
    }
}

#[test]
fn shared_objects_and_unknown_messages_have_no_effect() {
    for message_type in [0, 7, 14, 16, 19, 21, 32, 255] {
        let client = Client::connected().payload(MessageType(message_type), 0, 0, &[1, 2, 3][..]);
        let outcome = outcome(&client.bytes);
        assert_eq!(outcome.events.len(), 1, "{message_type}");
        assert_eq!(outcome.error, None);
    }
}

#[test]
fn chunks_that_cannot_be_read_end_the_session() {
    let client = Client::connected().payload(MessageType::SET_CHUNK_SIZE, 0, 0, &[0; 4][..]);
    assert_eq!(outcome(&client.bytes).error, Some(Error::Chunk(chunk::Error::ZeroChunkSize)));
}

#[test]
fn every_truncation_yields_the_first_events_and_no_error() {
    for (client, bytes) in
        [("librtmp", clients::librtmp_player()), ("OBS", clients::obs_publisher())]
    {
        let whole = outcome(&bytes);
        for end in HANDSHAKE_BYTES..bytes.len() {
            let cut = outcome(&bytes[..end]);
            assert_eq!(cut.error, None, "{client}, {end} bytes");
            assert!(whole.events.starts_with(&cut.events), "{client}, {end} bytes");
            assert!(whole.output.starts_with(&cut.output), "{client}, {end} bytes");
        }
    }
}

#[test]
fn mutations_of_conversations_never_panic_and_answers_stay_in_proportion() {
    let sound = [clients::librtmp_player(), clients::obs_publisher(), clients::gstreamer_player()];
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for round in 0..2_000 {
        let mut bytes = sound[round % sound.len()].clone();
        for _ in 0..=numbers.below(8) {
            mutate(&mut bytes, &mut numbers);
        }
        let outcome = outcome(&bytes);
        // No answer is longer than 1 KiB, and the shortest request with an answer has nine bytes.
        let bound = HANDSHAKE_BYTES + bytes.len() / 9 * 1_024;
        assert!(outcome.output.len() < bound, "round {round}: {} bytes", outcome.output.len());
    }
}

/// Changes, removes, adds or repeats bytes after the handshake.
fn mutate(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let at = HANDSHAKE_BYTES + numbers.below(bytes.len() - HANDSHAKE_BYTES - 16);
    match numbers.below(5) {
        0 => bytes[at] ^= 1 << numbers.below(8),
        1 => bytes[at] = numbers.next() as u8,
        2 => {
            bytes.remove(at);
        }
        3 => bytes.insert(at, numbers.next() as u8),
        _ => {
            let again = bytes[at..at + 16].to_vec();
            bytes.splice(at..at, again);
        }
    }
}
