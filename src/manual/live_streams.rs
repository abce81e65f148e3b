//! One source for many viewers: shared render loops, and live streams that your own source feeds.
//!
//! A client's stream may have a render loop of its own, or watch a source that others watch too. In
//! the second case one renderer and one encoder serve any number of viewers, and a viewer costs no
//! thread except its connection's.
//!
//! # A shared render loop
//!
//! A [`RenderLoop`](crate::RenderLoop) has a renderer and an encoder, on two threads of its own. It
//! runs while at least one stream plays it and is not paused. [`Stream::join`](crate::Stream::join)
//! shows it on a stream.
//!
//! - A picture is encoded as soon as it is rendered, once for all viewers. The thread that encodes
//!   it also sends it.
//! - While a render takes longer than a period of the rate, the last picture is encoded again. So
//!   the rate holds.
//! - [`RenderLoop::of_frames`](crate::RenderLoop::of_frames) takes frames that you encode yourself,
//!   sound included.
//! - [`render_loops`](super::render_loops) has what callers need: commands between renders, and the
//!   frames that show them.
//! - If the renderer fails, or the loop is dropped, all viewers are told that the stream has ended.
//!
//! The README has an example. A loop may serve several servers of one process.
//!
//! # A source of your own
//!
//! A [`LiveStream`](crate::LiveStream) is the part of a render loop that has no thread. Any source
//! may feed it: a camera, a receiver, another server. [`Stream::watch`](crate::Stream::watch) shows
//! it on a stream.
//!
//! ```
//! use std::time::Instant;
//!
//! use rendercast::amf::{Object, Value};
//! use rendercast::media::{Tag, TagKind};
//! use rendercast::{
//!     Connection, End, HandlerResult, LiveStream, LiveStreamConfig, Server, ServerConfig, Stream,
//!     Timestamp,
//! };
//!
//! let camera = LiveStream::new(LiveStreamConfig::default());
//! let server = Server::new(ServerConfig::default());
//! let shown = camera.clone(); // a handle of the same stream
//! server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
//!     let shown = shown.clone();
//!     connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
//!         stream.watch(&shown);
//!         Ok(true)
//!     });
//!     Ok(true)
//! });
//! server.start("127.0.0.1:0")?;
//!
//! // On the thread of the source, for each frame:
//! let payload = vec![0x17, 1, 0, 0, 0 /* , a key frame of H.264 */].into();
//! let tag = Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload };
//! camera.send(vec![tag], Instant::now());
//!
//! // All viewers are told that the stream has ended.
//! camera.end(End::Complete);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`LiveStream::send`](crate::LiveStream::send) waits for no viewer. It writes to all their
//! sockets, so it takes some 10 µs per viewer ([`performance`](super::performance)).
//!
//! # Streams that clients publish
//!
//! [`live::LiveHandler`](crate::live::LiveHandler) takes streams from OBS, ffmpeg and others, and
//! shows each to all that play its name.
//!
//! - Viewers may come before the publisher, and wait.
//! - If the publisher is gone, they wait for 15 s. If it returns, they see a pause, timestamps that
//!   go on, and a key frame first. Otherwise they are told the end.
//! - A second publisher of a name replaces the first if that one is silent or has the same address.
//! - Timestamps that jump, go back or wrap are repaired. No stream ends for them.
//!
//! [`LiveConfig`](crate::live::LiveConfig) has the settings, and checks for keys and tokens. With
//! your own [`PublishEventHandler`](crate::PublishEventHandler), call
//! [`Stream::publish_to`](crate::Stream::publish_to).
//!
//! # Recordings
//!
//! A [`record::Recorder`](crate::record::Recorder) writes a live stream to FLV files, on a thread
//! of its own. The stream never waits for the disk.
//!
//! - A file is `NAME.flv.part` while it is written. When it is complete, it gets its duration, a
//!   table of key frames, and the name `NAME.flv`. So players can seek in it.
//! - If the process is killed, the `.part` file plays. It has no duration.
//! - If the disk is full, or the folder cannot be written, the recording stops. What was written is
//!   completed if that is possible. An event and a log line say so, and the stream goes on.
//! - [`RecordConfig`](crate::record::RecordConfig) limits the time and the length of a file.
//!   Another file follows from a key frame on.
//!
//! A live server records with [`LiveConfig::record`](crate::live::LiveConfig::record): all streams,
//! or those whose publishers ask for it with the publish type `record` or `append`. Names of
//! streams become safe file names: `live/key` is recorded to `live+key.flv`.
//! `cargo run --release --example live -- --record FOLDER` does all that.
//!
//! # What a new viewer gets
//!
//! A new viewer gets the metadata, the headers of the decoders, the last key frame, and all that
//! followed it. So it shows a picture at once. If too much followed, it waits for the next key
//! frame. [`LiveStreamConfig`](crate::LiveStreamConfig) bounds how much is kept: by default 1,024
//! frames and 4 MiB, enough for 6 Mbit/s with a key frame every 4 s.
//!
//! [`Replay`](crate::Replay) says how the frames are timed that it gets first:
//!
//! | | the viewer | for |
//! |---|---|---|
//! | `OwnTimes`, the default | begins at the last key frame, stays behind | cameras, B frames |
//! | `CatchUp` | decodes all at once, shows the present | renderers |
//!
//! A render loop uses `CatchUp`.
//!
//! # Many viewers
//!
//! Each time that something leaves costs one system call for each viewer, and hardly anything else
//! does. [`LiveStreamConfig::latency`](crate::LiveStreamConfig::latency) lets media wait for more.
//! With 40 ms a viewer costs less than half of the processor time, with 350 ms a tenth.
//!
//! Without latency, the thread that brings the media sends it to up to 32 viewers. That of a
//! publisher by RTMP or RTMPS over TCP, on Linux, sends to up to 256, with and without latency. A
//! thread of the stream sends to more.
//!
//! From 512 on several threads share the viewers, as many as there are processors
//! ([`sending_threads`](crate::LiveStreamConfig::sending_threads)). With a latency, others help
//! only if one thread would need more than a quarter of the latency, or than 100 ms. Two that send
//! at once need more processor time. If the threads do not keep up, more leaves together.
//!
//! Sound for more than 32 viewers waits up to 25 ms, if a picture is expected within 23 ms. It
//! leaves with the picture then. For more than 512 viewers these are 42 and 40 ms, so that no sound
//! is sent by itself at 25 pictures a second. Pictures never wait.
//!
//! # Viewers that fall behind
//!
//! A viewer whose queue is full skips to the next key frame, while its sound goes on. It holds up
//! neither the source nor the other viewers. One that takes no byte for the write timeout is
//! closed.
//!
//! If the source can make key frames, say so in the configuration, and ask
//! [`LiveStream::wants_key_frame`](crate::LiveStream::wants_key_frame) before each frame. It is
//! `true` when a viewer needs one, but not more often than the configured intervals: 500 ms after
//! the last key frame for new viewers, 4 s for those that fell behind. Key frames are large, and
//! all viewers get them. A viewer that does not read at all asks for nothing.
