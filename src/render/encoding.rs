//! From pictures to frames, by an encoder.

use super::LoopFrameOut;
use super::frame_thread::FrameMaker;
use crate::handler::{HandlerResult, MediaOut, VideoCodec};
use crate::media::codec::VideoData;
use crate::media::{Canvas, on_metadata};
use crate::protocol::amf::Object;

/// The initialised encoder of a loop.
pub(crate) struct Encoding {
    codec: VideoCodec,
    /// The members of the `onMetaData`, until it is sent.
    metadata: Option<Object>,
    /// What the encoder returned from `init`, until it is sent.
    header: Option<VideoData>,
}

impl Encoding {
    pub(crate) const fn new(
        codec: VideoCodec,
        metadata: Option<Object>,
        header: Option<VideoData>,
    ) -> Self {
        Self { codec, metadata, header }
    }
}

impl FrameMaker for Encoding {
    fn make(
        &mut self,
        picture: Option<&Canvas<'static>>,
        out: &mut LoopFrameOut,
        key_frame_is_wanted: bool,
    ) -> HandlerResult {
        let Some(picture) = picture else { return Ok(true) };
        if let Some(metadata) = self.metadata.take() {
            out.data(on_metadata(metadata));
        }
        out.video(self.header.take());
        if key_frame_is_wanted {
            // An encoder without this parameter makes key frames at its own pace.
            self.codec.set_parameter("force_keyframe", "1");
        }
        out.video(self.codec.encode_canvas(picture)?);
        Ok(true)
    }

    fn close(&mut self, out: &mut MediaOut) -> HandlerResult {
        out.video(self.codec.close()?);
        Ok(true)
    }
}
