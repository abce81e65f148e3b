//! The events and replies of known clients' conversations.

use std::time::Duration;

use super::clients;
use super::support::{HANDSHAKE_BYTES, Outcome, STREAM, outcome, outcome_of};
use crate::protocol::PublishKind;
use crate::protocol::server_session::Event;
use crate::protocol::{PlayFrom, Timestamp};

const CONNECTED: [&str; 4] = [
    "WindowAcknowledgementSize(5000000)",
    "SetPeerBandwidth { size: 5000000, limit: Dynamic }",
    "SetChunkSize(65536)",
    r#"20: _result(1) on 0: "NetConnection.Connect.Success""#,
];

fn assert_replies(outcome: &Outcome, after_connect: &[&str]) {
    let replies = outcome.replies();
    assert_eq!(replies[..4], CONNECTED);
    assert_eq!(replies[4..], *after_connect);
}

/// The names of the events.
fn names(outcome: &Outcome) -> Vec<String> {
    let name = |event| format!("{event:?}").split(['(', ' ']).next().unwrap().to_owned();
    outcome.events.iter().map(name).collect()
}

#[test]
fn ffmpeg_plays_pauses_and_seeks() {
    let outcome = outcome(&clients::ffmpeg_player());
    assert_eq!(
        names(&outcome),
        [
            "Connect",
            "CreateStream",
            "Call",
            "Play",
            "BufferLength",
            "Pause",
            "Pause",
            "Seek",
            "DeleteStream"
        ]
    );
    let Event::Connect(connect) = &outcome.events[0] else { unreachable!() };
    for (member, text) in
        [("app", "live"), ("tcUrl", "rtmp://127.0.0.1:1935/live"), ("flashVer", "LNX 9,0,124,2")]
    {
        assert_eq!(connect.command_object.get(member), Some(&text.into()), "{member}");
    }
    let Event::Play(play) = &outcome.events[3] else { unreachable!() };
    assert_eq!((play.name.as_str(), play.from, play.reset), ("sea", PlayFrom::Any, true));
    assert_eq!(
        outcome.events[4..8],
        [
            Event::BufferLength { stream: STREAM, milliseconds: 3_000 },
            Event::Pause { stream: STREAM, paused: true, position: Timestamp(1_234) },
            Event::Pause { stream: STREAM, paused: false, position: Timestamp(1_234) },
            Event::Seek { stream: STREAM, position: Timestamp(0) },
        ]
    );
    assert_replies(
        &outcome,
        &[
            "20: _result(2) on 0: 1",
            "20: _result(3) on 0: 0",
            "StreamBegin(MessageStreamId(1))",
            r#"20: onStatus(0) on 1: "NetStream.Play.Reset""#,
            r#"20: onStatus(0) on 1: "NetStream.Play.Start""#,
            "|RtmpSampleAccess on 1",
            r#"20: onStatus(0) on 1: "NetStream.Pause.Notify""#,
            r#"20: onStatus(0) on 1: "NetStream.Unpause.Notify""#,
            r#"20: onStatus(0) on 1: "NetStream.Seek.Notify""#,
            r#"20: onStatus(0) on 1: "NetStream.Play.Start""#,
        ],
    );
}

#[test]
fn librtmp_plays() {
    let outcome = outcome(&clients::librtmp_player());
    assert_eq!(
        names(&outcome),
        ["Connect", "CreateStream", "Call", "Call", "Play", "BufferLength"],
        "the buffer length of stream 0 is none"
    );
    let Event::Play(play) = &outcome.events[4] else { unreachable!() };
    assert_eq!(play.from, PlayFrom::At(Duration::ZERO));
    assert_replies(
        &outcome,
        &[
            "20: _result(2) on 0: 1",
            "20: _result(3) on 0: null",
            r#"20: onFCSubscribe(0) on 0: "NetStream.Play.Start""#,
            "20: _result(4) on 0: null",
            "StreamBegin(MessageStreamId(1))",
            r#"20: onStatus(0) on 1: "NetStream.Play.Reset""#,
            r#"20: onStatus(0) on 1: "NetStream.Play.Start""#,
            "|RtmpSampleAccess on 1",
        ],
    );
}

#[test]
fn gstreamer_plays_on_the_chunk_stream_of_its_commands() {
    let outcome = outcome(&clients::gstreamer_player());
    assert_eq!(names(&outcome), ["Connect", "CreateStream", "Play", "BufferLength"]);
    assert_replies(
        &outcome,
        &[
            "20: _result(2) on 0: 1",
            "StreamBegin(MessageStreamId(1))",
            r#"20: onStatus(0) on 1: "NetStream.Play.Reset""#,
            r#"20: onStatus(0) on 1: "NetStream.Play.Start""#,
            "|RtmpSampleAccess on 1",
        ],
    );
}

#[test]
fn flash_is_answered_in_amf3_behind_connect() {
    let outcome = outcome(&clients::flash_player());
    assert_eq!(names(&outcome), ["Connect", "CreateStream", "Play", "BufferLength", "CloseStream"]);
    assert_replies(
        &outcome,
        &[
            "17: _result(2) on 0: 1",
            "StreamBegin(MessageStreamId(1))",
            r#"17: onStatus(0) on 1: "NetStream.Play.Reset""#,
            r#"17: onStatus(0) on 1: "NetStream.Play.Start""#,
            "|RtmpSampleAccess on 1",
        ],
    );
}

#[test]
fn obs_publishes() {
    let outcome = outcome(&clients::obs_publisher());
    assert_eq!(
        names(&outcome),
        [
            "Connect",
            "Call",
            "Call",
            "CreateStream",
            "Publish",
            "Media",
            "Media",
            "Media",
            "Call",
            "DeleteStream"
        ]
    );
    let Event::Publish(publish) = &outcome.events[4] else { unreachable!() };
    assert_eq!((publish.name.as_str(), publish.kind), ("key", PublishKind::Live));
    let Event::Media(metadata) = &outcome.events[5] else { unreachable!() };
    assert!(metadata.payload.starts_with(b"\x02\x00\x0aonMetaData"), "without @setDataFrame");
    assert_replies(
        &outcome,
        &[
            "20: _result(2) on 0: null",
            r#"20: onFCPublish(0) on 0: "NetStream.Publish.Start""#,
            "20: _result(3) on 0: null",
            "20: _result(4) on 0: 1",
            "StreamBegin(MessageStreamId(1))",
            r#"20: onStatus(0) on 1: "NetStream.Publish.Start""#,
            r#"20: onFCUnpublish(0) on 0: "NetStream.Unpublish.Success""#,
            "20: _result(6) on 0: null",
        ],
    );
}

#[test]
fn byte_by_byte_the_same_happens_as_in_one_piece() {
    for (client, bytes) in clients::all() {
        let whole = outcome(&bytes);
        assert_eq!(whole.error, None, "{client}");
        assert_eq!(outcome_of(bytes.chunks(1)), whole, "{client}");
    }
}

#[test]
fn cut_at_any_byte_the_same_happens_as_in_one_piece() {
    for (client, bytes) in clients::all_in_simple_form() {
        let whole = outcome(&bytes);
        // The handshake has such tests of its own, so a few cuts within it suffice.
        let cuts = (0..HANDSHAKE_BYTES).step_by(499).chain(HANDSHAKE_BYTES..bytes.len());
        for cut in cuts {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(outcome_of([head, tail]), whole, "{client}, cut at {cut}");
        }
    }
}
