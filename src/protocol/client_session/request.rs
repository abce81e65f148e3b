//! A player's requests.

use std::time::Instant;

use super::pending::Request;
use super::{ClientSession, TooLong, TransactionId};
use crate::protocol::amf::Value;
use crate::protocol::chunk::{MAX_MESSAGE_BYTES, Message};
use crate::protocol::message::in_band::TOO_LONG;
use crate::protocol::message::status::code;
use crate::protocol::message::{Command, ObjectEncoding, Status, UserControl};
use crate::protocol::{ChunkStreamId, MessageStreamId, PlayFrom};

/// The chunk stream of a stream's commands, as with ffmpeg and librtmp.
const STREAM_COMMAND: ChunkStreamId = ChunkStreamId(8);

impl ClientSession {
    pub(super) fn connect(&mut self, now: Instant) {
        let transaction = self.pending.add(Request::Connect, now);
        let (properties, arguments) = (self.config.command_object(), self.config.arguments.clone());
        let connection = MessageStreamId::CONNECTION;
        self.send_command(connection, "connect", transaction, properties, arguments);
    }

    /// Requests a stream. [`Event::StreamCreated`](super::Event::StreamCreated) answers.
    pub fn create_stream(&mut self, now: Instant) {
        let transaction = self.pending.add(Request::CreateStream, now);
        let connection = MessageStreamId::CONNECTION;
        self.send_command(connection, "createStream", transaction, Value::Null, Vec::new());
    }

    /// Requests media. An [`Event::Status`](super::Event::Status) of that stream answers:
    /// `NetStream.Play.Start` if the server accepts.
    pub fn play(&mut self, now: Instant, stream: MessageStreamId, name: &str, from: PlayFrom) {
        let transaction = self.pending.add(Request::Play(stream), now);
        let arguments = vec![name.into(), from.encode()];
        self.send_command(stream, "play", transaction, Value::Null, arguments);
    }

    /// Tells the server the player's buffer length. A server sends that much at once, and the rest
    /// in real time.
    pub fn set_buffer_length(&mut self, stream: MessageStreamId, milliseconds: u32) {
        self.send(&UserControl::SetBufferLength { stream, milliseconds }.message());
    }

    /// Asks the server whether it is there. Its answer is no event, but it is something to read.
    pub fn ping(&mut self) {
        // The time comes back in the answer, where nothing needs it.
        self.send(&UserControl::PingRequest(0).message());
    }

    /// Requests a pause at `position`, in milliseconds. `NetStream.Pause.Notify` answers.
    pub fn pause(&mut self, stream: MessageStreamId, position: u32) {
        self.send_request(stream, "pause", vec![true.into(), position.into()]);
    }

    /// Requests to resume at `position`, in milliseconds. `NetStream.Unpause.Notify` answers.
    pub fn resume(&mut self, stream: MessageStreamId, position: u32) {
        self.send_request(stream, "pause", vec![false.into(), position.into()]);
    }

    /// Requests a seek to `position`, in milliseconds. `NetStream.Seek.Notify` answers.
    pub fn seek(&mut self, stream: MessageStreamId, position: u32) {
        self.send_request(stream, "seek", vec![position.into()]);
    }

    /// Ends playback. The stream can be played again.
    pub fn close_stream(&mut self, stream: MessageStreamId) {
        self.send_request(stream, "closeStream", Vec::new());
    }

    /// Deletes a stream.
    pub fn delete_stream(&mut self, stream: MessageStreamId) {
        let arguments = vec![stream.0.into()];
        self.send_request(MessageStreamId::CONNECTION, "deleteStream", arguments);
    }

    /// Calls a procedure of the server. [`Event::CallResult`](super::Event::CallResult) answers.
    ///
    /// # Errors
    /// If no message can carry the call. Nothing is sent then.
    pub fn call(
        &mut self,
        now: Instant,
        procedure: &str,
        arguments: &[Value],
    ) -> Result<TransactionId, TooLong> {
        let transaction = self.pending.next();
        let arguments = arguments.to_vec();
        let connection = MessageStreamId::CONNECTION;
        let call = command(connection, procedure, transaction, Value::Null, arguments);
        let bytes = call.payload.len();
        if bytes > MAX_MESSAGE_BYTES {
            return Err(TooLong { bytes });
        }
        self.pending.add_as(transaction, Request::Call(procedure.to_owned()), now);
        self.send(&call);
        Ok(transaction)
    }

    /// Answers a call of the server: with an error if no message can carry the value. Sends nothing
    /// if the call expects no answer.
    pub fn answer(&mut self, transaction: TransactionId, value: Value) {
        let connection = MessageStreamId::CONNECTION;
        let answer = command(connection, "_result", transaction, Value::Null, vec![value]);
        if answer.payload.len() > MAX_MESSAGE_BYTES {
            self.refuse(transaction, TOO_LONG);
        } else if transaction != TransactionId(0) {
            self.send(&answer);
        }
    }

    /// Refuses a call of the server. The description is for people.
    pub fn refuse(&mut self, transaction: TransactionId, description: &str) {
        if transaction != TransactionId(0) {
            let status = Status::error(code::CALL_FAILED, description);
            let (connection, info) = (MessageStreamId::CONNECTION, status.info().into());
            self.send_command(connection, "_error", transaction, Value::Null, vec![info]);
        }
    }

    /// Sends a command whose only answer is a status.
    fn send_request(&mut self, stream: MessageStreamId, name: &str, arguments: Vec<Value>) {
        self.send_command(stream, name, TransactionId(0), Value::Null, arguments);
    }

    pub(super) fn send_command(
        &mut self,
        stream: MessageStreamId,
        name: &str,
        transaction: TransactionId,
        command_object: Value,
        arguments: Vec<Value>,
    ) {
        self.send(&command(stream, name, transaction, command_object, arguments));
    }

    pub(super) fn send(&mut self, message: &Message) {
        self.peer.send(message);
    }
}

fn command(
    stream: MessageStreamId,
    name: &str,
    transaction: TransactionId,
    command_object: Value,
    arguments: Vec<Value>,
) -> Message {
    let chunk_stream = match stream {
        MessageStreamId::CONNECTION => ChunkStreamId::COMMAND,
        _ => STREAM_COMMAND,
    };
    let (name, transaction_id) = (name.to_owned(), f64::from(transaction.0));
    let command = Command { name, transaction_id, command_object, arguments };
    command.message(chunk_stream, stream, ObjectEncoding::Amf0)
}
