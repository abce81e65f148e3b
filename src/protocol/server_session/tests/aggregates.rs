//! Aggregate messages of publishers.

use super::support::{Client, STREAM, outcome};
use crate::protocol::Timestamp;
use crate::protocol::chunk::MessageType;
use crate::protocol::server_session::{Event, Ignored};

/// Audio, video 20 ms later, an ignored message, and metadata.
const PARTS: &[u8] = &[
    8, 0, 0, 1, 0, 0, 100, 0, 0, 0, 0, 0xaf, 0, 0, 0, 12, //
    9, 0, 0, 1, 0, 0, 120, 0, 0, 0, 0, 0x17, 0, 0, 0, 12, //
    22, 0, 0, 0, 0, 0, 120, 0, 0, 0, 0, 0, 0, 0, 11, //
    18, 0, 0, 1, 0, 0, 120, 0, 0, 0, 0, 0x05, 0, 0, 0, 12,
];

#[test]
fn the_parts_of_an_aggregate_are_events_of_their_own() {
    let client = Client::with_stream().payload(MessageType::AGGREGATE, 1, 5_000, PARTS).payload(
        MessageType::AUDIO,
        1,
        5_100,
        &[0xaf][..],
    );
    let outcome = outcome(&client.bytes);
    let media: Vec<_> = outcome
        .events_on_stream()
        .iter()
        .map(|event| match event {
            Event::Media(message) => {
                assert_eq!(message.message_stream_id, STREAM);
                (message.message_type, message.timestamp)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        media,
        [
            (MessageType::AUDIO, Timestamp(5_000)),
            (MessageType::VIDEO, Timestamp(5_020)),
            (MessageType::DATA_AMF0, Timestamp(5_020)),
            (MessageType::AUDIO, Timestamp(5_100)),
        ]
    );
}

#[test]
fn an_aggregate_that_is_cut_short_costs_only_its_rest() {
    let client = Client::with_stream().payload(MessageType::AGGREGATE, 1, 0, &PARTS[..20]).payload(
        MessageType::AUDIO,
        1,
        100,
        &[0xaf][..],
    );
    let outcome = outcome(&client.bytes);
    assert!(matches!(
        outcome.events_on_stream(),
        [Event::Media(_), Event::Ignored(Ignored::Malformed(_)), Event::Media(_)]
    ));
}
