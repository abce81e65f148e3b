//! Requests of RTMPT, from a connection's bytes. The first byte decides how the others are cut.
//!
//! - How the bytes are cut changes neither requests nor refusals.
//! - All is consumed until something is refused.
//! - No body is longer than the limit.

use rendercast::protocol::tunnel::{Limits, Refusal, Request, RequestReader};

use super::pieces::pieces;

const LIMITS: Limits = Limits { head_bytes: 1_000, body_bytes: 500 };

pub fn run(bytes: &[u8]) {
    let Some((&cut, bytes)) = bytes.split_first() else { return };
    let whole = read(&[bytes]);
    assert_eq!(read(&pieces(bytes, cut)), whole);
    assert!(whole.0.iter().all(|request| request.body.len() <= LIMITS.body_bytes));
}

/// The requests, and what ended them.
fn read(pieces: &[&[u8]]) -> (Vec<Request>, Option<Refusal>) {
    let mut reader = RequestReader::new(LIMITS);
    let mut requests = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        loop {
            match reader.read(&mut input) {
                Ok(Some(request)) => requests.push(request),
                Ok(None) => break,
                Err(refusal) => return (requests, Some(refusal)),
            }
        }
        assert!(input.is_empty(), "all is consumed");
    }
    (requests, None)
}
