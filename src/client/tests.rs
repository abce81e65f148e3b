//! A player and a publisher against a server of a few lines.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Config, Connection, Error, Player, Publisher, Url, UrlError, Wait};
use crate::media::{Tag, TagKind};
use crate::protocol::amf::{self, Object, Value, amf0};
use crate::protocol::chunk::{self, Message, MessageType};
use crate::protocol::client_session::{self, Event};
use crate::protocol::{ChunkStreamId, MessageStreamId, Timestamp, handshake};

/// What the server does once it is asked to play.
#[derive(Clone, Copy, PartialEq)]
enum Script {
    /// Sends a frame, and two more in one aggregate message, and says that this was all.
    PlayToTheEnd,
    /// Sends long frames without a pause until the player is gone, and answers nothing.
    PlayOn,
    Refuse,
    /// Sends a frame, and closes the connection.
    PlayAndLeave,
    /// Refuses the requests that need no answer, and lets the client publish.
    Publish,
    /// Takes the first media, and then says that the name is in use.
    EndPublish,
    /// Answers pings. After the third it says that a publisher has come.
    AnswerPings,
}

/// Serves one player, and says where.
fn serve(script: Script) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("rtmp://{}/live/film", listener.local_addr().unwrap());
    thread::spawn(move || {
        // The player's leaving ends the server, in whatever it is doing.
        let _ = listener.accept().and_then(|(socket, _)| Server::new(socket).run(script));
    });
    url.parse().unwrap()
}

struct Server {
    socket: TcpStream,
    writer: chunk::SessionWriter,
}

impl Server {
    fn new(socket: TcpStream) -> Self {
        Self { socket, writer: chunk::SessionWriter::new() }
    }

    fn run(mut self, script: Script) -> std::io::Result<()> {
        let (mut handshake, mut is_open) = (handshake::Server::new([1; 32]), false);
        let mut reader = chunk::Reader::new(chunk::Limits::default());
        let (mut buffer, mut pings) = ([0; 4096], 0);
        loop {
            let received = self.socket.read(&mut buffer)?;
            let mut input = &buffer[..received];
            let mut answer = Vec::new();
            is_open = is_open || handshake.read(&mut input, &mut answer).unwrap();
            self.socket.write_all(&answer)?;
            while is_open && let Some(message) = reader.read(&mut input).unwrap() {
                match message.message_type {
                    MessageType::COMMAND_AMF0 => self.obey(&message.payload, script)?,
                    MessageType::VIDEO if script == Script::EndPublish => {
                        let status = status("NetStream.Publish.BadName");
                        self.say("onStatus", 0, [Value::Null, status])?;
                    }
                    MessageType::USER_CONTROL if script == Script::AnswerPings => {
                        assert_eq!(message.payload[..], [0, 6, 0, 0, 0, 0], "a ping request");
                        self.send(MessageType::USER_CONTROL, vec![0, 7, 0, 0, 0, 0])?;
                        pings += 1;
                        if pings == 3 {
                            let status = status("NetStream.Play.PublishNotify");
                            self.say("onStatus", 0, [Value::Null, status])?;
                        }
                    }
                    _ => {}
                }
            }
            if received == 0 {
                return Ok(());
            }
        }
    }

    fn obey(&mut self, payload: &[u8], script: Script) -> std::io::Result<()> {
        let mut values = amf0::Decoder::new(payload, amf::Limits::default());
        let name = values.decode().unwrap().unwrap();
        let id = values.decode().unwrap().unwrap().as_number().unwrap_or_default() as u32;
        match (name.as_str().unwrap(), script) {
            ("connect", _) => {
                self.say("_result", 1, [Value::Null, status("NetConnection.Connect.Success")])
            }
            ("createStream", _) => self.say("_result", id, [Value::Null, 1.into()]),
            ("play", Script::Refuse) => {
                self.say("onStatus", 0, [Value::Null, status("NetStream.Play.StreamNotFound")])
            }
            ("play", Script::PlayToTheEnd) => {
                self.say("onStatus", 0, [Value::Null, status("NetStream.Play.Start")])?;
                self.send(MessageType::VIDEO, vec![0x17, 1, 0])?;
                self.send(MessageType::AGGREGATE, [tag(1), tag(2)].concat())?;
                self.say("onStatus", 0, [Value::Null, status("NetStream.Play.Stop")])
            }
            ("play", Script::PlayAndLeave) => {
                self.say("onStatus", 0, [Value::Null, status("NetStream.Play.Start")])?;
                self.send(MessageType::VIDEO, vec![0x17, 1, 0])?;
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            ("releaseStream" | "FCPublish", Script::Publish) => {
                self.say("_error", id, [Value::Null, status("NetConnection.Call.Failed")])
            }
            ("publish", Script::Publish | Script::EndPublish) => {
                self.say("onStatus", 0, [Value::Null, status("NetStream.Publish.Start")])
            }
            ("publish", Script::Refuse) => {
                self.say("onStatus", 0, [Value::Null, status("NetStream.Publish.BadName")])
            }
            ("play", Script::PlayOn) => {
                self.say("onStatus", 0, [Value::Null, status("NetStream.Play.Start")])?;
                // Long frames leave no gap in which the player's socket could time out.
                loop {
                    self.send(MessageType::VIDEO, vec![0x27; 1 << 20])?;
                }
            }
            _ => Ok(()),
        }
    }

    fn say(&mut self, name: &str, id: u32, values: [Value; 2]) -> std::io::Result<()> {
        let mut payload = Vec::new();
        for value in [name.into(), id.into()].into_iter().chain(values) {
            amf0::encode(&value, &mut payload);
        }
        self.send(MessageType::COMMAND_AMF0, payload)
    }

    fn send(&mut self, message_type: MessageType, payload: Vec<u8>) -> std::io::Result<()> {
        let message = Message {
            chunk_stream_id: ChunkStreamId::COMMAND,
            message_stream_id: MessageStreamId(1),
            timestamp: Timestamp(0),
            message_type,
            payload: Bytes::from(payload),
        };
        let mut bytes = Vec::new();
        self.writer.write(&message, &mut bytes);
        self.socket.write_all(&bytes)
    }
}

/// A frame as it stands in an aggregate message.
fn tag(frame: u8) -> Vec<u8> {
    vec![9, 0, 0, 3, 0, 0, frame, 0, 0, 0, 0, 0x17, 1, frame, 0, 0, 0, 14]
}

fn status(code: &str) -> Value {
    let is_error = ["NotFound", "Failed", "BadName"].iter().any(|end| code.ends_with(end));
    let level = if is_error { "error" } else { "status" };
    Object::new().with("level", level).with("code", code).into()
}

#[test]
fn a_stream_is_played_to_its_end() {
    let player = Player::open(&serve(Script::PlayToTheEnd).to_string()).unwrap();
    let frames: Vec<_> = player.map(|tag| tag.unwrap().payload[2]).collect();
    assert_eq!(frames, [0, 1, 2]);
}

#[test]
fn a_stream_that_ends_with_its_connection_is_an_error() {
    let mut player = Player::open(&serve(Script::PlayAndLeave).to_string()).unwrap();
    assert!(player.next().is_some_and(|tag| tag.is_ok()));
    let last = player.next();
    assert!(matches!(last, Some(Err(Error::Unfinished))), "{last:?}");
    assert!(player.next().is_none());
}

#[test]
fn a_publisher_goes_on_if_what_needs_no_answer_is_refused() {
    let mut publisher = Publisher::open(&serve(Script::Publish).to_string()).unwrap();
    let payload = Bytes::from_static(&[0x17, 1, 0, 0, 0]);
    let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload };
    publisher.send(&[tag]).unwrap();
    publisher.close().unwrap();
}

#[test]
fn a_publisher_is_told_the_code_of_a_refusal_at_once_and_later() {
    let error = Publisher::open(&serve(Script::Refuse).to_string()).unwrap_err();
    let Error::Status(status) = error else { panic!("{error:?}") };
    assert_eq!(status.code, "NetStream.Publish.BadName");

    let mut publisher = Publisher::open(&serve(Script::EndPublish).to_string()).unwrap();
    let payload = Bytes::from_static(&[0x17, 1, 0, 0, 0]);
    let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload };
    let deadline = Instant::now() + Duration::from_secs(10);
    let error = loop {
        match publisher.send(std::slice::from_ref(&tag)) {
            Ok(()) => assert!(Instant::now() < deadline, "no word of the refusal"),
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, Error::Status(status) if status.is_error()), "{error:?}");
}

#[test]
fn a_stream_that_does_not_exist_is_a_status_with_its_code() {
    let error = Player::open(&serve(Script::Refuse).to_string()).unwrap_err();
    let Error::Status(status) = error else { panic!("{error:?}") };
    assert_eq!(status.code, "NetStream.Play.StreamNotFound");
}

#[test]
fn a_call_that_is_not_answered_times_out_although_media_flows() {
    let reply_timeout = Duration::from_millis(200);
    let config = Config::default().reply_timeout(reply_timeout).kept_bytes(usize::MAX);
    let mut player = Player::open_with(&serve(Script::PlayOn), config).unwrap();
    let error = player.call("getStreamLength", &[]).unwrap_err();
    let Error::Session(client_session::Error::NoReply { procedure, .. }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(procedure, "getStreamLength");
}

#[test]
fn media_that_comes_instead_of_an_answer_is_kept_up_to_a_limit() {
    let config = Config::default().kept_bytes(1 << 20);
    let mut player = Player::open_with(&serve(Script::PlayOn), config).unwrap();
    let error = player.call("getStreamLength", &[]).unwrap_err();
    assert!(matches!(error, Error::Flooded { limit: 0x10_0000 }), "{error:?}");
}

#[test]
fn a_url_without_a_stream_can_be_called_but_not_played() {
    let mut url = serve(Script::Refuse);
    url.name.clear();
    let error = Player::open_with(&url, Config::default()).unwrap_err();
    assert!(matches!(error, Error::Url(UrlError::NoName)), "{error:?}");
    let mut connection = Connection::open_with(&url, Config::default()).unwrap();
    let call = connection.begin_call("createStream", &[]).unwrap();
    let events = std::iter::from_fn(|| connection.next_event().unwrap());
    let mut answers = events.filter_map(|event| match event {
        Event::CallResult { transaction, outcome } => Some((transaction, outcome)),
        _ => None,
    });
    assert_eq!(answers.next(), Some((call, Ok(vec![1.into()]))));
}

/// A server that accepts a connection, and then sends what `script` sends.
fn serve_bytes(script: impl FnOnce(TcpStream) + Send + 'static) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("rtmp://{}/live/film", listener.local_addr().unwrap());
    thread::spawn(move || script(listener.accept().unwrap().0));
    url.parse().unwrap()
}

#[test]
fn a_server_that_says_nothing_or_trickles_has_until_the_deadline() {
    const TIMEOUT: Duration = Duration::from_millis(200);
    let silent = serve_bytes(|mut socket| drop(socket.read_to_end(&mut Vec::new())));
    // The handshake has 3,073 bytes. One at a time, they take longer than the deadline.
    let trickling = serve_bytes(|mut socket| {
        while socket.write_all(&[3]).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    });
    for url in [silent, trickling] {
        let since = Instant::now();
        let config = Config::default().reply_timeout(TIMEOUT);
        let error = Connection::open_with(&url, config).unwrap_err();
        assert!(
            matches!(error, Error::Timeout { wait: Wait::Answer, after: TIMEOUT }),
            "{error:?}"
        );
        assert!(since.elapsed() < Duration::from_secs(12), "{:?}", since.elapsed());
    }
}

#[test]
fn a_server_that_closes_the_connection_is_named() {
    let error = Player::open_with(&serve_bytes(drop), Config::default()).unwrap_err();
    assert!(matches!(error, Error::Closed), "{error:?}");
}

#[test]
fn silence_ends_a_wait_for_events() {
    // The server has that long to answer, too.
    let config = Config::default().silence_timeout(Duration::from_secs(2));
    let mut connection = Connection::open_with(&serve(Script::Refuse), config).unwrap();
    let connected = connection.next_event().unwrap();
    assert!(matches!(connected, Some(Event::Connected { .. })), "{connected:?}");
    let error = connection.next_event().unwrap_err();
    assert!(matches!(error, Error::Timeout { wait: Wait::Silence, .. }), "{error:?}");
}

#[test]
fn a_server_that_answers_pings_is_not_silent() {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let config = Config::default().silence_timeout(TIMEOUT);
    let mut connection = Connection::open_with(&serve(Script::AnswerPings), config).unwrap();
    let connected = connection.next_event().unwrap();
    assert!(matches!(connected, Some(Event::Connected { .. })), "{connected:?}");
    let since = Instant::now();
    let event = connection.next_event().unwrap();
    assert!(matches!(event, Some(Event::Status { .. })), "{event:?}");
    assert!(since.elapsed() > TIMEOUT, "{:?}", since.elapsed());
}
