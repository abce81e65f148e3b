//! What the frame handler of a shared loop sends, and how the loop continues.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use super::commands_shown::on_commands_shown;
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
    /// The numbers of the commands that the next picture is the first to show.
    commands: Vec<u64>,
    has_picture: bool,
    /// What the metadata must say of the sound, if that is new.
    sound_metadata: Option<Object>,
}

impl LoopFrameOut {
    pub(crate) const fn new(media: MediaOut, commands: Vec<u64>) -> Self {
        Self {
            media,
            rest_until: None,
            is_ended: false,
            commands,
            has_picture: false,
            sound_metadata: None,
        }
    }

    /// Puts a picture, if there is one, and before it which commands it shows.
    pub(crate) fn picture(&mut self, picture: Option<VideoData>) {
        let Some(picture) = picture else { return };
        if !self.commands.is_empty() {
            let commands = std::mem::take(&mut self.commands);
            let time = self.media.clock();
            self.media.data(on_commands_shown(time, &commands));
        }
        self.media.video(picture);
        self.has_picture = true;
    }

    pub(crate) fn set_sound_metadata(&mut self, metadata: Option<Object>) {
        self.sound_metadata = metadata;
    }

    pub(crate) const fn take_sound_metadata(&mut self) -> Option<Object> {
        self.sound_metadata.take()
    }

    /// Returns whether a picture was put.
    pub(crate) const fn has_picture(&self) -> bool {
        self.has_picture
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
