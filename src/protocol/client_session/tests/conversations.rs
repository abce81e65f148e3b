//! A player's session against the messages of a server.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::protocol::amf::{self, Object, Value, amf0};
use crate::protocol::chunk::{self, Message, MessageType};
use crate::protocol::client_session::{
    ClientSession, Config, Error, Event, TooLong, TransactionId,
};
use crate::protocol::message::{self, Command, Level, ObjectEncoding, Status};
use crate::protocol::{
    ChunkStreamId, MessageStreamId, PlayFrom, PublishKind, Timestamp, handshake,
};

/// A server that writes what a test says, and reads what the session sends.
struct Peer {
    now: Instant,
    session: ClientSession,
    reader: chunk::Reader,
    writer: chunk::SessionWriter,
}

impl Peer {
    /// Completes the handshake and reads the `connect` command.
    fn new() -> Self {
        let mut session = ClientSession::new(Config::new("live", "rtmp://h:1935/live"), [7; 32]);
        let (mut server, now) = (handshake::Server::new([9; 32]), Instant::now());
        let mut answer = Vec::new();
        let c0_and_c1 = session.take_output();
        assert_eq!(server.read(&mut c0_and_c1.as_slice(), &mut answer), Ok(false));
        assert_eq!(session.read(now, &mut answer.as_slice()), Ok(None));
        let mut peer = Self {
            now,
            session,
            reader: chunk::Reader::new(chunk::Limits::default()),
            writer: chunk::SessionWriter::new(),
        };
        let sent = peer.session.take_output();
        let mut rest = sent.as_slice();
        assert_eq!(server.read(&mut rest, &mut Vec::new()), Ok(true));
        let connect = peer.reader.read(&mut rest).unwrap().unwrap();
        let connect = command(&connect);
        assert_eq!((connect.name.as_str(), connect.transaction_id), ("connect", 1.0));
        assert_eq!(connect.command_object.get("app"), Some(&"live".into()));
        assert_eq!(connect.command_object.get("tcUrl"), Some(&"rtmp://h:1935/live".into()));
        peer
    }

    /// Completes the handshake and accepts `connect`.
    fn connected() -> Self {
        let mut peer = Self::new();
        let event = peer.say("_result", 1, &[Value::Null, status("NetConnection.Connect.Success")]);
        assert!(matches!(event, Ok(Some(Event::Connected { .. }))), "{event:?}");
        peer
    }

    fn bytes(&mut self, stream: u32, message_type: MessageType, payload: Vec<u8>) -> Vec<u8> {
        let message = Message {
            chunk_stream_id: ChunkStreamId(3),
            message_stream_id: MessageStreamId(stream),
            timestamp: Timestamp(40),
            message_type,
            payload: Bytes::from(payload),
        };
        let mut bytes = Vec::new();
        self.writer.write(&message, &mut bytes);
        bytes
    }

    fn send(
        &mut self,
        stream: u32,
        message_type: MessageType,
        payload: Vec<u8>,
    ) -> Result<Option<Event>, Error> {
        let bytes = self.bytes(stream, message_type, payload);
        self.session.read(self.now, &mut bytes.as_slice())
    }

    fn say(&mut self, name: &str, id: u32, values: &[Value]) -> Result<Option<Event>, Error> {
        self.send(0, MessageType::COMMAND_AMF0, encode(name, id, values))
    }

    /// Returns the messages that the session has sent.
    fn heard(&mut self) -> Vec<Message> {
        let output = self.session.take_output();
        let mut rest = output.as_slice();
        let mut messages = Vec::new();
        while let Some(message) = self.reader.read(&mut rest).unwrap() {
            messages.push(message);
        }
        messages
    }

    fn heard_command(&mut self) -> Command {
        let messages = self.heard();
        assert_eq!(messages.len(), 1, "{messages:?}");
        command(&messages[0])
    }
}

fn command(message: &Message) -> Command {
    Command::decode(message.message_type, &message.payload, amf::Limits::default()).unwrap()
}

/// Returns the payload of a command: a command object and arguments.
fn encode(name: &str, id: u32, values: &[Value]) -> Vec<u8> {
    let command = Command {
        transaction_id: id.into(),
        command_object: values[0].clone(),
        ..Command::notification(name, values[1..].to_vec())
    };
    command.encode(ObjectEncoding::Amf0).1.to_vec()
}

fn status(code: &str) -> Value {
    let level =
        if code.ends_with("Failed") || code.ends_with("Rejected") { "error" } else { "status" };
    let object = Object::new().with("level", level).with("code", code).with("description", "why");
    object.into()
}

#[test]
fn a_stream_is_published_although_optional_requests_are_refused() {
    let mut peer = Peer::connected();
    peer.session.announce_publish("key");
    for (name, id) in [("releaseStream", 2), ("FCPublish", 3)] {
        let refused = peer.say("_error", id, &[Value::Null, status("NetConnection.Call.Failed")]);
        assert_eq!(refused, Ok(None), "{name}");
    }
    let names: Vec<_> = peer.heard().iter().map(|message| command(message).name).collect();
    assert_eq!(names, ["releaseStream", "FCPublish"]);
    assert_eq!(peer.session.deadline(), None, "they need no answer");

    // Some servers answer on the connection, and some on the stream.
    for answers_on in [0, 5] {
        peer.session.publish(peer.now, MessageStreamId(5), "key", PublishKind::Append);
        let publish = peer.heard_command();
        assert_eq!(publish.arguments, ["key".into(), "append".into()]);
        assert!(peer.session.deadline().is_some());
        let payload = encode("onStatus", 0, &[Value::Null, status("NetStream.Publish.Start")]);
        let event = peer.send(answers_on, MessageType::COMMAND_AMF0, payload);
        assert!(matches!(event, Ok(Some(Event::Status { .. }))), "{event:?}");
        assert_eq!(peer.session.deadline(), None, "a status answers publish");
    }

    peer.session.publish(peer.now, MessageStreamId(5), "key", PublishKind::Live);
    let refused = peer.say("_error", 6, &[Value::Null, status("NetStream.Publish.Failed")]);
    assert!(matches!(refused, Err(Error::Refused { procedure: "publish", .. })), "{refused:?}");
}

#[test]
fn a_stream_is_created_and_played() {
    let mut peer = Peer::connected();
    peer.session.create_stream(peer.now);
    let request = peer.heard_command();
    assert_eq!((request.name.as_str(), request.transaction_id), ("createStream", 2.0));

    let created = peer.say("_result", 2, &[Value::Null, 5.into()]);
    assert_eq!(created, Ok(Some(Event::StreamCreated(MessageStreamId(5)))));
    peer.session.play(peer.now, MessageStreamId(5), "film", PlayFrom::Any);
    peer.session.set_buffer_length(MessageStreamId(5), 3000);
    let messages = peer.heard();
    assert_eq!(messages[0].message_stream_id, MessageStreamId(5));
    let play = command(&messages[0]);
    assert_eq!((play.name.as_str(), &play.command_object), ("play", &Value::Null));
    assert_eq!(play.arguments, ["film".into(), Value::Number(-2.0)]);
    assert_eq!(messages[1].message_type, MessageType::USER_CONTROL);
    assert_eq!(messages[1].payload[..], [0, 3, 0, 0, 0, 5, 0, 0, 0x0b, 0xb8]);

    let values = [Value::Null, status("NetStream.Play.Start")];
    let payload = encode("onStatus", 0, &values);
    let Ok(Some(Event::Status { stream, status })) =
        peer.send(5, MessageType::COMMAND_AMF0, payload)
    else {
        panic!("no status")
    };
    assert_eq!((stream.0, status.code.as_ref()), (5, "NetStream.Play.Start"));
    assert_eq!(peer.session.deadline(), None, "a status answers play");

    let media = peer.send(5, MessageType::VIDEO, vec![0x17, 1, 0, 0, 0]);
    let Ok(Some(Event::Media(media))) = media else { panic!("{media:?}") };
    assert_eq!((media.timestamp, &media.payload[..2]), (Timestamp(40), [0x17, 1].as_slice()));
}

#[test]
fn a_refused_connection_names_the_reason() {
    let mut peer = Peer::new();
    let refusal = peer.say("_error", 1, &[Value::Null, status("NetConnection.Connect.Rejected")]);
    let refusal = refusal.unwrap_err();
    assert!(matches!(refusal, Error::Refused { procedure: "connect", .. }), "{refusal:?}");
    assert_eq!(
        refusal.to_string(),
        "the server refused connect: why (NetConnection.Connect.Rejected)"
    );
}

#[test]
fn a_call_is_answered_by_values_or_by_a_status() {
    let mut peer = Peer::connected();
    let first = peer.session.call(peer.now, "add", &[1.into(), 2.into()]).unwrap();
    let second = peer.session.call(peer.now, "fail", &[]).unwrap();
    assert_eq!(peer.heard().len(), 2);

    let event = peer.say("_error", second.0, &[Value::Null, status("NetConnection.Call.Failed")]);
    let outcome = Err(Status::from_info(&status("NetConnection.Call.Failed"), Level::Status));
    assert_eq!(event, Ok(Some(Event::CallResult { transaction: second, outcome })));
    let event = peer.say("_result", first.0, &[Value::Null, 3.into()]);
    let outcome = Ok(vec![3.into()]);
    assert_eq!(event, Ok(Some(Event::CallResult { transaction: first, outcome })));
}

#[test]
fn what_no_message_can_carry_is_not_sent() {
    let mut peer = Peer::connected();
    let text = Value::from("x".repeat(1 << 24));
    let call = peer.session.call(peer.now, "add", std::slice::from_ref(&text));
    assert!(matches!(call, Err(TooLong { bytes: 0x0100_0000.. })), "{call:?}");
    assert!(peer.heard().is_empty());
    peer.session.answer(TransactionId(7), text);
    let [refusal] = &peer.heard()[..] else { panic!("no answer") };
    assert!(refusal.payload.len() < 1000 && refusal.payload.starts_with(b"\x02\0\x06_error"));
    assert!(peer.session.call(peer.now, "add", &[]).is_ok(), "the session goes on");
}

#[test]
fn a_servers_call_is_answered_only_if_it_asks_for_it() {
    let mut peer = Peer::connected();
    for (id, answers) in [(0, 0), (4, 1)] {
        let event = peer.say("onBWDone", id, &[Value::Null, 8.into()]);
        let Ok(Some(Event::Call { transaction, procedure, arguments })) = event else {
            panic!("{event:?}")
        };
        assert_eq!((procedure.as_str(), arguments), ("onBWDone", vec![8.into()]));
        peer.session.answer(transaction, Value::Boolean(true));
        assert_eq!(peer.heard().len(), answers, "transaction {id}");
    }
    peer.session.refuse(TransactionId(4), "no such procedure");
    let refusal = peer.heard_command();
    assert_eq!((refusal.name.as_str(), refusal.transaction_id), ("_error", 4.0));
    assert_eq!(refusal.arguments[0].get("description"), Some(&"no such procedure".into()));
}

#[test]
fn pings_are_answered_with_their_own_number() {
    let mut peer = Peer::connected();
    assert_eq!(peer.send(0, MessageType::USER_CONTROL, vec![0, 6, 1, 2, 3, 4]), Ok(None));
    let messages = peer.heard();
    assert_eq!(messages[0].message_type, MessageType::USER_CONTROL);
    assert_eq!(messages[0].payload[..], [0, 7, 1, 2, 3, 4]);
}

#[test]
fn the_end_of_a_stream_is_reported() {
    let mut peer = Peer::connected();
    let event = peer.send(0, MessageType::USER_CONTROL, vec![0, 1, 0, 0, 0, 5]);
    assert_eq!(event, Ok(Some(Event::StreamEof(MessageStreamId(5)))));
}

#[test]
fn what_arrives_is_acknowledged_by_the_window() {
    let mut peer = Peer::connected();
    peer.send(0, MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE, vec![0, 0, 8, 0]).unwrap();
    peer.heard();
    peer.send(1, MessageType::AUDIO, vec![0; 100]).unwrap();
    assert_eq!(peer.heard(), [], "100 of 2048 bytes");
    peer.send(1, MessageType::AUDIO, vec![0; 1_200]).unwrap();
    let messages = peer.heard();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].message_type, MessageType::ACKNOWLEDGEMENT);
    assert!(messages[0].payload[2..] > [2, 188][..], "a running total: {messages:?}");
}

#[test]
fn metadata_comes_with_its_values_and_its_bytes() {
    let mut peer = Peer::connected();
    let metadata = Value::EcmaArray(Object::new().with("width", 640));
    let mut payload = Vec::new();
    amf0::encode(&"onMetaData".into(), &mut payload);
    amf0::encode(&metadata, &mut payload);
    let event = peer.send(1, MessageType::DATA_AMF0, payload.clone());
    let Ok(Some(Event::Data { name, values, message })) = event else { panic!("{event:?}") };
    assert_eq!((name.as_str(), values), ("onMetaData", vec![metadata]));
    assert_eq!(message.payload, payload);
}

#[test]
fn metadata_beyond_the_limits_does_not_end_the_session() {
    let mut peer = Peer::connected();
    let times = vec![Value::Number(1.0); 70_000];
    let mut payload = Vec::new();
    for value in ["onMetaData".into(), Object::new().with("times", times).into()] {
        amf0::encode(&value, &mut payload);
    }
    let event = peer.send(1, MessageType::DATA_AMF0, payload.clone());
    let Ok(Some(Event::Data { name, values, message })) = event else { panic!("{event:?}") };
    assert_eq!((name.as_str(), values), ("onMetaData", vec![]));
    assert_eq!(message.payload, payload);
}

#[test]
fn commands_with_amf3_in_them_are_read_past_their_format_byte() {
    let mut peer = Peer::connected();
    let mut payload = vec![0];
    payload.extend(encode("onBWDone", 0, &[Value::Null]));
    let event = peer.send(0, MessageType::COMMAND_AMF3, payload);
    assert!(matches!(event, Ok(Some(Event::Call { .. }))), "{event:?}");
}

#[test]
fn an_aggregate_arrives_as_its_parts() {
    let mut peer = Peer::connected();
    let tag =
        |kind: u8, time: u8| [&[kind, 0, 0, 1, 0, 0, time, 0, 0, 0, 0, time][..], &[0; 4]].concat();
    // Commands in aggregates are ignored.
    let payload = [tag(8, 5), tag(20, 6), tag(9, 7)].concat();
    let aggregate = peer.bytes(1, MessageType::AGGREGATE, payload);
    let next = peer.bytes(1, MessageType::AUDIO, vec![8]);
    let bytes = [aggregate, next].concat();
    let mut input = bytes.as_slice();
    let mut parts = Vec::new();
    while let Some(event) = peer.session.read(peer.now, &mut input).unwrap() {
        let Event::Media(message) = event else { panic!("{event:?}") };
        parts.push((message.message_type, message.timestamp.0, message.payload[0]));
    }
    let (audio, video) = (MessageType::AUDIO, MessageType::VIDEO);
    assert_eq!(parts, [(audio, 40, 5), (video, 42, 7), (audio, 40, 8)]);
}

#[test]
fn an_aggregate_that_is_cut_short_fails_after_the_parts_before_the_cut() {
    let mut peer = Peer::connected();
    let payload = vec![8, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 12, 9, 0];
    let event = peer.send(1, MessageType::AGGREGATE, payload);
    assert!(matches!(event, Ok(Some(Event::Media(_)))), "{event:?}");
    let end = peer.session.read(peer.now, &mut [].as_slice());
    assert!(matches!(end, Err(Error::Message(message::Error::UnexpectedEnd(_)))), "{end:?}");
}

#[test]
fn an_error_that_answers_nothing_is_a_status_of_level_error() {
    let event = Peer::connected().say("_error", 0, &[Value::Null]);
    let Ok(Some(Event::Status { status, .. })) = event else { panic!("{event:?}") };
    assert!(status.is_error());
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let peer = Peer::new();
    let deadline = peer.session.deadline().unwrap();
    assert_eq!(peer.session.handle_timeout(deadline - Duration::from_millis(1)), Ok(()));
    let after = Duration::from_secs(10);
    let failure = Error::NoReply { procedure: "connect".to_owned(), after };
    assert_eq!(peer.session.handle_timeout(deadline), Err(failure));
}

#[test]
fn input_may_be_cut_anywhere() {
    let mut peer = Peer::connected();
    let mut bytes = peer.bytes(0, MessageType::USER_CONTROL, vec![0, 0, 0, 0, 0, 1]);
    bytes.extend(peer.bytes(1, MessageType::VIDEO, vec![1; 300]));
    bytes.extend(peer.bytes(0, MessageType::USER_CONTROL, vec![0, 1, 0, 0, 0, 1]));
    let mut events = Vec::new();
    for byte in bytes {
        let mut input: &[u8] = &[byte];
        while let Some(event) = peer.session.read(peer.now, &mut input).unwrap() {
            events.push(event);
        }
        assert!(input.is_empty());
    }
    let [Event::StreamBegin(_), Event::Media(media), Event::StreamEof(_)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(media.payload, vec![1; 300]);
}

#[test]
fn messages_that_lack_something_are_refused() {
    #[rustfmt::skip]
    let table = [
        ("a user control message cut short", MessageType::USER_CONTROL, vec![0, 6, 1]),
        ("a window cut short", MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE, vec![0, 0, 1]),
        ("a command that starts with null", MessageType::COMMAND_AMF0, vec![5]),
        ("an empty command", MessageType::COMMAND_AMF0, vec![]),
        ("data without a name", MessageType::DATA_AMF0, vec![5]),
    ];
    for (name, message_type, payload) in table {
        let result = Peer::connected().send(0, message_type, payload);
        assert!(matches!(result, Err(Error::Message(_))), "{name}: {result:?}");
    }
}

#[test]
fn a_stream_without_an_id_is_refused() {
    for id in [Value::Null, Value::Number(1.5), Value::Number(-1.0), Value::Number(f64::NAN)] {
        let mut peer = Peer::connected();
        peer.session.create_stream(peer.now);
        let result = peer.say("_result", 2, &[Value::Null, id.clone()]);
        assert!(matches!(result, Err(Error::Malformed { .. })), "{id:?}: {result:?}");
    }
}
