//! A client of HTTP and WebSocket, which shares no code with the server.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::fmt::Debug;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "tls")]
use rustls::pki_types::ServerName;
#[cfg(feature = "tls")]
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// After this time without room for a byte, a server counts as one that reads no more.
const STUCK: Duration = Duration::from_secs(1);

/// The key of RFC 6455, and its answer.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
}

impl Head {
    /// Returns the value of a field, whose name is in lower case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// A frame of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// The code and the reason.
    Close(u16, String),
}

/// Where a server is, and whether it is asked over TLS.
pub(crate) trait Site: Copy {
    fn carry(self, socket: TcpStream) -> Box<dyn Line>;
    fn address(self) -> SocketAddr;
}

/// What carries the bytes: TCP, or TLS in it.
pub(crate) trait Line: Read + Write + Debug + Send {
    fn socket(&self) -> &TcpStream;
}

/// Plain HTTP.
impl Site for SocketAddr {
    fn carry(self, socket: TcpStream) -> Box<dyn Line> {
        Box::new(socket)
    }

    fn address(self) -> SocketAddr {
        self
    }
}

impl Line for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

/// HTTPS, with the settings of a client.
#[cfg(feature = "tls")]
impl Site for (SocketAddr, &Arc<ClientConfig>) {
    fn carry(self, socket: TcpStream) -> Box<dyn Line> {
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = ClientConnection::new(Arc::clone(self.1), name).expect("a client");
        Box::new(StreamOwned::new(tls, socket))
    }

    fn address(self) -> SocketAddr {
        self.0
    }
}

#[cfg(feature = "tls")]
impl Line for StreamOwned<ClientConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Web(Box<dyn Line>);

impl Web {
    pub(crate) fn connect(server: impl Site) -> Self {
        let socket = TcpStream::connect(server.address()).expect("the server listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        socket.set_nodelay(true).expect("a socket");
        Self(server.carry(socket))
    }

    /// Sends a request, and returns the head of the response.
    pub(crate) fn request(
        server: impl Site,
        method: &str,
        path: &str,
        fields: &str,
    ) -> (Self, Head) {
        let mut web = Self::connect(server);
        web.ask(method, path, fields);
        let head = web.head().expect("a response");
        (web, head)
    }

    /// Returns a whole response that has a length.
    pub(crate) fn get(server: impl Site, path: &str, fields: &str) -> (Head, Vec<u8>) {
        let (mut web, head) = Self::request(server, "GET", path, fields);
        let length = head.field("content-length").expect("a length").parse().expect("a number");
        let mut body = vec![0; length];
        web.0.read_exact(&mut body).expect("the whole body");
        (head, body)
    }

    /// Opens a WebSocket. Returns the head of the response if there is none.
    pub(crate) fn websocket(server: impl Site, path: &str, fields: &str) -> Result<Self, Head> {
        let upgrade = format!(
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: {KEY}\r\n{fields}"
        );
        let (web, head) = Self::request(server, "GET", path, &upgrade);
        if head.status != 101 {
            return Err(head);
        }
        assert_eq!(head.field("sec-websocket-accept"), Some(ACCEPT));
        Ok(web)
    }

    pub(crate) fn ask(&mut self, method: &str, path: &str, fields: &str) {
        self.send(
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").as_bytes(),
        );
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the server reads");
    }

    /// Sends bytes. Returns `false` if the server does not take them.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    /// Sends bytes again and again, `most` in all, and reads nothing. Returns early, with `false`,
    /// if the server takes no more.
    pub(crate) fn flood(&mut self, bytes: &[u8], most: usize) -> bool {
        self.0.socket().set_write_timeout(Some(STUCK)).expect("a timeout");
        let takes_all = (0..most.div_ceil(bytes.len())).all(|_| self.try_send(bytes));
        self.0.socket().set_write_timeout(Some(PATIENCE)).expect("a timeout");
        takes_all
    }

    /// Reads the head of a response. Returns `None` if the server has closed the connection.
    pub(crate) fn head(&mut self) -> Option<Head> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match self.0.read(&mut byte) {
                Ok(1..) => bytes.extend(byte),
                Ok(0) => return None,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the server is silent: {error}"),
            }
        }
        let text = String::from_utf8(bytes).expect("a head is text");
        let mut lines = text.lines();
        let first = lines.next().expect("a line");
        let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let fields = lines.filter_map(|line| line.split_once(": "));
        let fields = fields.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Some(Head { status: status.expect("a status"), fields })
    }

    /// Reads up to the end of the connection.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.0.read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("the server neither sends nor closes: {error}"),
        }
        bytes
    }

    /// Reads up to the end of the connection, which the server may cut off.
    pub(crate) fn until_cut(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Err(error) = self.0.read_to_end(&mut bytes) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the server does not close");
        }
        bytes
    }

    /// Reads exactly so many bytes.
    pub(crate) fn read(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).expect("the server sends");
        bytes
    }

    /// Reads one chunk of a body. Returns `None` at the last one.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.extend(self.read(1));
        }
        let length = std::str::from_utf8(&line).expect("text").trim_end();
        let length = usize::from_str_radix(length, 16).expect("a length");
        let chunk = self.read(length);
        assert_eq!(self.read(2), b"\r\n");
        (length > 0).then_some(chunk)
    }

    /// Reads the next frame of a WebSocket.
    pub(crate) fn frame(&mut self) -> Frame {
        let head = self.read(2);
        assert_eq!((head[0] & 0x70, head[1] & 0x80), (0, 0), "no extension, no mask");
        let length = match head[1] {
            126 => u16::from_be_bytes(self.read(2).try_into().expect("two")).into(),
            127 => u64::from_be_bytes(self.read(8).try_into().expect("eight")),
            length => length.into(),
        };
        let payload = self.read(usize::try_from(length).expect("a length"));
        assert_ne!(head[0] & 0x80, 0, "the server sends whole messages");
        match head[0] & 0x0f {
            1 => Frame::Text(String::from_utf8(payload).expect("text")),
            2 => Frame::Binary(payload),
            8 => {
                let code = u16::from_be_bytes([payload[0], payload[1]]);
                Frame::Close(code, String::from_utf8(payload[2..].to_vec()).expect("text"))
            }
            9 => Frame::Ping(payload),
            10 => Frame::Pong(payload),
            other => panic!("the kind of a frame: {other}"),
        }
    }

    /// Returns the next text as JSON. Passes by media.
    pub(crate) fn text(&mut self) -> serde_json::Value {
        loop {
            match self.frame() {
                Frame::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Frame::Binary(_) | Frame::Ping(_) => {}
                other => panic!("a text, not {other:?}"),
            }
        }
    }

    /// Returns the text that answers a request. Passes by media and events.
    pub(crate) fn answer(&mut self, id: u32) -> serde_json::Value {
        loop {
            let text = self.text();
            if text["id"] == id && text.get("call").is_none() {
                return text;
            }
        }
    }

    /// Returns the next media. Passes by texts.
    pub(crate) fn media(&mut self) -> Vec<u8> {
        loop {
            match self.frame() {
                Frame::Binary(media) => return media,
                Frame::Text(_) | Frame::Ping(_) => {}
                other => panic!("media, not {other:?}"),
            }
        }
    }

    /// Sends a text message.
    pub(crate) fn say(&mut self, text: &str) {
        self.send(&masked(0x81, text.as_bytes()));
    }

    /// Returns whether the server has closed the connection.
    pub(crate) fn is_gone(&mut self) -> bool {
        self.0.socket().set_nonblocking(true).expect("a socket");
        let mut buffer = [0; 4 << 10];
        let is_gone = loop {
            match self.0.read(&mut buffer) {
                Ok(0) => break true,
                Ok(_) => {}
                Err(error) => break error.kind() != ErrorKind::WouldBlock,
            }
        };
        self.0.socket().set_nonblocking(false).expect("a socket");
        is_gone
    }

    pub(crate) fn local_address(&self) -> SocketAddr {
        self.0.socket().local_addr().expect("a socket")
    }

    pub(crate) fn say_no_more(&self) {
        self.0.socket().shutdown(Shutdown::Write).expect("an open socket");
    }
}

/// Writes a frame as a client does. `first` is its first byte.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0xde, 0xad, 0xbe, 0xef];
    let mut frame = vec![first];
    match payload.len() {
        length @ ..=125 => frame.push(0x80 | length as u8),
        length @ ..=65_535 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}
