//! A blocking, thread-per-connection RTMP server to embed in synchronous applications.
//!
//! An application registers handlers, renders on one thread and encodes on another; any RTMP player
//! (ffplay, mpv, VLC, GStreamer, ...) watches, and calls back into it. The contract is that of the
//! RTMP module of NVIDIA's Iray SDK (`mi::rtmp`), whose names rustdoc's search finds. There is no
//! async runtime, and no need for one.
//!
//! # Example
//!
//! ```
//! use rendercast::amf::{Object, Value};
//! use rendercast::{Connection, FrameOut, HandlerResult, Server, ServerConfig, Stream};
//!
//! // Whatever makes video: tag bodies as FLV frames them, here one frame of an encoder's.
//! fn encode_the_last_canvas() -> Vec<u8> {
//!     vec![0x27, 1, 0, 0, 0]
//! }
//!
//! let server = Server::new(ServerConfig::default());
//! server.install(|connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
//!     connection.register_stream_event_handler(|stream: &Stream, _: &Value| -> HandlerResult {
//!         stream.set_property("render_rate", 30)?;
//!         stream.register_frame_event_handler(
//!             |_: &Stream, out: &mut FrameOut, outqueue_is_full: bool| -> HandlerResult {
//!                 if !outqueue_is_full {
//!                     out.video(encode_the_last_canvas());
//!                 }
//!                 Ok(true)
//!             },
//!         );
//!         Ok(true)
//!     });
//!     Ok(true)
//! });
//! server.start("127.0.0.1:0")?; // "" for 0.0.0.0:1935
//! println!("ffplay {}/live/scene", server.listen_addresses()[0]);
//! server.shutdown();
//! # Ok::<(), rendercast::Error>(())
//! ```
//!
//! To serve FLV files, install a [`vod::FileHandler`]; no handler need be written.
//!
//! # Rendering
//!
//! One thread renders canvases, another encodes the last one: the SDK's division of labour, here
//! with its own words. What the encoder returns is put as it is; the server adds what RTMP wants in
//! front, once the stream [uses a codec](Stream::use_codec).
//!
//! ```
//! use std::sync::{Arc, Mutex};
//!
//! use rendercast::amf::{Object, Value};
//! use rendercast::media::{Canvas, PixelType};
//! use rendercast::{
//!     Connection, FrameEventHandler, FrameOut, HandlerResult, PlayEventHandler, RenderEventHandler,
//!     Server, ServerConfig, Stream, StreamEventHandler,
//! };
//!
//! const WIDTH: u32 = 640;
//! const HEIGHT: u32 = 360;
//!
//! /// The last picture that was rendered whole.
//! type Cache = Arc<Mutex<Option<Canvas<'static>>>>;
//!
//! struct Render(Cache);
//!
//! impl RenderEventHandler for Render {
//!     fn render(&mut self, _: &Stream) -> HandlerResult {
//!         let mut canvas = Canvas::new(WIDTH, HEIGHT, PixelType::Rgb8)?;
//!         canvas.row_mut(0).fill(255); // the scene
//!         *self.0.lock().unwrap() = Some(canvas);
//!         Ok(true)
//!     }
//! }
//!
//! struct Frame(Cache);
//!
//! impl FrameEventHandler for Frame {
//!     fn frame(
//!         &mut self,
//!         stream: &Stream,
//!         out: &mut FrameOut,
//!         outqueue_is_full: bool,
//!     ) -> HandlerResult {
//!         if outqueue_is_full {
//!             return Ok(true); // a frame more would only come later
//!         }
//!         let Some(encoder) = stream.video_codec() else { return Ok(false) };
//!         if let Some(canvas) = &*self.0.lock().unwrap() {
//!             out.video(encoder.encode_canvas(canvas)?);
//!         }
//!         Ok(true)
//!     }
//! }
//!
//! struct Play;
//!
//! impl PlayEventHandler for Play {
//!     fn play(&mut self, stream: &Stream, out: &mut FrameOut) -> HandlerResult {
//!         let Some(encoder) = stream.video_codec() else { return Ok(false) };
//!         out.video(encoder.init(WIDTH, HEIGHT)?);
//!         Ok(true)
//!     }
//!
//!     fn stop(&mut self, stream: &Stream, out: &mut FrameOut) -> HandlerResult {
//!         let Some(encoder) = stream.video_codec() else { return Ok(false) };
//!         out.video(encoder.close()?);
//!         Ok(true)
//!     }
//! }
//!
//! struct Streams;
//!
//! impl StreamEventHandler for Streams {
//!     fn create(&mut self, stream: &Stream, _command_arguments: &Value) -> HandlerResult {
//!         if !stream.use_codec("screen video") {
//!             return Ok(false);
//!         }
//!         let cache = Cache::default();
//!         stream.register_play_event_handler(Play);
//!         stream.register_render_event_handler(Render(Arc::clone(&cache)));
//!         stream.register_frame_event_handler(Frame(cache));
//!         Ok(true)
//!     }
//! }
//!
//! let server = Server::new(ServerConfig::default());
//! server.install(|connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
//!     connection.register_stream_event_handler(Streams);
//!     Ok(true)
//! });
//! server.start("127.0.0.1:0")?;
//! # Ok::<(), rendercast::Error>(())
//! ```
//!
//! The `stop` above may be left out: the server closes what its stream's handlers have not.
//!
//! # Handlers, in the order of their calls
//!
//! Each is optional: what nobody registered is not called. A closure serves for each trait's first
//! method.
//!
//! 1. [`ConnectEventHandler::connect`]: a client is here. [Installed](Server::install) handlers are
//!    asked in turn until one claims it; none: it is refused. The place to register 2 and 8.
//! 2. [`StreamEventHandler::create`]: the client creates a stream. The place to register 3 to 7.
//! 3. [`PlayEventHandler::play`]: it plays a name. From here on the loops run:
//! 4. [`RenderEventHandler::render`], as often as the stream's `render_rate` says, and
//! 5. [`FrameEventHandler::frame`], as often, on a thread of its own; it puts what is to be sent into
//!    its [`FrameOut`], and is told whether the client keeps up.
//! 6. [`PauseEventHandler::pause`] and [`resume`](PauseEventHandler::resume): the client suspends the
//!    loops, and lets them go on.
//! 7. [`SeekEventHandler::seek`]: the client moves elsewhere.
//! 8. [`CallEventHandler::call`]: the client calls a procedure, at any time since 1, video or not.
//! 9. [`PlayEventHandler::stop`]: the playing is to end, because the client wants it so or is gone,
//!    or because a loop ended it. After it the loops end.
//! 10. [`StreamEventHandler::remove`]: the stream is gone.
//! 11. [`ConnectEventHandler::close`]: the connection is gone. No call follows.
//!
//! # Threads
//!
//! | thread | calls |
//! |---|---|
//! | `rtmp-accept` | nobody |
//! | `rtmp-conn-N`, one per connection | connect, stream, play, pause, seek and call handlers, and the replies of [`Connection::call`] |
//! | `rtmp-render-N/S`, one per playing stream with a render handler | the render handler |
//! | `rtmp-frame-N/S`, one per playing stream with a frame handler | the frame handler; the play handler's `stop`, where a loop ends the stream |
//! | `rtmp-send-N`, once a client does not keep up | nobody |
//! | `rtmp-loop-render-NAME`, one per [`RenderLoop`] with a renderer | that |
//! | `rtmp-loop-frame-NAME`, one per [`RenderLoop`] | the encoder, or the handler of the loop's frames; the play handler's `stop` of all who watch, where the loop ends |
//!
//! So a render that takes half a second leaves the frame rate where it is, and a handler that blocks
//! holds up its own client and nobody else. All handlers but connect handlers are called by one
//! thread at a time and take `&mut self`; a connect handler is shared by all connections and takes
//! `&self`. [`Connection`] and [`Stream`] are borrowed for the length of a call; what may be kept and
//! used from any thread is a [`ConnectionHandle`].
//!
//! A handler returns a [`HandlerResult`]: `Ok(true)`, `Ok(false)` or any error, which counts as
//! `false`, is logged, and chooses what the client is told if it is a [`Refusal`]. A handler that
//! panics ends its stream or its connection, and no more than that.
//!
//! # Where what is
//!
//! - [`Server`], [`ServerConfig`], [`ListenAddress`], [`ProxyAddress`], [`HandlerId`], [`Error`]: listening, and every
//!   limit.
//! - [`Connection`], [`PeerAddress`], [`ConnectionHandle`], [`CallError`]: one client, and calls to it.
//! - [`Stream`], [`PlayRequest`], [`PlayFrom`], [`FrameOut`]: what it watches.
//! - [`VideoCodec`], [`media::codec`]: encoders, and what adds more of them.
//! - [`LiveStream`], [`LiveStreamConfig`], [`Replay`], [`End`]: media from one source to many streams.
//! - [`RenderLoop`], [`RenderLoopConfig`], [`RenderLoopError`], [`LoopRenderEventHandler`],
//!   [`LoopFrameEventHandler`]: what many streams show together.
//! - [`Statistics`], [`PropertyError`]: figures and properties of both.
//! - [`amf`]: the values of commands and calls.
//! - [`vod`]: FLV files, played by name. [`media`]: tags, codec headers, reading and writing FLV.
//! - [`client`]: a blocking player.
//! - `plugin`, with the feature `plugins`: codecs out of shared libraries.
//! - [`protocol`]: RTMP without input or output, for tests, tools and the curious.

pub mod client;
mod handler;
mod hub;
pub mod media;
#[cfg(feature = "plugins")]
pub mod plugin;
pub mod protocol;
mod render;
mod server;
mod sync;
mod ticker;
mod transport;
pub mod vod;

pub use handler::{
    CallError, CallEventHandler, ConnectEventHandler, Connection, ConnectionHandle,
    FrameEventHandler, FrameOut, HandlerError, HandlerResult, PauseEventHandler, PeerAddress,
    PlayEventHandler, PlayFrom, PlayRequest, PropertyError, Refusal, RenderEventHandler,
    SeekEventHandler, Statistics, Stream, StreamEventHandler, Transition, VideoCodec, VideoPayload,
};
pub use hub::{End, LiveStream, LiveStreamConfig, Replay};
pub use media::{Tag, TagKind};
pub use protocol::{Timestamp, amf};
pub use render::{
    LoopFrameEventHandler, LoopRenderEventHandler, RenderLoop, RenderLoopConfig, RenderLoopError,
};
pub use server::{
    Error, HandlerId, ListenAddress, ProxyAddress, ProxyAddressError, Server, ServerConfig,
};
#[cfg(feature = "tls")]
pub use transport::tls;

// The examples of the read-me are compiled with those of the documentation, where the features that
// they show are there.
#[cfg(all(doctest, feature = "plugins"))]
#[doc = include_str!("../README.md")]
struct ReadMe;
