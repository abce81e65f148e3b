//! What a player asks of its server.

use std::time::Instant;

use bytes::Bytes;

use super::pending::Request;
use super::{ClientSession, Start, TransactionId};
use super::{command, user_control};
use crate::protocol::amf::{Object, Value};
use crate::protocol::chunk::{Message, MessageType};
use crate::protocol::wire::Put as _;
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// Where players send the commands of a stream: ffmpeg and librtmp use 8.
const STREAM_COMMAND: ChunkStreamId = ChunkStreamId(8);

impl ClientSession {
    pub(super) fn connect(&mut self, now: Instant) {
        let transaction = self.pending.add(Request::Connect, now);
        let mut values = vec![self.settings.command_object()];
        values.extend(self.settings.arguments.iter().cloned());
        self.send_command("connect", transaction, &values, MessageStreamId::CONNECTION);
    }

    /// Asks for a stream: [`Event::StreamCreated`](super::Event::StreamCreated) answers.
    pub fn create_stream(&mut self, now: Instant) {
        let transaction = self.pending.add(Request::CreateStream, now);
        self.send_command("createStream", transaction, &[Value::Null], MessageStreamId::CONNECTION);
    }

    /// Asks for media: an [`Event::Status`](super::Event::Status) of that stream answers, `NetStream.Play.Start` if all is
    /// well.
    pub fn play(&mut self, now: Instant, stream: MessageStreamId, name: &str, start: Start) {
        let transaction = self.pending.add(Request::Play(stream), now);
        let values = [Value::Null, name.into(), start.number().into()];
        self.send_command("play", transaction, &values, stream);
    }

    /// Says how much media the player wants to hold: a server sends that much at once, and then in
    /// real time.
    pub fn set_buffer_length(&mut self, stream: MessageStreamId, milliseconds: u32) {
        let payload = user_control::set_buffer_length(stream, milliseconds);
        self.send_control(MessageType::USER_CONTROL, payload);
    }

    /// Asks to stop at `position`, in milliseconds: `NetStream.Pause.Notify` answers.
    pub fn pause(&mut self, stream: MessageStreamId, position: u32) {
        self.send_request("pause", stream, &[Value::Null, true.into(), position.into()]);
    }

    /// Asks to go on from `position`, in milliseconds: `NetStream.Unpause.Notify` answers.
    pub fn resume(&mut self, stream: MessageStreamId, position: u32) {
        self.send_request("pause", stream, &[Value::Null, false.into(), position.into()]);
    }

    /// Asks to go on at `position`, in milliseconds: `NetStream.Seek.Notify` answers.
    pub fn seek(&mut self, stream: MessageStreamId, position: u32) {
        self.send_request("seek", stream, &[Value::Null, position.into()]);
    }

    /// Asks for no more media; the stream can be played again.
    pub fn close_stream(&mut self, stream: MessageStreamId) {
        self.send_request("closeStream", stream, &[Value::Null]);
    }

    /// Gives a stream back.
    pub fn delete_stream(&mut self, stream: MessageStreamId) {
        let values = [Value::Null, stream.0.into()];
        self.send_request("deleteStream", MessageStreamId::CONNECTION, &values);
    }

    /// Calls a procedure of the server: [`Event::CallResult`](super::Event::CallResult) answers.
    pub fn call(&mut self, now: Instant, procedure: &str, arguments: &[Value]) -> TransactionId {
        let transaction = self.pending.add(Request::Call(procedure.to_owned()), now);
        let values: Vec<_> =
            std::iter::once(Value::Null).chain(arguments.iter().cloned()).collect();
        self.send_command(procedure, transaction, &values, MessageStreamId::CONNECTION);
        transaction
    }

    /// Answers a call of the server with a value; a call that expects no answer gets none.
    pub fn answer(&mut self, transaction: TransactionId, value: Value) {
        self.send_reply("_result", transaction, value);
    }

    /// Refuses a call of the server, and tells people there why.
    pub fn refuse(&mut self, transaction: TransactionId, description: &str) {
        let information = Object::new()
            .with("level", "error")
            .with("code", "NetConnection.Call.Failed")
            .with("description", description);
        self.send_reply("_error", transaction, information.into());
    }

    fn send_reply(&mut self, name: &str, transaction: TransactionId, value: Value) {
        if transaction != TransactionId(0) {
            let values = [Value::Null, value];
            self.send_command(name, transaction, &values, MessageStreamId::CONNECTION);
        }
    }

    /// Sends a command that is answered by a status, if at all.
    fn send_request(&mut self, name: &str, stream: MessageStreamId, values: &[Value]) {
        self.send_command(name, TransactionId(0), values, stream);
    }

    fn send_command(
        &mut self,
        name: &str,
        transaction: TransactionId,
        values: &[Value],
        stream: MessageStreamId,
    ) {
        let chunk_stream = match stream {
            MessageStreamId::CONNECTION => ChunkStreamId::COMMAND,
            _ => STREAM_COMMAND,
        };
        let payload = command::encode(name, transaction, values);
        self.send(chunk_stream, stream, MessageType::COMMAND_AMF0, payload);
    }

    pub(super) fn send_number(&mut self, message_type: MessageType, number: u32) {
        let mut payload = Vec::with_capacity(4);
        payload.put_u32(number);
        self.send_control(message_type, payload);
    }

    pub(super) fn send_control(&mut self, message_type: MessageType, payload: Vec<u8>) {
        self.send(ChunkStreamId::CONTROL, MessageStreamId::CONNECTION, message_type, payload);
    }

    fn send(
        &mut self,
        chunk_stream_id: ChunkStreamId,
        message_stream_id: MessageStreamId,
        message_type: MessageType,
        payload: Vec<u8>,
    ) {
        let message = Message {
            chunk_stream_id,
            message_stream_id,
            timestamp: Timestamp::default(),
            message_type,
            payload: Bytes::from(payload),
        };
        self.writer.write(&message, &mut self.output);
    }
}
