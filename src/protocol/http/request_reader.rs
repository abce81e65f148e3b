//! Makes requests of the bytes of a connection.

use bytes::Bytes;

use super::{Error, Head, Limits};
use crate::protocol::buffers::HEAD_BYTES;

/// The start of the text form of a PROXY header.
const PROXY_HEADER: &[u8] = b"PROXY ";

/// A whole request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it asks for.
    pub head: Head,
    /// What it sends along.
    pub body: Bytes,
}

/// Reads the requests of one connection. A client may send several without waiting for responses.
///
/// ```
/// use rendercast::protocol::http::{Limits, Method, RequestReader};
///
/// let mut reader = RequestReader::new(Limits::default());
/// let mut input: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// let request = reader.read(&mut input)?.expect("it is whole");
/// assert_eq!((request.head.method(), request.head.path()), (Method::Get, "/metrics"));
/// # Ok::<(), rendercast::protocol::http::Error>(())
/// ```
#[derive(Debug)]
pub struct RequestReader {
    limits: Limits,
    /// The bytes of a head that is not whole.
    head: Vec<u8>,
    /// Whether the last line of the head has no bytes so far.
    is_line_empty: bool,
    body: Option<Body>,
}

/// A body that is not whole.
#[derive(Debug)]
struct Body {
    head: Head,
    bytes: Vec<u8>,
}

impl RequestReader {
    /// Makes a reader that begins at the first byte of a connection.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits, head: Vec::new(), is_line_empty: false, body: None }
    }

    /// Takes bytes off `input`, up to the end of a request. Returns `None` if more bytes must come;
    /// then all of `input` is taken.
    ///
    /// # Errors
    /// [`Error`] if no request can be made of the bytes. The caller answers with its status, and
    /// closes the connection.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Request>, Error> {
        let body = match self.body.take() {
            Some(body) => body,
            None => match self.read_head(input)? {
                Some(head) => Body { head, bytes: Vec::new() },
                None => return Ok(None),
            },
        };
        Ok(self.read_body(body, input))
    }

    /// Returns how many bytes of an unfinished request have arrived.
    #[must_use]
    pub fn partial_bytes(&self) -> usize {
        let body = self.body.as_ref().map_or(0, |body| body.bytes.len());
        self.head.len().saturating_add(body)
    }

    /// Returns whether a request has begun that is not whole.
    #[must_use]
    pub fn is_within_request(&self) -> bool {
        self.body.is_some() || !self.head.is_empty()
    }

    fn read_head(&mut self, input: &mut &[u8]) -> Result<Option<Head>, Error> {
        if self.head.is_empty() {
            // A server ignores empty lines in front of a request (RFC 9112 §2.2).
            let lines = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            *input = input.get(lines..).unwrap_or_default();
            // A peer that speaks RTMP, TLS or garbage is answered at once.
            if input.first().is_some_and(|byte| !byte.is_ascii_graphic()) {
                return Err(Error::Malformed);
            }
        }
        let end = self.find_end(input);
        let (piece, after) = input.split_at_checked(end.unwrap_or(input.len())).unwrap_or_default();
        *input = after;
        if self.head.capacity() == 0 {
            self.head.reserve(HEAD_BYTES);
        }
        self.head.extend_from_slice(piece);
        // Its sender waits for an answer to what follows it, and would send no more of this.
        if self.head.starts_with(PROXY_HEADER) {
            return Err(Error::ProxyHeader);
        }
        if self.head.len() > self.limits.head_bytes {
            return Err(Error::HeadTooLong);
        }
        if end.is_none() {
            return Ok(None);
        }
        let head = Bytes::from(std::mem::take(&mut self.head));
        Head::parse(&head, self.limits.body_bytes).map(Some)
    }

    /// Returns how many bytes of `input` belong to the head, its empty line included, or `None` if
    /// the empty line is still to come. Looks at each byte once, however they arrive.
    fn find_end(&mut self, input: &[u8]) -> Option<usize> {
        for (index, byte) in input.iter().enumerate() {
            match byte {
                b'\n' if self.is_line_empty => {
                    self.is_line_empty = false;
                    return Some(index.saturating_add(1));
                }
                b'\n' => self.is_line_empty = true,
                b'\r' => {}
                _ => self.is_line_empty = false,
            }
        }
        None
    }

    fn read_body(&mut self, mut body: Body, input: &mut &[u8]) -> Option<Request> {
        let missing = body.head.body_bytes().saturating_sub(body.bytes.len());
        let (taken, after) = input.split_at_checked(missing).unwrap_or((input, &[]));
        *input = after;
        body.bytes.extend_from_slice(taken);
        if taken.len() < missing {
            self.body = Some(body);
            return None;
        }
        Some(Request { head: body.head, body: body.bytes.into() })
    }
}
