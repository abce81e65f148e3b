//! What the frame handler of a shared loop sends, and how the loop continues.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use crate::handler::MediaOut;

/// What the frame handler of a [`RenderLoop`](crate::RenderLoop) sends to all viewers, and how the
/// loop continues. It has all methods of [`MediaOut`].
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::{HandlerResult, LoopFrameOut};
///
/// fn frame(out: &mut LoopFrameOut, _key_frame_is_wanted: bool) -> HandlerResult {
///     // One slide a second.
///     out.video(vec![0x17, 1, 0, 0, 0]);
///     out.rest(Duration::from_secs(1));
///     Ok(true)
/// }
/// ```
#[derive(Debug)]
pub struct LoopFrameOut {
    media: MediaOut,
    rest_until: Option<Instant>,
    is_ended: bool,
}

impl LoopFrameOut {
    pub(crate) const fn new(media: MediaOut) -> Self {
        Self { media, rest_until: None, is_ended: false }
    }

    /// Asks for no call before `duration` has passed.
    pub fn rest(&mut self, duration: Duration) {
        self.rest_until = Instant::now().checked_add(duration);
    }

    /// Ends the loop in order, after what was put. Each viewer is told `NetStream.Play.Complete`,
    /// `NetStream.Play.Stop` and StreamEOF.
    pub const fn end(&mut self) {
        self.is_ended = true;
    }

    pub(crate) const fn rest_until(&self) -> Option<Instant> {
        self.rest_until
    }

    pub(crate) const fn is_ended(&self) -> bool {
        self.is_ended
    }
}

impl Deref for LoopFrameOut {
    type Target = MediaOut;

    fn deref(&self) -> &MediaOut {
        &self.media
    }
}

impl DerefMut for LoopFrameOut {
    fn deref_mut(&mut self) -> &mut MediaOut {
        &mut self.media
    }
}
