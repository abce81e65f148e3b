//! Commands that are about a stream.

use super::support::{Client, STREAM, outcome};
use crate::protocol::amf::{Object, Value};
use crate::protocol::server_session::Event;
use crate::protocol::{MessageStreamId, Timestamp};

#[test]
fn an_id_that_was_deleted_is_given_out_again() {
    let client = Client::with_stream()
        .command("createStream", 3.0, 0, vec![])
        .command("deleteStream", 0.0, 0, vec![Value::from(1)])
        .command("createStream", 4.0, 0, vec![]);
    let outcome = outcome(&client.bytes);
    assert_eq!(outcome.events[3], Event::DeleteStream(STREAM));
    assert_eq!(
        outcome.replies()[4..],
        ["20: _result(2) on 0: 1", "20: _result(3) on 0: 2", "20: _result(4) on 0: 1"]
    );
}

#[test]
fn play_of_false_ends_what_is_played() {
    let client = Client::with_stream().command("play", 0.0, 1, vec![Value::from(false)]);
    assert_eq!(outcome(&client.bytes).events_on_stream(), [Event::CloseStream(STREAM)]);
}

#[test]
fn a_command_on_the_connection_means_its_only_stream() {
    let client = Client::with_stream().command("play", 0.0, 0, vec![Value::from("sea")]);
    let outcome = outcome(&client.bytes);
    assert!(matches!(outcome.events_on_stream(), [Event::Play(play)] if play.stream == STREAM));
}

#[test]
fn audio_and_video_can_be_switched_off_and_on() {
    let client = Client::with_stream()
        .command("receiveAudio", 0.0, 1, vec![Value::from(false)])
        .command("receiveVideo", 0.0, 1, vec![Value::from(true)]);
    assert_eq!(
        outcome(&client.bytes).events_on_stream(),
        [
            Event::ReceiveAudio { stream: STREAM, on: false },
            Event::ReceiveVideo { stream: STREAM, on: true },
        ]
    );
}

#[test]
fn positions_that_no_timestamp_holds_are_clamped() {
    let seek = |client: Client, to: f64| client.command("seek", 0.0, 1, vec![Value::from(to)]);
    let client = [-73.0, f64::NAN, 1_500.7, 1e300].into_iter().fold(Client::with_stream(), seek);
    let at = |position| Event::Seek { stream: STREAM, position: Timestamp(position) };
    assert_eq!(outcome(&client.bytes).events_on_stream(), [at(0), at(0), at(1_500), at(u32::MAX)]);
}

#[test]
fn play2_names_the_stream_to_switch_to() {
    let options = Object::new().with("streamName", "sea_low").with("transition", "switch");
    let client = Client::with_stream().command("play2", 0.0, 1, vec![Value::from(options)]);
    let outcome = outcome(&client.bytes);
    assert!(matches!(
        outcome.events_on_stream(),
        [Event::Play2(play)] if play.name == "sea_low" && play.stream == MessageStreamId(1)
    ));
}
