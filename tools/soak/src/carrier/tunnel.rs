//! RTMP in HTTP, as ffmpeg speaks it: one request at a time, the next as soon as there is something
//! to say or the last answer had something in it, else after a rest.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::Carrier;
use crate::target::Door;

/// How long ffmpeg rests after an empty answer.
const REST: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(super) struct Tunnel {
    inner: Box<dyn Carrier>,
    host: String,
    /// The tunnel's name, once the server has told it.
    id: Option<String>,
    /// What has come of it.
    name: Vec<u8>,
    /// The number of the next request.
    next: u32,
    /// What the next request brings.
    outgoing: Vec<u8>,
    /// What is left to send of a request.
    request: Vec<u8>,
    answer: Answer,
    rests_until: Instant,
}

/// How far the answer to a request has come.
#[derive(Debug)]
enum Answer {
    /// Nothing was asked for.
    None,
    Head(Vec<u8>),
    Body {
        missing: usize,
        received: usize,
    },
}

impl Tunnel {
    pub(super) fn new(inner: Box<dyn Carrier>, door: &Door) -> Self {
        Self {
            inner,
            host: format!("{}:{}", door.url.host, door.url.port),
            id: None,
            name: Vec::new(),
            next: 0,
            outgoing: Vec::new(),
            request: Vec::new(),
            answer: Answer::None,
            rests_until: Instant::now(),
        }
    }

    /// Asks, where it is time, and sends what is left of the question.
    fn ask(&mut self, now: Instant) -> io::Result<()> {
        if matches!(self.answer, Answer::None)
            && (!self.outgoing.is_empty() || now >= self.rests_until)
        {
            self.answer = Answer::Head(Vec::new());
            self.request = self.next_request();
        }
        while !self.request.is_empty() {
            match self.inner.write(now, &self.request) {
                Ok(sent) => drop(self.request.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_early(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn next_request(&mut self) -> Vec<u8> {
        let Some(id) = &self.id else { return request("/open/1", &self.host, &[0]) };
        let number = self.next;
        self.next += 1;
        if self.outgoing.is_empty() {
            request(&format!("/idle/{id}/{number}"), &self.host, &[0])
        } else {
            let body = std::mem::take(&mut self.outgoing);
            request(&format!("/send/{id}/{number}"), &self.host, &body)
        }
    }

    /// Leaves the bytes of RTMP that are among `bytes` at their front, and says how many they are.
    fn take(&mut self, now: Instant, bytes: &mut [u8]) -> io::Result<usize> {
        let (mut at, mut kept) = (0, 0);
        while at < bytes.len() {
            match &mut self.answer {
                Answer::None => return Err(invalid("an answer that nobody asked for")),
                Answer::Head(head) => {
                    head.push(bytes[at]);
                    at += 1;
                    if head.ends_with(b"\r\n\r\n") {
                        self.answer = Answer::Body { missing: length(head)?, received: 0 };
                    }
                    continue;
                }
                Answer::Body { missing, received } => {
                    let body = at..at + (*missing).min(bytes.len() - at);
                    at = body.end;
                    *missing -= body.len();
                    // The first byte is the polling interval, which ffmpeg skips too.
                    let interval = usize::from(*received == 0 && self.id.is_some());
                    *received += body.len();
                    let (is_empty, is_whole) = (*received <= 1, *missing == 0);
                    match &mut self.id {
                        Some(_) => {
                            bytes.copy_within(body.start + interval..body.end, kept);
                            kept += body.len() - interval;
                        }
                        None => self.name.extend_from_slice(&bytes[body]),
                    }
                    if is_whole {
                        self.answer = Answer::None;
                        self.rests_until = if is_empty { now + REST } else { now };
                        self.id.get_or_insert_with(|| name(&self.name));
                    }
                }
            }
        }
        Ok(kept)
    }
}

impl Carrier for Tunnel {
    fn socket(&mut self) -> &mut TcpStream {
        self.inner.socket()
    }

    fn read(&mut self, now: Instant, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.ask(now)?;
            let received = self.inner.read(now, buffer)?;
            let kept = self.take(now, &mut buffer[..received])?;
            if kept > 0 || received == 0 {
                return Ok(kept);
            }
        }
    }

    fn write(&mut self, now: Instant, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(bytes);
        if self.id.is_some() {
            self.ask(now)?;
        }
        Ok(bytes.len())
    }

    fn keeps_time(&self) -> bool {
        true
    }
}

fn request(path: &str, host: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nAccept: */*\r\nConnection: keep-alive\r\nContent-Length: {}\r\n\
         Host: {host}\r\nCache-Control: no-cache\r\nContent-type: application/x-fcs\r\n\
         User-Agent: Shockwave Flash\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// How many bytes follow an answer's head.
fn length(head: &[u8]) -> io::Result<usize> {
    let head = std::str::from_utf8(head).map_err(|_| invalid("an answer that is no text"))?;
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(invalid(head.lines().next().unwrap_or_default()));
    }
    let field = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let length = field.and_then(|length| length.parse().ok()).filter(|&length: &usize| length > 0);
    length.ok_or_else(|| invalid("an answer without a length"))
}

fn name(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end().to_owned()
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.to_owned())
}

/// Whether the socket takes nothing for now, or is not connected yet.
fn is_early(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}
