//! An RTMP server that synchronous applications link: one thread per connection, blocking
//! `std::net`, no async runtime.
//!
//! An application registers handlers, renders on one thread and encodes on another. Any RTMP player
//! (ffplay, mpv, VLC, GStreamer) watches, and calls procedures of the application. The contract is
//! that of the RTMP module of NVIDIA's Iray SDK (`mi::rtmp`); [`manual::sdk`] has the names of
//! both.
//!
//! # Example
//!
//! ```
//! use rendercast::amf::{Object, Value};
//! use rendercast::{Connection, FrameOut, HandlerResult, Server, ServerConfig, Stream};
//!
//! // Your encoder: it returns bodies of FLV video tags.
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
//! server.start("127.0.0.1:0")?; // "" listens on 0.0.0.0:1935
//! println!("ffplay {}/live/scene", server.listen_addresses()[0]);
//! server.shutdown();
//! # Ok::<(), rendercast::StartError>(())
//! ```
//!
//! To let the server encode canvases, call [`Stream::use_codec`]; [`manual::sdk`] shows a renderer
//! and an encoder on two threads. To show one picture to many viewers, use a [`RenderLoop`]. To
//! serve FLV files, install a [`vod::FileHandler`].
//!
//! # Handlers, in the order of their calls
//!
//! Each handler is optional. A closure can stand for the first method of each trait.
//!
//! 1. [`ConnectEventHandler::connect`]: a client connects. The server asks the
//!    [installed](Server::install) handlers in turn, until one returns `Ok(true)`. If none does, it
//!    refuses the client. Register 2 and 8 here.
//! 2. [`StreamEventHandler::create`]: the client creates a stream. Register 3 to 7 here.
//! 3. [`PlayEventHandler::play`]: the client plays a name. Then the loops start:
//! 4. [`RenderEventHandler::render`], as often as the stream's `render_rate` says, and
//! 5. [`FrameEventHandler::frame`], as often, on a thread of its own. It puts what to send into its
//!    [`FrameOut`], and is told whether the client keeps up.
//! 6. [`PauseEventHandler::pause`] and [`resume`](PauseEventHandler::resume): the client suspends
//!    the loops, and lets them go on.
//! 7. [`SeekEventHandler::seek`]: the client moves to another time.
//! 8. [`CallEventHandler::call`]: the client calls a procedure, at any time after 1.
//! 9. [`PlayEventHandler::stop`]: the playing ends, because the client wants it or is gone, or
//!    because a loop ended it. Then the loops end.
//! 10. [`StreamEventHandler::remove`]: the stream is gone.
//! 11. [`ConnectEventHandler::close`]: the connection is gone. No call follows.
//!
//! If the client publishes on a stream instead of playing, a [`PublishEventHandler`] is called.
//!
//! # Threads
//!
//! | thread | exists for | calls |
//! |---|---|---|
//! | `rtmp-accept` | each address | no handler |
//! | `rtmp-conn-N` | each connection | all handlers but render and frame; replies |
//! | `rtmp-render-N/S` | each playing stream with a render handler | the render handler |
//! | `rtmp-frame-N/S` | each playing stream with a frame handler | the frame handler |
//! | `rtmp-send-N` | each connection that once did not keep up | no handler |
//! | `rtmp-loop-render-NAME` | each [`RenderLoop`] with a renderer | the renderer |
//! | `rtmp-loop-frame-NAME` | each [`RenderLoop`] | the encoder, or the handler of its frames |
//! | `rtmp-record-NAME` | each [`record::Recorder`] | the handler of its events |
//!
//! Linux shows these names, cut to 15 bytes. A thread that has served a client may take another one
//! within a second, and is `rtmp-idle` meanwhile. So Rust's name of the threads of connections and
//! their streams is `rtmp-pool`, and what a handler keeps in a `thread_local` may be another
//! client's.
//!
//! If a loop ends a stream, the play handler's `stop` runs on that loop's frame thread. Replies are
//! those of [`Connection::call`].
//!
//! A render that takes half a second does not slow the frame rate down. A handler that blocks holds
//! up its own client only. Connect handlers are shared by all connections, and take `&self`. All
//! others are called by one thread at a time, and take `&mut self`. [`Connection`] and [`Stream`]
//! are borrowed for one call. A [`ConnectionHandle`] may be kept, and used from any thread.
//!
//! A handler returns a [`HandlerResult`]: `Ok(true)`, `Ok(false)`, or any error, which counts as
//! `false` and is logged. A [`Refusal`] among the errors chooses what the client is told. A handler
//! that panics ends its stream or its connection, and no more than that.
//!
//! # Where what is
//!
//! - [`Server`], [`ServerConfig`], [`ListenAddress`], [`Scheme`], [`UrlError`], [`ProxyAddress`],
//!   [`HandlerId`], [`StartError`]: listening, and every limit. [`spare_address_space`]: for
//!   processes under `ulimit -v`.
//! - [`Connection`], [`ConnectionHandle`], [`PeerAddress`], [`Carrier`], [`CallError`]: one client,
//!   and calls to it. [`DeferredReply`]: an answer to one of its calls that is given later.
//! - [`Stream`], [`StreamHandle`], [`PlayRequest`], [`PlayFrom`], [`PlayOut`], [`FrameOut`],
//!   [`MediaOut`]: what the client watches.
//! - [`VideoCodec`], [`media::codec`]: encoders, and how to add more.
//! - [`LiveStream`], [`LiveStreamConfig`], [`Replay`], [`End`]: media from one source to many
//!   streams.
//! - [`RenderLoop`], [`RenderLoops`], [`RenderLoopConfig`], [`RenderLoopError`],
//!   [`LoopRenderEventHandler`], [`LoopCanvas`], [`Cancellation`], [`LoopFrameEventHandler`],
//!   [`LoopFrameOut`]: one picture for many viewers. [`LoopCommands`], [`CancelLevel`],
//!   [`LoopOutcome`], [`LoopCommandsError`]: what runs between its renders. [`LoopProperty`],
//!   [`PropertyKind`], [`LoopPropertyError`]: what its viewers set. [`LoopSoundEventHandler`],
//!   [`SoundOut`]: its sound.
//! - [`ServerFigures`], [`ConnectionFigures`], [`StreamFigures`], [`LoopFigures`]: figures; by
//!   name:
//!   [`Statistics`]. [`PropertyError`]: properties.
//! - [`amf`]: the values of commands and calls.
//! - [`PublishRequest`], [`PublishKind`]: what a client publishes. [`live`]: a whole live server.
//!   [`record`]: recordings of live streams.
//! - [`vod`]: FLV files, played by name. [`media`]: tags, codec headers, reading and writing FLV.
//! - [`client`]: a blocking player and a publisher, over RTMP, RTMPS and RTMPT.
//! - [`relay`]: streams pushed to other servers, and pulled from them.
//! - `auth`, with the feature `adobe-auth`: names and passwords of publishers.
//! - `plugin`, with the feature `plugins`: codecs from shared libraries.
//! - `tls`, with the feature `tls`: certificates for RTMPS, and which of them a client trusts.
//! - [`protocol`]: RTMP without sockets, threads or clocks, for tests and tools.
//! - [`manual`]: addresses, RTMPS, RTMPT, encoders, live streams, plugins, players, figures,
//!   limits.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod address_rates;
mod address_space;
#[cfg(feature = "adobe-auth")]
pub mod auth;
pub mod client;
mod handler;
mod hub;
pub mod live;
pub mod manual;
pub mod media;
mod panics;
mod peer_log;
#[cfg(feature = "plugins")]
pub mod plugin;
pub mod protocol;
pub mod record;
pub mod relay;
mod render;
mod server;
mod sync;
mod threads;
mod ticker;
mod transport;
pub mod vod;

pub use address_space::spare_address_space;
pub use handler::{
    AdaptiveQuality, CallError, CallEventHandler, ConnectEventHandler, Connection,
    ConnectionFigures, ConnectionHandle, DeferredReply, FrameEventHandler, FrameOut, HandlerError,
    HandlerResult, LoopFigures, MediaOut, PauseEventHandler, PeerAddress, PlayEventHandler,
    PlayFrom, PlayOut, PlayRequest, PropertyError, PublishEventHandler, PublishKind,
    PublishRequest, Refusal, RenderEventHandler, SeekEventHandler, ServerFigures, Statistics,
    Stream, StreamEventHandler, StreamFigures, StreamHandle, Transition, VideoCodec, VideoPayload,
};
pub use hub::{End, LiveStream, LiveStreamConfig, Replay};
pub use media::{Tag, TagKind};
#[cfg(feature = "web")]
pub use protocol::http::Method as HttpMethod;
pub use protocol::url::{Scheme, UrlError};
pub use protocol::{Carrier, Timestamp, amf};
pub use render::{
    CancelLevel, Cancellation, LoopCanvas, LoopCommands, LoopCommandsError, LoopFrameEventHandler,
    LoopFrameOut, LoopOutcome, LoopProperty, LoopPropertyError, LoopRenderEventHandler,
    LoopSoundEventHandler, PropertyKind, RenderLoop, RenderLoopConfig, RenderLoopError,
    RenderLoops, SoundOut,
};
pub use server::{
    HandlerId, ListenAddress, ProxyAddress, ProxyAddressError, Server, ServerConfig, StartError,
    config,
};
#[cfg(feature = "web")]
pub use server::{HttpPathError, HttpRequest, HttpResponse, OperatorAccess, StreamEntry};
#[cfg(feature = "tls")]
pub use transport::tls;

// Compiles the examples of the read-me with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
