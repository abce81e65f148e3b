//! A live stream without a camera: messages of the sizes and the rhythm of real ones.

use bytes::{BufMut, Bytes, BytesMut};
use rendercast::Timestamp;
use rendercast::media::{Tag, TagKind};

const VIDEO_PER_SECOND: u32 = 25;
const VIDEO_PER_KEY_FRAME: u32 = 50;
const KEY_FRAME_BYTES: usize = 45_000;
const INTER_FRAME_BYTES: usize = 6_700;
const AUDIO_PER_SECOND: u32 = 43;
const AUDIO_BYTES: usize = 270;

/// From one key frame to the next.
pub(crate) const PERIOD_MS: u32 = VIDEO_PER_KEY_FRAME * 1000 / VIDEO_PER_SECOND;

/// What the header of a message takes. Those of its further chunks are a byte each.
const CHUNK_HEADER_BYTES: usize = 12;

/// Where each video message has the time at which it was published.
const STAMP_AT: usize = 10;

/// What a decoder begins with.
pub(crate) fn headers() -> Vec<Tag> {
    let avc =
        b"\x17\0\0\0\0\x01\x42\xc0\x1e\xff\xe1\0\x04\x67\x42\xc0\x1e\x01\0\x04\x68\xcb\x8c\xb2";
    let tag = |kind, payload| Tag { kind, timestamp: Timestamp(0), payload };
    vec![
        tag(TagKind::Video, Bytes::from_static(avc)),
        tag(TagKind::Audio, Bytes::from_static(b"\xaf\0\x12\x10")),
    ]
}

/// The messages of a stream from its start on, in the order of their times.
#[derive(Debug, Default)]
pub(crate) struct Media {
    video: u32,
    audio: u32,
}

impl Media {
    /// Returns the time of the next message, in milliseconds.
    pub(crate) fn next_ms(&self) -> u32 {
        self.video_ms().min(self.audio_ms())
    }

    /// Returns the next message. A video message has `stamp` in it.
    pub(crate) fn next(&mut self, stamp: u64) -> Tag {
        let timestamp = Timestamp(self.next_ms());
        if self.video_ms() > self.audio_ms() {
            self.audio += 1;
            let mut payload = BytesMut::from(&b"\xaf\x01"[..]);
            payload.resize(AUDIO_BYTES, 0x5a);
            return Tag { kind: TagKind::Audio, timestamp, payload: payload.freeze() };
        }
        let is_key = self.video.is_multiple_of(VIDEO_PER_KEY_FRAME);
        self.video += 1;
        let (first, bytes) =
            if is_key { (0x17, KEY_FRAME_BYTES) } else { (0x27, INTER_FRAME_BYTES) };
        let mut payload = BytesMut::from(&[first, 1, 0, 0, 0][..]);
        payload.resize(STAMP_AT, 0x5a);
        payload.put_u64(stamp);
        payload.resize(bytes, 0x5a);
        Tag { kind: TagKind::Video, timestamp, payload: payload.freeze() }
    }

    fn video_ms(&self) -> u32 {
        self.video * 1000 / VIDEO_PER_SECOND
    }

    fn audio_ms(&self) -> u32 {
        self.audio * 1000 / AUDIO_PER_SECOND
    }
}

/// Returns how many bytes of chunks a second of the stream has.
pub(crate) fn bytes_per_second() -> f64 {
    let (mut media, mut bytes) = (Media::default(), 0);
    while media.next_ms() < PERIOD_MS {
        bytes += CHUNK_HEADER_BYTES + media.next(0).payload.len();
    }
    bytes as f64 * 1e3 / f64::from(PERIOD_MS)
}

/// Returns the time that is in a video message. Returns `None` for a header.
pub(crate) fn stamp(payload: &[u8]) -> Option<u64> {
    let is_frame = payload.get(1) == Some(&1);
    let bytes = payload.get(STAMP_AT..)?.first_chunk()?;
    is_frame.then(|| u64::from_be_bytes(*bytes))
}
