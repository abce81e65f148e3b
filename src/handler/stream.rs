//! One stream of a connection, as its handlers see it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::backend::StreamBackend;
#[cfg(feature = "web")]
use super::capture::Capture;
use super::codec_slot::CodecSlot;
use super::properties::{Properties, RENDER_RATE};
use super::quality::OwnQuality;
use super::stream_handlers::StreamHandlers;
use super::{
    AdaptiveQuality, Connection, FrameEventHandler, MediaOut, PauseEventHandler, PlayEventHandler,
    PlayRequest, PropertyError, PublishEventHandler, RenderEventHandler, SeekEventHandler,
    Statistics, StreamFigures, StreamHandle, VideoCodec,
};
use crate::hub::LiveStream;
use crate::media::codec::VideoCodecFactory;
use crate::protocol::amf::{Object, Value};
use crate::protocol::{MessageStreamId, Timestamp};
use crate::sync::lock;

/// How often the loops run by default, in calls per second.
const DEFAULT_RENDER_RATE: f64 = 25.0;

/// The highest rate of the loops, in calls per second.
const MAX_RENDER_RATE: f64 = 1000.0;

/// One stream (NetStream) of a connection. Handlers borrow it for the length of a call.
///
/// ```
/// use rendercast::amf::Value;
/// use rendercast::{HandlerResult, PlayOut, Stream};
///
/// fn create(stream: &Stream, _command_arguments: &Value) -> HandlerResult {
///     stream.register_play_event_handler(|stream: &Stream, _: &mut PlayOut| -> HandlerResult {
///         println!("{} plays {}", stream.connection().peer_address(), stream.stream_name());
///         Ok(true)
///     });
///     Ok(true)
/// }
/// ```
#[doc(alias = "IStream")]
#[derive(Debug)]
pub struct Stream {
    id: MessageStreamId,
    connection: Arc<Connection>,
    request: Mutex<PlayRequest>,
    render_rate: AtomicU64,
    buffer_length_ms: AtomicU32,
    is_paused: AtomicBool,
    /// What the frame handler answered to `runs_while_paused` when it was registered.
    runs_while_paused: AtomicBool,
    pub(crate) handlers: StreamHandlers,
    codec: Arc<CodecSlot>,
    properties: Properties,
    /// Where the media go that the client publishes.
    publishes_to: Mutex<Option<LiveStream>>,
    is_publishing: AtomicBool,
    quality: Mutex<OwnQuality>,
    skipped_bytes: AtomicU64,
    backend: Weak<dyn StreamBackend>,
}

impl Stream {
    pub(crate) fn new(
        id: MessageStreamId,
        connection: Arc<Connection>,
        video_codecs: VideoCodecFactory,
        backend: Weak<dyn StreamBackend>,
    ) -> Self {
        Self {
            id,
            connection,
            request: Mutex::default(),
            render_rate: AtomicU64::new(DEFAULT_RENDER_RATE.to_bits()),
            buffer_length_ms: AtomicU32::new(0),
            is_paused: AtomicBool::new(false),
            runs_while_paused: AtomicBool::new(false),
            handlers: StreamHandlers::new(),
            codec: Arc::new(CodecSlot::new(video_codecs)),
            properties: Properties::default(),
            publishes_to: Mutex::default(),
            is_publishing: AtomicBool::new(false),
            quality: Mutex::default(),
            skipped_bytes: AtomicU64::new(0),
            backend,
        }
    }

    /// Returns the number by which the client knows this stream. It is unique on its connection.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id.0
    }

    /// Returns the connection that this stream belongs to.
    #[doc(alias = "get_connection")]
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the name in the client's last play or publish command. Returns an empty string
    /// before the first.
    #[doc(alias = "get_stream_name")]
    #[must_use]
    pub fn stream_name(&self) -> String {
        lock(&self.request).stream_name.clone()
    }

    /// Returns everything that the client's last play command asked for.
    #[must_use]
    pub fn play_request(&self) -> PlayRequest {
        lock(&self.request).clone()
    }

    /// Returns a handle that may be kept and used from any thread.
    #[must_use]
    pub fn handle(&self) -> StreamHandle {
        StreamHandle::new(self.backend.clone())
    }

    /// Returns how much media the client says that it buffers. Returns zero if it does not say.
    /// ffmpeg says 3 s, rtmpdump 10 hours.
    #[must_use]
    pub fn buffer_length(&self) -> Duration {
        Duration::from_millis(self.buffer_length_ms.load(Ordering::Relaxed).into())
    }

    /// Returns whether the client has paused this stream.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Relaxed)
    }

    /// Chooses the codec of this stream's video by its name, in upper or lower case. It may be one
    /// of the library or of a plugin. The server then adds the FLV header to everything that is put
    /// by [`MediaOut::video`].
    ///
    /// If the play handler initialises the encoder and puts no data message, the server sends an
    /// `onMetaData` with size, rate and codec first. Players that get one start seconds earlier.
    ///
    /// Returns `false` if there is no such codec, or RTMP cannot carry it
    /// ([`carried_as`](crate::media::codec::carried_as)). The stream then continues as before. A
    /// former codec is closed. Call it once, usually in a stream handler.
    ///
    /// ```
    /// use rendercast::amf::Value;
    /// use rendercast::{HandlerResult, Stream};
    ///
    /// fn create(stream: &Stream, _command_arguments: &Value) -> HandlerResult {
    ///     // False refuses the stream.
    ///     Ok(stream.use_codec("h264") || stream.use_codec("screen video"))
    /// }
    /// ```
    #[must_use = "without the codec, what encoders return is not what players expect"]
    pub fn use_codec(&self, name: &str) -> bool {
        self.codec.use_codec(name)
    }

    /// Returns the encoder of the codec in use. Returns `None` before
    /// [`use_codec`](Self::use_codec).
    ///
    /// It belongs to this stream and serves one play. The play handler must
    /// [initialise](VideoCodec::init) it. At the end of the play the server
    /// [closes](VideoCodec::close) it and sends what it has left. The next play gets a new encoder.
    /// So does a stream that has [ended](crate::FrameOut::end) and starts again at a seek.
    #[doc(alias = "get_video_codec")]
    #[must_use]
    pub fn video_codec(&self) -> Option<VideoCodec> {
        self.codec.encoder()
    }

    /// Registers the handler of the render loop, in place of the former one.
    pub fn register_render_event_handler(&self, handler: impl RenderEventHandler + 'static) {
        self.handlers.render.set(Some(Arc::new(Mutex::new(handler))));
        self.loops_changed();
    }

    /// Removes the handler of the render loop. The loop waits for another.
    pub fn unregister_render_event_handler(&self) {
        self.handlers.render.set(None);
    }

    /// Registers the handler of the frame loop, in place of the former one. Asks it whether it
    /// [runs while paused](FrameEventHandler::runs_while_paused).
    pub fn register_frame_event_handler(&self, handler: impl FrameEventHandler + 'static) {
        self.runs_while_paused.store(handler.runs_while_paused(), Ordering::Relaxed);
        self.handlers.frame.set(Some(Arc::new(Mutex::new(handler))));
        self.loops_changed();
    }

    /// Removes the handler of the frame loop. The loop waits for another.
    pub fn unregister_frame_event_handler(&self) {
        self.handlers.frame.set(None);
    }

    /// Registers the handler of play and stop, in place of the former one.
    pub fn register_play_event_handler(&self, handler: impl PlayEventHandler + 'static) {
        self.handlers.play.set(Some(Arc::new(Mutex::new(handler))));
    }

    /// Removes the handler of play and stop. Without one, every play is allowed.
    pub fn unregister_play_event_handler(&self) {
        self.handlers.play.set(None);
    }

    /// Registers the handler of publishers, in place of the former one.
    pub fn register_publish_event_handler(&self, handler: impl PublishEventHandler + 'static) {
        self.handlers.publish.set(Some(Arc::new(Mutex::new(handler))));
    }

    /// Removes the handler of publishers. Without one, every publisher is refused.
    pub fn unregister_publish_event_handler(&self) {
        self.handlers.publish.set(None);
    }

    /// Registers the handler of pause and resume, in place of the former one.
    pub fn register_pause_event_handler(&self, handler: impl PauseEventHandler + 'static) {
        self.handlers.pause.set(Some(Arc::new(Mutex::new(handler))));
    }

    /// Removes the handler of pause and resume. Without one, every pause is allowed.
    pub fn unregister_pause_event_handler(&self) {
        self.handlers.pause.set(None);
    }

    /// Registers the handler of seeks, in place of the former one.
    pub fn register_seek_event_handler(&self, handler: impl SeekEventHandler + 'static) {
        self.handlers.seek.set(Some(Arc::new(Mutex::new(handler))));
    }

    /// Removes the handler of seeks. Without one, a seek changes nothing.
    pub fn unregister_seek_event_handler(&self) {
        self.handlers.seek.set(None);
    }

    /// Lets the frame loop call its handler at once, instead of at its next tick. A render handler
    /// that has finished a canvas saves up to one tick of delay this way. Requests that come while
    /// the frame handler runs lead to one more call.
    ///
    /// ```
    /// # use rendercast::{HandlerResult, Stream};
    /// # fn render_a_canvas() {}
    /// fn render(stream: &Stream) -> HandlerResult {
    ///     render_a_canvas();
    ///     stream.request_frame();
    ///     Ok(true)
    /// }
    /// ```
    pub fn request_frame(&self) {
        if let Some(backend) = self.backend.upgrade() {
            backend.request_frame();
        }
    }

    /// Shows a live stream while this stream plays and is not paused, in place of the one that it
    /// showed before. No render or frame handler is needed. What a frame handler puts is sent as
    /// well.
    ///
    /// The stream begins with the last key frame and what followed it, and with the next one if
    /// that is too much. It does so again after a pause, after a seek, and when the client wants
    /// video again. When the live stream ends this stream ends, and the `stop` of its play handler
    /// is called on the thread of the source. It must not block there, since the other subscribers
    /// wait.
    pub fn watch(&self, live_stream: &LiveStream) {
        self.set_live_stream(Some(live_stream.clone()));
    }

    /// Shows no live stream any more. The stream goes on playing, without the media of the source.
    pub fn unwatch(&self) {
        self.set_live_stream(None);
    }

    /// Sends the media that the client publishes to a live stream, in place of the one before. Call
    /// it in [`PublishEventHandler::publish`]. It holds until the client ceases to publish.
    ///
    /// The connection's thread hands the media over as they come, or a little before a live stream
    /// with a [latency](crate::LiveStreamConfig::latency) sends them. The live stream does not end
    /// when the publisher does: another may continue it. What it keeps for new viewers counts for
    /// the memory of this connection.
    pub fn publish_to(&self, live_stream: &LiveStream) {
        *lock(&self.publishes_to) = Some(live_stream.clone());
    }

    /// Sets a property by its name: `"render_rate"`, as [`set_render_rate`](Self::set_render_rate)
    /// does, or one of the application, whose name begins with `user_`.
    ///
    /// # Errors
    /// [`PropertyError::NoSuchProperty`] (the SDK's -1), [`PropertyError::InvalidValue`] (its -2).
    ///
    /// ```
    /// # use rendercast::{PropertyError, Stream};
    /// # fn f(stream: &Stream) -> Result<(), PropertyError> {
    /// stream.set_property("render_rate", 60)?;
    /// stream.set_property("user_camera", "left")?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "set_max_render_rate")]
    pub fn set_property(&self, key: &str, value: impl Into<Value>) -> Result<(), PropertyError> {
        let value = value.into();
        if key != RENDER_RATE {
            return self.properties.set(key, value);
        }
        let rate = value.as_number().ok_or_else(|| PropertyError::invalid_render_rate(&value))?;
        self.set_render_rate(rate)
    }

    /// Returns how often the loops run, in calls per second.
    #[must_use]
    pub fn render_rate(&self) -> f64 {
        f64::from_bits(self.render_rate.load(Ordering::Relaxed))
    }

    /// Sets how often the loops run, in calls per second: above 0 and at most 1000. The default
    /// is 25.
    ///
    /// # Errors
    /// [`PropertyError::InvalidValue`].
    ///
    /// ```
    /// # use rendercast::{PropertyError, Stream};
    /// # fn f(stream: &Stream) -> Result<(), PropertyError> {
    /// stream.set_render_rate(60.0)?;
    /// assert_eq!(stream.render_rate(), 60.0);
    /// assert!(stream.set_render_rate(f64::INFINITY).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_render_rate(&self, rate: f64) -> Result<(), PropertyError> {
        if !(rate > 0.0 && rate <= MAX_RENDER_RATE) {
            return Err(PropertyError::invalid_render_rate(&rate));
        }
        self.render_rate.store(rate.to_bits(), Ordering::Relaxed);
        self.loops_changed();
        Ok(())
    }

    /// Returns a property that [`set_property`](Self::set_property) can set.
    #[doc(alias = "get_property")]
    #[must_use]
    pub fn property(&self, key: &str) -> Option<Value> {
        match key {
            RENDER_RATE => Some(self.render_rate().into()),
            _ => self.properties.value(key),
        }
    }

    /// Sets how the quality of this stream's own encoder follows the line. With `None` it does not.
    /// Defaults to [`AdaptiveQuality::default`].
    ///
    /// Before each call of the frame handler the encoder is told a `bitrate` and a `framerate`, at
    /// most those that the application has set. If a frame would be late, or is one too many for
    /// the line, the handler is told that the outqueue is full. A picture that stands still is
    /// [refined](crate::manual::quality#a-picture-that-stands-still). Without effect on a play that
    /// is [recorded](crate::PlayOut::set_recorded), and without [`use_codec`](Self::use_codec).
    /// [`RenderLoopConfig::adaptive_quality`](crate::RenderLoopConfig::adaptive_quality) does the
    /// same for render loops.
    pub fn set_adaptive_quality(&self, quality: Option<AdaptiveQuality>) {
        *lock(&self.quality) = quality.into();
    }

    /// Sets how many bits per second this stream is sent at most, or `None` if there is no limit,
    /// as by default. The stream is treated as if its line took no more: an encoder that follows
    /// the line becomes coarser, and otherwise frames are left out up to a key frame.
    ///
    /// A message is sent whole, so the limit holds on average. What is sent until the play starts
    /// counts as well.
    pub fn set_max_bitrate(&self, bits_per_second: Option<u32>) {
        if let Some(backend) = self.backend.upgrade() {
            backend.set_max_bitrate(bits_per_second);
        }
    }

    /// Sets how many bytes of the file that plays are skipped because they are damaged, for
    /// [`StreamFigures::skipped_bytes`]. A [`FilmFrameHandler`](crate::vod::FilmFrameHandler) does
    /// so. Each play begins with 0.
    pub fn set_skipped_bytes(&self, bytes: u64) {
        self.skipped_bytes.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes.load(Ordering::Relaxed)
    }

    /// Returns the figures of this stream by name: messages and bytes sent, drops, the depth of the
    /// outqueue.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics::default().with("stream_name", self.stream_name()).and(self.figures())
    }

    /// Returns the figures of this stream as numbers. They are zero once the stream is gone.
    #[must_use]
    pub fn figures(&self) -> StreamFigures {
        let figures = self.backend.upgrade().map(|backend| backend.figures());
        figures.unwrap_or_default()
    }

    pub(crate) fn media_out(&self, clock: Timestamp) -> MediaOut {
        MediaOut::new(clock, Arc::clone(&self.codec))
    }

    /// Returns the `onMetaData` of the stream. Returns `None` until its encoder is initialised.
    pub(crate) fn codec_metadata(&self) -> Option<Object> {
        Some(self.codec.metadata()?.with("framerate", self.render_rate()))
    }

    pub(crate) fn adaptive_quality(&self) -> Option<AdaptiveQuality> {
        lock(&self.quality).get()
    }

    /// Returns the encoder, if it is initialised.
    pub(crate) fn running_codec(&self) -> Option<VideoCodec> {
        self.codec.running()
    }

    /// Removes the encoder of a play that has ended. The caller closes it.
    pub(crate) fn retire_codec(&self) -> Option<VideoCodec> {
        self.codec.retire()
    }

    /// Takes a picture of what is drawn, instead of sending it.
    #[cfg(feature = "web")]
    pub(crate) fn capture_pictures(&self) {
        self.codec.capture_pictures();
    }

    /// Returns what takes the picture, if the client wants one.
    #[cfg(feature = "web")]
    pub(crate) fn capture(&self) -> Option<&Capture> {
        self.codec.capture().map(|capture| &**capture)
    }

    /// Returns whether the stream has a codec.
    #[cfg(feature = "web")]
    pub(crate) fn has_codec(&self) -> bool {
        self.codec.carried_as().is_some()
    }

    pub(crate) const fn message_stream_id(&self) -> MessageStreamId {
        self.id
    }

    pub(crate) fn frames_run_while_paused(&self) -> bool {
        self.runs_while_paused.load(Ordering::Relaxed)
    }

    pub(crate) fn set_request(&self, request: PlayRequest) {
        *lock(&self.request) = request;
        self.set_skipped_bytes(0);
    }

    /// Sets what [`stream_name`](Self::stream_name) returns of a publisher.
    pub(crate) fn set_published_name(&self, name: &str) {
        self.set_request(PlayRequest { stream_name: name.to_owned(), ..PlayRequest::default() });
    }

    pub(crate) fn set_paused(&self, is_paused: bool) {
        self.is_paused.store(is_paused, Ordering::Relaxed);
    }

    /// Returns whether the value changed.
    pub(crate) fn set_buffer_length(&self, milliseconds: u32) -> bool {
        self.buffer_length_ms.swap(milliseconds, Ordering::Relaxed) != milliseconds
    }

    pub(crate) fn publishes_to(&self) -> Option<LiveStream> {
        lock(&self.publishes_to).clone()
    }

    pub(crate) fn is_publishing(&self) -> bool {
        self.is_publishing.load(Ordering::Relaxed)
    }

    pub(crate) fn begin_publishing(&self) {
        self.is_publishing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn end_publishing(&self) {
        self.is_publishing.store(false, Ordering::Relaxed);
        *lock(&self.publishes_to) = None;
    }

    fn set_live_stream(&self, live_stream: Option<LiveStream>) {
        if let Some(backend) = self.backend.upgrade() {
            backend.watch(live_stream);
        }
    }

    fn loops_changed(&self) {
        if let Some(backend) = self.backend.upgrade() {
            backend.loops_changed();
        }
    }
}
