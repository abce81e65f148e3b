//! The client's side of a handshake.

use super::digest::{self, Digest, Scheme, Side};
use super::packet::{PACKET_BYTES, collect, put_packet};
use super::{Error, version};

/// S0, S1 and S2.
const ANSWER_BYTES: usize = 1 + 2 * PACKET_BYTES;

/// The version in C1 in the digest form: the Flash Player version that ffmpeg sends too.
const DIGEST_VERSION: [u8; 4] = [9, 0, 124, 2];

/// Below this, the first byte of S1's version means that the server does not sign. ffmpeg reads it
/// that way.
const SIGNING_VERSION: u8 = 3;

/// The form of handshake that a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// The handshake of the specification (RTMP 1.0 §5.2). All servers understand it.
    #[default]
    Simple,
    /// The handshake of Flash Player, with the digest at the place of the scheme. If the server
    /// does not answer in this form, the client falls back to the simple one.
    Digest(Scheme),
}

/// The client's side of a handshake.
///
/// 1. [`start`](Self::start) makes C0 and C1.
/// 2. [`read`](Self::read) collects S0, S1 and S2, and makes C2.
///
/// Holds up to 3073 bytes until the answer is complete, then nearly none.
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
pub struct Client {
    seed: [u8; 32],
    form: Form,
    /// C1's digest, in the digest form.
    digest: Option<Digest>,
    answer: Vec<u8>,
    done: bool,
}

impl Client {
    /// Creates a handshake. Its bytes are made from `seed`, which must be random.
    #[must_use]
    pub const fn new(seed: [u8; 32], form: Form) -> Self {
        Self { seed, form, digest: None, answer: Vec::new(), done: false }
    }

    /// Appends C0 and C1 to `out`. Send them first.
    pub fn start(&mut self, out: &mut Vec<u8>) {
        out.push(version::RTMP);
        let c1 = out.len();
        match self.form {
            Form::Simple => put_packet([0; 4], &self.seed, 1, out),
            Form::Digest(scheme) => {
                put_packet(DIGEST_VERSION, &self.seed, 1, out);
                let c1 = out.get_mut(c1..).unwrap_or_default();
                self.digest = digest::imprint(c1, scheme, Side::Client);
            }
        }
    }

    /// Reads from `input`, advances it, and appends to `out` what must be sent.
    ///
    /// Returns true once S2 is complete: `input` is then at the first chunk, and chunks may follow
    /// `out`.
    ///
    /// # Errors
    /// Says why the connection must be closed: another version, or (in the digest form only)
    /// [`Error::NotSigned`].
    pub fn read(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, Error> {
        if self.done {
            return Ok(true);
        }
        if let Some(&first) = self.answer.first().or_else(|| input.first()) {
            version::check(first)?;
        }
        if !collect(&mut self.answer, ANSWER_BYTES, input) {
            return Ok(false);
        }
        let answer = std::mem::take(&mut self.answer);
        let (s1, s2) =
            answer.get(1..).unwrap_or_default().split_at_checked(PACKET_BYTES).unwrap_or_default();
        self.reply(s1, s2, out)?;
        self.done = true;
        Ok(true)
    }

    /// Appends C2.
    fn reply(&self, s1: &[u8], s2: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let signs = s1.get(4).is_some_and(|&version| version >= SIGNING_VERSION);
        let Some(ours) = self.digest.filter(|_| signs) else {
            out.extend_from_slice(s1);
            return Ok(());
        };
        let Some((_, theirs)) = digest::find(s1, Side::Server) else {
            return Err(Error::NotSigned);
        };
        if !digest::is_signed(s2, &ours, Side::Server) {
            return Err(Error::NotSigned);
        }
        let c2 = out.len();
        put_packet([0; 4], &self.seed, 2, out);
        digest::sign(out.get_mut(c2..).unwrap_or_default(), &theirs, Side::Client);
        Ok(())
    }
}
