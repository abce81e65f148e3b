//! The bytes that known clients send, as captured.

use super::support::{Client, HANDSHAKE_BYTES};
use crate::protocol::amf::{Object, Value};
use crate::protocol::chunk::{Control, Message, MessageType};
use crate::protocol::handshake::{Form, Scheme};
use crate::protocol::message::{Command, ObjectEncoding, UserControl};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// Each client's conversation, from the handshake to the last command.
pub(super) fn all() -> [(&'static str, Vec<u8>); 6] {
    [
        ("ffmpeg", ffmpeg_player()),
        ("librtmp", librtmp_player()),
        ("GStreamer", gstreamer_player()),
        ("Flash", flash_player()),
        ("OBS", obs_publisher()),
        ("ffmpeg, publishing", ffmpeg_publisher()),
    ]
}

/// The same with the simple handshake. A signed one takes long to compute, too long for tests that
/// repeat it thousands of times.
pub(super) fn all_in_simple_form() -> [(&'static str, Vec<u8>); 6] {
    let handshake = Client::new(Form::Simple).bytes;
    all().map(|(client, mut bytes)| {
        bytes[..HANDSHAKE_BYTES].copy_from_slice(&handshake);
        (client, bytes)
    })
}

fn buffer_length(stream: u32, milliseconds: u32) -> UserControl {
    UserControl::SetBufferLength { stream: MessageStreamId(stream), milliseconds }
}

/// ffmpeg, ffplay, VLC and mpv; then ffplay's keys: pause, resume, seek.
pub(super) fn ffmpeg_player() -> Vec<u8> {
    Client::new(Form::Digest(Scheme::DigestFirst))
        .connect(
            Object::new()
                .with("app", "live")
                .with("flashVer", "LNX 9,0,124,2")
                .with("tcUrl", "rtmp://127.0.0.1:1935/live")
                .with("fpad", false)
                .with("capabilities", 15)
                .with("audioCodecs", 4_071)
                .with("videoCodecs", 252)
                .with("videoFunction", 1),
        )
        .control(Control::WindowAcknowledgementSize(2_500_000))
        .command("createStream", 2.0, 0, vec![])
        .command("getStreamLength", 3.0, 0, vec![Value::from("sea")])
        .command("play", 4.0, 1, vec![Value::from("sea"), Value::from(-2_000)])
        .user_control(&buffer_length(1, 3_000))
        .command("pause", 0.0, 1, vec![Value::from(true), Value::from(1_234)])
        .command("pause", 0.0, 1, vec![Value::from(false), Value::from(1_234)])
        .command("seek", 0.0, 1, vec![Value::from(-73)])
        .command("deleteStream", 5.0, 0, vec![Value::from(1)])
        .bytes
}

/// rtmpdump with its option for live streams, and GStreamer's rtmpsrc.
pub(super) fn librtmp_player() -> Vec<u8> {
    Client::new(Form::Simple)
        .connect(
            Object::new()
                .with("app", "live")
                .with("flashVer", "LNX 10,0,32,18")
                .with("tcUrl", "rtmp://127.0.0.1:1935/live")
                .with("fpad", false)
                .with("capabilities", 15)
                .with("audioCodecs", 3_191)
                .with("videoCodecs", 252)
                .with("videoFunction", 1),
        )
        .control(Control::WindowAcknowledgementSize(2_500_000))
        .user_control(&buffer_length(0, 300))
        .command("createStream", 2.0, 0, vec![])
        .command("_checkbw", 3.0, 0, vec![])
        .command("FCSubscribe", 4.0, 0, vec![Value::from("sea")])
        .command("play", 5.0, 1, vec![Value::from("sea"), Value::from(0)])
        .user_control(&buffer_length(1, 36_000_000))
        .bytes
}

/// GStreamer's rtmp2src.
pub(super) fn gstreamer_player() -> Vec<u8> {
    Client::new(Form::Simple)
        .connect(
            Object::new()
                .with("app", "live")
                .with("tcUrl", "rtmp://127.0.0.1:1935/live")
                .with("audioCodecs", 4_071),
        )
        .control(Control::WindowAcknowledgementSize(2_500_000))
        .control(Control::WindowAcknowledgementSize(2_500_000))
        .user_control(&buffer_length(0, 300))
        .command("createStream", 2.0, 0, vec![])
        .send(&Command::notification("play", vec![Value::from("sea"), Value::from(-2)]).message(
            ChunkStreamId(3),
            MessageStreamId(1),
            ObjectEncoding::Amf0,
        ))
        .user_control(&buffer_length(1, 30_000))
        .bytes
}

/// A program in ActionScript 3.
pub(super) fn flash_player() -> Vec<u8> {
    let command = |name: &str, transaction_id, stream, arguments| {
        let command = Command { transaction_id, ..Command::notification(name, arguments) };
        command.message(ChunkStreamId(8), MessageStreamId(stream), ObjectEncoding::Amf3)
    };
    Client::new(Form::Digest(Scheme::KeyFirst))
        .connect(
            Object::new()
                .with("app", "live")
                .with("flashVer", "LNX 32,0,0,465")
                .with("swfUrl", "https://example.com/viewer.swf")
                .with("tcUrl", "rtmp://example.com/live")
                .with("objectEncoding", 3),
        )
        .control(Control::WindowAcknowledgementSize(2_500_000))
        .send(&command("createStream", 2.0, 0, vec![]))
        .send(&command("play", 0.0, 1, vec![Value::from("sea"), Value::from(-2_000)]))
        .user_control(&buffer_length(1, 100))
        .send(&command("closeStream", 0.0, 1, vec![]))
        .bytes
}

pub(super) fn obs_publisher() -> Vec<u8> {
    Client::new(Form::Simple)
        .control(Control::SetChunkSize(4_096))
        .connect(
            Object::new()
                .with("app", "live/studio?token=x")
                .with("type", "nonprivate")
                .with("flashVer", "FMLE/3.0 (compatible; FMSc/1.0)")
                .with("swfUrl", "rtmp://127.0.0.1/live")
                .with("tcUrl", "rtmp://127.0.0.1/live"),
        )
        .command("releaseStream", 2.0, 0, vec![Value::from("key")])
        .command("FCPublish", 3.0, 0, vec![Value::from("key")])
        .command("createStream", 4.0, 0, vec![])
        .command("publish", 5.0, 1, vec![Value::from("key"), Value::from("live")])
        .payload(
            MessageType::DATA_AMF0,
            1,
            0,
            &b"\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData\x08\0\0\0\0\0\0\x09"[..],
        )
        .payload(MessageType::VIDEO, 1, 0, vec![0x17; 500])
        .payload(MessageType::AUDIO, 1, 10, vec![0xaf; 300])
        .command("FCUnpublish", 6.0, 0, vec![Value::from("key")])
        .command("deleteStream", 7.0, 0, vec![Value::from(1)])
        .bytes
}

/// It adopts the chunk size that the server announces.
pub(super) fn ffmpeg_publisher() -> Vec<u8> {
    Client::new(Form::Digest(Scheme::DigestFirst))
        .connect(
            Object::new()
                .with("app", "live")
                .with("type", "nonprivate")
                .with("flashVer", "FMLE/3.0 (compatible; Lavf59.27.100)")
                .with("tcUrl", "rtmp://127.0.0.1:1935/live"),
        )
        .control(Control::SetChunkSize(65_536))
        .command("releaseStream", 2.0, 0, vec![Value::from("key")])
        .command("FCPublish", 3.0, 0, vec![Value::from("key")])
        .command("createStream", 4.0, 0, vec![])
        .command("publish", 5.0, 1, vec![Value::from("key"), Value::from("live")])
        .send(&Message {
            chunk_stream_id: ChunkStreamId(6),
            message_stream_id: MessageStreamId(1),
            timestamp: Timestamp(0x0100_0000),
            message_type: MessageType::VIDEO,
            payload: vec![0x27; 900].into(),
        })
        .bytes
}
