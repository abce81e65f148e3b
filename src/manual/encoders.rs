//! The video encoders: which there are, how to choose and steer one, and how to add your own.
//!
//! # Choosing one
//!
//! [`Stream::use_codec`](crate::Stream::use_codec) lets the server encode the video of a stream.
//! Names are the same in capitals or not.
//!
//! | name | feature | what it is |
//! |---|---|---|
//! | `"screen video"` | `screen-video`, on by default | lossless; players made of FFmpeg show it |
//! | `"screen video 2"` | `screen-video`, on by default | its successor; fewer players have it |
//! | `"h264"` | `h264` | OpenH264 at low delay; 2 Mbit/s unless you say otherwise |
//!
//! Take `"screen video"` for still pictures, desktops and fast networks. Take `"h264"` for moving
//! pictures and slow lines.
//!
//! ```
//! use rendercast::amf::Value;
//! use rendercast::{HandlerResult, Stream};
//!
//! fn create(stream: &Stream, _command_arguments: &Value) -> HandlerResult {
//!     // Without the feature `h264`, the first is false. If both are, the stream is refused.
//!     Ok(stream.use_codec("h264") || stream.use_codec("screen video"))
//! }
//! ```
//!
//! Each playing of a stream gets a new encoder. The play handler must initialise it with the size
//! of the pictures; [`sdk`](super::sdk) has the whole example.
//!
//! # Steering one
//!
//! [`Stream::video_codec`](crate::Stream::video_codec) gives the encoder to every handler of the
//! stream. Its parameters may change while it runs.
//!
//! ```
//! use rendercast::{HandlerResult, PlayOut, Stream};
//!
//! fn play(stream: &Stream, out: &mut PlayOut) -> HandlerResult {
//!     let encoder = stream.video_codec().ok_or("no codec")?;
//!     encoder.set_parameter("bitrate", "4000000"); // false if the encoder has no such parameter
//!     encoder.set_parameter("keyframe_interval", "50");
//!     out.video(encoder.init(1280, 720)?);
//!     Ok(true)
//! }
//! ```
//!
//! [`VideoEncoder::set_parameter`](crate::media::codec::VideoEncoder::set_parameter) lists the
//! usual names: `"bitrate"`, `"framerate"`, `"keyframe_interval"`, `"force_keyframe"`, `"preset"`.
//! The documentation of each encoder says which of them it has. The server itself sets some, where
//! the [quality](super::quality) follows the line of a viewer.
//!
//! # Debug builds
//!
//! Without optimisation, zlib takes longer to compress a picture than a viewer takes to watch it. A
//! debug build of the first server of the README shows 35 of 101 pictures. These lines of your
//! `Cargo.toml` let debug builds compress at full speed:
//!
//! ```toml
//! [profile.dev.package.zlib-rs]
//! opt-level = 3
//!
//! [profile.dev.package.openh264-sys2] # these two if you use the feature h264
//! opt-level = 3
//!
//! [profile.dev.package.yuv]
//! opt-level = 3
//! ```
//!
//! # H.264: build and licences
//!
//! The feature `h264` builds OpenH264 from its C++ sources. That takes a C++ compiler. With `nasm`
//! installed, the encoder is two to four times as fast.
//!
//! OpenH264 is Cisco's, under the BSD licence; that licence must go along with what you ship. H.264
//! is patented. Cisco pays the fees for the binaries that it distributes itself, not for those
//! built from source.
//!
//! # Adding your own
//!
//! An encoder is a [`VideoEncoder`](crate::media::codec::VideoEncoder), and a
//! [`VideoPlugin`](crate::media::codec::VideoPlugin) makes encoders of one codec. Add the plugin to
//! [`Server::video_codec_factory`](crate::Server::video_codec_factory), under any name that RTMP
//! can carry: FLV's own codecs, and `"hevc"`, `"av1"`, `"vp9"` and others.
//!
//! ```
//! use std::sync::Arc;
//!
//! use rendercast::media::codec::{VideoDecoder, VideoEncoder, VideoPlugin};
//! use rendercast::{Server, ServerConfig};
//!
//! struct Vp9;
//!
//! impl VideoPlugin for Vp9 {
//!     fn name(&self) -> &str {
//!         "vp9"
//!     }
//!     fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
//!         None // your encoder
//!     }
//!     fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
//!         None // the plugin only encodes
//!     }
//! }
//!
//! let server = Server::new(ServerConfig::default());
//! server.video_codec_factory().add(Arc::new(Vp9))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`plugins`](super::plugins) shows how to load one from a shared library.
//!
//! A handler may also encode without any of this. On a stream without a codec,
//! [`MediaOut::video`](crate::MediaOut::video) takes whole bodies of FLV video tags, and sends them
//! as they are.
//!
//! # B frames
//!
//! An encoder with B frames returns pictures later, and in the order in which they are decoded. So
//! that players show them in theirs, each has a
//! [composition time](crate::media::codec::VideoData::composition_time). A picture that is shown
//! `delay` after it was drawn has `its own canvas + delay - canvas of this call`:
//!
//! ```
//! use rendercast::Timestamp;
//! use rendercast::media::codec::{VideoData, VideoDataKind};
//!
//! /// `drawn` is the time of the picture, `now` that of the canvas that this call has got.
//! fn reordered(bytes: Vec<u8>, drawn: Timestamp, now: Timestamp, delay: i32) -> VideoData {
//!     let earlier = drawn.0.wrapping_sub(now.0).cast_signed();
//!     VideoData::new(VideoDataKind::InterFrame, bytes).with_composition_time(earlier + delay)
//! }
//! ```
//!
//! The times are those of [`Canvas::timestamp`](crate::media::Canvas::timestamp). A render loop
//! sets them. On a stream of its own the frame handler does:
//! `canvas.with_timestamp(out.clock())`. Pictures then keep their distances, even if they come
//! unevenly.
//!
//! H.264, H.265 and H.266 can have such times. They pass through live streams, recordings, relays
//! and the page. What waits in the encoder comes with the next canvases, or when it is closed. So
//! set [`idle_rate`](crate::RenderLoopConfig::idle_rate) to the rate of the loop. A command that
//! waits for its frame waits for the encoder too: the answer names the frame of its picture. The
//! composition times tell which one that is.
