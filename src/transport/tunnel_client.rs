//! RTMPT of a client: its bytes travel in HTTP requests, one after the other.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes, BytesMut};

use super::{Input, READ_BYTES, Transport, receive};
use crate::protocol::Carrier;
use crate::protocol::deadline::after;
use crate::sync::lock;

/// The longest head of a response, in bytes.
const HEAD_BYTES: usize = 8 << 10;

/// The most header fields of a response.
const FIELDS: usize = 64;

/// The longest body of a response, in bytes. Servers answer with a few tens of kilobytes.
const BODY_BYTES: usize = 4 << 20;

/// The wait before the server is asked again, if it had nothing. FFmpeg waits for 50 ms.
const PAUSE: Duration = Duration::from_millis(30);

/// How long the server may have been asked last for [`Transport::has_input`] to say `false`.
const RECENTLY: Duration = Duration::from_millis(500);

/// A tunnel to a server, over a connection of TCP or TLS.
pub(crate) struct TunnelClient {
    below: Box<dyn Transport>,
    host: String,
    request_timeout: Duration,
    has_ended: AtomicBool,
    state: Mutex<State>,
}

struct State {
    /// The path of the tunnel's requests ends with it. Chosen by the server.
    id: String,
    sequence: u64,
    /// What came for the reader.
    inbox: BytesMut,
    /// What came of the response that is not whole.
    raw: BytesMut,
    asked_at: Instant,
}

impl TunnelClient {
    /// Opens a tunnel. `host` is what the requests name. Each request may take `request_timeout`.
    /// Blocks until `deadline` at most.
    pub(crate) fn open(
        below: Box<dyn Transport>,
        host: String,
        request_timeout: Duration,
        deadline: Instant,
    ) -> io::Result<Self> {
        let state = State {
            id: String::new(),
            sequence: 0,
            inbox: BytesMut::new(),
            raw: BytesMut::new(),
            asked_at: Instant::now(),
        };
        let this = Self {
            below,
            host,
            request_timeout,
            has_ended: false.into(),
            state: Mutex::new(state),
        };
        {
            let mut state = lock(&this.state);
            let id = this.exchange(&mut state, "/open/1", &[0], deadline)?;
            let id = std::str::from_utf8(&id).ok().map(str::trim);
            let is_plain = |id: &&str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic());
            let id = id.filter(is_plain).ok_or_else(|| malformed("the tunnel has no id"))?;
            state.id = id.to_owned();
        }
        Ok(this)
    }

    /// Sends one of the tunnel's requests, and keeps what the answer has for the reader.
    fn request(&self, state: &mut State, command: &str, body: &[u8]) -> io::Result<()> {
        let path = format!("/{command}/{}/{}", state.id, state.sequence);
        state.sequence = state.sequence.wrapping_add(1);
        let deadline = after(Instant::now(), self.request_timeout);
        let mut answer = self.exchange(state, &path, body, deadline)?;
        // The first byte says how often the server wants to be asked.
        if answer.has_remaining() {
            answer.advance(1);
        }
        state.inbox.extend_from_slice(&answer);
        state.asked_at = Instant::now();
        Ok(())
    }

    /// Sends an HTTP request, and returns the body of its response.
    fn exchange(
        &self,
        state: &mut State,
        path: &str,
        body: &[u8],
        deadline: Instant,
    ) -> io::Result<Bytes> {
        let request = self.encode(path, body);
        send_all(&*self.below, request)?;
        loop {
            if let Some(length) = response_length(&state.raw)? {
                return Ok(cut_body(&mut state.raw, length));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            let mut buffer = [0; READ_BYTES];
            match receive(&*self.below, &mut buffer, left)? {
                Input::Bytes(length) => {
                    state.raw.extend_from_slice(buffer.get(..length).unwrap_or_default());
                }
                Input::Nothing => {}
                Input::End => return Err(ErrorKind::ConnectionReset.into()),
            }
        }
    }

    fn encode(&self, path: &str, body: &[u8]) -> Bytes {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Shockwave Flash\r\n\
             Content-Type: application/x-fcs\r\nConnection: Keep-Alive\r\n\
             Cache-Control: no-cache\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        [head.as_bytes(), body].concat().into()
    }

    fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }
}

impl Transport for TunnelClient {
    fn carrier(&self) -> Carrier {
        if self.below.carrier().is_encrypted() { Carrier::Rtmpts } else { Carrier::Rtmpt }
    }

    /// Asks the server again and again, until it has something.
    fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let deadline = after(Instant::now(), timeout);
        loop {
            let mut state = lock(&self.state);
            if state.inbox.is_empty() && !self.has_ended() {
                self.request(&mut state, "idle", &[0])?;
            }
            let length = state.inbox.len().min(buffer.len());
            if length > 0 {
                let (taken, _) = buffer.split_at_mut(length);
                state.inbox.split_to(length).copy_to_slice(taken);
                return Ok(length);
            }
            drop(state);
            if self.has_ended() {
                return Ok(0);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            thread::sleep(left.min(PAUSE));
        }
    }

    fn has_input(&self) -> bool {
        let state = lock(&self.state);
        !state.inbox.is_empty() || state.asked_at.elapsed() > RECENTLY || self.has_ended()
    }

    /// Always returns [`ErrorKind::WouldBlock`]: a request waits for its response.
    fn try_send(&self, _: &[Bytes]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn send(&self, parts: &[Bytes]) -> io::Result<usize> {
        if self.has_ended() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let body = parts.concat();
        self.request(&mut lock(&self.state), "send", &body)?;
        Ok(body.len())
    }

    fn limit_unsent(&self, bytes: u32) {
        self.below.limit_unsent(bytes);
    }

    fn stop_reading(&self) {
        self.has_ended.store(true, Ordering::Release);
        self.below.stop_reading();
    }

    /// Closes the tunnel first, unless another thread waits for a response in it.
    fn stop_writing(&self) {
        let state = match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(state) = state
            && !self.has_ended.swap(true, Ordering::AcqRel)
        {
            let path = format!("/close/{}/{}", state.id, state.sequence);
            let _ = self.below.send(&[self.encode(&path, &[0])]);
        }
        self.below.stop_writing();
    }
}

impl fmt::Debug for TunnelClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunnelClient").field("below", &self.below).finish_non_exhaustive()
    }
}

/// Where the body of a response lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lengths {
    head: usize,
    body: usize,
}

/// Returns where the body of a response lies, once all of it is there.
fn response_length(raw: &[u8]) -> io::Result<Option<Lengths>> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let head = match response.parse(raw) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) if raw.len() <= HEAD_BYTES => return Ok(None),
        Ok(httparse::Status::Partial) => return Err(malformed("its head is too long")),
        Err(error) => return Err(malformed(&error.to_string())),
    };
    match response.code {
        Some(200) => {}
        Some(code) => return Err(malformed(&format!("its status is {code}"))),
        None => return Err(malformed("it has no status")),
    }
    let is_length =
        |field: &&httparse::Header<'_>| field.name.eq_ignore_ascii_case("Content-Length");
    let field = response.headers.iter().find(is_length);
    let body = field
        .and_then(|field| std::str::from_utf8(field.value).ok()?.trim().parse::<usize>().ok())
        .filter(|length| *length <= BODY_BYTES)
        .ok_or_else(|| malformed("it has no length, or is too long"))?;
    let lengths = Lengths { head, body };
    Ok((raw.len() >= head.saturating_add(body)).then_some(lengths))
}

/// Takes a response out of what came, and returns its body.
fn cut_body(raw: &mut BytesMut, Lengths { head, body }: Lengths) -> Bytes {
    raw.advance(head);
    raw.split_to(body).freeze()
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("a response of the tunnel is unusable: {what}"))
}

fn send_all(transport: &dyn Transport, mut bytes: Bytes) -> io::Result<()> {
    while !bytes.is_empty() {
        match transport.send(std::slice::from_ref(&bytes)) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(sent) => bytes.advance(sent),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::{BODY_BYTES, Lengths, cut_body, response_length};

    #[test]
    fn a_response_is_found_once_it_is_whole() {
        let response = b"HTTP/1.1 200 OK\r\nContent-length: 4\r\n\r\n\x01abc";
        let head = response.len() - 4;
        for length in 0..response.len() {
            assert_eq!(response_length(&response[..length]).unwrap(), None, "{length}");
        }
        let lengths = response_length(response).unwrap().expect("it is whole");
        assert_eq!(lengths, Lengths { head, body: 4 });
        let mut raw = BytesMut::from(&[&response[..], b"HTTP"].concat()[..]);
        assert_eq!(cut_body(&mut raw, lengths), &b"\x01abc"[..]);
        assert_eq!(raw, &b"HTTP"[..]);
    }

    #[test]
    fn unusable_responses_are_errors() {
        let too_long = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", BODY_BYTES + 1);
        let endless = [&b"HTTP/1.1 200 OK\r\nA: "[..], &[b'x'; 9000]].concat();
        for response in [
            &b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            b"\x03\x00\x00",
            too_long.as_bytes(),
            &endless,
        ] {
            assert!(response_length(response).is_err(), "{}", response.escape_ascii());
        }
    }
}
