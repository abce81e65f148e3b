//! What the frame handler of a shared loop sends, and how the loop continues.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use super::commands_shown::on_commands_shown;
use super::in_encoder::InEncoder;
use crate::handler::MediaOut;
use crate::media::codec::VideoData;
use crate::protocol::amf::Object;

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
    pub(crate) in_encoder: InEncoder,
    /// The numbers of the commands that are shown by what was put.
    shown: Vec<u64>,
    /// What the metadata must say of the sound, if that is new.
    sound_metadata: Option<Object>,
}

impl LoopFrameOut {
    pub(crate) const fn new(media: MediaOut, in_encoder: InEncoder) -> Self {
        Self {
            media,
            rest_until: None,
            is_ended: false,
            in_encoder,
            shown: Vec::new(),
            sound_metadata: None,
        }
    }

    /// Puts what the encoder returned for the picture of this time, if that is a frame, and before
    /// it which commands that frame shows.
    pub(crate) fn encoded(&mut self, frame: Option<VideoData>) {
        let time = self.media.clock();
        self.in_encoder.put(time);
        let Some(frame) = frame else { return };
        let commands = self.in_encoder.take(time, frame.composition_time);
        if !commands.is_empty() {
            self.media.data(on_commands_shown(time, &commands));
            self.shown = commands;
        }
        self.media.video(frame);
    }

    pub(crate) fn set_sound_metadata(&mut self, metadata: Option<Object>) {
        self.sound_metadata = metadata;
    }

    pub(crate) const fn take_sound_metadata(&mut self) -> Option<Object> {
        self.sound_metadata.take()
    }

    /// Takes the numbers of the commands that are shown by what was put.
    pub(crate) fn take_shown(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.shown)
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
