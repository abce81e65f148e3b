//! The handle of a shared render loop.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::config::{RenderLoopConfig, in_range};
use super::encoding::{Encoding, blank_canvas};
use super::error::RenderLoopError;
use super::frame_thread::{Application, FrameMaker, FrameThread};
use super::loop_commands::{LoopCommands, LoopCommandsError};
use super::loop_property::{LoopProperty, LoopPropertyError};
use super::render_thread;
use super::shared::Shared;
use super::{LoopFrameEventHandler, LoopRenderEventHandler};
use crate::handler::{
    CodecSlot, Connection, HandlerResult, InsideHandler, LoopFigures, Refusal, Statistics, Stream,
    VideoCodec,
};
#[cfg(feature = "web")]
use crate::hub::Rendered;
use crate::hub::{End, LiveStream};
use crate::media::Canvas;
use crate::media::codec::VideoCodecFactory;
use crate::peer_log::peer_log;
use crate::protocol::amf::Value;
use crate::sync::lock;
use crate::threads;

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
    pub(super) shared: Arc<Shared>,
    live_stream: LiveStream,
    /// The settings that the loop was made with.
    config: RenderLoopConfig,
    /// What pictures are drawn on at the start. `None` if the application encodes by itself.
    blank: Option<Canvas<'static>>,
    /// The further encodings.
    pub(super) encodings: Mutex<Vec<Arc<Self>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
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
        let (this, blank) = Self::encoding(config, codecs, codec_name)?;
        let shared = Arc::clone(&this.shared);
        shared.note_renderer();
        this.spawn("render", move || render_thread::run(&shared, &mut renderer, blank))?;
        Ok(this)
    }

    /// Makes a loop of pictures that the application [publishes](Self::publish), whenever and from
    /// whatever thread it likes. A codec encodes them, as in [`new`](Self::new). There is no
    /// renderer, so the loop executes no commands.
    ///
    /// # Errors
    /// [`RenderLoopError`].
    pub fn of_pictures(
        config: RenderLoopConfig,
        codecs: &VideoCodecFactory,
        codec_name: &str,
    ) -> Result<Self, RenderLoopError> {
        Ok(Self::encoding(config, codecs, codec_name)?.0)
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
        let shared = Arc::new(Shared::new(&config, false, no_codec));
        Self::start(config, shared, None, Application(frames), |_| ())
    }

    /// Starts a loop that encodes pictures. Returns the canvas that pictures are drawn on.
    fn encoding(
        config: RenderLoopConfig,
        codecs: &VideoCodecFactory,
        codec_name: &str,
    ) -> Result<(Self, Canvas<'static>), RenderLoopError> {
        let (slot, codec) = slot_of(&config, codecs, codec_name)?;
        let blank = blank_canvas(&config, codec.supported_types())?;
        let shared = Arc::new(Shared::new(&config, true, slot));
        let encoding = Encoding::new(&config, Arc::clone(&shared.codec), codec, &blank)?;
        #[cfg(feature = "web")]
        let rendered = Rendered { source: Arc::clone(&shared) as _, still: Arc::default() };
        let this = Self::start(config, shared, Some(blank.clone()), encoding, |_| ())?;
        #[cfg(feature = "web")]
        this.live_stream.set_rendered(rendered);
        Ok((this, blank))
    }

    /// Starts a further encoding of this loop. `config` has its name, rate and parameters.
    pub(super) fn start_encoding(
        &self,
        config: RenderLoopConfig,
        codecs: &VideoCodecFactory,
        codec_name: &str,
    ) -> Result<Self, RenderLoopError> {
        let Some(blank) = &self.blank else {
            return Err(RenderLoopError::NoEncoder { name: self.name().to_owned() });
        };
        let (width, height) = self.size();
        let config = config.size(width, height).pixel_type(blank.pixel_type());
        // The pictures are those of this loop, and so is what they mean.
        let config = config.colour_space(blank.colour_space()).tone_map(blank.tone_map().clone());
        let (slot, codec) = slot_of(&config, codecs, codec_name)?;
        let blank = blank_canvas(&config, codec.supported_types())?;
        let shared = Arc::new(self.shared.another(&config, slot));
        let encoding = Encoding::new(&config, Arc::clone(&shared.codec), codec, &blank)?;
        let (renderer, viewers) = (Arc::clone(&self.shared), AtomicUsize::new(0));
        // The live stream calls it with its lock held, so the numbers come in order.
        let on_viewers = move |after| {
            renderer.change_output_viewers(viewers.swap(after, Ordering::Relaxed), after);
        };
        let encoding = Self::start(config, shared, Some(blank), encoding, on_viewers)?;
        #[cfg(feature = "web")]
        if let Some(rendered) = self.live_stream.rendered() {
            encoding.live_stream.set_rendered(rendered.clone());
        }
        Ok(encoding)
    }

    fn start(
        config: RenderLoopConfig,
        shared: Arc<Shared>,
        blank: Option<Canvas<'static>>,
        mut maker: impl FrameMaker + 'static,
        on_viewers: impl Fn(usize) + Send + Sync + 'static,
    ) -> Result<Self, RenderLoopError> {
        let counts = Arc::clone(&shared);
        let live_stream = LiveStream::observed(config.live_stream(), move |count| {
            counts.set_viewers(count);
            on_viewers(count);
        });
        let this = Self {
            shared: Arc::clone(&shared),
            live_stream: live_stream.clone(),
            config,
            blank,
            encodings: Mutex::default(),
            threads: Mutex::default(),
        };
        let config = this.config.clone();
        this.spawn("frame", move || {
            FrameThread::new(&config, &shared, &live_stream, &mut maker).run();
        })?;
        Ok(this)
    }

    fn spawn(
        &self,
        kind: &str,
        run: impl FnOnce() + Send + 'static,
    ) -> Result<(), RenderLoopError> {
        let name = &self.shared.name;
        let thread = threads::spawn(format!("rtmp-loop-{kind}-{name}"), move || {
            let _inside = InsideHandler::enter();
            run();
        })
        .map_err(|cause| RenderLoopError::Thread { name: name.clone(), cause })?;
        lock(&self.threads).push(thread);
        Ok(())
    }

    pub(super) const fn config(&self) -> &RenderLoopConfig {
        &self.config
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

    /// Runs commands between two renders, all that wait before the next. Returns their number, by
    /// which [`onCommandsShown`](crate::LoopOutcome::frame) names them. Does not wait for them.
    ///
    /// ```
    /// # use rendercast::{HandlerResult, LoopCommands, LoopCommandsError, RenderLoop};
    /// # fn f(scene: &RenderLoop) -> Result<(), LoopCommandsError> {
    /// scene.execute(LoopCommands::of(|| {
    ///     println!("runs on the render thread");
    ///     Ok("done".into())
    /// }))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`LoopCommandsError`]. The commands do not run then, and nothing is told of the outcome.
    pub fn execute(&self, commands: LoopCommands) -> Result<u64, LoopCommandsError> {
        self.shared.execute(commands)
    }

    /// Executes commands for a client, and answers its call with the outcome, as
    /// [`LoopCommands::answer`] does. For call handlers, which return at once what this returns.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use rendercast::amf::Value;
    /// use rendercast::{CancelLevel, Connection, LoopCommands, RenderLoop};
    ///
    /// fn register(connection: &Connection, scene: Arc<RenderLoop>) {
    ///     connection.register_remote_call_handler(
    ///         "reload",
    ///         move |connection: &Connection, _: &str, _: &Value, _: &[Value]| {
    ///             let reload = LoopCommands::of(|| Ok(true.into()));
    ///             scene.answer(connection, reload.cancel(CancelLevel::StartOver))
    ///         },
    ///     );
    /// }
    /// ```
    ///
    /// # Errors
    /// A [`Refusal`] if the commands or the [deferred reply](Connection::defer_reply) are refused.
    pub fn answer(&self, connection: &Connection, commands: LoopCommands) -> HandlerResult<Value> {
        let commands = commands.answer(connection.defer_reply()?);
        self.execute(commands).map_err(|error| Refusal::call_failed(error.to_string()))?;
        // The answer comes later, and this value goes nowhere.
        Ok(Value::Null)
    }

    /// Lets a renderer be called again that has [finished](crate::LoopCanvas::finish).
    pub fn request_render(&self) {
        self.shared.request_render();
    }

    /// Shows a picture, from any thread. It is encoded and sent at once, or as soon as the rate
    /// allows another frame. A loop without a renderer begins with the last picture when
    /// it is watched again. Returns the canvas of an older picture to draw on, if there is one.
    ///
    /// # Errors
    /// [`RenderLoopError::Size`], [`RenderLoopError::PixelType`] or [`RenderLoopError::NoEncoder`].
    pub fn publish(
        &self,
        picture: Canvas<'static>,
    ) -> Result<Option<Canvas<'static>>, RenderLoopError> {
        let name = self.shared.name.clone();
        let Some(codec) = self.video_codec() else {
            return Err(RenderLoopError::NoEncoder { name });
        };
        let (size, found) = (self.size(), (picture.width(), picture.height()));
        if found != size {
            return Err(RenderLoopError::Size { name, size, found });
        }
        let (pixel_type, supported) = (picture.pixel_type(), codec.supported_types());
        if !supported.contains(&pixel_type) {
            return Err(RenderLoopError::PixelType { name, pixel_type, supported });
        }
        Ok(self.shared.show(picture))
    }

    /// Returns the width and the height of the pictures that are rendered next.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.shared.size()
    }

    /// Returns the properties that viewers can set, and their values.
    #[must_use]
    pub fn properties(&self) -> Vec<(LoopProperty, Value)> {
        self.shared.properties().iter().cloned().collect()
    }

    /// Returns the value of a property. Returns `None` if the loop has none of that name.
    #[must_use]
    pub fn property(&self, key: &str) -> Option<Value> {
        self.shared.properties().value(key).cloned()
    }

    /// Sets a property from the next render on. A renderer that has finished is called again.
    ///
    /// # Errors
    /// [`LoopPropertyError`]. The property keeps its value.
    pub fn set_property(
        &self,
        key: &str,
        value: impl Into<Value>,
    ) -> Result<(), LoopPropertyError> {
        self.shared.set_property(key, value.into())
    }

    /// Begins the time anew after which the loop
    /// [rests](RenderLoopConfig::rests_after) or [ends](RenderLoopConfig::ends_after) without
    /// viewers.
    pub fn keep_alive(&self) {
        self.shared.keep_alive();
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

    /// Returns whether the loop has ended, and its threads would be joined at once.
    pub(super) fn is_finished(&self) -> bool {
        let encodings = lock(&self.encodings).clone();
        self.has_ended()
            && lock(&self.threads).iter().all(JoinHandle::is_finished)
            && encodings.iter().all(|encoding| encoding.is_finished())
    }

    /// Ends the loop, and waits for its threads.
    pub(super) fn join(&self) {
        self.shared.end(End::Failed);
        let threads = std::mem::take(&mut *lock(&self.threads));
        for thread in threads {
            // A handler that drops its own loop must not wait for itself.
            if thread.thread().id() != thread::current().id() && thread.join().is_err() {
                let who = format_args!("render loop {:?}", self.shared.name);
                peer_log!(Error, who, "a thread panicked; this is a bug of rendercast");
            }
        }
        let encodings = lock(&self.encodings).clone();
        encodings.iter().for_each(|encoding| encoding.join());
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
        self.join();
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

/// Puts a codec in use.
pub(super) fn slot_of(
    config: &RenderLoopConfig,
    codecs: &VideoCodecFactory,
    codec_name: &str,
) -> Result<(CodecSlot, VideoCodec), RenderLoopError> {
    let slot = CodecSlot::new(codecs.clone());
    let codec = slot.use_codec(codec_name).then(|| slot.encoder()).flatten();
    let codec = codec.ok_or_else(|| RenderLoopError::Codec {
        name: config.name.clone(),
        codec: codec_name.to_owned(),
    })?;
    Ok((slot, codec))
}
