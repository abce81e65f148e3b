//! A peer that can send any bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::amf::{Limits, Object, Value};
use rendercast::protocol::chunk::{self, Message, MessageType};
use rendercast::protocol::message::{Command, ObjectEncoding, UserControl};
use rendercast::protocol::{ChunkStreamId, MessageStreamId};

use super::server::PATIENCE;

/// C0, C1 and C2; and S0, S1 and S2.
pub(crate) const HANDSHAKE_BYTES: usize = 3_073;

/// One connection to the server.
#[derive(Debug)]
pub(crate) struct Peer {
    socket: TcpStream,
    reader: chunk::Reader,
    unread: Vec<u8>,
    pings: u32,
}

impl Peer {
    /// Connects, and sends nothing.
    pub(crate) fn new(server: SocketAddr) -> Self {
        Self::over(TcpStream::connect(server).expect("the server listens"))
    }

    /// Connects from `address`.
    pub(crate) fn from(address: IpAddr, server: SocketAddr) -> Self {
        let domain = socket2::Domain::for_address(server);
        let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::new(address, 0).into()).expect("an address of this machine");
        socket.connect(&server.into()).expect("the server listens");
        Self::over(socket.into())
    }

    fn over(socket: TcpStream) -> Self {
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        socket.set_nodelay(true).expect("a socket");
        let reader = chunk::Reader::new(chunk::Limits::default());
        Self { socket, reader, unread: Vec::new(), pings: 0 }
    }

    /// Connects, and completes the handshake.
    pub(crate) fn shaken(server: SocketAddr) -> Self {
        let mut peer = Self::new(server);
        peer.shakes_hands();
        peer
    }

    /// Completes the handshake. Panics if the server does not.
    pub(crate) fn shakes_hands(&mut self) {
        assert!(self.say(&handshake()));
        let mut answer = [0; HANDSHAKE_BYTES];
        self.socket.read_exact(&mut answer).expect("an answer to the handshake");
    }

    /// Connects up to the answer to `connect`.
    pub(crate) fn connected(server: SocketAddr) -> Self {
        Self::connected_to(server, "live")
    }

    /// Connects to that app.
    pub(crate) fn connected_to(server: SocketAddr, app: &str) -> Self {
        let mut peer = Self::shaken(server);
        peer.say(&Script::new().connect_to(app).bytes);
        peer.wait_for("_result");
        peer
    }

    /// Connects and plays, with as little sent ahead as possible, up to the start of the play.
    pub(crate) fn playing(server: SocketAddr, name: &str) -> Self {
        let mut peer = Self::connected(server);
        let script = Script::new().create_stream().buffer_length(100).play(name);
        peer.say(&script.bytes);
        while !peer.wait_for("onStatus").contains("NetStream.Play.Start") {}
        peer
    }

    /// Publishes, up to the answer.
    pub(crate) fn publishing(server: SocketAddr, name: &str) -> Self {
        let mut peer = Self::connected_to(server, "publish");
        let script = Script::new().create_stream();
        peer.say(&script.command("publish", 0.0, 1, vec![name.into(), "live".into()]).bytes);
        while !peer.wait_for("onStatus").contains("NetStream.Publish.Start") {}
        peer
    }

    /// Sends bytes. Returns `false` if the server does not take them.
    pub(crate) fn say(&mut self, bytes: &[u8]) -> bool {
        self.socket.write_all(bytes).is_ok()
    }

    /// Sends bytes and a ping, and reads up to the answer to the ping. Then the server has read all
    /// bytes.
    pub(crate) fn flood(&mut self, bytes: &[u8]) {
        self.pings += 1;
        let number = self.pings;
        let ping = Script::new().user_control(&UserControl::PingRequest(number)).bytes;
        let mut socket = self.socket();
        thread::scope(|scope| {
            scope.spawn(move || {
                let said = socket.write_all(bytes).and_then(|()| socket.write_all(&ping));
                said.expect("the server reads on");
            });
            self.hear_pong(number);
        });
    }

    /// Panics unless the server still answers.
    pub(crate) fn is_served_on(&mut self) {
        self.flood(&[]);
    }

    fn hear_pong(&mut self, number: u32) {
        loop {
            let message = self.hear().expect("an answer to the ping, not the end");
            if message.message_type == MessageType::USER_CONTROL
                && UserControl::decode(&message.payload) == Ok(UserControl::PingResponse(number))
            {
                return;
            }
        }
    }

    fn answer_ping(&mut self, message: &Message) {
        if message.message_type == MessageType::USER_CONTROL
            && let Ok(UserControl::PingRequest(time)) = UserControl::decode(&message.payload)
        {
            self.say(&Script::new().user_control(&UserControl::PingResponse(time)).bytes);
        }
    }

    /// Returns the next message, or `None` if the server has closed the connection. Answers pings.
    pub(crate) fn hear(&mut self) -> Option<Message> {
        loop {
            let mut input = self.unread.as_slice();
            let message = self.reader.read(&mut input).expect("the server speaks RTMP");
            let left = input.len();
            self.unread.drain(..self.unread.len() - left);
            if let Some(message) = message {
                self.answer_ping(&message);
                return Some(message);
            }
            let mut buffer = [0; 16 << 10];
            match self.socket.read(&mut buffer) {
                Ok(0) => return None,
                Ok(length) => self.unread.extend_from_slice(&buffer[..length]),
                Err(error) if is_hung_up(error.kind()) => return None,
                Err(error) => panic!("the server is silent: {error}"),
            }
        }
    }

    /// Waits for a command, and returns it as text.
    pub(crate) fn wait_for(&mut self, name: &str) -> String {
        loop {
            let message = self.hear().unwrap_or_else(|| panic!("{name} is expected, not the end"));
            if message.message_type != MessageType::COMMAND_AMF0 {
                continue;
            }
            let command =
                Command::decode(message.message_type, &message.payload, Limits::default());
            let command = command.expect("the server speaks RTMP");
            if command.name == name {
                return format!("{command:?}");
            }
        }
    }

    /// Panics unless the server closes the connection soon.
    pub(crate) fn is_hung_up_on(&mut self) {
        let until = Instant::now() + PATIENCE;
        let mut buffer = [0; 16 << 10];
        while Instant::now() < until {
            match self.socket.read(&mut buffer) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if is_hung_up(error.kind()) => return,
                Err(error) => panic!("the server does not hang up: {error}"),
            }
        }
        panic!("the server goes on talking");
    }

    /// Returns whether the server has closed the connection.
    pub(crate) fn is_hung_up_on_now(&self) -> bool {
        self.socket.set_nonblocking(true).expect("a socket");
        let peeked = self.socket.peek(&mut [0]);
        self.socket.set_nonblocking(false).expect("a socket");
        match peeked {
            Ok(length) => length == 0,
            Err(error) => is_hung_up(error.kind()),
        }
    }

    /// Reads what has come, and returns whether the server has hung up behind it.
    pub(crate) fn is_gone(&mut self) -> bool {
        self.socket.set_nonblocking(true).expect("a socket");
        let mut buffer = [0; 64 << 10];
        // The server may go on to talk as fast as it is read.
        let ends = (0..64).find_map(|_| match self.socket.read(&mut buffer) {
            Ok(0) => Some(true),
            Ok(_) => None,
            Err(error) => Some(is_hung_up(error.kind())),
        });
        let is_gone = ends.unwrap_or(false);
        self.socket.set_nonblocking(false).expect("a socket");
        is_gone
    }

    /// Ends its output. The connection can still be read.
    pub(crate) fn falls_silent(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Resets the connection.
    pub(crate) fn resets(self) {
        socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO)).expect("a socket");
    }

    /// The connection itself.
    pub(crate) fn socket(&self) -> TcpStream {
        self.socket.try_clone().expect("a descriptor")
    }

    /// Sets how long a send may wait for the server.
    pub(crate) fn set_write_patience(&self, patience: Duration) {
        self.socket.set_write_timeout(Some(patience)).expect("a timeout");
    }
}

fn is_hung_up(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
    )
}

/// The simple handshake as a client sends it.
pub(crate) fn handshake() -> Vec<u8> {
    let mut bytes = vec![0; HANDSHAKE_BYTES];
    bytes[0] = 3;
    bytes
}

/// The bytes of a client. The headers of a script do not depend on other scripts.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) bytes: Vec<u8>,
    writer: chunk::SessionWriter,
}

impl Script {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new(), writer: chunk::SessionWriter::new() }
    }

    pub(crate) fn send(mut self, message: &Message) -> Self {
        self.writer.write(message, &mut self.bytes);
        self
    }

    pub(crate) fn payload(self, message_type: MessageType, stream: u32, payload: Vec<u8>) -> Self {
        self.send(&Message {
            chunk_stream_id: ChunkStreamId(5),
            message_stream_id: MessageStreamId(stream),
            timestamp: Default::default(),
            message_type,
            payload: payload.into(),
        })
    }

    pub(crate) fn user_control(self, event: &UserControl) -> Self {
        self.send(&event.message())
    }

    pub(crate) fn command(
        self,
        name: &str,
        transaction_id: f64,
        stream: u32,
        arguments: Vec<Value>,
    ) -> Self {
        let command = Command { transaction_id, ..Command::notification(name, arguments) };
        self.send(&command.message(ChunkStreamId(3), MessageStreamId(stream), ObjectEncoding::Amf0))
    }

    pub(crate) fn connect(self) -> Self {
        self.connect_to("live")
    }

    pub(crate) fn connect_to(self, app: &str) -> Self {
        let object = Object::new().with("app", app).with("tcUrl", "rtmp://localhost/live");
        let command = Command {
            name: "connect".to_owned(),
            transaction_id: 1.0,
            command_object: object.into(),
            arguments: vec![],
        };
        self.send(&command.message(ChunkStreamId(3), MessageStreamId(0), ObjectEncoding::Amf0))
    }

    pub(crate) fn create_stream(self) -> Self {
        self.command("createStream", 2.0, 0, vec![])
    }

    pub(crate) fn play(self, name: &str) -> Self {
        self.command("play", 0.0, 1, vec![name.into()])
    }

    pub(crate) fn buffer_length(self, milliseconds: u32) -> Self {
        let stream = MessageStreamId(1);
        self.user_control(&UserControl::SetBufferLength { stream, milliseconds })
    }

    /// Returns a whole session of a player, from its handshake to deleteStream.
    pub(crate) fn session() -> Vec<u8> {
        let script = Self { bytes: handshake(), writer: chunk::SessionWriter::new() }
            .connect()
            .create_stream()
            .command("getStreamLength", 3.0, 0, vec!["film".into()])
            .play("film")
            .buffer_length(3_000)
            .command("pause", 0.0, 1, vec![true.into(), 0.into()])
            .command("pause", 0.0, 1, vec![false.into(), 0.into()])
            .command("seek", 0.0, 1, vec![500.into()])
            .command("closeStream", 0.0, 1, vec![])
            .command("deleteStream", 0.0, 0, vec![1.into()]);
        script.bytes
    }
}
