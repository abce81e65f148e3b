//! What is made of the bytes of a connection.

use crate::protocol::http::{Error, Limits, Method, Request, RequestReader};

const LIMITS: Limits = Limits::new().head_bytes(512).body_bytes(100);

/// Returns all requests in `pieces`, the error that ended them, and whether another one has begun.
fn read(pieces: &[&[u8]]) -> (Vec<Request>, Option<Error>, bool) {
    let mut reader = RequestReader::new(LIMITS);
    let mut requests = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        loop {
            match reader.read(&mut input) {
                Ok(Some(request)) => requests.push(request),
                Ok(None) => break,
                Err(error) => return (requests, Some(error), false),
            }
        }
        assert!(input.is_empty(), "all is taken that is no whole request");
    }
    (requests, None, reader.is_within_request())
}

/// Reads the bytes at once, one by one, and cut at each place, and checks that it is all the same.
fn read_in_every_cut(bytes: &[u8]) -> (Vec<Request>, Option<Error>, bool) {
    let whole = read(&[bytes]);
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(read(&single), whole, "{}", bytes.escape_ascii());
    for cut in 0..bytes.len() {
        let (before, after) = bytes.split_at(cut);
        assert_eq!(read(&[before, after]), whole, "{} cut at {cut}", bytes.escape_ascii());
    }
    whole
}

/// Writes a request as ffmpeg 5.1 does, with its fields in its order.
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

/// Writes a request as librtmp 2.4 does.
fn librtmp(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAccept: */*\r\n\
         User-Agent: Shockwave Flash\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n\
         Content-type: application/x-fcs\r\nContent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Writes a request as Firefox does that follows a link.
fn browser(path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n\
         Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n\r\n"
    )
    .into_bytes()
}

/// Sums up requests: method, path, body, and whether the connection is closed then.
fn summary(requests: &[Request]) -> Vec<(Method, &str, &[u8], bool)> {
    requests
        .iter()
        .map(|it| (it.head.method(), it.head.path(), &*it.body, it.head.is_last()))
        .collect()
}

#[test]
fn the_requests_of_real_clients_are_read_one_behind_the_other() {
    for client in [ffmpeg, librtmp] {
        let bytes = [
            client("/fcs/ident2", b"\0"),
            client("/send/ab/0", b"\x03C1"),
            browser("/live/film.flv?x=y"),
            client("/send/ab/2", b""),
        ]
        .concat();
        let (requests, error, is_within) = read_in_every_cut(&bytes);
        assert_eq!((error, is_within), (None, false));
        assert_eq!(
            summary(&requests),
            [
                (Method::Post, "/fcs/ident2", &b"\0"[..], false),
                (Method::Post, "/send/ab/0", b"\x03C1", false),
                (Method::Get, "/live/film.flv", b"", false),
                (Method::Post, "/send/ab/2", b"", false),
            ]
        );
    }
}

#[test]
fn fields_are_found_in_either_case() {
    let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nUPGRADE: websocket\r\nUpgrade: b\r\nX:\r\n\r\n";
    let (requests, ..) = read_in_every_cut(bytes);
    let head = &requests[0].head;
    assert_eq!(head.field("upgrade"), Some(&b"websocket"[..]));
    assert_eq!(head.field("HOST"), Some(&b"a"[..]));
    assert_eq!(head.field("x"), Some(&b""[..]));
    assert_eq!(head.field("origin"), None);
}

#[test]
fn a_path_is_the_target_without_host_and_query() {
    for (target, path) in [
        ("/a/b", "/a/b"),
        ("/a?b=/c", "/a"),
        ("http://localhost:80/a/b?c", "/a/b"),
        ("http://localhost", "/"),
        ("/a://b", "/a://b"),
        ("*", "*"),
    ] {
        let bytes = format!("GET {target} HTTP/1.1\r\n\r\n");
        let (requests, error, _) = read_in_every_cut(bytes.as_bytes());
        assert_eq!(error, None, "{target}");
        assert_eq!(requests[0].head.path(), path, "{target}");
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
fn empty_lines_between_requests_are_ignored() {
    let open = librtmp("/open/1", b"\0");
    let bytes = [b"\r\n\r\n\n", &open[..], b"\r\n", &open, b"\r\n"].concat();
    let (requests, error, is_within) = read_in_every_cut(&bytes);
    assert_eq!((requests.len(), error, is_within), (2, None, false));
}

#[test]
fn the_connection_is_kept_as_the_client_says() {
    for (version, field, is_last) in [
        ("1.1", "", false),
        ("1.1", "Connection: Keep-Alive\r\n", false),
        ("1.1", "Connection: close\r\n", true),
        ("1.1", "connection: x, CLOSE , y\r\n", true),
        ("1.1", "Upgrade: websocket\r\n", true),
        ("1.1", "Connection: keep-alive, upgrade\r\nupgrade: h2c\r\n", true),
        ("1.1", "Upgrade-Insecure-Requests: 1\r\n", false),
        ("1.0", "", true),
        ("1.0", "Connection: keep-alive\r\n", false),
        ("1.0", "Connection: keep-alive, close\r\n", true),
    ] {
        let bytes = format!("POST / HTTP/{version}\r\n{field}Content-Length: 0\r\n\r\n");
        let (requests, error, _) = read_in_every_cut(bytes.as_bytes());
        assert_eq!(error, None);
        assert_eq!(requests[0].head.is_last(), is_last, "HTTP/{version}, {field:?}");
    }
}

#[test]
fn a_body_is_as_long_as_is_said() {
    for (method, field, body) in [
        ("GET", "", ""),
        ("HEAD", "", ""),
        ("DELETE", "", ""),
        ("GET", "Content-Length: 3\r\n", "abc"),
        ("POST", "Content-Length: 0\r\n", ""),
        ("PUT", "content-length:  3 \r\n", "abc"),
    ] {
        let bytes = format!("{method} / HTTP/1.1\r\n{field}\r\n{body}");
        let (requests, error, is_within) = read_in_every_cut(bytes.as_bytes());
        assert_eq!((error, is_within), (None, false), "{method} {field:?}");
        assert_eq!(requests[0].body, body.as_bytes(), "{method} {field:?}");
    }
}

#[test]
fn requests_that_cannot_be_read_are_refused() {
    let post = |rest: &str| format!("POST / HTTP/1.1\r\n{rest}\r\n\r\n");
    let fields = |count: usize| "A: b\r\n".repeat(count);
    for (text, expected) in [
        ("\x03\0\0\0\0".to_owned(), Error::Malformed),
        ("\x16\x03\x01\x02\0".to_owned(), Error::Malformed),
        ("POST\r\n\r\n".to_owned(), Error::Malformed),
        (post("no field"), Error::Malformed),
        ("POST /\0 HTTP/1.1\r\n\r\n".to_owned(), Error::Malformed),
        ("POST / HTTP/2.0\r\n\r\n".to_owned(), Error::VersionNotSupported),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), Error::VersionNotSupported),
        ("POST / HTTP/1.1\r\n\r\n".to_owned(), Error::LengthRequired),
        (post("Transfer-Encoding: chunked"), Error::LengthRequired),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), Error::LengthRequired),
        (post("Content-Length: 1\r\nTransfer-Encoding: chunked"), Error::Malformed),
        (post("Content-Length: 1\r\nContent-Length: 1"), Error::Malformed),
        (post("Content-Length: -1"), Error::Malformed),
        (post("Content-Length: +1"), Error::Malformed),
        (post("Content-Length: 1, 1"), Error::Malformed),
        (post("Content-Length:"), Error::Malformed),
        (post("Content-Length: 101"), Error::BodyTooLong),
        (post(&format!("Content-Length: {}", "9".repeat(40))), Error::BodyTooLong),
        (post("Expect: 100-continue\r\nContent-Length: 1"), Error::ExpectationFailed),
        (post(&fields(65)), Error::HeadTooLong),
        (post(&fields(90)), Error::HeadTooLong),
        (format!("POST /{}", "a".repeat(600)), Error::HeadTooLong),
        (format!("POST / HTTP/1.1\r\nA: {}", "b".repeat(600)), Error::HeadTooLong),
    ] {
        let (requests, error, _) = read_in_every_cut(text.as_bytes());
        assert_eq!((requests, error), (vec![], Some(expected)), "{text:?}");
    }
}
