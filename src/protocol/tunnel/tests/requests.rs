//! What is made of a connection's bytes.

use crate::protocol::tunnel::{Command, Limits, Refusal, Request, RequestReader, TunnelId};

const ID: TunnelId = TunnelId::new([0xab; 16]);
const NAME: &str = "abababababababababababababababab";

const LIMITS: Limits = Limits { head_bytes: 512, body_bytes: 100 };

/// All requests in `pieces`, and what the reader thinks of the rest.
fn read(pieces: &[&[u8]]) -> (Vec<Request>, Option<Refusal>, bool) {
    let mut reader = RequestReader::new(LIMITS);
    let mut requests = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        loop {
            match reader.read(&mut input) {
                Ok(Some(request)) => requests.push(request),
                Ok(None) => break,
                Err(refusal) => return (requests, Some(refusal), false),
            }
        }
        assert!(input.is_empty(), "all is taken that is no whole request");
    }
    (requests, None, reader.is_within_request())
}

/// As [`read`], but the bytes come at once, one by one, and cut at each place.
fn read_anyhow(bytes: &[u8]) -> (Vec<Request>, Option<Refusal>, bool) {
    let whole = read(&[bytes]);
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(read(&single), whole, "{}", bytes.escape_ascii());
    for cut in 0..bytes.len() {
        let (before, after) = bytes.split_at(cut);
        assert_eq!(read(&[before, after]), whole, "{} cut at {cut}", bytes.escape_ascii());
    }
    whole
}

/// What ffmpeg 5.1 sends, its fields in its order.
fn ffmpeg(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nAccept: */*\r\nConnection: keep-alive\r\n\
         Content-Length: {}\r\nHost: 127.0.0.1:80\r\nIcy-MetaData: 1\r\n\
         Cache-Control: no-cache\r\nContent-type: application/x-fcs\r\n\
         User-Agent: Shockwave Flash\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// What librtmp 2.4 sends.
fn librtmp(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAccept: */*\r\n\
         User-Agent: Shockwave Flash\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n\
         Content-type: application/x-fcs\r\nContent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn request(command: Command, body: &'static [u8]) -> Request {
    Request { command, body: body.into(), is_last: false }
}

#[test]
fn the_requests_of_real_clients_are_read_one_behind_the_other() {
    for client in [ffmpeg, librtmp] {
        let bytes = [
            client("/fcs/ident2", b"\0"),
            client("/open/1", b"\0"),
            client(&format!("/send/{NAME}/0"), b"\x03C1"),
            client(&format!("/idle/{NAME}/1"), b"\0"),
            client(&format!("/send/{NAME}/2"), b""),
            client(&format!("/close/{NAME}/3"), b"\0"),
        ]
        .concat();
        let requests = vec![
            request(Command::Ident, b""),
            request(Command::Open, b""),
            request(Command::Send(ID, 0), b"\x03C1"),
            request(Command::Idle(ID, 1), b""),
            request(Command::Send(ID, 2), b""),
            request(Command::Close(ID, 3), b""),
        ];
        assert_eq!(read_anyhow(&bytes), (requests, None, false));
    }
}

#[test]
fn a_request_that_is_not_whole_is_waited_for() {
    let bytes = ffmpeg("/open/1", b"\0");
    for end in 1..bytes.len() {
        assert_eq!(read(&[&bytes[..end]]), (vec![], None, true), "{end} bytes");
    }
}

#[test]
fn empty_lines_between_requests_are_borne() {
    let open = librtmp("/open/1", b"\0");
    let bytes = [b"\r\n\r\n\n", &open[..], b"\r\n", &open, b"\r\n"].concat();
    let requests = vec![request(Command::Open, b""); 2];
    assert_eq!(read_anyhow(&bytes), (requests, None, false));
}

#[test]
fn the_connection_is_kept_as_the_client_says() {
    for (version, field, is_last) in [
        ("1.1", "", false),
        ("1.1", "Connection: Keep-Alive\r\n", false),
        ("1.1", "Connection: close\r\n", true),
        ("1.1", "connection: x, CLOSE , y\r\n", true),
        ("1.0", "", true),
        ("1.0", "Connection: keep-alive\r\n", false),
        ("1.0", "Connection: keep-alive, close\r\n", true),
    ] {
        let bytes = format!("POST /open/1 HTTP/{version}\r\n{field}Content-Length: 0\r\n\r\n");
        let (requests, refusal, _) = read_anyhow(bytes.as_bytes());
        assert_eq!(refusal, None);
        assert_eq!(requests[0].is_last, is_last, "HTTP/{version}, {field:?}");
    }
}

#[test]
fn what_is_not_rtmpt_is_refused_with_its_status() {
    let long = |lines: usize| "A: b\r\n".repeat(lines);
    for (text, refusal) in [
        ("\x03\0\0\0\0".to_owned(), Refusal::Malformed),
        ("\x16\x03\x01\x02\0".to_owned(), Refusal::Malformed),
        ("POST\r\n\r\n".to_owned(), Refusal::Malformed),
        ("POST /open/1 HTTP/1.1\r\nno field\r\n\r\n".to_owned(), Refusal::Malformed),
        ("POST /open/1\0 HTTP/1.1\r\n\r\n".to_owned(), Refusal::Malformed),
        ("POST /open/1 HTTP/2.0\r\n\r\n".to_owned(), Refusal::VersionNotSupported),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), Refusal::VersionNotSupported),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), Refusal::NotFound),
        ("GET /live/film.m3u8 HTTP/1.1\r\n\r\n".to_owned(), Refusal::NotFound),
        ("POST /idle/1/1 HTTP/1.1\r\n\r\n".to_owned(), Refusal::NotFound),
        ("GET /open/1 HTTP/1.1\r\n\r\n".to_owned(), Refusal::MethodNotAllowed),
        ("POST /open/1 HTTP/1.1\r\n\r\n".to_owned(), Refusal::LengthRequired),
        (
            "POST /open/1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\0\r\n0\r\n"
                .to_owned(),
            Refusal::LengthRequired,
        ),
        (
            "POST /open/1 HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                .to_owned(),
            Refusal::Malformed,
        ),
        (
            "POST /open/1 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n".to_owned(),
            Refusal::Malformed,
        ),
        ("POST /open/1 HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(), Refusal::Malformed),
        ("POST /open/1 HTTP/1.1\r\nContent-Length: +1\r\n\r\n".to_owned(), Refusal::Malformed),
        ("POST /open/1 HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n".to_owned(), Refusal::Malformed),
        ("POST /open/1 HTTP/1.1\r\nContent-Length:\r\n\r\n".to_owned(), Refusal::Malformed),
        ("POST /open/1 HTTP/1.1\r\nContent-Length: 101\r\n\r\n".to_owned(), Refusal::BodyTooLong),
        (
            format!("POST /open/1 HTTP/1.1\r\nContent-Length: {}\r\n\r\n", "9".repeat(40)),
            Refusal::BodyTooLong,
        ),
        (
            "POST /open/1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n".to_owned(),
            Refusal::ExpectationFailed,
        ),
        (format!("POST /open/1 HTTP/1.1\r\n{}\r\n", long(65)), Refusal::HeadTooLong),
        (format!("POST /open/1 HTTP/1.1\r\n{}\r\n", long(90)), Refusal::HeadTooLong),
        (format!("POST /{}", "a".repeat(600)), Refusal::HeadTooLong),
        (format!("POST /open/1 HTTP/1.1\r\nA: {}", "b".repeat(600)), Refusal::HeadTooLong),
    ] {
        let (requests, refused, _) = read_anyhow(text.as_bytes());
        assert_eq!((requests, refused), (vec![], Some(refusal)), "{text:?}");
    }
}

#[test]
fn bodies_that_mean_nothing_are_not_kept() {
    let bytes = ffmpeg("/open/1", &[7; 100]);
    assert_eq!(read_anyhow(&bytes).0, vec![request(Command::Open, b"")]);
}
