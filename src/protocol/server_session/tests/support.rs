//! A client that writes bytes, a driver that accepts everything, and readable replies.

use std::time::Instant;

use crate::protocol::amf::{Limits, Object, Value};
use crate::protocol::chunk::{self, Control, Message, MessageType};
use crate::protocol::handshake::{self, Form};
use crate::protocol::message::{Command, Data, ObjectEncoding, UserControl};
use crate::protocol::server_session::{Config, Error, Event, PlayStart, ServerSession};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// The length of C0, C1 and C2, and of S0, S1 and S2.
pub(super) const HANDSHAKE_BYTES: usize = 3_073;

pub(super) const STREAM: MessageStreamId = MessageStreamId(1);

/// The bytes that a client sends.
pub(super) struct Client {
    pub(super) bytes: Vec<u8>,
    writer: chunk::SessionWriter,
}

impl Client {
    /// Creates a client that has sent its handshake.
    pub(super) fn new(form: Form) -> Self {
        let mut bytes = Vec::new();
        handshake::Client::new([7; 32], form).start(&mut bytes);
        bytes.resize(HANDSHAKE_BYTES, 0);
        Self { bytes, writer: chunk::SessionWriter::new() }
    }

    /// Creates a client that has connected with the shortest possible command.
    pub(super) fn connected() -> Self {
        Self::new(Form::Simple).connect(Object::new().with("app", "live"))
    }

    /// Creates a client that has connected and created stream 1.
    pub(super) fn with_stream() -> Self {
        Self::connected().command("createStream", 2.0, 0, vec![])
    }

    pub(super) fn send(mut self, message: &Message) -> Self {
        self.writer.write(message, &mut self.bytes);
        self
    }

    pub(super) fn control(self, control: Control) -> Self {
        self.send(&control.message())
    }

    pub(super) fn user_control(self, event: &UserControl) -> Self {
        self.send(&event.message())
    }

    pub(super) fn connect(self, properties: Object) -> Self {
        let command = Command {
            name: "connect".to_owned(),
            transaction_id: 1.0,
            command_object: Value::from(properties),
            arguments: vec![],
        };
        self.send(&command.message(ChunkStreamId(3), MessageStreamId(0), ObjectEncoding::Amf0))
    }

    pub(super) fn command(
        self,
        name: &str,
        transaction_id: f64,
        stream: u32,
        arguments: Vec<Value>,
    ) -> Self {
        let command = Command { transaction_id, ..Command::notification(name, arguments) };
        self.send(&command.message(ChunkStreamId(8), MessageStreamId(stream), ObjectEncoding::Amf0))
    }

    pub(super) fn payload(
        self,
        message_type: MessageType,
        stream: u32,
        timestamp: u32,
        payload: impl Into<bytes::Bytes>,
    ) -> Self {
        self.send(&Message {
            chunk_stream_id: ChunkStreamId(4),
            message_stream_id: MessageStreamId(stream),
            timestamp: Timestamp(timestamp),
            message_type,
            payload: payload.into(),
        })
    }
}

/// The events, the output and the end of a conversation.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) events: Vec<Event>,
    pub(super) output: Vec<u8>,
    pub(super) error: Option<Error>,
}

impl Outcome {
    /// Returns the output after the handshake, a line for each message.
    pub(super) fn replies(&self) -> Vec<String> {
        Listener::new().hear(&self.output)
    }

    /// Returns the events after `connect` and `createStream`.
    pub(super) fn events_on_stream(&self) -> &[Event] {
        assert!(matches!(self.events[..2], [Event::Connect(_), Event::CreateStream(_)]));
        &self.events[2..]
    }
}

pub(super) fn session(now: Instant) -> ServerSession {
    ServerSession::new(Config::default(), [9; 32], now)
}

/// Creates a session that has read all of `client`, and a listener that has read its output.
pub(super) fn session_with(client: &Client, now: Instant) -> (ServerSession, Listener) {
    let (mut session, mut listener) = (session(now), Listener::new());
    let outcome = converse(&mut session, now, [client.bytes.as_slice()]);
    assert_eq!(outcome.error, None);
    listener.hear(&outcome.output);
    (session, listener)
}

/// Returns the outcome of `bytes` in one piece.
pub(super) fn outcome(bytes: &[u8]) -> Outcome {
    outcome_of([bytes])
}

/// Returns the outcome of bytes in these pieces.
pub(super) fn outcome_of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let now = Instant::now();
    converse(&mut session(now), now, pieces)
}

/// Feeds pieces to a session, and accepts all that it asks.
pub(super) fn converse<'a>(
    session: &mut ServerSession,
    now: Instant,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    let mut outcome = Outcome { events: Vec::new(), output: Vec::new(), error: None };
    for mut piece in pieces {
        loop {
            let read = session.read(now, &mut piece);
            if let Ok(Some(event)) = &read {
                answer(session, event);
            }
            outcome.output.extend(session.take_output());
            match read {
                Ok(Some(event)) => outcome.events.push(event),
                Ok(None) => break,
                Err(error) => {
                    outcome.error = Some(error);
                    return outcome;
                }
            }
        }
        assert!(piece.is_empty(), "all is consumed");
    }
    outcome
}

fn answer(session: &mut ServerSession, event: &Event) {
    match event {
        Event::Connect(_) => session.accept_connect(),
        Event::CreateStream(request) => session.accept_create_stream(request.clone()),
        Event::Play(play) => session.start_play(
            play.stream,
            PlayStart { name: &play.name, recorded: false, reset: play.reset },
        ),
        Event::Publish(publish) => session.start_publish(publish.stream, &publish.name),
        Event::Pause { stream, paused, .. } => session.notify_pause(*stream, *paused, "sea"),
        Event::Seek { stream, position } => session.notify_seek(*stream, position.0),
        Event::Call(call) => {
            session.answer_by_default(call);
        }
        _ => {}
    }
}

/// Reads the output as a client does. Headers are abbreviated against earlier ones, so it must read
/// all of it.
pub(super) struct Listener {
    reader: chunk::Reader,
    handshake: usize,
}

impl Listener {
    /// Creates a listener that has read nothing.
    pub(super) const fn new() -> Self {
        let reader = chunk::Reader::new(
            chunk::Limits::new().message_bytes(1 << 20).partial_bytes(1 << 20).chunk_streams(8),
        );
        Self { reader, handshake: HANDSHAKE_BYTES }
    }

    /// Returns the messages in `output` after the handshake, a line for each.
    pub(super) fn hear(&mut self, mut output: &[u8]) -> Vec<String> {
        let handshake = self.handshake.min(output.len());
        output = &output[handshake..];
        self.handshake -= handshake;
        let mut lines = Vec::new();
        while let Some(message) = self.reader.read(&mut output).unwrap() {
            lines.push(describe(&message));
        }
        lines
    }
}

fn describe(message: &Message) -> String {
    let Message { message_type, payload, message_stream_id: stream, .. } = message;
    match *message_type {
        MessageType::USER_CONTROL => format!("{:?}", UserControl::decode(payload).unwrap()),
        MessageType::COMMAND_AMF0 | MessageType::COMMAND_AMF3 => {
            let command = Command::decode(*message_type, payload, Limits::default()).unwrap();
            let Command { name, transaction_id, arguments, .. } = command;
            let argument = &arguments[0];
            let argument = argument.get("code").unwrap_or(argument);
            let number = message_type.0;
            format!("{number}: {name}({transaction_id}) on {stream}: {argument}")
        }
        MessageType::DATA_AMF0 => {
            let data = Data::decode(*message_type, payload, Limits::default()).unwrap();
            format!("{} on {stream}", data.name)
        }
        message_type => format!("{:?}", Control::decode(message_type, payload).unwrap().unwrap()),
    }
}
