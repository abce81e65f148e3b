//! A shared render loop, as applications hold it.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::config::{RenderLoopConfig, in_range};
use super::encoding::Encoding;
use super::error::RenderLoopError;
use super::frame_thread::{self, Application, FrameMaker};
use super::render_thread;
use super::shared::Shared;
use super::{LoopFrameEventHandler, LoopRenderEventHandler};
use crate::handler::{CodecSlot, Statistics, Stream, VideoCodec};
use crate::hub::End;
use crate::media::codec::{VideoCodecFactory, VideoData};
use crate::media::{Canvas, PixelType};

/// A render loop that streams share: one renderer and one encoder, any number of viewers, who may
/// be of several servers. A stream joins it with [`Stream::join`].
///
/// It runs on two threads of its own, `rtmp-loop-render-NAME` and `rtmp-loop-frame-NAME`, while
/// somebody watches. A picture is encoded and sent as soon as it is rendered, by the frame thread
/// itself, straight to the sockets of all viewers: those have no loops of their own. While a render
/// takes longer than a tick, the last picture is encoded again, so the rate holds.
///
/// A viewer that comes begins with a key frame at once. One that does not keep up (its outqueue is
/// full) skips to the next key frame, alone; it holds up neither the others nor the encoder.
///
/// Dropping it ends it: its threads are joined, which takes as long as a render or an encode that
/// is under way, and each viewer is told `NetStream.Play.Stop` and StreamEOF.
///
/// ```
/// use std::sync::Arc;
///
/// use rendercast::amf::{Object, Value};
/// use rendercast::{
///     Connection, HandlerResult, LoopFrameOut, RenderLoop, RenderLoopConfig, Server, ServerConfig,
///     Stream,
/// };
///
/// // Frames that the application encodes by itself, 30 times a second.
/// let frames = |out: &mut LoopFrameOut, key_frame_is_wanted: bool| -> HandlerResult {
///     out.video(vec![if key_frame_is_wanted { 0x17 } else { 0x27 }, 1, 0, 0, 0]);
///     Ok(true)
/// };
/// let scene = RenderLoop::of_frames(RenderLoopConfig::new("scene").rate(30.0), frames)?;
///
/// let scene = Arc::new(scene);
/// let server = Server::new(ServerConfig::default());
/// server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
///     let scene = Arc::clone(&scene);
///     connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
///         stream.join(&scene);
///         Ok(true)
///     });
///     Ok(true)
/// });
/// server.start("127.0.0.1:0")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RenderLoop {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl RenderLoop {
    /// A loop that has `renderer` draw canvases, and encodes them by the codec of that name, which
    /// `codecs` has ([`Server::video_codec_factory`](crate::Server::video_codec_factory), for
    /// example). Players are told size, rate and codec in an `onMetaData`.
    ///
    /// # Errors
    /// [`RenderLoopError`].
    pub fn new(
        config: RenderLoopConfig,
        codecs: &VideoCodecFactory,
        codec_name: &str,
        mut renderer: impl LoopRenderEventHandler + 'static,
    ) -> Result<Self, RenderLoopError> {
        let slot = CodecSlot::new(codecs.clone());
        let codec = slot.use_codec(codec_name).then(|| slot.encoder()).flatten();
        let codec = codec.ok_or_else(|| RenderLoopError::Codec {
            name: config.name.clone(),
            codec: codec_name.to_owned(),
        })?;
        let blank = blank_canvas(&config, codec.supported_types())?;
        let header = begin(&config, &codec)?;
        let metadata = slot.metadata().map(|metadata| metadata.with("framerate", config.rate));
        let encoding = Encoding::new(codec, metadata, header);
        let mut this = Self::start(&config, true, slot, encoding)?;
        let shared = Arc::clone(&this.shared);
        this.spawn("render", move || render_thread::run(&shared, &mut renderer, &blank))?;
        Ok(this)
    }

    /// A loop of frames that the application encodes by itself.
    ///
    /// # Errors
    /// [`RenderLoopError::Thread`].
    pub fn of_frames(
        config: RenderLoopConfig,
        frames: impl LoopFrameEventHandler + 'static,
    ) -> Result<Self, RenderLoopError> {
        let no_codec = CodecSlot::new(VideoCodecFactory::default());
        Self::start(&config, false, no_codec, Application(frames))
    }

    fn start(
        config: &RenderLoopConfig,
        is_rendered: bool,
        codec: CodecSlot,
        mut maker: impl FrameMaker + 'static,
    ) -> Result<Self, RenderLoopError> {
        let shared = Arc::new(Shared::new(config, is_rendered, codec));
        let mut this = Self { shared: Arc::clone(&shared), threads: Vec::with_capacity(2) };
        this.spawn("frame", move || frame_thread::run(&shared, &mut maker))?;
        Ok(this)
    }

    fn spawn(
        &mut self,
        kind: &str,
        run: impl FnOnce() + Send + 'static,
    ) -> Result<(), RenderLoopError> {
        let name = &self.shared.name;
        let thread = thread::Builder::new()
            .name(format!("rtmp-loop-{kind}-{name}"))
            .spawn(run)
            .map_err(|cause| RenderLoopError::Thread { name: name.clone(), cause })?;
        self.threads.push(thread);
        Ok(())
    }

    /// The name that it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// How many streams are watching: playing, and not paused.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.shared.viewers()
    }

    /// How many frames are made per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.shared.rate()
    }

    /// Changes the rate, as [`RenderLoopConfig::rate`] says; from the next frame on.
    pub fn set_rate(&self, rate: f64) {
        self.shared.set_rate(in_range(rate));
    }

    /// The encoder, to change its parameters while it runs; none where the application encodes by
    /// itself.
    #[must_use]
    pub fn video_codec(&self) -> Option<VideoCodec> {
        self.shared.video_codec()
    }

    /// Has the encoder make the next frame a key frame.
    pub fn force_key_frame(&self) {
        self.shared.force_key_frame();
    }

    /// Whether it has ended: by itself, because a handler or the encoder failed, or by
    /// [`end`](Self::end). A stream that plays it is told the end at once.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.shared.has_ended()
    }

    /// Ends it, as its drop does, but waits for nothing.
    pub fn end(&self) {
        self.shared.end(End::Failed);
    }

    /// Figures: viewers, renders, frames, how many of them showed a picture again, how often a key
    /// frame was asked for.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let mut statistics = Statistics::default();
        self.shared.append_statistics(&mut statistics);
        statistics
    }
}

impl Stream {
    /// Has this stream show a loop that it shares with others, while it plays and is not paused, in
    /// place of the loop that it showed before. No render or frame handler is needed; what a frame
    /// handler of its own puts is sent as well.
    ///
    /// After a pause, and where the client wants video again, the stream goes on with what is
    /// rendered then, from a key frame on; so it does at a seek. When the loop ends the stream ends,
    /// and the play handler's `stop` is called on the loop's frame thread: there it may not block,
    /// for the loop's other viewers wait.
    pub fn join(&self, render_loop: &RenderLoop) {
        let shared: Arc<Shared> = Arc::clone(&render_loop.shared);
        self.share(Some(shared));
    }

    /// Has this stream show no shared loop any more. It goes on playing, without media of the loop's.
    pub fn leave(&self) {
        self.share(None);
    }
}

impl Drop for RenderLoop {
    fn drop(&mut self) {
        self.shared.end(End::Failed);
        for thread in self.threads.drain(..) {
            // A handler that drops its own loop must not wait for itself.
            if thread.thread().id() != thread::current().id() && thread.join().is_err() {
                log::error!("a render loop panicked; this is a bug of rendercast's");
            }
        }
    }
}

impl fmt::Debug for RenderLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderLoop")
            .field("name", &self.name())
            .field("viewers", &self.viewers())
            .finish_non_exhaustive()
    }
}

/// Initialises the encoder, and returns what decoders must have been given before the first frame.
fn begin(
    config: &RenderLoopConfig,
    codec: &VideoCodec,
) -> Result<Option<VideoData>, RenderLoopError> {
    for (parameter, value) in &config.parameters {
        if !codec.set_parameter(parameter, value) {
            return Err(RenderLoopError::Parameter {
                name: config.name.clone(),
                parameter: parameter.clone(),
                value: value.clone(),
            });
        }
    }
    let (width, height) = config.size;
    codec
        .init(width, height)
        .map_err(|cause| RenderLoopError::Encoder { name: config.name.clone(), cause })
}

fn blank_canvas(
    config: &RenderLoopConfig,
    supported: Vec<PixelType>,
) -> Result<Canvas<'static>, RenderLoopError> {
    let name = config.name.clone();
    let cheapest = supported.first().copied().unwrap_or(PixelType::Rgb8);
    let pixel_type = config.pixel_type.unwrap_or(cheapest);
    if !supported.contains(&pixel_type) {
        return Err(RenderLoopError::PixelType { name, pixel_type, supported });
    }
    let (width, height) = config.size;
    Canvas::new(width, height, pixel_type).map_err(|cause| RenderLoopError::Canvas { name, cause })
}
