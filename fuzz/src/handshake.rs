//! Both sides of the handshake. The first byte decides how the others are cut.
//!
//! - The way the bytes are cut changes nothing.
//! - All bytes are consumed until the handshake is complete, and none after that.
//! - A server sends nothing, or S0, S1 and S2. A client sends nothing, or C2.

use rendercast::protocol::handshake::{Client, Error, Form, Scheme, Server};

use super::pieces::pieces;

const PACKET_BYTES: usize = 1_536;
const SEED: [u8; 32] = [7; 32];

/// Whether the bytes were a complete handshake, how many were left, and the output.
type Outcome = (Result<bool, Error>, usize, Vec<u8>);

pub fn run(bytes: &[u8]) {
    let Some((&cut, bytes)) = bytes.split_first() else { return };
    serve(bytes, cut);
    for form in [Form::Simple, Form::Digest(Scheme::KeyFirst), Form::Digest(Scheme::DigestFirst)] {
        join(form, bytes, cut);
    }
}

fn serve(bytes: &[u8], cut: u8) {
    let whole = outcome(Server::new(SEED), Server::read, &[bytes]);
    assert_eq!(outcome(Server::new(SEED), Server::read, &pieces(bytes, cut)), whole);
    let (result, left, sent) = whole;
    match result {
        Ok(done) => {
            let said = bytes.len() - left;
            assert_eq!(done, said == 1 + 2 * PACKET_BYTES);
            assert!(done || left == 0);
            let is_answered = said > PACKET_BYTES;
            assert_eq!(sent.len(), if is_answered { 1 + 2 * PACKET_BYTES } else { 0 });
        }
        Err(error) => assert!(sent.is_empty(), "{error}"),
    }
}

fn join(form: Form, bytes: &[u8], cut: u8) {
    let client = || {
        let mut client = Client::new(SEED, form);
        let mut hello = Vec::new();
        client.start(&mut hello);
        assert_eq!(hello.len(), 1 + PACKET_BYTES);
        client
    };
    let whole = outcome(client(), Client::read, &[bytes]);
    assert_eq!(outcome(client(), Client::read, &pieces(bytes, cut)), whole);
    let (result, left, sent) = whole;
    match result {
        Ok(done) => {
            assert_eq!(done, bytes.len() - left == 1 + 2 * PACKET_BYTES);
            assert!(done || left == 0);
            assert_eq!(sent.len(), if done { PACKET_BYTES } else { 0 });
        }
        Err(error) => assert!(sent.is_empty(), "{error}"),
    }
}

/// The `read` of either side.
type Read<H> = fn(&mut H, &mut &[u8], &mut Vec<u8>) -> Result<bool, Error>;

fn outcome<H>(mut handshake: H, read: Read<H>, pieces: &[&[u8]]) -> Outcome {
    let mut sent = Vec::new();
    let mut result = Ok(false);
    let mut left = pieces.iter().map(|piece| piece.len()).sum::<usize>();
    for piece in pieces {
        let mut input = *piece;
        result = read(&mut handshake, &mut input, &mut sent);
        left -= piece.len() - input.len();
        if !matches!(result, Ok(false)) {
            break;
        }
        assert!(input.is_empty(), "all is consumed");
    }
    if result.is_err() {
        // The position at a failure is not specified.
        left = 0;
    }
    (result, left, sent)
}
