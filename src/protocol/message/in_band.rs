//! Messages that are sent among a stream's media, by whichever thread sends those.
//!
//! Such a thread cuts its messages with [`SharedChunks`](crate::protocol::chunk::SharedChunks),
//! which depends on nothing sent before, while the session abbreviates headers against what it last
//! sent on a chunk stream. So the two never share one: chunk streams 2 and 3 are the session's
//! alone, and what is built here goes on [`ChunkStreamId::DATA`], or on [`OUT_OF_SESSION`] where it
//! is not about a stream's data. Clients tell user control events by their type: GStreamer alone
//! notices that they come on another chunk stream than 2, warns in its log, and obeys.

use std::time::Duration;

use super::status::code;
use super::{Command, Data, ObjectEncoding, Status, UserControl};
use crate::protocol::amf::Value;
use crate::protocol::chunk::Message;
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// The chunk stream of calls and user control events that do not go through the session.
pub const OUT_OF_SESSION: ChunkStreamId = ChunkStreamId(7);

/// `onStatus` on a stream, or on the connection itself.
#[must_use]
pub fn status(stream: MessageStreamId, status: &Status) -> Message {
    status.command().message(ChunkStreamId::DATA, stream, ObjectEncoding::Amf0)
}

/// `NetStream.Play.Stop`: playback is over. ffmpeg hangs at the end without it.
#[must_use]
pub fn play_stop(stream: MessageStreamId, name: &str) -> Message {
    status(stream, &Status::new(code::PLAY_STOP, format!("Stopped playing {name}.")))
}

/// `NetStream.Play.UnpublishNotify`: the live stream that was played has ended.
#[must_use]
pub fn unpublish_notify(stream: MessageStreamId, name: &str) -> Message {
    status(stream, &Status::new(code::PLAY_UNPUBLISH_NOTIFY, format!("{name} has ended.")))
}

/// `onPlayStatus` with `NetStream.Play.Complete`: all of a recorded stream has been sent. It goes
/// before [`play_stop`]; `duration` and `bytes` are of what was played.
#[must_use]
pub fn play_complete(
    stream: MessageStreamId,
    timestamp: Timestamp,
    name: &str,
    duration: Duration,
    bytes: u64,
) -> Message {
    let status = Status::new(code::PLAY_COMPLETE, format!("Played all of {name}."))
        .with("duration", duration.as_secs_f64())
        .with("bytes", bytes as f64);
    play_status(&status).message(ChunkStreamId::DATA, stream, timestamp)
}

/// What begins with the messages behind these: a stream that was appended to another, or, where
/// `is_switch`, one that takes its place (`play2`). To be sent in this order.
#[must_use]
pub fn play_begins(
    stream: MessageStreamId,
    timestamp: Timestamp,
    name: &str,
    is_switch: bool,
) -> Vec<Message> {
    let code = if is_switch { code::PLAY_TRANSITION_COMPLETE } else { code::PLAY_SWITCH };
    let switched = Status::new(code, format!("Switched to {name}.")).with("details", name);
    let switched = play_status(&switched);
    let mut messages = vec![switched.message(ChunkStreamId::DATA, stream, timestamp)];
    if !is_switch {
        let started = Status::new(code::PLAY_START, format!("Started playing {name}."));
        messages.push(status(stream, &started));
    }
    messages
}

/// `|RtmpSampleAccess`: whether a Flash client may read the samples that it plays (which
/// `BitmapData.draw` needs).
#[must_use]
pub fn sample_access(stream: MessageStreamId, audio: bool, video: bool) -> Message {
    data("|RtmpSampleAccess", vec![Value::from(audio), Value::from(video)]).message(
        ChunkStreamId::DATA,
        stream,
        Timestamp(0),
    )
}

/// `StreamEOF`: playback is over. GStreamer ends at it, and only at it.
#[must_use]
pub fn stream_eof(stream: MessageStreamId) -> Message {
    UserControl::StreamEof(stream).message_on(OUT_OF_SESSION)
}

/// A call of a procedure of the client's (`NetConnection.client`), whose `_result` or `_error` will
/// bear `transaction_id`; 0: none is wanted.
#[must_use]
pub fn call(
    procedure: &str,
    transaction_id: f64,
    arguments: Vec<Value>,
    encoding: ObjectEncoding,
) -> Message {
    Command { transaction_id, ..Command::notification(procedure, arguments) }.message(
        OUT_OF_SESSION,
        MessageStreamId::CONNECTION,
        encoding,
    )
}

/// `onPlayStatus`, which goes among the media as data.
fn play_status(status: &Status) -> Data {
    data("onPlayStatus", vec![Value::from(status.info())])
}

fn data(name: &str, values: Vec<Value>) -> Data {
    Data { name: name.to_owned(), values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::amf::Limits;
    use crate::protocol::chunk::MessageType;

    const STREAM: MessageStreamId = MessageStreamId(1);

    #[test]
    fn nothing_is_sent_on_the_chunk_streams_of_the_session() {
        let messages = [
            play_stop(STREAM, "sea"),
            unpublish_notify(STREAM, "sea"),
            play_complete(STREAM, Timestamp(9), "sea", Duration::from_secs(2), 3),
            sample_access(STREAM, true, true),
            play_begins(STREAM, Timestamp(9), "sea", true).remove(0),
            play_begins(STREAM, Timestamp(9), "sea", false).remove(1),
            stream_eof(STREAM),
            call("go", 7.0, Vec::new(), ObjectEncoding::Amf3),
        ];
        for message in messages {
            assert!(message.chunk_stream_id > ChunkStreamId::COMMAND, "{message:?}");
        }
    }

    #[test]
    fn play_complete_is_a_data_message_that_tells_duration_and_bytes() {
        let message = play_complete(STREAM, Timestamp(9), "sea", Duration::from_millis(1_500), 3);
        assert_eq!(message.message_stream_id, STREAM);
        assert_eq!(message.timestamp, Timestamp(9));
        let data = Data::decode(message.message_type, &message.payload, Limits::default()).unwrap();
        assert_eq!(data.name, "onPlayStatus");
        let info = &data.values[0];
        assert_eq!(info.get("code").and_then(Value::as_str), Some(code::PLAY_COMPLETE));
        assert_eq!(info.get("duration").and_then(Value::as_number), Some(1.5));
        assert_eq!(info.get("bytes").and_then(Value::as_number), Some(3.0));
    }

    #[test]
    fn a_call_bears_its_transaction_in_the_encoding_asked_for() {
        let message = call("go", 7.0, vec![Value::from(1.0)], ObjectEncoding::Amf3);
        assert_eq!(message.message_type, MessageType::COMMAND_AMF3);
        assert_eq!(message.message_stream_id, MessageStreamId::CONNECTION);
        let command =
            Command::decode(message.message_type, &message.payload, Limits::default()).unwrap();
        assert_eq!((command.name.as_str(), command.transaction_id), ("go", 7.0));
        assert_eq!(command.arguments, [Value::Number(1.0)]);
    }
}
