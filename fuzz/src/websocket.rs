//! Frames of a WebSocket's client, from the bytes of a connection. The first byte decides how the
//! others are cut.
//!
//! - How the bytes are cut changes neither messages nor errors.
//! - All is consumed until something cannot be read.
//! - No message is longer than the limit.

use rendercast::protocol::websocket::{Error, FrameReader, Received};

use super::pieces::pieces;

const MESSAGE_BYTES: usize = 300;

pub fn run(bytes: &[u8]) {
    let Some((&cut, bytes)) = bytes.split_first() else { return };
    let whole = read(&[bytes]);
    assert_eq!(read(&pieces(bytes, cut)), whole);
    for received in whole.0 {
        match received {
            Received::Text(text) => assert!(text.len() <= MESSAGE_BYTES),
            Received::Binary(bytes) => assert!(bytes.len() <= MESSAGE_BYTES),
            Received::Ping(bytes) => assert!(bytes.len() <= 125),
            Received::Pong | Received::Close(_) => {}
        }
    }
}

/// The messages, and what ended them.
fn read(pieces: &[&[u8]]) -> (Vec<Received>, Option<Error>) {
    let mut reader = FrameReader::new(MESSAGE_BYTES);
    let mut messages = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        loop {
            match reader.read(&mut input) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
        assert!(input.is_empty(), "all is consumed");
    }
    (messages, None)
}
