//! What a play handler sends and says.

use std::ops::{Deref, DerefMut};

use super::MediaOut;

/// What a play handler sends ahead of all other media, and says about the stream that it grants. It
/// has all methods of [`MediaOut`].
///
/// ```
/// use rendercast::{HandlerResult, PlayOut, Stream};
///
/// fn play(_: &Stream, out: &mut PlayOut) -> HandlerResult {
///     out.set_recorded(true);
///     out.video(vec![0x17, 0, 0, 0, 0 /* , the configuration of the decoder */]);
///     Ok(true)
/// }
/// ```
#[derive(Debug)]
pub struct PlayOut {
    media: MediaOut,
    is_recorded: bool,
}

impl PlayOut {
    pub(crate) const fn new(media: MediaOut) -> Self {
        Self { media, is_recorded: false }
    }

    /// Says whether this play is of a recording. The default is `false`: live.
    ///
    /// The client is told of a recording at the start of the play (StreamIsRecorded). Of live media
    /// the kernel buffers no more than
    /// [`live_unsent_bytes`](crate::config::Queues::live_unsent_bytes).
    pub const fn set_recorded(&mut self, is_recorded: bool) {
        self.is_recorded = is_recorded;
    }

    pub(crate) const fn is_recorded(&self) -> bool {
        self.is_recorded
    }
}

impl Deref for PlayOut {
    type Target = MediaOut;

    fn deref(&self) -> &MediaOut {
        &self.media
    }
}

impl DerefMut for PlayOut {
    fn deref_mut(&mut self) -> &mut MediaOut {
        &mut self.media
    }
}
