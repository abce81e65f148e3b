//! A client that sends what a test tells it to, and shows every message in the order in which it
//! came.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rendercast::amf::{Object, Value};
use rendercast::protocol::chunk::{self, Message, MessageType};
use rendercast::protocol::handshake;
use rendercast::protocol::message::{Command, ObjectEncoding, UserControl};
use rendercast::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

use super::{Media, PATIENCE, Received};

/// The number of messages that the report of a failure shows.
const SHOWN: usize = 12;

pub(crate) struct Client {
    socket: socket2::Socket,
    reader: chunk::Reader,
    writer: chunk::SessionWriter,
    buffer: Vec<u8>,
    unread: usize,
    unsent: Vec<u8>,
    last_transaction: f64,
    encoding: ObjectEncoding,
    /// The messages that came before the one that was waited for.
    waiting: VecDeque<Received>,
    seen: VecDeque<String>,
}

/// Connects from `source`, an address of this machine.
pub(crate) fn connect_from(source: [u8; 4], to: SocketAddr) -> io::Result<TcpStream> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    socket.connect(&to.into())?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket.into())
}

impl Client {
    /// Opens a connection and completes the handshake.
    pub(crate) fn open(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).expect("the server listens");
        socket.set_nodelay(true).expect("an open socket");
        Self::over(socket)
    }

    /// As [`Self::open`], with a small receive buffer.
    pub(crate) fn open_narrow(address: SocketAddr) -> Self {
        let domain = socket2::Domain::for_address(address);
        let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None).expect("a socket");
        socket.set_recv_buffer_size(16 << 10).expect("its size can be set");
        socket.connect(&address.into()).expect("the server listens");
        socket.set_tcp_nodelay(true).expect("an open socket");
        Self::over(socket)
    }

    /// As [`Self::open`], from `source`, an address of this machine, whose log lines count alone.
    pub(crate) fn open_from(source: [u8; 4], address: SocketAddr) -> Self {
        Self::over(connect_from(source, address).expect("the server listens"))
    }

    /// As [`Self::open`], over a socket of any kind.
    pub(crate) fn over(socket: impl Into<socket2::Socket>) -> Self {
        let socket = socket.into();
        let mut client = Self {
            socket,
            reader: chunk::Reader::new(chunk::Limits::default()),
            writer: chunk::SessionWriter::new(),
            buffer: Vec::new(),
            unread: 0,
            unsent: Vec::new(),
            last_transaction: 0.0,
            encoding: ObjectEncoding::Amf0,
            waiting: VecDeque::new(),
            seen: VecDeque::new(),
        };
        client.shake_hands();
        client
    }

    fn shake_hands(&mut self) {
        let mut handshake = handshake::Client::new([7; 32], handshake::Form::Simple);
        let mut output = Vec::new();
        handshake.start(&mut output);
        loop {
            self.socket.write_all(&output).expect("the server reads");
            output.clear();
            assert!(self.receive(Instant::now() + PATIENCE), "closed during the handshake");
            let mut input = &self.buffer[self.buffer.len() - self.unread..];
            let is_done = handshake.read(&mut input, &mut output).expect("a handshake");
            self.unread = input.len();
            if is_done {
                return self.socket.write_all(&output).expect("the server reads");
            }
        }
    }

    /// Sends `connect`, and returns the server's answer.
    pub(crate) fn connect(&mut self, app: &str, arguments: &[Value]) -> Result<Value, Value> {
        self.connect_with(Object::new().with("app", app), arguments)
    }

    /// Sends `connect`, and does not wait.
    pub(crate) fn ask_to_connect(&mut self, properties: Object, arguments: &[Value]) {
        let command = Command {
            name: "connect".to_owned(),
            transaction_id: 1.0,
            command_object: properties.into(),
            arguments: arguments.to_vec(),
        };
        self.last_transaction = 1.0;
        self.send_command(MessageStreamId::CONNECTION, &command);
    }

    pub(crate) fn connect_with(
        &mut self,
        properties: Object,
        arguments: &[Value],
    ) -> Result<Value, Value> {
        let encoding = ObjectEncoding::asked_for(&properties.clone().into());
        self.ask_to_connect(properties, arguments);
        self.encoding = encoding;
        self.reply_to(1.0)
    }

    /// Asks for a stream, and returns its id.
    #[track_caller]
    pub(crate) fn create_stream(&mut self) -> u32 {
        let id = self.call("createStream", &[]).expect("a stream");
        id.as_number().expect("the id of a stream is a number") as u32
    }

    /// Asks to play, and does not wait.
    pub(crate) fn ask_to_play(&mut self, stream: u32, name: &str) {
        self.request(stream, "play", &[name.into()]);
    }

    /// Asks to play, and waits for the start.
    #[track_caller]
    pub(crate) fn play(&mut self, stream: u32, name: &str) {
        self.ask_to_play(stream, name);
        self.wait_for_code("NetStream.Play.Start");
    }

    /// Returns a stream that plays `name`.
    #[track_caller]
    pub(crate) fn play_new(&mut self, name: &str) -> u32 {
        let stream = self.create_stream();
        self.play(stream, name);
        stream
    }

    /// Returns a stream that publishes `name`.
    #[track_caller]
    pub(crate) fn publish_new(&mut self, name: &str) -> u32 {
        let stream = self.create_stream();
        self.request(stream, "publish", &[name.into(), "live".into()]);
        self.wait_for_code("NetStream.Publish.Start");
        stream
    }

    /// Sends a media message, and does not wait.
    pub(crate) fn send_media(
        &mut self,
        stream: u32,
        message_type: MessageType,
        timestamp: u32,
        payload: impl Into<bytes::Bytes>,
    ) {
        self.send(&Message {
            chunk_stream_id: ChunkStreamId::VIDEO,
            message_stream_id: MessageStreamId(stream),
            timestamp: Timestamp(timestamp),
            message_type,
            payload: payload.into(),
        });
    }

    pub(crate) fn pause(&mut self, stream: u32, paused: bool) {
        self.request(stream, "pause", &[paused.into(), 0.into()]);
    }

    pub(crate) fn close_stream(&mut self, stream: u32) {
        self.request(stream, "closeStream", &[]);
    }

    pub(crate) fn delete_stream(&mut self, stream: u32) {
        self.request(0, "deleteStream", &[stream.into()]);
    }

    pub(crate) fn set_buffer_length(&mut self, stream: u32, milliseconds: u32) {
        let stream = MessageStreamId(stream);
        self.send(&UserControl::SetBufferLength { stream, milliseconds }.message());
    }

    /// Sends a command whose answer is a status, if there is one.
    pub(crate) fn request(&mut self, stream: u32, name: &str, arguments: &[Value]) {
        let command = Command::notification(name, arguments.to_vec());
        self.send_command(MessageStreamId(stream), &command);
    }

    /// Calls a procedure, and waits for its answer. Keeps the messages until then.
    #[track_caller]
    pub(crate) fn call(&mut self, procedure: &str, arguments: &[Value]) -> Result<Value, Value> {
        let transaction = self.begin_call(procedure, arguments);
        self.reply_to(transaction)
    }

    /// Calls a procedure, and returns the transaction id of the call.
    pub(crate) fn begin_call(&mut self, procedure: &str, arguments: &[Value]) -> f64 {
        self.last_transaction += 1.0;
        let transaction_id = self.last_transaction;
        let call = Command::notification(procedure, arguments.to_vec());
        self.send_command(MessageStreamId::CONNECTION, &Command { transaction_id, ..call });
        transaction_id
    }

    #[track_caller]
    pub(crate) fn reply_to(&mut self, wanted: f64) -> Result<Value, Value> {
        let mut passed = VecDeque::new();
        let outcome = self.until(|received| match received {
            Received::Reply { transaction, outcome, .. } if transaction == wanted => Some(outcome),
            other => {
                passed.push_back(other);
                None
            }
        });
        passed.append(&mut self.waiting);
        self.waiting = passed;
        outcome
    }

    /// Returns the next answer to any call.
    #[track_caller]
    pub(crate) fn next_reply(&mut self) -> Result<Value, Value> {
        self.until(|received| match received {
            Received::Reply { outcome, .. } => Some(outcome),
            _ => None,
        })
    }

    /// Waits until the server has done all that it was asked to do. Returns what came until then.
    #[track_caller]
    pub(crate) fn sync(&mut self) -> Vec<Received> {
        let answer = self.call("no such procedure", &[]);
        assert!(answer.is_err(), "somebody answers everything");
        self.waiting.drain(..).collect()
    }

    /// Answers a call from the server.
    pub(crate) fn answer(&mut self, transaction: f64, outcome: Result<Value, Value>) {
        let (name, value) = match outcome {
            Ok(value) => ("_result", value),
            Err(value) => ("_error", value),
        };
        let answer = Command::notification(name, vec![value]);
        let answer = Command { transaction_id: transaction, ..answer };
        self.send_command(MessageStreamId::CONNECTION, &answer);
    }

    /// Calls a procedure until the server takes no more calls, at most `most` times. Reads nothing.
    /// Returns the number of calls. What the last call lacks is sent with the next message.
    pub(crate) fn flood(&mut self, procedure: &str, arguments: &[Value], most: usize) -> usize {
        let stuck = Duration::from_millis(300);
        self.socket.set_write_timeout(Some(stuck)).expect("an open socket");
        let mut calls = 0;
        while calls < most && self.unsent.is_empty() {
            self.begin_call(procedure, arguments);
            calls += 1;
        }
        self.socket.set_write_timeout(None).expect("an open socket");
        calls
    }

    fn send_command(&mut self, stream: MessageStreamId, command: &Command) {
        self.send(&command.message(ChunkStreamId::COMMAND, stream, self.encoding));
    }

    fn send(&mut self, message: &Message) {
        let mut output = std::mem::take(&mut self.unsent);
        self.writer.write(message, &mut output);
        while !output.is_empty() {
            match self.socket.write(&output) {
                Ok(sent) => drop(output.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.unsent = output;
                    return;
                }
                Err(error) => panic!("the server does not read: {error}"),
            }
        }
    }

    /// Returns the next message, or `None` if the server has closed the connection.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<Received> {
        let deadline = Instant::now() + PATIENCE;
        let (message, is_open) = self.next_before(deadline);
        assert!(message.is_some() || !is_open, "nothing came after {:?}", self.seen);
        message
    }

    /// Returns the next audio or video message.
    #[track_caller]
    pub(crate) fn next_media(&mut self) -> Media {
        self.until(|received| match received {
            Received::Media(media) => Some(media),
            _ => None,
        })
    }

    /// Reads until `found` returns a value.
    #[track_caller]
    pub(crate) fn until<T>(&mut self, mut found: impl FnMut(Received) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (message, is_open) = self.next_before(deadline);
            assert!(is_open, "closed after {:?}", self.seen);
            assert!(message.is_some(), "it did not come; {:?} did", self.seen);
            if let Some(result) = message.and_then(&mut found) {
                return result;
            }
        }
    }

    /// Reads up to the status with that code, and returns what came before it.
    #[track_caller]
    pub(crate) fn wait_for_code(&mut self, code: &str) -> Vec<Received> {
        let mut before = Vec::new();
        self.until(|received| {
            let is_found = received.has_code(code);
            before.push(received);
            is_found.then_some(())
        });
        before.pop();
        before
    }

    /// Reads until the server closes the connection, and returns what came.
    #[track_caller]
    pub(crate) fn until_closed(&mut self) -> Vec<Received> {
        let mut all = Vec::new();
        while let Some(received) = self.next() {
            all.push(received);
        }
        all
    }

    /// Returns what comes within `duration`.
    pub(crate) fn listen(&mut self, duration: Duration) -> Vec<Received> {
        let deadline = Instant::now() + duration;
        std::iter::from_fn(|| self.next_before(deadline).0).collect()
    }

    /// Ends its output. The connection can still be read.
    pub(crate) fn stop_sending(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Resets the connection.
    pub(crate) fn reset(self) {
        self.socket.set_linger(Some(Duration::ZERO)).expect("an open socket");
    }

    /// Returns the next message before `deadline`, and whether the connection is open.
    fn next_before(&mut self, deadline: Instant) -> (Option<Received>, bool) {
        if let Some(received) = self.waiting.pop_front() {
            return (Some(received), true);
        }
        loop {
            let mut input = &self.buffer[self.buffer.len() - self.unread..];
            let message = self.reader.read(&mut input).expect("the server's chunks can be read");
            self.unread = input.len();
            if let Some(message) = message {
                let received = Received::new(message);
                if received == Received::Other {
                    continue;
                }
                self.seen.push_back(format!("{received:?}"));
                if self.seen.len() > SHOWN {
                    self.seen.pop_front();
                }
                return (Some(received), true);
            }
            if Instant::now() >= deadline {
                return (None, true);
            }
            if !self.receive(deadline) {
                return (None, false);
            }
        }
    }

    /// Reads once, until `deadline` at most. Returns `false` if the connection is closed.
    fn receive(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = left.max(Duration::from_millis(1));
        self.socket.set_read_timeout(Some(left)).expect("an open socket");
        self.buffer.resize(64 << 10, 0);
        let received = self.socket.read(&mut self.buffer);
        self.buffer.truncate(*received.as_ref().unwrap_or(&0));
        self.unread = self.buffer.len();
        match received {
            Ok(length) => length > 0,
            Err(error) => matches!(
                error.kind(),
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
            ),
        }
    }
}
