//! The handle of a shared render loop.

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
use crate::handler::{CodecSlot, InsideHandler, LoopFigures, Statistics, Stream, VideoCodec};
use crate::hub::{End, LiveStream};
use crate::media::codec::{VideoCodecFactory, VideoData};
use crate::media::{Canvas, PixelType};

/// A render loop that streams share: one renderer and one encoder, any number of viewers, which may
/// be clients of several servers. A stream shows it with [`Stream::join`].
///
/// The loop runs on two threads of its own, `rtmp-loop-render-NAME` and `rtmp-loop-frame-NAME`,
/// while a stream shows it. A picture is encoded and sent as soon as it is rendered. The frame
/// thread writes it to the sockets of all viewers, which need no loops of their own. While a render
/// takes longer than a tick, the last picture is encoded again, so the rate holds.
///
/// A new viewer begins with a key frame at once. A viewer that does not keep up (its outqueue is
/// full) goes on with the next key frame. It holds up neither the others nor the encoder.
///
/// Dropping the loop ends it. The threads are joined, which takes as long as a render or an encode
/// that has begun. Each viewer is told `NetStream.Play.Stop` and StreamEOF.
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
    live_stream: LiveStream,
    threads: Vec<JoinHandle<()>>,
}

impl RenderLoop {
    /// Makes a loop in which `renderer` draws canvases, and a codec encodes them. `codec_name` is
    /// the name of the codec in `codecs`, such as
    /// [`Server::video_codec_factory`](crate::Server::video_codec_factory). Players are told size,
    /// rate and codec in an `onMetaData`.
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

    /// Makes a loop of frames that the application encodes by itself.
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
        let counts = Arc::clone(&shared);
        let live_stream =
            LiveStream::observed(config.live_stream(), move |count| counts.set_viewers(count));
        let mut this = Self {
            shared: Arc::clone(&shared),
            live_stream: live_stream.clone(),
            threads: Vec::with_capacity(2),
        };
        this.spawn("frame", move || frame_thread::run(&shared, &live_stream, &mut maker))?;
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
            .spawn(move || {
                let _inside = InsideHandler::enter();
                run();
            })
            .map_err(|cause| RenderLoopError::Thread { name: name.clone(), cause })?;
        self.threads.push(thread);
        Ok(())
    }

    /// Returns the name that the loop was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Returns the stream of the frames, which any number of streams may
    /// [watch](Stream::watch).
    #[must_use]
    pub const fn live_stream(&self) -> &LiveStream {
        &self.live_stream
    }

    /// Returns how many streams are watching: playing, and not paused.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.shared.viewers()
    }

    /// Returns the number of frames per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.shared.rate()
    }

    /// Changes the number of frames per second, within the limits of [`RenderLoopConfig::rate`]. It
    /// holds from the next frame on.
    pub fn set_rate(&self, rate: f64) {
        self.shared.set_rate(in_range(rate));
    }

    /// Returns the encoder, whose parameters can be changed while it runs, or `None` if the
    /// application encodes by itself.
    #[must_use]
    pub fn video_codec(&self) -> Option<VideoCodec> {
        self.shared.video_codec()
    }

    /// Asks the encoder to make the next frame a key frame.
    pub fn force_key_frame(&self) {
        self.shared.force_key_frame();
    }

    /// Returns whether the loop has ended: because a handler or the encoder failed, because its
    /// handler [ended](crate::FrameOut::end) it, or by [`end`](Self::end). A stream that plays it
    /// later is told the end at once.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.shared.has_ended()
    }

    /// Ends the loop as dropping it does, but without waiting.
    pub fn end(&self) {
        self.shared.end(End::Failed);
    }

    /// Returns the figures of the loop by name.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.figures().into()
    }

    /// Returns the figures of the loop as numbers.
    #[must_use]
    pub fn figures(&self) -> LoopFigures {
        self.shared.figures()
    }
}

impl Stream {
    /// Shows a render loop that other streams may show too: [watches](Self::watch) its
    /// [`live_stream`](RenderLoop::live_stream).
    pub fn join(&self, render_loop: &RenderLoop) {
        self.watch(render_loop.live_stream());
    }

    /// Shows no render loop any more, as [`unwatch`](Self::unwatch) does.
    pub fn leave(&self) {
        self.unwatch();
    }
}

impl Drop for RenderLoop {
    fn drop(&mut self) {
        self.shared.end(End::Failed);
        for thread in self.threads.drain(..) {
            // A handler that drops its own loop must not wait for itself.
            if thread.thread().id() != thread::current().id() && thread.join().is_err() {
                log::error!("a render loop panicked; this is a bug of rendercast");
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

/// Initialises the encoder. Returns what a decoder needs before the first frame.
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
