//! One stream of a connection, as its handlers see it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::backend::StreamBackend;
use super::properties::Properties;
use super::video_codec::CodecSlot;
use super::{
    Connection, FrameEventHandler, FrameOut, PauseEventHandler, PlayEventHandler, PlayRequest,
    PropertyError, RenderEventHandler, SeekEventHandler, Slot, Statistics, VideoCodec,
};
use crate::hub::LiveStream;
use crate::media::codec::VideoCodecFactory;
use crate::protocol::amf::{Object, Value};
use crate::protocol::{MessageStreamId, Timestamp};
use crate::sync::lock;

/// The name of the one property that the server itself goes by.
const RENDER_RATE: &str = "render_rate";

/// How often the loops run where nobody says otherwise, in calls per second.
const DEFAULT_RENDER_RATE: f64 = 25.0;

/// The fastest that loops may be asked to run, in calls per second.
const MAX_RENDER_RATE: f64 = 1000.0;

/// One stream (NetStream) of a connection. Borrowed for the length of a handler's call.
///
/// ```
/// use rendercast::amf::Value;
/// use rendercast::{FrameOut, HandlerResult, Stream};
///
/// fn create(stream: &Stream, _command_arguments: &Value) -> HandlerResult {
///     stream.register_play_event_handler(|stream: &Stream, _: &mut FrameOut| -> HandlerResult {
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
    is_recorded: AtomicBool,
    is_paused: AtomicBool,
    pub(crate) handlers: Handlers,
    codec: Arc<CodecSlot>,
    properties: Properties,
    link: Weak<dyn StreamBackend>,
}

/// What is registered on a stream.
#[derive(Debug)]
pub(crate) struct Handlers {
    pub(crate) play: Slot<dyn PlayEventHandler>,
    pub(crate) pause: Slot<dyn PauseEventHandler>,
    pub(crate) seek: Slot<dyn SeekEventHandler>,
    pub(crate) render: Slot<dyn RenderEventHandler>,
    pub(crate) frame: Slot<dyn FrameEventHandler>,
}

impl Stream {
    pub(crate) fn new(
        id: MessageStreamId,
        connection: Arc<Connection>,
        video_codecs: VideoCodecFactory,
        link: Weak<dyn StreamBackend>,
    ) -> Self {
        Self {
            id,
            connection,
            request: Mutex::default(),
            render_rate: AtomicU64::new(DEFAULT_RENDER_RATE.to_bits()),
            buffer_length_ms: AtomicU32::new(0),
            is_recorded: AtomicBool::new(false),
            is_paused: AtomicBool::new(false),
            handlers: Handlers {
                play: Slot::new(),
                pause: Slot::new(),
                seek: Slot::new(),
                render: Slot::new(),
                frame: Slot::new(),
            },
            codec: Arc::new(CodecSlot::new(video_codecs)),
            properties: Properties::default(),
            link,
        }
    }

    /// The number that the client knows this stream by; unique on its connection.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id.0
    }

    /// The connection that this stream belongs to: the place to register call handlers from a
    /// stream's code.
    #[doc(alias = "get_connection")]
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The name given in the client's last play command; empty before that.
    #[doc(alias = "get_stream_name")]
    #[must_use]
    pub fn stream_name(&self) -> String {
        lock(&self.request).stream_name.clone()
    }

    /// All that the client's last play command asked for.
    #[must_use]
    pub fn play_request(&self) -> PlayRequest {
        lock(&self.request).clone()
    }

    /// How much media the client said it buffers; zero where it did not say. ffmpeg says 3 s,
    /// rtmpdump 10 hours.
    #[must_use]
    pub fn buffer_length(&self) -> Duration {
        Duration::from_millis(self.buffer_length_ms.load(Ordering::Relaxed).into())
    }

    /// Whether the client has paused this stream.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Relaxed)
    }

    /// Says that what is played is a recording, not live: the client is told so at the start of
    /// play (StreamIsRecorded). To be said by a play handler.
    pub fn set_recorded(&self, is_recorded: bool) {
        self.is_recorded.store(is_recorded, Ordering::Relaxed);
    }

    /// Has this stream's video encoded by the codec of this name: one of the library's own or of a
    /// plugin's, whose capitals make no difference. From now on the server puts the header of an FLV
    /// video tag in front of all that is given to [`FrameOut::video`]; without a codec it goes out as
    /// it is.
    ///
    /// Where the play handler has initialised the encoder and put no data of its own, the server sends
    /// an `onMetaData` with size, rate and codec ahead of all: players that are told what comes need
    /// not wait for seconds of it to find out.
    ///
    /// False: nobody has that codec, or RTMP cannot carry it
    /// ([`carried_as`](crate::media::codec::carried_as)); the stream goes on as before. A codec that
    /// was used before is closed. To be said once, mostly by a stream handler.
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

    /// The encoder of the codec in use; none before [`use_codec`](Self::use_codec).
    ///
    /// It is this stream's alone, and serves one playing: it is to be
    /// [initialised](VideoCodec::init) by the play handler. When the playing ends the server
    /// [closes](VideoCodec::close) it, sends what it has left, and for the next one there is a new
    /// encoder; also where a seek makes a stream go on that has [ended](FrameOut::end).
    #[doc(alias = "get_video_codec")]
    #[must_use]
    pub fn video_codec(&self) -> Option<VideoCodec> {
        self.codec.encoder()
    }

    /// Registers the render loop's handler, in place of the former one.
    pub fn register_render_event_handler(&self, handler: impl RenderEventHandler + 'static) {
        self.handlers.render.set(Some(Arc::new(Mutex::new(handler))));
        self.loops_changed();
    }

    /// Removes the render loop's handler: the loop waits.
    pub fn unregister_render_event_handler(&self) {
        self.handlers.render.set(None);
    }

    /// Registers the frame loop's handler, in place of the former one.
    pub fn register_frame_event_handler(&self, handler: impl FrameEventHandler + 'static) {
        self.handlers.frame.set(Some(Arc::new(Mutex::new(handler))));
        self.loops_changed();
    }

    /// Removes the frame loop's handler: the loop waits.
    pub fn unregister_frame_event_handler(&self) {
        self.handlers.frame.set(None);
    }

    /// Registers the handler of play and stop, in place of the former one.
    pub fn register_play_event_handler(&self, handler: impl PlayEventHandler + 'static) {
        self.handlers.play.set(Some(Arc::new(Mutex::new(handler))));
    }

    /// Removes the handler of play and stop: every play is allowed.
    pub fn unregister_play_event_handler(&self) {
        self.handlers.play.set(None);
    }

    /// Registers the handler of pause and resume, in place of the former one.
    pub fn register_pause_event_handler(&self, handler: impl PauseEventHandler + 'static) {
        self.handlers.pause.set(Some(Arc::new(Mutex::new(handler))));
    }

    /// Removes the handler of pause and resume: every pause is allowed.
    pub fn unregister_pause_event_handler(&self) {
        self.handlers.pause.set(None);
    }

    /// Registers the handler of seeks, in place of the former one.
    pub fn register_seek_event_handler(&self, handler: impl SeekEventHandler + 'static) {
        self.handlers.seek.set(Some(Arc::new(Mutex::new(handler))));
    }

    /// Removes the handler of seeks: a seek changes nothing.
    pub fn unregister_seek_event_handler(&self) {
        self.handlers.seek.set(None);
    }

    /// Has the frame loop call its handler at once, instead of at its next tick: a render handler
    /// says so when a canvas is done, which saves up to a tick's length of delay. Requests that come
    /// while the frame handler runs are served with one more call.
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
        if let Some(link) = self.link.upgrade() {
            link.request_frame();
        }
    }

    /// Shows a live stream while this stream plays and is not paused, in place of the one that it
    /// showed before. No render or frame handler is needed. What a frame handler puts is sent as well.
    ///
    /// The stream begins with the last key frame and what followed it, and with the next one if that
    /// is too much. It does so again after a pause, after a seek, and when the client wants video
    /// again. When the live stream ends this stream ends, and the `stop` of its play handler is called
    /// on the thread of the source. It must not block there, since the other subscribers wait.
    pub fn watch(&self, live_stream: &LiveStream) {
        self.set_live_stream(Some(live_stream.clone()));
    }

    /// Shows no live stream any more. The stream goes on playing, without the media of the source.
    pub fn unwatch(&self) {
        self.set_live_stream(None);
    }

    /// Sets a property: `"render_rate"`, how often the loops run, in calls per second, above 0 and
    /// at most 1000 (25 by default); or one of the application's own, whose key begins with `user_`.
    ///
    /// # Errors
    /// [`PropertyError::NoSuchProperty`], the SDK's -1; [`PropertyError::InvalidValue`], its -2.
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
        let rate = value.as_number().filter(|rate| *rate > 0.0 && *rate <= MAX_RENDER_RATE);
        let Some(rate) = rate else {
            return Err(PropertyError::InvalidValue {
                key: key.to_owned(),
                value: value.to_string(),
                wanted: "a number of calls per second, above 0 and at most 1000",
            });
        };
        self.render_rate.store(rate.to_bits(), Ordering::Relaxed);
        self.loops_changed();
        Ok(())
    }

    /// A property that [`set_property`](Self::set_property) knows.
    #[doc(alias = "get_property")]
    #[must_use]
    pub fn property(&self, key: &str) -> Option<Value> {
        match key {
            RENDER_RATE => Some(self.render_rate().into()),
            _ => self.properties.value(key),
        }
    }

    /// Figures of this stream: frames and bytes sent, drops, the outqueue's depth.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let mut statistics = Statistics::default();
        statistics.push("stream_name", self.stream_name());
        statistics.push("render_rate", self.render_rate());
        if let Some(link) = self.link.upgrade() {
            link.append_statistics(&mut statistics);
        }
        statistics
    }

    pub(crate) fn frame_out(&self, clock: Timestamp, room_bytes: usize) -> FrameOut {
        FrameOut::new(clock, room_bytes, Arc::clone(&self.codec))
    }

    /// The `onMetaData` of a stream whose encoder is initialised.
    pub(crate) fn codec_metadata(&self) -> Option<Object> {
        Some(self.codec.metadata()?.with("framerate", self.render_rate()))
    }

    /// The encoder of the playing that has ended, to be closed; the next playing has another.
    pub(crate) fn retire_codec(&self) -> Option<VideoCodec> {
        self.codec.retire()
    }

    pub(crate) const fn message_stream_id(&self) -> MessageStreamId {
        self.id
    }

    pub(crate) fn render_rate(&self) -> f64 {
        f64::from_bits(self.render_rate.load(Ordering::Relaxed))
    }

    pub(crate) fn is_recorded(&self) -> bool {
        self.is_recorded.load(Ordering::Relaxed)
    }

    pub(crate) fn set_request(&self, request: PlayRequest) {
        *lock(&self.request) = request;
    }

    pub(crate) fn set_paused(&self, is_paused: bool) {
        self.is_paused.store(is_paused, Ordering::Relaxed);
    }

    /// Whether that is news.
    pub(crate) fn set_buffer_length(&self, milliseconds: u32) -> bool {
        self.buffer_length_ms.swap(milliseconds, Ordering::Relaxed) != milliseconds
    }

    fn set_live_stream(&self, live_stream: Option<LiveStream>) {
        if let Some(link) = self.link.upgrade() {
            link.watch(live_stream);
        }
    }

    fn loops_changed(&self) {
        if let Some(link) = self.link.upgrade() {
            link.loops_changed();
        }
    }
}
