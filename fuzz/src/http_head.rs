//! HTTP requests, from the bytes of a connection. The first byte decides how the others are cut.
//!
//! - How the bytes are cut changes neither requests nor errors.
//! - All is consumed until something cannot be read.
//! - What each request asks of RTMPT can be told, or refused.
//! - No body is longer than the limit.

use rendercast::protocol::http::{Error, Limits, Request, RequestReader};
use rendercast::protocol::tunnel::Command;

use super::pieces::pieces;

const BODY_BYTES: usize = 500;

const LIMITS: Limits = Limits::new().head_bytes(1_000).body_bytes(BODY_BYTES);

pub fn run(bytes: &[u8]) {
    let Some((&cut, bytes)) = bytes.split_first() else { return };
    let whole = read(&[bytes]);
    assert_eq!(read(&pieces(bytes, cut)), whole);
    for request in whole.0 {
        assert!(request.body.len() <= BODY_BYTES);
        let _ = Command::parse(request.head.method(), request.head.path());
    }
}

/// The requests, and what ended them.
fn read(pieces: &[&[u8]]) -> (Vec<Request>, Option<Error>) {
    let mut reader = RequestReader::new(LIMITS);
    let mut requests = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        loop {
            match reader.read(&mut input) {
                Ok(Some(request)) => requests.push(request),
                Ok(None) => break,
                Err(error) => return (requests, Some(error)),
            }
        }
        assert!(input.is_empty(), "all is consumed");
    }
    (requests, None)
}
