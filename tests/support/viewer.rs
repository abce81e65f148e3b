//! A viewer that sends any command, and returns all that comes as one list of events.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rendercast::amf::Value;
use rendercast::protocol::chunk::{self, Message, MessageType};
use rendercast::protocol::client_session::{ClientSession, Config, Event};
use rendercast::protocol::message::{Command, ObjectEncoding};
use rendercast::protocol::{ChunkStreamId, MessageStreamId};

/// A test that waits longer has failed.
const LIMIT: Duration = Duration::from_secs(60);

/// A part of a silence.
const MOMENT: Duration = Duration::from_millis(10);

/// A chunk stream on which the session does not send, so that the headers do not depend on it.
const COMMANDS: ChunkStreamId = ChunkStreamId(20);

/// Longer than any command of the tests, so that each is one chunk.
const CHUNK: usize = 128;

/// What came from the server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    /// A status, or a data message with one: its code without `NetStream.`
    Said(String),
    Metadata,
    Video {
        mark: u8,
        time: u32,
        is_key: bool,
        is_header: bool,
    },
    Audio {
        time: u32,
        is_header: bool,
    },
    Eof,
    Result(Vec<Value>),
    Other,
}

impl Seen {
    pub(crate) fn says(&self, what: &str) -> bool {
        matches!(self, Self::Said(said) if said == what)
    }
}

pub(crate) struct Viewer {
    socket: TcpStream,
    session: ClientSession,
    stream: MessageStreamId,
    input: Vec<u8>,
}

impl Viewer {
    /// Connects, and creates a stream.
    pub(crate) fn connect(address: &str) -> Self {
        let socket = TcpStream::connect(address).expect("the server listens");
        socket.set_nodelay(true).expect("a socket takes options");
        let settings = Config::new("live", format!("rtmp://{address}/live"));
        let mut viewer = Self {
            socket,
            session: ClientSession::new(settings, [7; 32]),
            stream: MessageStreamId::CONNECTION,
            input: Vec::new(),
        };
        viewer.wait_for(|event| matches!(event, Event::Connected { .. }).then_some(()));
        viewer.session.create_stream(Instant::now());
        viewer.stream = viewer.wait_for(|event| match event {
            Event::StreamCreated(stream) => Some(*stream),
            _ => None,
        });
        viewer
    }

    pub(crate) fn buffer(&mut self, milliseconds: u32) {
        self.session.set_buffer_length(self.stream, milliseconds);
        self.flush();
    }

    pub(crate) fn call(&mut self, procedure: &str, arguments: Vec<Value>) {
        self.session.call(Instant::now(), procedure, &arguments).expect("a short call");
        self.flush();
    }

    /// Sends a command on the stream.
    pub(crate) fn command(&mut self, name: &str, arguments: Vec<Value>) {
        self.commands(&[(name, arguments)]);
    }

    /// Sends commands on the stream, all at once.
    pub(crate) fn commands(&mut self, commands: &[(&str, Vec<Value>)]) {
        let mut bytes = Vec::new();
        for (name, arguments) in commands {
            let command = Command::notification(*name, arguments.clone());
            let message = command.message(COMMANDS, self.stream, ObjectEncoding::Amf0);
            let mut chunks = chunk::SharedChunks::new(CHUNK, 1);
            chunks.push(&message);
            bytes.extend(chunks.finish().concat());
        }
        self.flush();
        self.socket.write_all(&bytes).expect("the server reads");
    }

    /// Returns all that comes up to the first event that `is_last`.
    #[track_caller]
    pub(crate) fn until(&mut self, is_last: impl Fn(&Seen) -> bool) -> Vec<Seen> {
        let mut all = Vec::new();
        loop {
            let Some(event) = self.next(LIMIT) else {
                panic!("it never came; what came was {all:?}");
            };
            all.push(seen(event));
            if all.last().is_some_and(&is_last) {
                return all;
            }
        }
    }

    /// Returns all that comes until nothing has come for that time.
    ///
    /// It counts moments, not time: on a busy machine, each moment is as long as the wait for the
    /// processor, of the server as of the test.
    pub(crate) fn until_silent_for(&mut self, silence: Duration) -> Vec<Seen> {
        let moments = silence.as_millis().div_ceil(MOMENT.as_millis());
        let next = || (0..moments).find_map(|_| self.next(MOMENT));
        std::iter::from_fn(next).map(seen).collect()
    }

    #[track_caller]
    fn wait_for<T>(&mut self, found: impl Fn(&Event) -> Option<T>) -> T {
        loop {
            let event = self.next(LIMIT).expect("the server answers");
            if let Some(found) = found(&event) {
                return found;
            }
        }
    }

    /// Returns the next event, or `None` after a silence of `limit`.
    fn next(&mut self, limit: Duration) -> Option<Event> {
        loop {
            let mut rest = self.input.as_slice();
            let event = self.session.read(Instant::now(), &mut rest).expect("the server is sound");
            let read = self.input.len() - rest.len();
            self.input.drain(..read);
            self.flush();
            if event.is_some() {
                return event;
            }
            let mut buffer = [0; 4096];
            self.socket.set_read_timeout(Some(limit)).expect("a socket takes a timeout");
            match self.socket.read(&mut buffer) {
                Ok(0) => panic!("the server hung up"),
                Ok(length) => self.input.extend_from_slice(&buffer[..length]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => return None,
                    _ => panic!("{error}"),
                },
            }
        }
    }

    fn flush(&mut self) {
        self.socket.write_all(&self.session.take_output()).expect("the server reads");
    }
}

fn seen(event: Event) -> Seen {
    match event {
        Event::Status { status, .. } => Seen::Said(short(&status.code)),
        Event::Data { name, .. } if name == "onMetaData" => Seen::Metadata,
        Event::Data { name, values, .. } => {
            let code = values.first().and_then(|info| info.get("code")).and_then(Value::as_str);
            code.map_or(Seen::Other, |code| Seen::Said(format!("{name} {}", short(code))))
        }
        Event::Media(message) => media(&message),
        Event::StreamEof(_) => Seen::Eof,
        Event::CallResult { outcome, .. } => Seen::Result(outcome.expect("the call succeeds")),
        _ => Seen::Other,
    }
}

fn short(code: &str) -> String {
    code.strip_prefix("NetStream.").unwrap_or(code).to_owned()
}

fn media(message: &Message) -> Seen {
    let payload = &message.payload;
    let (time, is_header) = (message.timestamp.0, payload[1] == 0);
    if message.message_type == MessageType::AUDIO {
        return Seen::Audio { time, is_header };
    }
    let mark = payload[payload.len() - 1];
    Seen::Video { mark, time, is_key: payload[0] == 0x17 && !is_header, is_header }
}
