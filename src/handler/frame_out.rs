//! What a frame or play handler hands over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::video_codec::CodecSlot;
use super::{PlayRequest, Transition, VideoPayload};
use crate::hub::End;
use crate::media::{Tag, TagKind};
use crate::protocol::Timestamp;

/// What a frame handler hands over: the SDK's `out`. Messages are sent in the order in which they
/// were put.
///
/// Each payload is a tag body as FLV frames it: a video tag header (frame type and codec id) and the
/// codec's data for video, an audio tag header and the codec's data for audio, AMF0 values for data.
/// On a stream that [uses a codec](crate::Stream::use_codec), [`video`](Self::video) takes the codec's
/// data alone.
///
/// ```
/// use rendercast::media::{Tag, TagKind};
/// use rendercast::{FrameOut, HandlerResult, Stream};
///
/// fn frame(_: &Stream, out: &mut FrameOut, _outqueue_is_full: bool) -> HandlerResult {
///     // A frame of H.264, timed by the stream's clock.
///     out.video(vec![0x27, 1, 0, 0, 0 /* , the picture */]);
///     // Sound that belongs 20 ms later.
///     let timestamp = out.clock().plus(20);
///     out.tag(Tag { kind: TagKind::Audio, timestamp, payload: vec![0xaf, 1 /* , AAC */].into() });
///     Ok(true)
/// }
/// ```
#[derive(Debug)]
pub struct FrameOut {
    tags: Vec<Tag>,
    clock: Timestamp,
    room_bytes: usize,
    rest_until: Option<Instant>,
    end: Option<End>,
    begun: Option<Begun>,
    codec: Arc<CodecSlot>,
}

/// What was asked for while something else was playing, and has begun to play.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) request: PlayRequest,
    pub(crate) transition: Transition,
}

impl FrameOut {
    pub(crate) const fn new(clock: Timestamp, room_bytes: usize, codec: Arc<CodecSlot>) -> Self {
        Self {
            tags: Vec::new(),
            clock,
            room_bytes,
            rest_until: None,
            end: None,
            begun: None,
            codec,
        }
    }

    /// The stream's clock: milliseconds since the client's play was granted, without its pauses.
    #[must_use]
    pub const fn clock(&self) -> Timestamp {
        self.clock
    }

    /// How many bytes more the stream's outqueue takes: what is put beyond that is dropped unless
    /// the client's socket takes it at once. A handler that can wait (a file's) puts less.
    #[must_use]
    pub const fn room_bytes(&self) -> usize {
        self.room_bytes
    }

    /// Puts a video frame, timed by [`clock`](Self::clock): what an encoder returns, of which `None`
    /// puts nothing, or bytes.
    ///
    /// On a stream that [uses a codec](crate::Stream::use_codec) the server puts FLV's header in front,
    /// for which it copies the frame. Plain bytes do not say that they are a key frame, so they are
    /// marked as none; and a sequence header is left out where FLV has none for the codec. Without a
    /// codec all goes out as it is. [`tag`](Self::tag) takes whole tags, codec or not.
    pub fn video(&mut self, payload: impl Into<VideoPayload>) {
        if let Some(body) = payload.into().into_tag_body(self.codec.carried_as()) {
            self.put_now(TagKind::Video, body);
        }
    }

    /// Puts audio, timed by [`clock`](Self::clock).
    pub fn audio(&mut self, payload: impl Into<Bytes>) {
        self.put_now(TagKind::Audio, payload.into());
    }

    /// Puts a data message (`onMetaData`, a cue point, ...), timed by [`clock`](Self::clock).
    pub fn data(&mut self, payload: impl Into<Bytes>) {
        self.put_now(TagKind::Script, payload.into());
    }

    /// Puts a tag with a time of its own, in milliseconds of the stream's time line. Players expect
    /// times that never go back.
    pub fn tag(&mut self, tag: Tag) {
        self.room_bytes = self.room_bytes.saturating_sub(tag.payload.len());
        self.tags.push(tag);
    }

    /// Puts tags with times of their own, as [`tag`](Self::tag) does.
    pub fn tags(&mut self, tags: Vec<Tag>) {
        let bytes: usize = tags.iter().map(|tag| tag.payload.len()).sum();
        self.room_bytes = self.room_bytes.saturating_sub(bytes);
        if self.tags.is_empty() {
            self.tags = tags;
        } else {
            self.tags.extend(tags);
        }
    }

    /// Asks not to be called before `duration` has passed: the loop wakes at the first tick after
    /// that, or at once when the stream is paused, resumed or sought in. A handler that sends ahead
    /// of time saves wake-ups so.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use rendercast::{FrameOut, HandlerResult, Stream};
    /// fn frame(_: &Stream, out: &mut FrameOut, _outqueue_is_full: bool) -> HandlerResult {
    ///     // A slide a second: no need to be asked 25 times.
    ///     out.video(vec![0x17, 1, 0, 0, 0]);
    ///     out.rest(Duration::from_secs(1));
    ///     Ok(true)
    /// }
    /// ```
    pub fn rest(&mut self, duration: Duration) {
        self.rest_until = Instant::now().checked_add(duration);
    }

    /// Ends the stream once what was put is sent: the client is told `NetStream.Play.Complete`,
    /// `NetStream.Play.Stop` and StreamEOF, and its connection stays open.
    pub const fn end(&mut self) {
        self.end = Some(End::Complete);
    }

    /// What is put in this call is of `request`, to which
    /// [`PlayEventHandler::transition`](crate::PlayEventHandler::transition) said yes, and no longer
    /// of what was played before. The client is told so ahead of all that is put:
    /// `NetStream.Play.Switch` and `NetStream.Play.Start` of what was appended,
    /// `NetStream.Play.TransitionComplete` of a switch. The stream takes its name.
    pub fn begin(&mut self, request: PlayRequest, transition: Transition) {
        self.begun = Some(Begun { request, transition });
    }

    fn put_now(&mut self, kind: TagKind, payload: Bytes) {
        self.tag(Tag { kind, timestamp: self.clock, payload });
    }

    pub(crate) fn take_tags(&mut self) -> Vec<Tag> {
        std::mem::take(&mut self.tags)
    }

    pub(crate) const fn rest_until(&self) -> Option<Instant> {
        self.rest_until
    }

    pub(crate) const fn take_begun(&mut self) -> Option<Begun> {
        self.begun.take()
    }

    pub(crate) const fn ended(&self) -> Option<End> {
        self.end
    }
}
