//! Windows, acknowledgements and bandwidths.

use std::time::Instant;

use super::support::{Client, converse, outcome, session, session_with};
use crate::protocol::chunk::{Control, MessageType};
use crate::protocol::message::UserControl;

#[test]
fn bytes_are_acknowledged_with_the_running_total_at_each_half_of_the_window() {
    let now = Instant::now();
    let client = Client::with_stream();
    let client = client.control(Control::WindowAcknowledgementSize(10_000));
    let (mut session, mut listener) = session_with(&client, now);

    let sent = client.bytes.len();
    let client = client.payload(MessageType::VIDEO, 1, 0, vec![0; 9_000]);
    let outcome = converse(&mut session, now, [&client.bytes[sent..]]);
    assert!(sent < 5_000, "the first is due while the video is under way");
    assert_eq!(listener.hear(&outcome.output), ["Acknowledgement(5000)", "Acknowledgement(10000)"]);
    assert_eq!(session.bytes_received(), client.bytes.len() as u64);
}

#[test]
fn an_acknowledgement_that_is_overdue_is_sent_at_once() {
    let client = Client::with_stream().control(Control::WindowAcknowledgementSize(2_048));
    let expected = format!("Acknowledgement({})", client.bytes.len());
    assert_eq!(outcome(&client.bytes).replies().last(), Some(&expected));
}

#[test]
fn a_window_of_zero_is_never_acknowledged() {
    let client = Client::with_stream().control(Control::WindowAcknowledgementSize(0)).payload(
        MessageType::VIDEO,
        1,
        0,
        vec![0; 100_000],
    );
    let replies = outcome(&client.bytes).replies();
    assert!(!replies.iter().any(|reply| reply.contains("Acknowledgement(")), "{replies:?}");
}

#[test]
fn what_the_peer_acknowledges_is_known() {
    let now = Instant::now();
    let mut session = session(now);
    let client = Client::connected().control(Control::Acknowledgement(1_250_000));
    converse(&mut session, now, [client.bytes.as_slice()]);
    assert_eq!(session.bytes_acknowledged(), 1_250_000);
    assert_eq!(session.messages_received(), 2);
}

#[test]
fn they_may_be_read_by_themselves_however_they_are_cut() {
    let now = Instant::now();
    let start = Client::with_stream().bytes.len();
    let client = Client::with_stream()
        .control(Control::Acknowledgement(1_000))
        .control(Control::Acknowledgement(2_000))
        .user_control(&UserControl::PingRequest(7))
        .command("closeStream", 0.0, 1, vec![])
        .control(Control::Acknowledgement(3_000))
        .payload(MessageType::ACKNOWLEDGEMENT, 0, 0, vec![1])
        .payload(MessageType::AUDIO, 1, 0, vec![0xaf, 1, 2])
        .control(Control::Acknowledgement(4_000));
    let (early, late) = client.bytes.split_at(start);

    let mut usual = session(now);
    let first = converse(&mut usual, now, [early]);
    let expected = converse(&mut usual, now, [late]);
    assert_eq!(expected.events.len(), 3, "a command, a malformed message, sound");

    for length in [1, 2, 7, 8, 16, 50, late.len()] {
        let mut session = session(now);
        assert_eq!(converse(&mut session, now, [early]), first);
        let (mut events, mut output, mut were_all) = (Vec::new(), Vec::new(), 0);
        for mut piece in late.chunks(length) {
            if session.read_acknowledgements(now, &mut piece).unwrap() {
                assert!(piece.is_empty() && session.output_bytes() == 0);
                were_all += 1;
                continue;
            }
            let mut outcome = converse(&mut session, now, [piece]);
            events.append(&mut outcome.events);
            output.append(&mut outcome.output);
        }
        assert_eq!((events, output), (expected.events.clone(), expected.output.clone()));
        assert_eq!(session.bytes_acknowledged(), 4_000);
        assert_eq!(session.messages_received(), usual.messages_received());
        assert_eq!(were_all > 0, length <= 16, "pieces of {length}");
    }
}

#[test]
fn they_are_left_to_the_usual_read_before_connect() {
    let now = Instant::now();
    let client = Client::connected();
    let mut input = client.bytes.as_slice();
    assert!(!session(now).read_acknowledgements(now, &mut input).unwrap());
    assert_eq!(input.len(), client.bytes.len());
}

#[test]
fn a_bandwidth_is_answered_with_the_window_if_it_differs() {
    use crate::protocol::chunk::LimitType::Dynamic;
    let bandwidth = |size| Control::SetPeerBandwidth { size, limit: Dynamic };
    let client = Client::connected()
        .control(bandwidth(5_000_000))
        .control(bandwidth(0))
        .control(bandwidth(4_096))
        .control(bandwidth(4_096));
    assert_eq!(outcome(&client.bytes).replies()[4..], ["WindowAcknowledgementSize(4096)"]);
}
