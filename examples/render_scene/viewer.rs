//! One viewer's handlers: the render loop stores its last canvas, and the frame loop encodes it.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use rendercast::amf::Value;
use rendercast::media::Canvas;
use rendercast::{
    FrameEventHandler, FrameOut, HandlerResult, MediaOut, PlayEventHandler, PlayOut,
    RenderEventHandler, Stream, StreamEventHandler,
};

use crate::studio::Studio;

/// Sets up the streams of a connection.
pub(crate) struct Streams {
    pub(crate) studio: Arc<Studio>,
}

impl StreamEventHandler for Streams {
    fn create(&mut self, stream: &Stream, _command_arguments: &Value) -> HandlerResult {
        let studio = &self.studio;
        if let Some(shared) = studio.shared_loop() {
            stream.join(shared);
            return Ok(true);
        }
        let canvas = LastCanvas::default();
        stream.register_play_event_handler(Playing { studio: Arc::clone(studio) });
        stream.register_render_event_handler(Rendering {
            studio: Arc::clone(studio),
            canvas: canvas.clone(),
        });
        stream.register_frame_event_handler(Encoding { studio: Arc::clone(studio), canvas });
        Ok(stream.use_codec(&studio.codec))
    }
}

/// The last rendered picture, until it is encoded.
#[derive(Clone, Default)]
struct LastCanvas(Arc<Mutex<Option<Canvas<'static>>>>);

impl LastCanvas {
    /// Stores a canvas. Drops one that was not taken.
    fn put(&self, canvas: Canvas<'static>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(canvas);
    }

    fn take(&self) -> Option<Canvas<'static>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

struct Playing {
    studio: Arc<Studio>,
}

impl PlayEventHandler for Playing {
    fn play(&mut self, stream: &Stream, out: &mut PlayOut) -> HandlerResult {
        let studio = &self.studio;
        let encoder = stream.video_codec().context("no codec is in use")?;
        let rate = studio.render_rate();
        stream.set_property("render_rate", rate)?;
        encoder.set_parameter("framerate", &rate.to_string());
        out.video(encoder.init(studio.size.width, studio.size.height)?);
        studio.viewer_came();
        Ok(true)
    }

    fn stop(&mut self, _: &Stream, _: &mut MediaOut) -> HandlerResult {
        self.studio.viewer_went();
        Ok(true)
    }
}

struct Rendering {
    studio: Arc<Studio>,
    canvas: LastCanvas,
}

impl RenderEventHandler for Rendering {
    fn render(&mut self, stream: &Stream) -> HandlerResult {
        self.canvas.put(self.studio.render()?);
        stream.request_frame();
        // A client may have asked for another rate.
        let rate = self.studio.render_rate();
        if stream.property("render_rate") != Some(rate.into()) {
            stream.set_property("render_rate", rate)?;
        }
        Ok(true)
    }
}

struct Encoding {
    studio: Arc<Studio>,
    canvas: LastCanvas,
}

impl FrameEventHandler for Encoding {
    fn frame(
        &mut self,
        stream: &Stream,
        out: &mut FrameOut,
        outqueue_is_full: bool,
    ) -> HandlerResult {
        let Some(canvas) = self.canvas.take() else { return Ok(true) };
        if outqueue_is_full {
            // One more picture would wait behind the others and be late when it is shown.
            self.studio.skipped();
            return Ok(true);
        }
        self.encode(stream, out, &canvas)?;
        // The render handler wakes this loop when there is more to encode.
        out.rest(2 * self.studio.period());
        Ok(true)
    }
}

impl Encoding {
    fn encode(&self, stream: &Stream, out: &mut FrameOut, canvas: &Canvas<'_>) -> Result<()> {
        let encoder = stream.video_codec().context("no codec is in use")?;
        let frame = self.studio.encode(|| encoder.encode_canvas(canvas))?;
        self.studio.sent(frame.as_ref().map_or(0, |frame| frame.bytes.len()));
        out.video(frame);
        Ok(())
    }
}
