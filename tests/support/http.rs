//! A client of RTMPT tunnels, which shares no code with the server.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// One HTTP connection.
#[derive(Debug)]
pub(crate) struct Http(TcpStream);

impl Http {
    pub(crate) fn connect(server: SocketAddr) -> Self {
        let socket = TcpStream::connect(server).expect("the server listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        socket.set_nodelay(true).expect("a socket");
        Self(socket)
    }

    pub(crate) fn local_address(&self) -> SocketAddr {
        self.0.local_addr().expect("a socket")
    }

    /// Sends bytes. Returns `false` if the server does not take them.
    pub(crate) fn say(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    /// Returns the status and the body of the next response, or `None` if the server has closed the
    /// connection.
    pub(crate) fn hear(&mut self) -> Option<(u16, Vec<u8>)> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match self.0.read(&mut byte) {
                Ok(1..) => head.extend(byte),
                Ok(0) => return None,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the server is silent: {error}"),
            }
        }
        let head = String::from_utf8(head).expect("a head is text");
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let length = length.expect("answers have a length").parse().expect("a number");
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("answers are as long as they say");
        Some((status.expect("a status"), body))
    }

    /// Posts, and waits for the response.
    pub(crate) fn post(&mut self, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        self.say(&request(path, body));
        self.hear().expect("an answer, not the end")
    }

    /// Opens a tunnel, and returns its name.
    pub(crate) fn open(&mut self) -> String {
        let (status, body) = self.post("/open/1", &[0]);
        assert_eq!(status, 200);
        let line = String::from_utf8(body).expect("a name is text");
        line.strip_suffix('\n').expect("a line").to_owned()
    }

    /// Panics unless the server closes the connection.
    #[track_caller]
    pub(crate) fn is_hung_up_on(&mut self) {
        assert_eq!(self.hear(), None);
    }
}

/// Writes a request as librtmp does.
pub(crate) fn request(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: Shockwave Flash\r\n\
         Connection: Keep-Alive\r\nCache-Control: no-cache\r\nContent-type: application/x-fcs\r\n\
         Content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
