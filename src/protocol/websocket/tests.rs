//! Frames as bytes, whole and cut, right and wrong.

use bytes::Bytes;

use super::{CloseCode, Error, FrameReader, HandshakeError, Opcode, Received};
use super::{accept_key, upgrade, write_close, write_head, write_text};
use crate::protocol::http::{Limits, RequestReader};

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_head(Opcode::Text, payload.len(), &mut bytes);
    bytes[0] = first;
    bytes[1] |= 0x80;
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn read_in_steps(bytes: &[u8], step: usize, max: usize) -> Result<Vec<Received>, Error> {
    let mut reader = FrameReader::new(max);
    let mut received = Vec::new();
    for piece in bytes.chunks(step) {
        let mut input = piece;
        while let Some(one) = reader.read(&mut input)? {
            received.push(one);
        }
        assert!(input.is_empty());
    }
    Ok(received)
}

#[test]
fn messages_are_read_whole_however_they_are_cut() {
    let long = "ü".repeat(40_000);
    let bytes = [
        frame(0x81, b"{}"),
        frame(0x01, b"one "),
        frame(0x89, b"are you there"),
        frame(0x00, b"and "),
        frame(0x80, b"two"),
        frame(0x81, b""),
        frame(0x82, &[0; 126]),
        frame(0x8a, b"yes"),
        frame(0x81, long.as_bytes()),
        frame(0x88, &[3, 0xe8, b'b']),
        frame(0x88, b""),
    ]
    .concat();
    let expected = [
        Received::Text("{}".to_owned()),
        Received::Ping(b"are you there".to_vec()),
        Received::Text("one and two".to_owned()),
        Received::Text(String::new()),
        Received::Binary(vec![0; 126]),
        Received::Pong,
        Received::Text(long),
        Received::Close(Some(1000)),
        Received::Close(None),
    ];
    for step in [1, 2, 3, 7, 64, 1600, bytes.len()] {
        assert_eq!(read_in_steps(&bytes, step, 1 << 20).expect("all is right"), expected, "{step}");
    }
}

#[test]
fn what_a_client_does_wrong_is_named_and_has_a_code() {
    let huge = [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4];
    let table: [(&str, Vec<u8>, Error, CloseCode); 13] = [
        ("HTTP", b"GET / HTTP/1.1".to_vec(), Error::ReservedBit, CloseCode::PROTOCOL_ERROR),
        ("compressed", frame(0xc1, b"x"), Error::ReservedBit, CloseCode::PROTOCOL_ERROR),
        ("unknown", frame(0x83, b"x"), Error::Opcode(3), CloseCode::PROTOCOL_ERROR),
        ("unmasked", vec![0x81, 1, b'x'], Error::Unmasked, CloseCode::PROTOCOL_ERROR),
        ("long ping", frame(0x89, &[0; 126]), Error::Control, CloseCode::PROTOCOL_ERROR),
        ("ping in parts", frame(0x09, b"x"), Error::Control, CloseCode::PROTOCOL_ERROR),
        ("part of nothing", frame(0x80, b"x"), Error::Fragments, CloseCode::PROTOCOL_ERROR),
        (
            "text within text",
            [frame(0x01, b"x"), frame(0x81, b"y")].concat(),
            Error::Fragments,
            CloseCode::PROTOCOL_ERROR,
        ),
        ("too long", frame(0x81, &[b'x'; 65]), Error::TooLong { max: 64 }, CloseCode::TOO_BIG),
        ("huge", huge.to_vec(), Error::TooLong { max: 64 }, CloseCode::TOO_BIG),
        (
            "too long in parts",
            [frame(0x01, &[b'x'; 60]), frame(0x00, &[b'x'; 5])].concat(),
            Error::TooLong { max: 64 },
            CloseCode::TOO_BIG,
        ),
        ("not UTF-8", frame(0x81, &[0xff]), Error::NotText, CloseCode::INVALID_TEXT),
        ("half a code", frame(0x88, &[3]), Error::CloseCode, CloseCode::PROTOCOL_ERROR),
    ];
    for (name, bytes, error, code) in table {
        for step in [1, 2, bytes.len()] {
            assert_eq!(read_in_steps(&bytes, step, 64), Err(error), "{name}, {step}");
        }
        assert_eq!(error.close_code(), code, "{name}");
    }
}

#[test]
fn heads_have_the_shortest_length() {
    for (length, head) in [
        (0, vec![0x82, 0]),
        (125, vec![0x82, 125]),
        (126, vec![0x82, 126, 0, 126]),
        (65_535, vec![0x82, 126, 0xff, 0xff]),
        (65_536, vec![0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let mut out = Vec::new();
        write_head(Opcode::Binary, length, &mut out);
        assert_eq!(out, head, "{length}");
    }
}

#[test]
fn texts_and_closes_are_whole_frames() {
    let mut out = Vec::new();
    write_text("{}", &mut out);
    assert_eq!(out, [0x81, 2, b'{', b'}']);
    out.clear();
    write_close(CloseCode::NORMAL, "end", &mut out);
    assert_eq!(out, [0x88, 5, 3, 0xe8, b'e', b'n', b'd']);
    out.clear();
    write_close(CloseCode::POLICY, &"ü".repeat(100), &mut out);
    assert_eq!((out.len(), out[1]), (126, 124), "no half character");
}

#[test]
fn the_key_of_the_specification_gets_its_answer() {
    assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn upgrades_are_granted_and_refused() {
    let base = "Host: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let granted = Ok(Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned()));
    let malformed = Err(HandshakeError::Malformed);
    for (name, line, fields, outcome) in [
        ("whole", "GET / HTTP/1.1", [base, version, key].concat(), granted),
        ("no upgrade", "GET / HTTP/1.1", "Host: h\r\n".to_owned(), Ok(None)),
        (
            "POST",
            "POST / HTTP/1.1",
            [base, version, key, "Content-Length: 0\r\n"].concat(),
            malformed.clone(),
        ),
        ("1.0", "GET / HTTP/1.0", [base, version, key].concat(), malformed.clone()),
        (
            "body",
            "GET / HTTP/1.1",
            [base, version, key, "Content-Length: 1\r\n"].concat(),
            malformed.clone(),
        ),
        ("no key", "GET / HTTP/1.1", [base, version].concat(), malformed.clone()),
        ("two keys", "GET / HTTP/1.1", [base, version, key, key].concat(), malformed.clone()),
        (
            "short key",
            "GET / HTTP/1.1",
            [base, version, "Sec-WebSocket-Key: AAAA\r\n"].concat(),
            malformed.clone(),
        ),
        (
            "no connection",
            "GET / HTTP/1.1",
            ["Host: h\r\nUpgrade: websocket\r\n", version, key].concat(),
            malformed.clone(),
        ),
        (
            "no host",
            "GET / HTTP/1.1",
            ["Upgrade: websocket\r\nConnection: Upgrade\r\n", version, key].concat(),
            malformed,
        ),
        (
            "old",
            "GET / HTTP/1.1",
            [base, "Sec-WebSocket-Version: 8\r\n", key].concat(),
            Err(HandshakeError::Version),
        ),
    ] {
        let bytes = Bytes::from(format!("{line}\r\n{fields}\r\nx"));
        let mut input = &bytes[..];
        let request = RequestReader::new(Limits::default()).read(&mut input).expect(name);
        assert_eq!(upgrade(&request.expect(name).head), outcome, "{name}");
    }
}
