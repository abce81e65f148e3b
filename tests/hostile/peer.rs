//! A peer that can send any bytes.

use std::io::{ErrorKind, Read, Write};
use std::iter;
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rendercast::amf::Limits;
use rendercast::protocol::chunk::{self, Message, MessageType};
use rendercast::protocol::message::{Command, UserControl};

use super::script::{HANDSHAKE_BYTES, Script, handshake};
use super::server::PATIENCE;

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
        self.count_answers(bytes, |_| false);
    }

    /// As [`flood`](Self::flood). Returns how many messages before the answer are counted.
    pub(crate) fn count_answers(
        &mut self,
        bytes: &[u8],
        counts: impl Fn(&Message) -> bool,
    ) -> usize {
        self.pings += 1;
        let number = self.pings;
        let ping = Script::new().user_control(&UserControl::PingRequest(number)).bytes;
        let mut socket = self.socket();
        thread::scope(|scope| {
            scope.spawn(move || {
                let said = socket.write_all(bytes).and_then(|()| socket.write_all(&ping));
                said.expect("the server reads on");
            });
            self.hear_pong(number, counts)
        })
    }

    /// Panics unless the server still answers.
    pub(crate) fn is_served_on(&mut self) {
        self.flood(&[]);
    }

    fn hear_pong(&mut self, number: u32, counts: impl Fn(&Message) -> bool) -> usize {
        let mut counted = 0;
        loop {
            let message = self.hear().expect("an answer to the ping, not the end");
            if message.message_type == MessageType::USER_CONTROL
                && UserControl::decode(&message.payload) == Ok(UserControl::PingResponse(number))
            {
                return counted;
            }
            counted += usize::from(counts(&message));
        }
    }

    /// Returns the next message, or `None` if the server has closed the connection. Answers pings.
    pub(crate) fn hear(&mut self) -> Option<Message> {
        let message = self.hear_silently()?;
        if let Some(time) = asked_by_ping(&message) {
            self.say(&Script::new().user_control(&UserControl::PingResponse(time)).bytes);
        }
        Some(message)
    }

    fn hear_silently(&mut self) -> Option<Message> {
        loop {
            let mut input = self.unread.as_slice();
            let message = self.reader.read(&mut input).expect("the server speaks RTMP");
            let left = input.len();
            self.unread.drain(..self.unread.len() - left);
            if message.is_some() {
                return message;
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

    /// Answers no ping. Panics unless there are some, and then the end.
    pub(crate) fn is_pinged_and_hung_up_on(&mut self) {
        let messages = iter::from_fn(|| self.hear_silently());
        assert_ne!(messages.filter_map(|it| asked_by_ping(&it)).count(), 0, "no ping came");
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
}

/// Returns the time in a ping of the server.
fn asked_by_ping(message: &Message) -> Option<u32> {
    if message.message_type != MessageType::USER_CONTROL {
        return None;
    }
    match UserControl::decode(&message.payload) {
        Ok(UserControl::PingRequest(time)) => Some(time),
        _ => None,
    }
}

fn is_hung_up(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
    )
}
