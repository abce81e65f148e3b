//! The client's side.

use super::digest::{self, Digest, Scheme, Side};
use super::packet::{PACKET_BYTES, collect, put_packet};
use super::{Error, version};

/// S0, S1 and S2.
const ANSWER_BYTES: usize = 1 + 2 * PACKET_BYTES;

/// What C1 says our version is, in the digest form: that of the Flash Player that ffmpeg, too, says
/// it is.
const DIGEST_VERSION: [u8; 4] = [9, 0, 124, 2];

/// Below this, the first byte of S1's version says that the server does not sign; ffmpeg goes by
/// it.
const SIGNING_VERSION: u8 = 3;

/// Which handshake a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// That of the specification (RTMP 1.0 §5.2). All servers speak it.
    #[default]
    Simple,
    /// That of Flash Player, with the digest where the scheme says. A server that does not answer
    /// in kind is spoken to in the simple form.
    Digest(Scheme),
}

/// The client's side of a handshake.
///
/// 1. [`start`](Self::start) makes C0 and C1.
/// 2. [`read`](Self::read) collects S0, S1 and S2, and makes C2.
///
/// Holds up to 3073 bytes until the answer is whole, then next to none.
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
    /// C1's digest, where it has one.
    digest: Option<Digest>,
    answer: Vec<u8>,
    done: bool,
}

impl Client {
    /// A handshake in such a form; what it sends is made from `seed`, which must be random.
    #[must_use]
    pub const fn new(seed: [u8; 32], form: Form) -> Self {
        Self { seed, form, digest: None, answer: Vec::new(), done: false }
    }

    /// Appends C0 and C1 to `out`: what must be sent first.
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

    /// Reads on in `input`, moving it past what was consumed; appends to `out` what must be sent.
    ///
    /// True: S2 has arrived whole, `input` stands at the first chunk, and chunks may follow on what
    /// `out` holds now.
    ///
    /// # Errors
    /// Why the server must be hung up on: another version, or (in the digest form only)
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
