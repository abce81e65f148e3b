//! Requests, from a connection's bytes.

use bytes::Bytes;

use super::head::Head;
use super::{Command, Limits, Refusal};

/// A whole request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it asks for.
    pub command: Command,
    /// What it sends; of other commands than [`Command::Send`] the body means nothing, and is not
    /// kept.
    pub body: Bytes,
    /// The connection is to be closed once it is answered.
    pub is_last: bool,
}

/// Reads the requests of one connection, which may follow each other without waiting.
#[derive(Debug)]
pub struct RequestReader {
    limits: Limits,
    /// The bytes of a head that is not whole.
    head: Vec<u8>,
    /// Whether the head's last line has no bytes so far.
    is_line_empty: bool,
    body: Option<Body>,
}

/// A body that is not whole.
#[derive(Debug)]
struct Body {
    head: Head,
    missing: usize,
    bytes: Vec<u8>,
}

impl RequestReader {
    /// A reader of a connection's first byte.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits, head: Vec::new(), is_line_empty: false, body: None }
    }

    /// Takes bytes off `input`: up to the end of a request, or all of them where that is still to
    /// come.
    ///
    /// # Errors
    /// What is to be answered, after which the connection is of no more use: nobody knows where the
    /// next request begins.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Request>, Refusal> {
        let body = match self.body.take() {
            Some(body) => body,
            None => match self.read_head(input)? {
                Some(head) => Body { head, missing: head.body_bytes, bytes: Vec::new() },
                None => return Ok(None),
            },
        };
        Ok(self.read_body(body, input))
    }

    /// Whether a request has begun, and is not whole.
    #[must_use]
    pub fn is_within_request(&self) -> bool {
        self.body.is_some() || !self.head.is_empty()
    }

    fn read_head(&mut self, input: &mut &[u8]) -> Result<Option<Head>, Refusal> {
        if self.head.is_empty() {
            // Empty lines in front are to be borne (RFC 9112 §2.2).
            let lines = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            *input = input.get(lines..).unwrap_or_default();
            // Whoever speaks RTMP, TLS or garbage need not wait for the answer.
            if input.first().is_some_and(|byte| !byte.is_ascii_graphic()) {
                return Err(Refusal::Malformed);
            }
        }
        let Some(end) = self.find_end(input) else {
            self.head.extend_from_slice(input);
            *input = &[];
            return if self.head.len() > self.limits.head_bytes {
                Err(Refusal::HeadTooLong)
            } else {
                Ok(None)
            };
        };
        let (rest, after) = input.split_at_checked(end).unwrap_or((input, &[]));
        *input = after;
        if self.head.len().saturating_add(rest.len()) > self.limits.head_bytes {
            return Err(Refusal::HeadTooLong);
        }
        if self.head.is_empty() {
            return Head::parse(rest, self.limits.body_bytes).map(Some);
        }
        let mut head = std::mem::take(&mut self.head);
        head.extend_from_slice(rest);
        Head::parse(&head, self.limits.body_bytes).map(Some)
    }

    /// How many bytes of `input` belong to the head, its empty line included; none where that is
    /// still to come. Each byte is looked at once, however they arrive.
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
        let (taken, after) = input.split_at_checked(body.missing).unwrap_or((input, &[]));
        *input = after;
        body.missing = body.missing.saturating_sub(taken.len());
        let is_kept = matches!(body.head.command, Command::Send(..));
        if is_kept {
            body.bytes.extend_from_slice(taken);
        }
        if body.missing > 0 {
            self.body = Some(body);
            return None;
        }
        let Body { head: Head { command, is_last, .. }, bytes, .. } = body;
        Some(Request { command, body: bytes.into(), is_last })
    }
}
