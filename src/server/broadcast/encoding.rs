//! From pictures to frames, by an encoder.

use super::frame_thread::FrameMaker;
use crate::handler::{FrameOut, HandlerResult, VideoCodec};
use crate::media::Canvas;
use crate::media::codec::VideoData;

/// The encoder of a loop, initialised.
pub(super) struct Encoding {
    codec: VideoCodec,
    /// What its `init` returned, until it is sent.
    header: Option<VideoData>,
}

impl Encoding {
    pub(super) const fn new(codec: VideoCodec, header: Option<VideoData>) -> Self {
        Self { codec, header }
    }
}

impl FrameMaker for Encoding {
    fn make(
        &mut self,
        picture: Option<&Canvas<'static>>,
        out: &mut FrameOut,
        key_frame_is_wanted: bool,
    ) -> HandlerResult {
        let Some(picture) = picture else { return Ok(true) };
        out.video(self.header.take());
        if key_frame_is_wanted {
            // One that cannot be asked has key frames at its own pace.
            self.codec.set_parameter("force_keyframe", "1");
        }
        out.video(self.codec.encode_canvas(picture)?);
        Ok(true)
    }

    fn close(&mut self, out: &mut FrameOut) -> HandlerResult {
        out.video(self.codec.close()?);
        Ok(true)
    }
}
