//! The media that a handler sends.

use std::sync::Arc;

use bytes::Bytes;

use super::VideoPayload;
use super::codec_slot::CodecSlot;
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;

/// The media that a handler sends: the SDK's `out`. Tags are sent in the order in which they are
/// put.
///
/// Every handler that may send media gets one: as it is ([`PlayEventHandler::stop`]), or behind a
/// [`PlayOut`], a [`FrameOut`] or a [`LoopFrameOut`].
///
/// Each payload is the body of an FLV tag: a video header (frame type and codec id) and the codec's
/// data for video, an audio header and the codec's data for audio, AMF0 values for data. It has at
/// most [`Tag::MAX_PAYLOAD_BYTES`], 16 MiB less one. A longer one is left out, counted as dropped,
/// and logged. The video then goes on at the next key frame.
///
/// On a stream that [uses a codec](crate::Stream::use_codec), [`video`](Self::video) takes the
/// codec's data alone.
///
/// ```
/// use rendercast::media::{Tag, TagKind};
/// use rendercast::{FrameOut, HandlerResult, Stream};
///
/// fn frame(_: &Stream, out: &mut FrameOut, _outqueue_is_full: bool) -> HandlerResult {
///     // A frame of H.264, with the time of the stream's clock.
///     out.video(vec![0x27, 1, 0, 0, 0 /* , the picture */]);
///     // Sound that belongs 20 ms later.
///     let timestamp = out.clock().plus(20);
///     out.tag(Tag { kind: TagKind::Audio, timestamp, payload: vec![0xaf, 1 /* , AAC */].into() });
///     Ok(true)
/// }
/// ```
///
/// [`PlayEventHandler::stop`]: crate::PlayEventHandler::stop
/// [`PlayOut`]: crate::PlayOut
/// [`FrameOut`]: crate::FrameOut
/// [`LoopFrameOut`]: crate::LoopFrameOut
#[derive(Debug)]
pub struct MediaOut {
    tags: Vec<Tag>,
    /// The bytes of all tags put so far.
    bytes: usize,
    clock: Timestamp,
    codec: Arc<CodecSlot>,
}

impl MediaOut {
    pub(crate) const fn new(clock: Timestamp, codec: Arc<CodecSlot>) -> Self {
        Self { tags: Vec::new(), bytes: 0, clock, codec }
    }

    /// Returns the time of the stream's clock at the start of this call, in milliseconds. The clock
    /// starts at zero when the client's play is granted, and stands still while it pauses.
    ///
    /// The clock of a [`RenderLoop`](crate::RenderLoop) starts when the loop is made.
    #[must_use]
    pub const fn clock(&self) -> Timestamp {
        self.clock
    }

    /// Puts a video frame at the time of [`clock`](Self::clock): bytes, or what an encoder
    /// returned, which may be nothing or several frames.
    ///
    /// On a stream that [uses a codec](crate::Stream::use_codec) the server adds the FLV header,
    /// for which it copies the frame. It marks plain bytes as an inter frame, because they do not
    /// say what they are. It leaves out a sequence header if FLV has none for the codec. Without a
    /// codec every payload is sent as it is. [`tag`](Self::tag) takes whole tags, with or without a
    /// codec.
    pub fn video(&mut self, payload: impl Into<VideoPayload>) {
        for body in payload.into().into_tag_bodies(self.codec.carried_as()) {
            self.put_now(TagKind::Video, body);
        }
    }

    /// Puts audio at the time of [`clock`](Self::clock).
    pub fn audio(&mut self, payload: impl Into<Bytes>) {
        self.put_now(TagKind::Audio, payload.into());
    }

    /// Puts a data message (`onMetaData`, a cue point, ...) at the time of [`clock`](Self::clock).
    pub fn data(&mut self, payload: impl Into<Bytes>) {
        self.put_now(TagKind::Script, payload.into());
    }

    /// Puts a tag with a timestamp of its own, in milliseconds of the stream's timeline. Players
    /// expect timestamps that never decrease.
    pub fn tag(&mut self, tag: Tag) {
        self.bytes = self.bytes.saturating_add(tag.payload.len());
        self.tags.push(tag);
    }

    /// Puts several tags, as [`tag`](Self::tag) does.
    pub fn tags(&mut self, tags: Vec<Tag>) {
        let bytes: usize = tags.iter().map(|tag| tag.payload.len()).sum();
        self.bytes = self.bytes.saturating_add(bytes);
        if self.tags.is_empty() {
            self.tags = tags;
        } else {
            self.tags.extend(tags);
        }
    }

    /// Puts a data message ahead of all that was put. Players read the metadata first.
    pub(crate) fn data_first(&mut self, payload: Bytes) {
        self.data(payload);
        self.tags.rotate_right(1);
    }

    fn put_now(&mut self, kind: TagKind, payload: Bytes) {
        self.tag(Tag { kind, timestamp: self.clock, payload });
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn take_tags(&mut self) -> Vec<Tag> {
        std::mem::take(&mut self.tags)
    }
}
