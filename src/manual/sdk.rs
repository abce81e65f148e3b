//! The names of the Iray SDK beside ours: read this page if you port an application of `mi::rtmp`.
//!
//! rendercast keeps the contract of the SDK's RTMP module: the same concepts, the same order of
//! calls, the same meaning of each return value. In C++ a handler has one method and a flag. Here
//! each handler has two methods, and a closure can stand for the first. `true` is `Ok(true)`.
//! `false` is `Ok(false)` or any error, so `?` works on every error type. The search of rustdoc
//! finds the SDK's names.
//!
//! # The server and its connections
//!
//! | SDK | rendercast |
//! |---|---|
//! | `IFactory::create_server()` | [`Server::new`] |
//! | `IServer::start(address)`: 0 or -1 | [`Server::start`]; call it once for each address |
//! | `IServer::shutdown()` | [`Server::shutdown`]; the drop of the server does the same |
//! | `IServer::install(handler)` | [`Server::install`], which returns a [`HandlerId`] |
//! | `IServer::remove(handler)` | [`Server::remove`], which takes the [`HandlerId`] |
//! | `IServer::get_listen_address()` | [`Server::listen_addresses`] |
//! | none | [`Server::statistics`] |
//! | `IConnection` | [`&Connection`](crate::Connection), for one call; [`ConnectionHandle`] |
//! | `register_remote_call_handler(handler, name)` | [`Connection::register_remote_call_handler`] |
//! | the same with NULL as the name | the same with `None`: the handler of all other names |
//! | the same with NULL as the handler | `Connection::unregister_remote_call_handler` |
//! | `register_stream_event_handler` | [`Connection::register_stream_event_handler`] |
//! | `IConnection::get_statistics()` | [`Connection::statistics`]: iterate it, or print it |
//! | `IConnection::get_peer_address()` | [`Connection::peer_address`] |
//! | `IConnection::set_property`: 0 or -1 | [`Connection::set_property`], a `Result` |
//! | `IConnection::get_property` | [`Connection::property`] |
//! | none | [`Connection::call`], [`ConnectionHandle::call`]: the server calls the client |
//!
//! # Streams
//!
//! | SDK | rendercast |
//! |---|---|
//! | `IStream` | [`&Stream`](crate::Stream), for one call |
//! | `register_{render,frame,play,pause}_event_handler` | `Stream::register_…_event_handler` |
//! | the same with NULL | `Stream::unregister_…_event_handler` |
//! | none | [`Stream::register_seek_event_handler`] |
//! | `IStream::get_stream_name()` | [`Stream::stream_name`], [`Stream::play_request`] |
//! | `IStream::set_property`: 0, -1 or -2 | [`Stream::set_property`], which returns a `Result` |
//! | `IStream::get_property` | [`Stream::property`] |
//! | `"render_rate"`, `set_max_render_rate()` | `stream.set_property("render_rate", 50)` |
//! | `IStream::get_connection()` | [`Stream::connection`] |
//! | `IStream::use_codec(name)` | [`Stream::use_codec`] |
//! | `IStream::get_video_codec()` | [`Stream::video_codec`] |
//! | RealityServer's render loops | [`RenderLoop`], [`RenderLoops`], [`Stream::join`] |
//! | its commands between renders, and cancel levels | [`LoopCommands`], [`CancelLevel`] |
//!
//! # Handlers
//!
//! | SDK | rendercast |
//! |---|---|
//! | `IConnect_event_handler`, `is_create` | [`ConnectEventHandler`]: `connect`, `close` |
//! | `IStream_event_handler`, `is_create` | [`StreamEventHandler`]: `create`, `remove` |
//! | `IPlay_event_handler`, `is_start` | [`PlayEventHandler`]: `play`, `stop` |
//! | `IPause_event_handler`, `is_pause` | [`PauseEventHandler`]: `pause`, `resume` |
//! | `IRender_event_handler` | [`RenderEventHandler`]: `render` |
//! | `IFrame_event_handler` | [`FrameEventHandler`]: `frame`, for video, audio and data |
//! | `ICall_event_handler` | [`CallEventHandler`]: `call`, which returns the response |
//! | none | [`SeekEventHandler`]: `seek` |
//!
//! # Codecs and plugins
//!
//! | SDK | rendercast |
//! |---|---|
//! | `IVideo_data` | [`VideoData`], or plain bytes |
//! | `IVideo_encoder`, `IVideo_decoder` | [`VideoEncoder`], [`VideoDecoder`] |
//! | `IVideo_plugin` | [`VideoPlugin`] |
//! | `IVideo_codec_factory` | [`VideoCodecFactory`]; [`Server::video_codec_factory`] |
//! | `load_plugin_library` | the same name, on the factory; feature `plugins` |
//! | `load_plugins_from_directory` | the same name, on the factory; feature `plugins` |
//! | the bundled plugin "screen video" | `"screen video"`, bundled |
//! | `example_rtmp_server_flv` | `cargo run --example serve_flv -- FILE.flv`, with sound |
//!
//! # The SDK's example, line by line
//!
//! The classes and their order are those of the SDK's documentation. What the SDK leaves out is
//! left out here too.
//!
//! ```no_run
//! use std::sync::{Arc, Mutex, PoisonError};
//!
//! use rendercast::amf::{Object, Value};
//! use rendercast::media::Canvas;
//! use rendercast::{
//!     ConnectEventHandler, Connection, FrameEventHandler, FrameOut, HandlerResult, MediaOut,
//!     PlayEventHandler, PlayOut, RenderEventHandler, Server, ServerConfig, Stream,
//!     StreamEventHandler,
//! };
//!
//! fn render_a_canvas() -> HandlerResult<Canvas<'static>> { todo!("your code") }
//!
//! /// The last canvas that was rendered. The render thread and the frame thread share it. Each
//! /// holds the lock only to store or copy a pointer, never during a render or an encode.
//! #[derive(Clone, Default)]
//! struct LastCanvas(Arc<Mutex<Option<Arc<Canvas<'static>>>>>);
//!
//! impl LastCanvas {
//!     fn save(&self, canvas: Canvas<'static>) {
//!         *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(canvas));
//!     }
//!     fn get(&self) -> Option<Arc<Canvas<'static>>> {
//!         self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
//!     }
//! }
//!
//! // The play handler.
//! struct MyPlayHandler;
//!
//! impl PlayEventHandler for MyPlayHandler {
//!     fn play(&mut self, stream: &Stream, out: &mut PlayOut) -> HandlerResult {
//!         let Some(codec) = stream.video_codec() else { return Ok(false) };
//!         out.video(codec.init(640, 480)?); // some codecs begin with data of their own
//!         Ok(true)
//!     }
//!
//!     fn stop(&mut self, stream: &Stream, out: &mut MediaOut) -> HandlerResult {
//!         let Some(codec) = stream.video_codec() else { return Ok(false) };
//!         out.video(codec.close()?); // if you leave this out, the server does it
//!         Ok(true)
//!     }
//! }
//!
//! // The render loop.
//! struct MyRenderHandler { last: LastCanvas }
//!
//! impl RenderEventHandler for MyRenderHandler {
//!     fn render(&mut self, _stream: &Stream) -> HandlerResult {
//!         self.last.save(render_a_canvas()?);
//!         Ok(true)
//!     }
//! }
//!
//! // The frame loop collects encoded video. It runs on another thread than the render handler, so
//! // the two must synchronise their access to the canvas.
//! struct MyFrameHandler { last: LastCanvas }
//!
//! impl FrameEventHandler for MyFrameHandler {
//!     fn frame(
//!         &mut self, stream: &Stream, out: &mut FrameOut, outqueue_is_full: bool,
//!     ) -> HandlerResult {
//!         if outqueue_is_full { // not an error, but a new frame would only wait
//!             return Ok(true);
//!         }
//!         let Some(codec) = stream.video_codec() else { return Ok(false) };
//!         if let Some(canvas) = self.last.get() { // `None` until the first render has ended
//!             out.video(codec.encode_canvas(&canvas)?);
//!         }
//!         Ok(true)
//!     }
//! }
//!
//! // The stream handler.
//! struct MyStreamHandler;
//!
//! impl StreamEventHandler for MyStreamHandler {
//!     fn create(&mut self, stream: &Stream, _command_arguments: &Value) -> HandlerResult {
//!         if !stream.use_codec("screen video") {
//!             return Ok(false);
//!         }
//!         stream.register_play_event_handler(MyPlayHandler);
//!         let last = LastCanvas::default();
//!         stream.register_render_event_handler(MyRenderHandler { last: last.clone() });
//!         stream.register_frame_event_handler(MyFrameHandler { last });
//!         Ok(true)
//!     }
//! }
//!
//! // The connect handler.
//! struct MyConnectHandler;
//!
//! impl ConnectEventHandler for MyConnectHandler {
//!     fn connect(
//!         &self, connection: &Connection, _command_arguments: &Object, _user_arguments: &[Value],
//!     ) -> HandlerResult {
//!         connection.register_stream_event_handler(MyStreamHandler);
//!         Ok(true)
//!     }
//! }
//!
//! fn main() -> Result<(), rendercast::StartError> {
//!     let rtmp_server = Server::new(ServerConfig::default());
//!     rtmp_server.install(MyConnectHandler);
//!     rtmp_server.start("")?;
//!     std::io::stdin().lines().next(); // waits for Enter
//!     Ok(()) // the drop shuts the server down
//! }
//! ```
//!
//! [`Server::new`]: crate::Server::new
//! [`Server::start`]: crate::Server::start
//! [`Server::shutdown`]: crate::Server::shutdown
//! [`Server::install`]: crate::Server::install
//! [`Server::remove`]: crate::Server::remove
//! [`Server::listen_addresses`]: crate::Server::listen_addresses
//! [`Server::statistics`]: crate::Server::statistics
//! [`Server::video_codec_factory`]: crate::Server::video_codec_factory
//! [`HandlerId`]: crate::HandlerId
//! [`ConnectionHandle`]: crate::ConnectionHandle
//! [`ConnectionHandle::call`]: crate::ConnectionHandle::call
//! [`Connection::call`]: crate::Connection::call
//! [`Connection::register_remote_call_handler`]: crate::Connection::register_remote_call_handler
//! [`Connection::register_stream_event_handler`]: crate::Connection::register_stream_event_handler
//! [`Connection::statistics`]: crate::Connection::statistics
//! [`Connection::peer_address`]: crate::Connection::peer_address
//! [`Connection::set_property`]: crate::Connection::set_property
//! [`Connection::property`]: crate::Connection::property
//! [`Stream::register_seek_event_handler`]: crate::Stream::register_seek_event_handler
//! [`Stream::stream_name`]: crate::Stream::stream_name
//! [`Stream::play_request`]: crate::Stream::play_request
//! [`Stream::set_property`]: crate::Stream::set_property
//! [`Stream::property`]: crate::Stream::property
//! [`Stream::connection`]: crate::Stream::connection
//! [`Stream::use_codec`]: crate::Stream::use_codec
//! [`Stream::video_codec`]: crate::Stream::video_codec
//! [`Stream::join`]: crate::Stream::join
//! [`CancelLevel`]: crate::CancelLevel
//! [`LoopCommands`]: crate::LoopCommands
//! [`RenderLoop`]: crate::RenderLoop
//! [`RenderLoops`]: crate::RenderLoops
//! [`ConnectEventHandler`]: crate::ConnectEventHandler
//! [`StreamEventHandler`]: crate::StreamEventHandler
//! [`PlayEventHandler`]: crate::PlayEventHandler
//! [`PauseEventHandler`]: crate::PauseEventHandler
//! [`RenderEventHandler`]: crate::RenderEventHandler
//! [`FrameEventHandler`]: crate::FrameEventHandler
//! [`CallEventHandler`]: crate::CallEventHandler
//! [`SeekEventHandler`]: crate::SeekEventHandler
//! [`VideoData`]: crate::media::codec::VideoData
//! [`VideoEncoder`]: crate::media::codec::VideoEncoder
//! [`VideoDecoder`]: crate::media::codec::VideoDecoder
//! [`VideoPlugin`]: crate::media::codec::VideoPlugin
//! [`VideoCodecFactory`]: crate::media::codec::VideoCodecFactory
