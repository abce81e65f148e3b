//! Makes messages of the frames of a client.

use super::frame::{FIN, MAX_CONTROL_BYTES};
use super::{Error, Opcode};

/// What a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// A ping. The answer is a pong with the same bytes.
    Ping(Vec<u8>),
    /// An answer to a ping, or an unasked one.
    Pong,
    /// The client ends the connection, perhaps with a code.
    Close(Option<u16>),
}

/// Reads the frames of one client. Memory is used as bytes arrive, and up to the limit of a
/// message.
///
/// ```
/// use rendercast::protocol::websocket::{FrameReader, Received};
///
/// let mut reader = FrameReader::new(1024);
/// let mut input: &[u8] = &[0x81, 0x82, 1, 2, 3, 4, b'h' ^ 1, b'i' ^ 2];
/// assert_eq!(reader.read(&mut input)?, Some(Received::Text("hi".to_owned())));
/// # Ok::<(), rendercast::protocol::websocket::Error>(())
/// ```
#[derive(Debug)]
pub struct FrameReader {
    max: usize,
    /// The bytes of a head that is not whole.
    head: [u8; MAX_HEAD_BYTES],
    head_bytes: usize,
    frame: Option<Frame>,
    /// The kind of the message under way, if its last part is still to come.
    message: Option<Opcode>,
    /// What has come of the message under way.
    payload: Vec<u8>,
    /// What has come of a ping, a pong or a close, which may stand between the parts of a message.
    control: Vec<u8>,
}

/// The longest head: two bytes, eight of the length, four of the mask.
const MAX_HEAD_BYTES: usize = 14;

/// A frame whose payload is not whole.
#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Opcode,
    is_last: bool,
    mask: [u8; 4],
    /// Which byte of the mask is next.
    phase: usize,
    left: usize,
}

impl FrameReader {
    /// Makes a reader of messages of at most `max` bytes.
    #[must_use]
    pub const fn new(max: usize) -> Self {
        Self {
            max,
            head: [0; MAX_HEAD_BYTES],
            head_bytes: 0,
            frame: None,
            message: None,
            payload: Vec::new(),
            control: Vec::new(),
        }
    }

    /// Takes bytes off `input`, up to the end of a message. Returns `None` once all are taken.
    ///
    /// # Errors
    /// [`Error`] if the client breaks the protocol or the limit. The caller closes the connection.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Received>, Error> {
        loop {
            let frame = match self.frame.take() {
                Some(frame) => frame,
                None => match self.read_head(input)? {
                    Some(frame) => frame,
                    None => return Ok(None),
                },
            };
            let Some(frame) = self.read_payload(frame, input) else { return Ok(None) };
            if let Some(received) = self.finish(frame)? {
                return Ok(Some(received));
            }
        }
    }

    /// Returns how many bytes of an unfinished message have arrived.
    #[must_use]
    pub const fn partial_bytes(&self) -> usize {
        self.payload.len().saturating_add(self.control.len())
    }

    /// Takes the bytes of a head. Faults in the first two bytes are found before more bytes come.
    fn read_head(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, Error> {
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            if let Some(place) = self.head.get_mut(self.head_bytes) {
                *place = byte;
            }
            self.head_bytes = self.head_bytes.saturating_add(1);
            if self.head_bytes == 2 {
                self.check_first_bytes()?;
            }
            if self.head_bytes >= 2 && self.head_bytes == self.length_of_head() {
                self.head_bytes = 0;
                return self.parse_head().map(Some);
            }
        }
        Ok(None)
    }

    fn check_first_bytes(&self) -> Result<(), Error> {
        let [first, second, ..] = self.head;
        if first & 0x70 != 0 {
            return Err(Error::ReservedBit);
        }
        let opcode = Opcode::from_bits(first & 0x0f).ok_or(Error::Opcode(first & 0x0f))?;
        if second & 0x80 == 0 {
            return Err(Error::Unmasked);
        }
        let is_whole = first & FIN != 0;
        match (opcode, self.message) {
            (Opcode::Continuation, None) => Err(Error::Fragments),
            (Opcode::Text | Opcode::Binary, Some(_)) => Err(Error::Fragments),
            _ if opcode.is_control() && (!is_whole || second & 0x7f > 125) => Err(Error::Control),
            _ => Ok(()),
        }
    }

    const fn length_of_head(&self) -> usize {
        match self.head[1] & 0x7f {
            126 => 8,
            127 => 14,
            _ => 6,
        }
    }

    fn parse_head(&self) -> Result<Frame, Error> {
        let [first, second, a, b, c, d, e, f, g, h, i, j, k, l] = self.head;
        let (length, mask) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes([a, b])), [c, d, e, f]),
            127 => (u64::from_be_bytes([a, b, c, d, e, f, g, h]), [i, j, k, l]),
            length => (u64::from(length), [a, b, c, d]),
        };
        let opcode = Opcode::from_bits(first & 0x0f).ok_or(Error::Opcode(first & 0x0f))?;
        let (max, present) = if opcode.is_control() {
            (MAX_CONTROL_BYTES, 0)
        } else {
            (self.max, self.payload.len())
        };
        let left = usize::try_from(length).unwrap_or(usize::MAX);
        if present.saturating_add(left) > max {
            return Err(Error::TooLong { max });
        }
        Ok(Frame { opcode, is_last: first & FIN != 0, mask, phase: 0, left })
    }

    /// Takes bytes of a payload. Returns the frame if it is whole now.
    fn read_payload(&mut self, mut frame: Frame, input: &mut &[u8]) -> Option<Frame> {
        let (taken, rest) = input.split_at_checked(frame.left).unwrap_or((input, &[]));
        *input = rest;
        let target = if frame.opcode.is_control() { &mut self.control } else { &mut self.payload };
        let mask = frame.mask.iter().cycle().skip(frame.phase);
        target.extend(taken.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
        frame.phase = frame.phase.wrapping_add(taken.len()) % 4;
        frame.left = frame.left.saturating_sub(taken.len());
        if frame.left > 0 {
            self.frame = Some(frame);
            return None;
        }
        Some(frame)
    }

    /// Returns what a whole frame completes.
    fn finish(&mut self, frame: Frame) -> Result<Option<Received>, Error> {
        let opcode = match frame.opcode {
            Opcode::Close => return close(&std::mem::take(&mut self.control)).map(Some),
            Opcode::Ping => return Ok(Some(Received::Ping(std::mem::take(&mut self.control)))),
            Opcode::Pong => {
                self.control.clear();
                return Ok(Some(Received::Pong));
            }
            Opcode::Continuation => self.message.ok_or(Error::Fragments)?,
            opcode => opcode,
        };
        if !frame.is_last {
            self.message = Some(opcode);
            return Ok(None);
        }
        self.message = None;
        let payload = std::mem::take(&mut self.payload);
        if opcode == Opcode::Binary {
            return Ok(Some(Received::Binary(payload)));
        }
        String::from_utf8(payload)
            .map(|text| Some(Received::Text(text)))
            .map_err(|_| Error::NotText)
    }
}

fn close(payload: &[u8]) -> Result<Received, Error> {
    match payload {
        [] => Ok(Received::Close(None)),
        [_] => Err(Error::CloseCode),
        [high, low, reason @ ..] => {
            std::str::from_utf8(reason).map_err(|_| Error::NotText)?;
            Ok(Received::Close(Some(u16::from_be_bytes([*high, *low]))))
        }
    }
}
