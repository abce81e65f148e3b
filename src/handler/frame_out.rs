//! What a frame handler sends, and how its stream continues.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use super::{MediaOut, PlayRequest, Transition};

/// What a frame handler sends, and how its stream continues. It has all methods of [`MediaOut`].
///
/// ```
/// use rendercast::{FrameOut, HandlerResult, Stream};
///
/// fn frame(_: &Stream, out: &mut FrameOut, outqueue_is_full: bool) -> HandlerResult {
///     if !outqueue_is_full {
///         out.video(vec![0x27, 1, 0, 0, 0 /* , a frame of H.264 */]);
///     }
///     Ok(true)
/// }
/// ```
#[derive(Debug)]
pub struct FrameOut {
    media: MediaOut,
    /// The room of the outqueue when the call began.
    room_bytes: usize,
    rest_until: Option<Instant>,
    is_ended: bool,
    begun: Option<Begun>,
}

/// A play that was asked for while another was playing, and that begins now.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) request: PlayRequest,
    pub(crate) transition: Transition,
}

impl FrameOut {
    pub(crate) const fn new(media: MediaOut, room_bytes: usize) -> Self {
        Self { media, room_bytes, rest_until: None, is_ended: false, begun: None }
    }

    /// Returns how many more bytes the stream's outqueue takes. What exceeds that is dropped,
    /// unless the client's socket takes it at once. A handler that can wait, as one of files can,
    /// puts less.
    #[must_use]
    pub const fn room_bytes(&self) -> usize {
        self.room_bytes.saturating_sub(self.media.bytes())
    }

    /// Asks for no call before `duration` has passed. The next call is at the first tick after
    /// that, or at once when the client pauses, resumes or seeks. A handler that sends ahead of
    /// time saves wake-ups this way.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use rendercast::{FrameOut, HandlerResult, Stream};
    /// fn frame(_: &Stream, out: &mut FrameOut, _outqueue_is_full: bool) -> HandlerResult {
    ///     // One slide a second does not need 25 calls.
    ///     out.video(vec![0x17, 1, 0, 0, 0]);
    ///     out.rest(Duration::from_secs(1));
    ///     Ok(true)
    /// }
    /// ```
    pub fn rest(&mut self, duration: Duration) {
        self.rest_until = Instant::now().checked_add(duration);
    }

    /// Ends the stream in order, after what was put. The client is told `NetStream.Play.Complete`,
    /// `NetStream.Play.Stop` and StreamEOF. Its connection stays open.
    pub const fn end(&mut self) {
        self.is_ended = true;
    }

    /// Says that the media of this call belong to `request`, which
    /// [`PlayEventHandler::transition`](crate::PlayEventHandler::transition) accepted, and no
    /// longer to what was played before. The stream takes the name of the request.
    ///
    /// The client is told so ahead of the media: `NetStream.Play.Switch` and `NetStream.Play.Start`
    /// for an append, `NetStream.Play.TransitionComplete` for a switch.
    pub fn begin(&mut self, request: PlayRequest, transition: Transition) {
        self.begun = Some(Begun { request, transition });
    }

    pub(crate) const fn rest_until(&self) -> Option<Instant> {
        self.rest_until
    }

    pub(crate) const fn take_begun(&mut self) -> Option<Begun> {
        self.begun.take()
    }

    pub(crate) const fn is_ended(&self) -> bool {
        self.is_ended
    }
}

impl Deref for FrameOut {
    type Target = MediaOut;

    fn deref(&self) -> &MediaOut {
        &self.media
    }
}

impl DerefMut for FrameOut {
    fn deref_mut(&mut self) -> &mut MediaOut {
        &mut self.media
    }
}
