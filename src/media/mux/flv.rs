//! FLV for clients of HTTP and WebSocket.

use bytes::{BufMut, Bytes, BytesMut};

use super::messages::Messages;
use super::plain::{PlainTag, Player, plain};
use crate::media::flv::FileHeader;
use crate::media::flv::header::{BACK_POINTER_LENGTH, TAG_HEADER_LENGTH, TagHeader};
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;
use crate::protocol::buffers::brief_list;
use crate::protocol::chunk::Message;
use crate::protocol::web_session::{event_text, is_end};
use crate::protocol::websocket::{self, CloseCode, Opcode};

/// FLV, what it is wrapped in, and whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlvFormat {
    pub(crate) framing: Framing,
    pub(crate) player: Player,
}

/// What FLV is wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Nothing: the body of a response that lasts until the close.
    UntilClose,
    /// The chunks of HTTP/1.1.
    Chunked,
    /// The frames of a WebSocket for one play.
    WebSocket,
    /// The frames of a WebSocket that is told of events.
    WebSocketWithEvents,
}

/// The longest payload that is copied next to its header, in bytes. The copy costs less than
/// another entry in a vectored write.
const COPIED_BYTES: usize = 512;

/// The most bytes of a chunk's or a frame's head.
const MAX_FRAME_HEAD: usize = 18;

/// How much room there is at once for what is copied of many tags, in bytes.
const COPIED_AT_ONCE: usize = 4_096;

/// The last chunk of a response, which is empty.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

impl FlvFormat {
    /// Returns the bytes of `tags`, each in a frame of its own, with timestamps that are earlier by
    /// `offset` milliseconds.
    pub(super) fn encode<'a>(
        self,
        tags: impl ExactSizeIterator<Item = &'a Tag>,
        offset: u32,
    ) -> Messages {
        let mut out = Pieces::new(tags.len());
        let mut ends = Vec::with_capacity(tags.len());
        for tag in tags {
            let Some(body) = plain(tag, self.player) else { continue };
            let timestamp = Timestamp(tag.timestamp.0.wrapping_sub(offset));
            self.open_frame(&mut out, length_of(&body));
            put_tag(&mut out, tag.kind, timestamp, &body);
            self.close_frame(&mut out);
            ends.push(out.bytes);
        }
        Messages::from_parts(out.finish(), ends)
    }

    /// Returns the header of FLV and `tags`, all in one frame. The header's flags say which kinds
    /// of media are among the tags.
    pub(crate) fn encode_opening(self, tags: &[Tag]) -> Messages {
        let mut bodies = brief_list(tags.len());
        bodies.extend(tags.iter().filter_map(|tag| Some((tag, plain(tag, self.player)?))));
        let has = |kind| bodies.iter().any(|(tag, _)| tag.kind == kind);
        let mut header = Vec::new();
        FileHeader::new(has(TagKind::Audio), has(TagKind::Video)).write(&mut header);
        header.put_u32(0);
        let lengths = bodies.iter().map(|(_, body)| length_of(body));
        let length = lengths.fold(header.len(), usize::saturating_add);
        let mut out = Pieces::for_many(bodies.len());
        self.open_frame(&mut out, length);
        out.put(&header);
        for (tag, body) in &bodies {
            put_tag(&mut out, tag.kind, tag.timestamp, body);
        }
        self.close_frame(&mut out);
        let ends = vec![out.bytes];
        Messages::from_parts(out.finish(), ends)
    }

    /// Returns what a client is told of messages outside of a session.
    pub(super) fn notices(self, notices: &[Message]) -> Messages {
        let mut bytes = Vec::new();
        for notice in notices {
            match self.framing {
                Framing::WebSocketWithEvents => {
                    if let Some(text) = event_text(notice) {
                        websocket::write_text(&text, &mut bytes);
                    }
                }
                Framing::WebSocket if is_end(notice) => {
                    websocket::write_close(CloseCode::NORMAL, "", &mut bytes);
                }
                Framing::Chunked if is_end(notice) => bytes.extend_from_slice(LAST_CHUNK),
                Framing::UntilClose | Framing::WebSocket | Framing::Chunked => {}
            }
        }
        if bytes.is_empty() { Messages::default() } else { bytes.into() }
    }

    fn open_frame(self, out: &mut Pieces, length: usize) {
        match self.framing {
            Framing::UntilClose => {}
            Framing::Chunked => out.put(format!("{length:x}\r\n").as_bytes()),
            Framing::WebSocket | Framing::WebSocketWithEvents => {
                let mut head = Vec::with_capacity(MAX_FRAME_HEAD);
                websocket::write_head(Opcode::Binary, length, &mut head);
                out.put(&head);
            }
        }
    }

    fn close_frame(self, out: &mut Pieces) {
        if self.framing == Framing::Chunked {
            out.put(b"\r\n");
        }
    }
}

/// Returns the length of a tag with this body, its header and its back pointer included.
fn length_of(body: &PlainTag) -> usize {
    body.head
        .len()
        .saturating_add(body.rest.len())
        .saturating_add(TAG_HEADER_LENGTH as usize)
        .saturating_add(BACK_POINTER_LENGTH as usize)
}

fn put_tag(out: &mut Pieces, kind: TagKind, timestamp: Timestamp, body: &PlainTag) {
    let length = body.head.len().saturating_add(body.rest.len());
    // A message of RTMP has three bytes for its length too, so the body fits.
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let mut header = Vec::with_capacity(TAG_HEADER_LENGTH as usize);
    TagHeader::new(kind, length, timestamp).write(&mut header);
    out.put(&header);
    out.put(&body.head);
    out.share(&body.rest);
    out.put(&length.saturating_add(TAG_HEADER_LENGTH).to_be_bytes());
}

/// The parts of a vectored write.
struct Pieces {
    /// Copied bytes that come after the last of `parts`.
    copied: BytesMut,
    parts: Vec<Bytes>,
    bytes: usize,
}

impl Pieces {
    fn new(tags: usize) -> Self {
        Self {
            copied: BytesMut::new(),
            parts: Vec::with_capacity(tags.saturating_mul(2).saturating_add(1)),
            bytes: 0,
        }
    }

    fn for_many(tags: usize) -> Self {
        let parts = brief_list(tags.saturating_mul(2).saturating_add(1));
        Self { copied: BytesMut::with_capacity(COPIED_AT_ONCE), parts, bytes: 0 }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.copied.extend_from_slice(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len());
    }

    fn share(&mut self, bytes: &Bytes) {
        if bytes.len() <= COPIED_BYTES {
            return self.put(bytes);
        }
        self.cut();
        self.parts.push(bytes.clone());
        self.bytes = self.bytes.saturating_add(bytes.len());
    }

    fn cut(&mut self) {
        if !self.copied.is_empty() {
            self.parts.push(self.copied.split().freeze());
        }
    }

    fn finish(mut self) -> Vec<Bytes> {
        self.cut();
        self.parts
    }
}

#[cfg(test)]
mod tests {
    use super::{FlvFormat, Framing, Player};
    use crate::media::mux::Messages;
    use crate::media::{Tag, TagKind, flv};
    use crate::protocol::message::in_band;
    use crate::protocol::{MessageStreamId, Timestamp};

    const FRAMINGS: [Framing; 4] =
        [Framing::UntilClose, Framing::Chunked, Framing::WebSocket, Framing::WebSocketWithEvents];

    fn format(framing: Framing) -> FlvFormat {
        FlvFormat { framing, player: Player::Plain }
    }

    fn tags() -> Vec<Tag> {
        let tag = |kind, time, first, length| {
            let mut payload = vec![0; length];
            payload[0] = first;
            Tag { kind, timestamp: Timestamp(time), payload: payload.into() }
        };
        vec![
            tag(TagKind::Video, 1000, 0x17, 70_000),
            tag(TagKind::Video, 1010, 0x27, 9),
            tag(TagKind::Video, 0x0100_0000, 0x27, 600),
        ]
    }

    fn bytes(messages: &Messages) -> Vec<u8> {
        messages.parts().concat()
    }

    /// Returns the payloads of chunks or frames.
    fn unwrapped(framing: Framing, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut payloads = Vec::new();
        while !bytes.is_empty() {
            let (head, length) = match framing {
                Framing::UntilClose => (0, bytes.len()),
                Framing::Chunked => {
                    let end = bytes.iter().position(|byte| *byte == b'\r').expect("a line");
                    let length = std::str::from_utf8(&bytes[..end]).expect("a number");
                    (end + 2, usize::from_str_radix(length, 16).expect("a number"))
                }
                _ => {
                    assert_eq!(bytes[0], 0x82);
                    match bytes[1] {
                        126 => (4, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
                        127 => (10, u32::from_be_bytes(bytes[6..10].try_into().unwrap()) as usize),
                        length => (2, usize::from(length)),
                    }
                }
            };
            payloads.push(bytes[head..head + length].to_vec());
            bytes = &bytes[head + length..];
            if framing == Framing::Chunked {
                bytes = bytes.strip_prefix(b"\r\n").expect("the end of a chunk");
            }
        }
        payloads
    }

    #[test]
    fn each_framing_has_the_same_flv_in_it() {
        for framing in FRAMINGS {
            let format = format(framing);
            let opening = bytes(&format.encode_opening(&tags()[..1]));
            let rest = format.encode(tags()[1..].iter(), 1000);
            assert_eq!((rest.len(), rest.bytes()), (2, bytes(&rest).len()), "{framing:?}");
            let openings = unwrapped(framing, &opening);
            assert_eq!((openings.len(), openings[0][4]), (1, 1), "video alone: {framing:?}");
            let frames = unwrapped(framing, &bytes(&rest)).concat();
            let file = [&openings[0][..], &frames].concat();
            let reader = flv::Reader::new(std::io::Cursor::new(&file)).expect("a header");
            let read: Vec<Tag> = reader.map(|tag| tag.expect("a tag")).collect();
            let mut expected = tags();
            for tag in &mut expected[1..] {
                tag.timestamp.0 -= 1000;
            }
            assert_eq!(read, expected, "{framing:?}");
        }
    }

    #[test]
    fn the_end_is_told_in_the_words_of_the_framing() {
        let stream = MessageStreamId(1);
        let notices = [in_band::play_stop(stream, "sea"), in_band::stream_eof(stream)];
        for (framing, expected) in [
            (Framing::UntilClose, &b""[..]),
            (Framing::Chunked, b"0\r\n\r\n"),
            (Framing::WebSocket, b"\x88\x02\x03\xe8"),
        ] {
            assert_eq!(bytes(&format(framing).notices(&notices)), expected, "{framing:?}");
        }
        let told = bytes(&format(Framing::WebSocketWithEvents).notices(&notices));
        let told = String::from_utf8_lossy(&told);
        assert!(told.contains("\"code\":\"NetStream.Play.Stop\""), "{told}");
        assert!(told.ends_with("{\"event\":\"end\"}"), "{told}");
    }
}
