//! The server's side of a handshake.

use super::digest::{self, Digest, Scheme, Side};
use super::packet::{PACKET_BYTES, collect, put_packet};
use super::{Error, version};

/// C0 and C1.
const HELLO_BYTES: usize = 1 + PACKET_BYTES;

/// The version in S1 in the digest form: that of a Flash Media Server. ffmpeg's client checks
/// digest and signature from 3 on.
const DIGEST_VERSION: [u8; 4] = [4, 5, 0, 1];

/// The version in S1 in the simple form: clients have nothing to check.
const SIMPLE_VERSION: [u8; 4] = [0; 4];

/// The server's side of a handshake.
///
/// 1. It collects C0 and C1.
/// 2. It sends S0, S1 and S2 at once. If C1 has a valid digest, S1 has one in the same place, and
///    S2 is signed. Otherwise S2 repeats C1, as librtmp and OBS expect.
/// 3. It skips C2 without a check: clients differ in what they send.
///
/// Holds up to 1537 bytes until C1 is complete, then nearly none.
///
/// ```
/// use rendercast::protocol::handshake::{Client, Form, Server};
///
/// let mut client = Client::new([7; 32], Form::Simple);
/// let mut server = Server::new([8; 32]);
/// let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
///
/// client.start(&mut to_server);
/// assert!(!server.read(&mut &to_server[..], &mut to_client)?);
/// to_server.clear();
/// assert!(client.read(&mut &to_client[..], &mut to_server)?);
/// assert!(server.read(&mut &to_server[..], &mut to_client)?);
/// # Ok::<(), rendercast::protocol::handshake::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    seed: [u8; 32],
    state: State,
}

#[derive(Debug)]
enum State {
    /// C0 and C1 are incomplete.
    Hello(Vec<u8>),
    /// This many bytes of C2 are missing.
    Reply(usize),
}

impl Server {
    /// Creates a handshake that has read nothing. Its bytes are made from `seed`, which must be
    /// random.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, state: State::Hello(Vec::new()) }
    }

    /// Reads from `input`, advances it, and appends to `out` what must be sent.
    ///
    /// Returns true once C2 is complete: `input` is then at the first chunk.
    ///
    /// # Errors
    /// Says why the connection must be closed. In that case nothing was ever appended to `out`.
    pub fn read(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, Error> {
        if let State::Hello(hello) = &mut self.state {
            if let Some(&first) = hello.first().or_else(|| input.first()) {
                version::check(first)?;
            }
            if !collect(hello, HELLO_BYTES, input) {
                return Ok(false);
            }
            answer(hello.get(1..).unwrap_or_default(), &self.seed, out);
            self.state = State::Reply(PACKET_BYTES);
        }
        if let State::Reply(left) = &mut self.state {
            let taken = (*left).min(input.len());
            *input = input.get(taken..).unwrap_or_default();
            *left = left.saturating_sub(taken);
        }
        Ok(matches!(self.state, State::Reply(0)))
    }
}

/// Appends S0, S1 and S2.
fn answer(c1: &[u8], seed: &[u8; 32], out: &mut Vec<u8>) {
    out.reserve(HELLO_BYTES.saturating_add(PACKET_BYTES));
    out.push(version::RTMP);
    match digest::find(c1, Side::Client) {
        Some((scheme, digest)) => answer_signed(scheme, &digest, seed, out),
        None => {
            put_packet(SIMPLE_VERSION, seed, 1, out);
            out.extend_from_slice(c1);
        }
    }
}

fn answer_signed(scheme: Scheme, digest: &Digest, seed: &[u8; 32], out: &mut Vec<u8>) {
    let s1 = out.len();
    put_packet(DIGEST_VERSION, seed, 1, out);
    digest::imprint(out.get_mut(s1..).unwrap_or_default(), scheme, Side::Server);
    let s2 = out.len();
    put_packet([0; 4], seed, 2, out);
    digest::sign(out.get_mut(s2..).unwrap_or_default(), digest, Side::Server);
}
