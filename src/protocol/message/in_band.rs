//! Messages among a stream's media, for the threads that send media.
//!
//! These threads write [`SharedChunks`](crate::protocol::chunk::SharedChunks), which depend on
//! nothing sent before. A session abbreviates headers against its last message on a chunk stream.
//! So the two never share a chunk stream: 2 and 3 belong to the session. The messages here go on
//! [`ChunkStreamId::DATA`], or on [`OUT_OF_SESSION`] if they are not about a stream's data.
//! Clients accept user control messages on any chunk stream. Only GStreamer logs a warning.

use std::time::Duration;

use super::status::code;
use super::{Command, Data, ObjectEncoding, Status, UserControl};
use crate::protocol::amf::{Value, amf0};
use crate::protocol::chunk::{MAX_MESSAGE_BYTES, Message};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// The chunk stream of calls and user control messages from outside the session.
pub const OUT_OF_SESSION: ChunkStreamId = ChunkStreamId(7);

/// What a client is told in place of a result that does not fit into a message.
pub(crate) const TOO_LONG: &str = "The answer is too long for a message.";

/// Returns an `onStatus` command on a stream, or on the connection itself.
#[must_use]
pub fn status(stream: MessageStreamId, status: &Status) -> Message {
    status.message(ChunkStreamId::DATA, stream, ObjectEncoding::Amf0)
}

/// Returns an `onStatus` command about the connection, from outside its session.
#[must_use]
pub fn connection_status(status: &Status) -> Message {
    let connection = MessageStreamId::CONNECTION;
    status.message(OUT_OF_SESSION, connection, ObjectEncoding::Amf0)
}

/// Returns `NetStream.Play.Stop`: playback is over. ffmpeg hangs at the end without it.
#[must_use]
pub fn play_stop(stream: MessageStreamId, name: &str) -> Message {
    status(stream, &Status::new(code::PLAY_STOP, format!("Stopped playing {name}.")))
}

/// Returns `NetStream.Play.PublishNotify`: a publisher of the live stream has come.
#[must_use]
pub fn publish_notify(stream: MessageStreamId, name: &str) -> Message {
    status(stream, &Status::new(code::PLAY_PUBLISH_NOTIFY, format!("{name} is published now.")))
}

/// Returns `NetStream.Play.UnpublishNotify`: the publisher of the live stream has stopped.
#[must_use]
pub fn unpublish_notify(stream: MessageStreamId, name: &str) -> Message {
    status(stream, &Status::new(code::PLAY_UNPUBLISH_NOTIFY, format!("{name} has ended.")))
}

/// Returns `onPlayStatus` with `NetStream.Play.Complete`: all of a recorded stream has been sent.
/// Send it before [`play_stop`]. `duration` and `bytes` count what was played.
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

/// Returns the messages to send, in order, before the media of a new stream. The stream replaces
/// another (`play2`) if `is_switch` is true; otherwise it was appended to another.
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

/// Returns `|RtmpSampleAccess`: whether a Flash client may read the samples that it plays, as
/// `BitmapData.draw` does.
#[must_use]
pub fn sample_access(stream: MessageStreamId, audio: bool, video: bool) -> Message {
    let name = "|RtmpSampleAccess";
    let (message_type, payload) = Data::written(name, ObjectEncoding::Amf0, |payload| {
        amf0::encode(&Value::from(audio), payload);
        amf0::encode(&Value::from(video), payload);
    });
    Message {
        chunk_stream_id: ChunkStreamId::DATA,
        message_stream_id: stream,
        timestamp: Timestamp(0),
        message_type,
        payload,
    }
}

/// Returns `StreamEOF`: playback is over. GStreamer ends at it, and only at it.
#[must_use]
pub fn stream_eof(stream: MessageStreamId) -> Message {
    UserControl::StreamEof(stream).message_on(OUT_OF_SESSION)
}

/// Returns a call of a procedure of the client (`NetConnection.client`). The `_result` or `_error`
/// will carry `transaction_id`. Pass 0 to get none.
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

/// Returns the answer to a call of the client: `_result`, or `_error` if it failed or its result is
/// too long for a message.
#[must_use]
pub fn answer(
    transaction_id: f64,
    result: Result<Value, Status>,
    encoding: ObjectEncoding,
) -> Message {
    let message = |name: &str, value: Value| {
        Command { transaction_id, ..Command::notification(name, vec![value]) }.message(
            OUT_OF_SESSION,
            MessageStreamId::CONNECTION,
            encoding,
        )
    };
    let error = |status: &Status| message("_error", status.info().into());
    match result.map(|value| message("_result", value)) {
        Ok(answer) if answer.payload.len() <= MAX_MESSAGE_BYTES => answer,
        Ok(_) => error(&Status::error(code::CALL_FAILED, TOO_LONG)),
        Err(status) => error(&status),
    }
}

/// Returns `onPlayStatus`, which is a data message.
fn play_status(status: &Status) -> Data {
    Data { name: "onPlayStatus".to_owned(), values: vec![Value::from(status.info())] }
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
