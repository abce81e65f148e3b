//! What a server answers to the bytes of an HTTP connection, whatever path they ask for: pages,
//! FLV, WebSockets, pictures, figures, paths of an application. The bytes cross a real socket.
//!
//! - The server answers what it answers in HTTP, and with a status that it knows.
//! - It closes the connection once the client sends no more.
//! - The text of an error has no mark-up of the client's.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use rendercast::amf::{Object, Value};
use rendercast::config::ConnectionLimits;
use rendercast::protocol::http::Status;
use rendercast::{
    Connection, FrameOut, HandlerResult, HttpRequest, HttpResponse, Server, ServerConfig, Stream,
};

/// How long the server may take at most. Only a failure reaches it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most bytes of a response that are looked at.
const LOOKED_AT: usize = 64 * 1024;

pub fn run(bytes: &[u8]) {
    let mut socket = TcpStream::connect(address()).expect("the server listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    // The server may refuse the first bytes, and close the connection before it has the others.
    let _ = socket.write_all(bytes).and_then(|()| socket.shutdown(Shutdown::Write));
    let response = read(&mut socket);
    if !response.is_empty() {
        check(&String::from_utf8_lossy(&response));
    }
}

fn address() -> SocketAddr {
    static SERVER: OnceLock<(Server, SocketAddr)> = OnceLock::new();
    SERVER.get_or_init(start).1
}

fn start() -> (Server, SocketAddr) {
    let limits = ConnectionLimits::default().accept_rate(1_000_000);
    let server = Server::new(ServerConfig::default().connections(limits));
    server.install(|connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        connection.register_stream_event_handler(|stream: &Stream, _: &Value| -> HandlerResult {
            stream.register_frame_event_handler(end);
            Ok(true)
        });
        Ok(true)
    });
    let echo = |request: &HttpRequest<'_>| Ok(HttpResponse::text(request.path()));
    server.register_http_handler("/api/", echo).expect("a free path");
    server.start("http://127.0.0.1:0").expect("a free port");
    let address = server.listen_addresses()[0].socket_address().expect("TCP");
    (server, address)
}

/// Ends a stream with its first frame.
fn end(_: &Stream, out: &mut FrameOut, _: bool) -> HandlerResult {
    out.end();
    Ok(true)
}

fn read(socket: &mut TcpStream) -> Vec<u8> {
    let mut response = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return response,
            Ok(length) if response.len() < LOOKED_AT => response.extend(&buffer[..length]),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return response,
            Err(error) => panic!("the connection is not closed: {error}"),
        }
    }
}

fn check(response: &str) {
    let head = response.strip_prefix("HTTP/1.1 ").expect("HTTP");
    let code = head.get(..3).and_then(|code| code.parse().ok()).expect("a status");
    assert!(!matches!(Status::from_code(code), Status::Other(_)), "{head}");
    // Behind it may be the response to another request, which may be a page.
    let (head, rest) = head.split_once("\r\n\r\n").expect("a whole head");
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let body = length.and_then(|length| rest.get(..length.parse().ok()?)).unwrap_or_default();
    if code >= 400 {
        assert!(!body.contains("<script"), "{body}");
    }
}
