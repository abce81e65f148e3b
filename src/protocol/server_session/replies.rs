//! Turns the driver's answers into messages.

use bytes::Bytes;

use super::default_answer;
use super::session::Phase;
use super::{Call, CallReply, CreateStream, ObjectEncoding, PlayStart, ServerSession};
use crate::protocol::amf::Value;
use crate::protocol::amf::amf0::{self, ObjectWriter};
use crate::protocol::chunk::{Control, LimitType, MAX_MESSAGE_BYTES, Message, MessageType};
use crate::protocol::message::status::code;
use crate::protocol::message::{Command, Status, UserControl, in_band};
use crate::protocol::{Capabilities, ChunkStreamId, MessageStreamId, Timestamp};

/// The server version that clients read. Some show H.264 only from a Flash Media Server of at least
/// version 3.
const FMS_VERSION: &str = "FMS/3,5,7,7009";
/// The capabilities of a Flash Media Server of that version.
const CAPABILITIES: u32 = 31;

impl ServerSession {
    /// Accepts [`Event::Connect`](super::Event::Connect). Sends nothing if no such event waits for
    /// an answer.
    ///
    /// A client that announces Enhanced RTMP is told the capabilities of this crate. Others are
    /// answered as ever: old ones read few members.
    pub fn accept_connect(&mut self) {
        let Phase::Connecting { transaction_id } = self.phase else { return };
        self.phase = Phase::Connected;
        self.peer.announce_window(self.config.window_acknowledgement_size);
        let bandwidth = Control::SetPeerBandwidth {
            size: self.config.peer_bandwidth,
            limit: LimitType::Dynamic,
        };
        self.send(&bandwidth.message());
        self.send(&Control::SetChunkSize(self.config.chunk_size).message());

        let status = Status::new(code::CONNECT_SUCCESS, "Connection succeeded.");
        let encoding = self.encoding.number();
        let is_enhanced = self.capabilities.is_enhanced();
        self.answer_connect("_result", transaction_id, |payload| {
            ObjectWriter::new(payload)
                .text("fmsVer", FMS_VERSION)
                .number("capabilities", CAPABILITIES)
                .end();
            let info = status.begin_info(payload).number("objectEncoding", encoding);
            if is_enhanced { info.members(Capabilities::announcement()) } else { info }.end();
        });
    }

    /// Refuses [`Event::Connect`](super::Event::Connect). The driver must close the connection once
    /// the output is sent.
    pub fn refuse_connect(&mut self, description: &str) {
        let Phase::Connecting { transaction_id } = self.phase else { return };
        self.phase = Phase::Refused;
        let status = Status::error(code::CONNECT_REJECTED, description);
        // ffmpeg shows the description in the first object, and finds none in properties.
        self.answer_connect("_error", transaction_id, |payload| {
            amf0::encode(&Value::Null, payload);
            status.begin_info(payload).end();
        });
    }

    /// Accepts [`Event::CreateStream`](super::Event::CreateStream).
    pub fn accept_create_stream(&mut self, request: CreateStream) {
        let reply = CallReply { transaction_id: request.transaction_id };
        self.answer_call(reply, Ok(&Value::from(request.stream.0)));
    }

    /// Refuses [`Event::CreateStream`](super::Event::CreateStream) and frees the stream's id.
    pub fn refuse_create_stream(&mut self, request: CreateStream, description: &str) {
        self.streams.delete(request.stream);
        let status = Status::error(code::CALL_FAILED, description);
        self.refuse(request.transaction_id, &status);
    }

    /// Tells the client that its playback starts. Send media after this only: ffmpeg and librtmp
    /// discard what comes before.
    pub fn start_play(&mut self, stream: MessageStreamId, start: PlayStart<'_>) {
        let PlayStart { name, recorded, reset } = start;
        if recorded {
            self.send(&UserControl::StreamIsRecorded(stream).message());
        }
        self.send(&UserControl::StreamBegin(stream).message());
        if reset {
            let description = format!("Playing and resetting {name}.");
            self.send_status(stream, &Status::new(code::PLAY_RESET, description));
        }
        let description = format!("Started playing {name}.");
        self.send_status(stream, &Status::new(code::PLAY_START, description));
        self.send(&on_our_chunk_stream(in_band::sample_access(stream, true, true)));
    }

    /// Tells the client that it cannot play, for example with
    /// [`PLAY_STREAM_NOT_FOUND`](code::PLAY_STREAM_NOT_FOUND).
    pub fn refuse_play(&mut self, stream: MessageStreamId, status: &Status) {
        self.send_status(stream, status);
    }

    /// Tells the client that it may publish.
    pub fn start_publish(&mut self, stream: MessageStreamId, name: &str) {
        self.send(&UserControl::StreamBegin(stream).message());
        let description = format!("Started publishing {name}.");
        self.send_status(stream, &Status::new(code::PUBLISH_START, description));
    }

    /// Tells the client that it cannot publish. OBS and GStreamer show their users
    /// [`PUBLISH_BAD_NAME`](code::PUBLISH_BAD_NAME), [`PUBLISH_DENIED`](code::PUBLISH_DENIED) and
    /// [`PUBLISH_REJECTED`](code::PUBLISH_REJECTED). At other codes OBS waits for 30 s.
    pub fn refuse_publish(&mut self, stream: MessageStreamId, status: &Status) {
        self.send_status(stream, status);
    }

    /// Tells the client that it has ceased to publish on a stream that stays.
    pub fn end_publish(&mut self, stream: MessageStreamId, name: &str) {
        let description = format!("Stopped publishing {name}.");
        self.send_status(stream, &Status::new(code::UNPUBLISH_SUCCESS, description));
    }

    /// Tells the client that playback is paused or resumed.
    pub fn notify_pause(&mut self, stream: MessageStreamId, paused: bool, name: &str) {
        let status = if paused {
            Status::new(code::PAUSE_NOTIFY, format!("Paused {name}."))
        } else {
            Status::new(code::UNPAUSE_NOTIFY, format!("Unpaused {name}."))
        };
        self.send_status(stream, &status);
    }

    /// Tells the client that later media starts at another position, in milliseconds. Flash also
    /// expects to hear that playback starts.
    pub fn notify_seek(&mut self, stream: MessageStreamId, position_ms: u32) {
        let description = format!("Seeking to {position_ms} ms.");
        self.send_status(stream, &Status::new(code::SEEK_NOTIFY, description));
        let description = format!("Started playing at {position_ms} ms.");
        self.send_status(stream, &Status::new(code::PLAY_START, description));
    }

    /// Sends an `onStatus` command on a stream.
    pub fn send_status(&mut self, stream: MessageStreamId, status: &Status) {
        let message = status.message(ChunkStreamId::COMMAND, stream, self.encoding);
        self.send(&message);
    }

    /// Answers a call with `_result` or `_error`. Sends nothing if the client wants no answer.
    ///
    /// Sends an `_error` in place of an answer that is too long for a message.
    pub fn answer_call(&mut self, call: CallReply, result: Result<&Value, &Status>) {
        if !call.is_wanted() {
            return;
        }
        let answer = match result {
            Ok(value) => self.answer(call, "_result", |payload| amf0::encode(value, payload)),
            Err(status) => self.error_answer(call, status),
        };
        if answer.payload.len() <= MAX_MESSAGE_BYTES {
            self.send(&answer);
        } else {
            let status = Status::error(code::CALL_FAILED, in_band::TOO_LONG);
            let answer = self.error_answer(call, &status);
            self.send(&answer);
        }
    }

    /// Answers a call with its [`default_answer`]. Returns false, and sends nothing, if it has
    /// none.
    pub fn answer_by_default(&mut self, call: &Call) -> bool {
        let Some(answer) = default_answer(call) else { return false };
        if let Some((name, info)) = answer.notification {
            let command = Command::notification(name, vec![Value::from(info)]);
            self.send_command(MessageStreamId::CONNECTION, &command);
        }
        self.answer_call(call.reply, Ok(&answer.result));
        true
    }

    pub(super) fn refuse(&mut self, transaction_id: f64, status: &Status) {
        self.answer_call(CallReply { transaction_id }, Err(status));
    }

    fn error_answer(&self, call: CallReply, status: &Status) -> Message {
        self.answer(call, "_error", |payload| status.begin_info(payload).end())
    }

    /// Returns an answer without a command object. `put` writes its argument.
    fn answer(&self, call: CallReply, name: &str, put: impl FnOnce(&mut Vec<u8>)) -> Message {
        let put = |payload: &mut Vec<u8>| {
            amf0::encode(&Value::Null, payload);
            put(payload);
        };
        on_the_connection(Command::written(name, call.transaction_id, self.encoding, put))
    }

    /// `put` writes the command object and the argument. Always AMF0: the command that it answers
    /// is the one that asks for another encoding.
    fn answer_connect(&mut self, name: &str, transaction_id: f64, put: impl FnOnce(&mut Vec<u8>)) {
        let encoding = ObjectEncoding::Amf0;
        let answer = Command::written(name, transaction_id, encoding, put);
        self.send(&on_the_connection(answer));
    }

    fn send_command(&mut self, stream: MessageStreamId, command: &Command) {
        self.send(&command.message(ChunkStreamId::COMMAND, stream, self.encoding));
    }
}

/// Returns the message of a command about the connection.
fn on_the_connection((message_type, payload): (MessageType, Bytes)) -> Message {
    Message {
        chunk_stream_id: ChunkStreamId::COMMAND,
        message_stream_id: MessageStreamId::CONNECTION,
        timestamp: Timestamp(0),
        message_type,
        payload,
    }
}

/// The session abbreviates headers, so it uses chunk streams that no other thread writes on.
fn on_our_chunk_stream(message: Message) -> Message {
    Message { chunk_stream_id: ChunkStreamId::COMMAND, ..message }
}
