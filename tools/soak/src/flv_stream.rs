//! FLV over HTTP or a WebSocket, as a light viewer reads it.

use bytes::Bytes;
use rendercast::protocol::chunk::{Message, MessageType};
use rendercast::protocol::{ChunkStreamId, MessageStreamId, Timestamp};

/// FLV 10.1 §E.2 and §E.4.1: the lengths of the file's header with the pointer behind it, of a
/// tag's header, and of the pointer behind a tag.
const FILE_HEADER: usize = 13;
const TAG_HEADER: usize = 11;
const BACK_POINTER: usize = 4;

/// How much of a payload is kept: what tells frames apart.
const KEPT: usize = 16;

/// What FLV is wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    Chunks,
    WebSocket,
}

/// What is wrong with a response.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the server answers {0:?}")]
    Status(String),
    #[error("the server's frames cannot be read")]
    Framing,
    #[error("the stream has ended")]
    Ended,
}

/// The conversation of one viewer.
#[derive(Debug)]
pub(crate) struct FlvStream {
    wrapping: Wrapping,
    request: Vec<u8>,
    /// Bytes that are not read yet: of the head, then of chunks or frames.
    raw: Vec<u8>,
    is_open: bool,
    /// FLV that is no whole tag yet.
    flv: Vec<u8>,
    has_header: bool,
}

impl FlvStream {
    /// Asks for the FLV of `path` at `host`.
    pub(crate) fn new(wrapping: Wrapping, host: &str, path: &str) -> Self {
        let upgrade = match wrapping {
            Wrapping::Chunks => "",
            Wrapping::WebSocket => {
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            }
        };
        let request = format!("GET {path}.flv HTTP/1.1\r\nHost: {host}\r\n{upgrade}\r\n");
        Self {
            wrapping,
            request: request.into_bytes(),
            raw: Vec::new(),
            is_open: false,
            flv: Vec::new(),
            has_header: false,
        }
    }

    /// Returns what must be sent, once.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.request)
    }

    /// Reads bytes of the server. Hands each tag to `show` as a message, with the beginning of its
    /// payload.
    pub(crate) fn read(&mut self, input: &[u8], show: impl FnMut(&Message)) -> Result<(), Fault> {
        self.raw.extend_from_slice(input);
        if !self.is_open && !self.read_head()? {
            return Ok(());
        }
        let unwrapped = self.unwrap();
        self.show(show);
        unwrapped
    }

    fn read_head(&mut self) -> Result<bool, Fault> {
        let Some(end) = self.raw.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(false);
        };
        let wanted: &[u8] = match self.wrapping {
            Wrapping::Chunks => b"HTTP/1.1 200 ",
            Wrapping::WebSocket => b"HTTP/1.1 101 ",
        };
        if !self.raw.starts_with(wanted) {
            let head = String::from_utf8_lossy(&self.raw[..end]);
            return Err(Fault::Status(head.lines().next().unwrap_or_default().to_owned()));
        }
        self.raw.drain(..end + 4);
        self.is_open = true;
        Ok(true)
    }

    /// Moves the payloads of whole chunks or frames to the FLV.
    fn unwrap(&mut self) -> Result<(), Fault> {
        let mut read = 0;
        let outcome = loop {
            let rest = &self.raw[read..];
            let head = match self.wrapping {
                Wrapping::Chunks => chunk_head(rest),
                Wrapping::WebSocket => frame_head(rest),
            };
            match head {
                Err(fault) => break Err(fault),
                Ok(Some((head, length, tail))) if rest.len() >= head + length + tail => {
                    self.flv.extend_from_slice(&rest[head..head + length]);
                    read += head + length + tail;
                }
                Ok(_) => break Ok(()),
            }
        };
        self.raw.drain(..read);
        outcome
    }

    fn show(&mut self, mut show: impl FnMut(&Message)) {
        let mut read = 0;
        if !self.has_header {
            if self.flv.len() < FILE_HEADER {
                return;
            }
            self.has_header = true;
            read = FILE_HEADER;
        }
        loop {
            let rest = &self.flv[read..];
            let &[kind, a, b, c, d, e, f, g, ..] = rest else { break };
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            let end = TAG_HEADER + length + BACK_POINTER;
            if rest.len() < end {
                break;
            }
            let payload = &rest[TAG_HEADER..TAG_HEADER + length.min(KEPT)];
            let media = match kind {
                8 => Some(MessageType::AUDIO),
                9 => Some(MessageType::VIDEO),
                _ => None,
            };
            if let Some(message_type) = media {
                show(&Message {
                    chunk_stream_id: ChunkStreamId::VIDEO,
                    message_stream_id: MessageStreamId(1),
                    timestamp: Timestamp(u32::from_be_bytes([g, d, e, f])),
                    message_type,
                    payload: Bytes::copy_from_slice(payload),
                });
            }
            read += end;
        }
        self.flv.drain(..read);
    }
}

/// The lengths of a head, of the payload and of what follows it.
type Lengths = (usize, usize, usize);

fn chunk_head(bytes: &[u8]) -> Result<Option<Lengths>, Fault> {
    let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else { return Ok(None) };
    let line = std::str::from_utf8(&bytes[..end]).map_err(|_| Fault::Framing)?;
    match usize::from_str_radix(line.trim_end(), 16) {
        Ok(0) => Err(Fault::Ended),
        Ok(length) => Ok(Some((end + 1, length, 2))),
        Err(_) => Err(Fault::Framing),
    }
}

fn frame_head(bytes: &[u8]) -> Result<Option<Lengths>, Fault> {
    match *bytes {
        [0x88, ..] => Err(Fault::Ended),
        [0x89, length, ..] => Ok(Some((2 + usize::from(length), 0, 0))),
        [0x82, 126, a, b, ..] => Ok(Some((4, usize::from(u16::from_be_bytes([a, b])), 0))),
        [0x82, 127, _, _, _, _, a, b, c, d, ..] => {
            Ok(Some((10, u32::from_be_bytes([a, b, c, d]) as usize, 0)))
        }
        [0x82, length @ ..=125, ..] => Ok(Some((2, usize::from(length), 0))),
        [0x82, ..] | [] | [0x89] => Ok(None),
        _ => Err(Fault::Framing),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, FlvStream, Wrapping};

    /// A header and two tags.
    fn flv() -> Vec<u8> {
        let mut flv = b"FLV\x01\x01\0\0\0\x09\0\0\0\0".to_vec();
        for (time, first) in [(0_u32, 0x17), (40, 0x27)] {
            flv.extend([9, 0, 0, 200, 0, 0, time as u8, 0, 0, 0, 0, first, 1]);
            flv.extend([0; 198 + 4]);
        }
        flv
    }

    #[test]
    fn tags_are_found_in_chunks_and_frames_however_they_are_cut() {
        let flv = flv();
        let (first, second) = flv.split_at(100);
        let chunk =
            |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        let chunks = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &chunk(first), &chunk(second), b"0\r\n\r\n"];
        let frame = |bytes: &[u8]| {
            let length = u16::try_from(bytes.len()).expect("short").to_be_bytes();
            [&[0x82, 126][..], &length, bytes].concat()
        };
        let frames =
            [&b"HTTP/1.1 101 X\r\n\r\n"[..], &frame(first), b"\x89\0", &frame(second), b"\x88\0"];
        for (wrapping, bytes) in
            [(Wrapping::Chunks, chunks.concat()), (Wrapping::WebSocket, frames.concat())]
        {
            for step in [1, 7, bytes.len()] {
                let mut stream = FlvStream::new(wrapping, "h", "/live/x");
                let mut times = Vec::new();
                let read = bytes.chunks(step).try_for_each(|piece| {
                    stream.read(piece, |message| times.push(message.timestamp.0))
                });
                assert!(matches!(read, Err(Fault::Ended)), "{wrapping:?} {step}: {read:?}");
                assert_eq!(times, [0, 40], "{wrapping:?} {step}");
            }
        }
    }

    #[test]
    fn another_status_is_a_fault() {
        let mut stream = FlvStream::new(Wrapping::Chunks, "h", "/live/x");
        assert!(stream.take_output().starts_with(b"GET /live/x.flv HTTP/1.1\r\n"));
        let read = stream.read(b"HTTP/1.1 404 Not Found\r\n\r\n", |_| ());
        assert!(matches!(read, Err(Fault::Status(line)) if line.contains("404")));
    }
}
