//! Render loops that answer exactly: commands between renders, cancelled renders, the frame that
//! shows a command, loops by name, properties that viewers set, several encodings, pixels as the
//! renderer has them, and sound.
//!
//! [`live_streams`](super::live_streams) says what a [`RenderLoop`](crate::RenderLoop) is.
//!
//! # Commands between renders
//!
//! [`RenderLoop::execute`](crate::RenderLoop::execute) takes commands from any thread. They run on
//! the render thread between two renders, all that wait before the next, in order. So they may
//! change the scene without a lock that a render holds for seconds. A call handler hands its answer
//! over with [`RenderLoop::answer`](crate::RenderLoop::answer), and returns at once: no connection
//! waits for a render.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//!
//! use rendercast::amf::Value;
//! use rendercast::{Connection, HandlerResult, LoopCommands, RenderLoop};
//!
//! fn register(connection: &Connection, scene: &Arc<RenderLoop>, yaw: &Arc<Mutex<f64>>) {
//!     let (scene, yaw) = (Arc::clone(scene), Arc::clone(yaw));
//!     connection.register_remote_call_handler(
//!         "move_camera",
//!         move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
//!             let degrees = arguments.first().and_then(Value::as_number).ok_or("a number")?;
//!             let yaw = Arc::clone(&yaw);
//!             let turn = move || -> HandlerResult<Value> {
//!                 let mut yaw = yaw.lock().map_err(|_| "poisoned")?;
//!                 *yaw += degrees;
//!                 Ok((*yaw).into())
//!             };
//!             scene.answer(connection, LoopCommands::of(turn).wait_for_frame())
//!         },
//!     );
//! }
//! ```
//!
//! [`Connection::defer_reply`](crate::Connection::defer_reply) does the same for handlers that have
//! no render loop. A reply that is dropped tells the client that its call has failed.
//!
//! # Cancelled renders
//!
//! A command may [cancel](crate::LoopCommands::cancel) the render that runs:
//!
//! | level | the renderer | its picture |
//! |---|---|---|
//! | 0, `CancelLevel::Keep` | goes on later with what it has | is shown as far as it is |
//! | 1, `CancelLevel::StartOver` | drops what it has | is not shown |
//!
//! The renderer asks [`LoopCanvas::is_cancelled`](crate::LoopCanvas::is_cancelled) between samples
//! or rows, and returns if it is. Its threads ask a [`Cancellation`](crate::Cancellation). Frames
//! go on at the rate meanwhile, with the last picture.
//!
//! Progressive renderers [show](crate::LoopCanvas::show) what they have, and say when they have
//! [finished](crate::LoopCanvas::finish). A renderer with nothing new
//! [keeps the last picture](crate::LoopCanvas::keep_last).
//!
//! # The frame that shows a command
//!
//! Commands that [wait for a frame](crate::LoopCommands::wait_for_frame) are answered when the
//! first frame was sent that was rendered after them. The answer names its time on the clock of the
//! loop. Just before that frame, and with the same timestamp, each viewer is sent the data message
//! `onCommandsShown`. Its value is an object:
//!
//! | member | value |
//! |---|---|
//! | `time` | the time of the frame on the clock of the loop, in milliseconds |
//! | `commands` | an array of the numbers that `execute` returned |
//!
//! So a client can measure the time from its call to the frame that shows it: it calls, and notes
//! when the frame after the message whose `time` is its answer's `frame` arrives.
//!
//! An encoder may return a picture later, and in another order (B frames). The frame is the one
//! that has the picture. It is shown its composition time after its timestamp. If the encoder
//! leaves the picture out, it is the next frame that has a later one.
//!
//! No two frames of a loop have the same timestamp.
//!
//! # Loops by name
//!
//! [`Server::render_loops`](crate::Server::render_loops) starts, finds, lists and ends loops by
//! name. Clients of any connection play them by name, and list them by the procedure
//! `render_loops()`; [`RenderLoops`](crate::RenderLoops) has an example.
//!
//! A loop that is not watched rests at once, or after
//! [`rests_after`](crate::RenderLoopConfig::rests_after). It ends by itself after
//! [`ends_after`](crate::RenderLoopConfig::ends_after), if that is set. Both times begin anew with
//! [`keep_alive`](crate::RenderLoop::keep_alive).
//!
//! # Properties
//!
//! A [`LoopProperty`](crate::LoopProperty) has a name, a type, a range and a default. Viewers list
//! and set the properties of a loop by `render_loop_properties(loop)` and
//! `set_render_loop_property(loop, property, value)`. The renderer reads them by
//! [`LoopCanvas::property`](crate::LoopCanvas::property).
//!
//! # Pixels as the renderer has them
//!
//! A canvas takes what a renderer or a graphics card gives, and the encoder converts it once. Rows
//! may have gaps between them, and the bottommost may come first.
//!
//! | pixels | from | [`PixelType`](crate::media::PixelType) |
//! |---|---|---|
//! | bytes | image files, OpenGL | `Rgb8`, `Rgba8` |
//! | bytes, blue first | windows, Direct3D, OpenCV | `Bgr8`, `Bgra8` |
//! | 16-bit floats | HDR targets of graphics cards | `RgbaF16` |
//! | 32-bit floats | path tracers | `RgbF32`, `RgbaF32` |
//! | Y, U and V | video decoders, compute shaders | `I420`, `Nv12` |
//!
//! This is a picture that was read back from a graphics card, whose rows begin 256 bytes apart:
//!
//! ```
//! use rendercast::media::{Canvas, CanvasError, PixelType, RowOrder};
//!
//! fn read_back(mapped: &[u8]) -> Result<Canvas<'_>, CanvasError> {
//!     let canvas = Canvas::borrowed_with_stride(50, 20, PixelType::Bgra8, mapped, 256)?;
//!     Ok(canvas.with_row_order(RowOrder::BottomUp)) // as OpenGL has them
//! }
//! assert!(read_back(&[0; 256 * 20]).is_ok());
//! ```
//!
//! Floats are linear light. A [`ToneMap`](crate::media::ToneMap) brings it to what a display shows.
//! By default what is brighter than white is white. This renderer draws a lamp that is eight times
//! as bright, and maps it by ACES in Narkowicz's form:
//!
//! ```
//! use rendercast::media::codec::VideoCodecFactory;
//! use rendercast::media::{PixelType, ToneMap};
//! use rendercast::{HandlerResult, LoopCanvas, RenderLoop, RenderLoopConfig};
//!
//! fn render(canvas: &mut LoopCanvas) -> HandlerResult {
//!     for row in 0..canvas.height() {
//!         for pixel in canvas.row_mut(row).as_chunks_mut::<16>().0 {
//!             // Red, green, blue, alpha.
//!             let light: [f32; 4] = [8.0, 6.5, 3.0, 1.0];
//!             pixel.copy_from_slice(light.map(f32::to_ne_bytes).as_flattened());
//!         }
//!     }
//!     Ok(true)
//! }
//!
//! let aces = ToneMap::new(|row: &mut [[f32; 4]]| {
//!     for pixel in row {
//!         *pixel = pixel.map(|x| x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14));
//!     }
//! });
//! let config = RenderLoopConfig::new("lamp").pixel_type(PixelType::RgbaF32).tone_map(aces);
//! # #[cfg(feature = "screen-video")]
//! let lamp = RenderLoop::new(config, &VideoCodecFactory::default(), "screen video", render)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The planes of I420 reach the encoder of H.264 as they are. U and V of NV12 are separated first.
//! A loop says which [`ColourSpace`](crate::media::ColourSpace) its planes are in. The encoder is
//! told the same, so that the stream says so too:
//!
//! ```
//! use rendercast::RenderLoopConfig;
//! use rendercast::media::{ColourMatrix, ColourRange, ColourSpace, PixelType};
//!
//! let full = ColourSpace { matrix: ColourMatrix::Bt709, range: ColourRange::Full };
//! let config = RenderLoopConfig::new("shader")
//!     .pixel_type(PixelType::Nv12)
//!     .colour_space(full);
//! ```
//!
//! [`BgrRows`](crate::media::BgrRows) converts any of them for an encoder of your own that takes
//! bytes alone. [`performance`](super::performance) says what each conversion costs.
//!
//! # Several encodings
//!
//! [`RenderLoop::add_encoding`](crate::RenderLoop::add_encoding) encodes the same pictures once
//! more: lossless screen video for the LAN, H.264 at two bitrates for others. Each encoding has a
//! thread of its own, and is made only while it is watched. No picture is copied. Clients of
//! [`RenderLoops::show_by_name`](crate::RenderLoops::show_by_name) choose by the query of the name
//! that they play: `scene?codec=h264&bitrate=1000`, or `scene?encoding=low`.
//!
//! [`quality`](super::quality) says how an encoding follows the lines of its viewers, and what
//! becomes of a picture that stands still.
//!
//! # Another size
//!
//! [`RenderLoop::set_size`](crate::RenderLoop::set_size) changes the size of the pictures while the
//! loop runs. Viewers are sent new metadata and headers, and a key frame. Players made of FFmpeg
//! follow with H.264. FFmpeg's decoders of screen video refuse pictures of another size.
//!
//! # Sound
//!
//! [`RenderLoop::register_sound_event_handler`] adds sound. Before each frame the loop asks the
//! handler for the samples since the last one. So sound and pictures have one clock, and cannot
//! drift apart. The samples may have any rate and any number of channels. The loop converts them to
//! what the codec takes.
//!
//! ```
//! use rendercast::media::codec::sound::AudioFormat;
//! use rendercast::{HandlerResult, RenderLoop, RenderLoopError, Server, SoundOut};
//!
//! fn add_noise(server: &Server, scene: &RenderLoop) -> Result<(), RenderLoopError> {
//!     let format = AudioFormat { sample_rate: 48_000, channels: 1 };
//!     let mut state: u32 = 1;
//!     let noise = move |out: &mut SoundOut| -> HandlerResult {
//!         for sample in out.samples_mut() {
//!             state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
//!             *sample = (state >> 16) as f32 / 655_360.0;
//!         }
//!         Ok(true)
//!     };
//!     scene.register_sound_event_handler(server.audio_codec_factory(), "pcm", format, noise)
//! }
//! ```
//!
//! | codec | feature | what it is |
//! |---|---|---|
//! | `"pcm"` | always there | 16 bits at 44.1 kHz: 1.4 Mbit/s in stereo, without loss or delay |
//! | `"opus"` | `opus` | 64 kbit/s a channel; browsers, and FFmpeg from 8 on |
//! | `"aac"` | `aac` | 64 kbit/s a channel; every player |
//!
//! Both encoders are Rust throughout, and take the parameter `"bitrate"`
//! ([`RenderLoopConfig::sound_parameter`](crate::RenderLoopConfig::sound_parameter)). Their frames
//! of 20 ms (Opus) and 23 ms (AAC) and the delay inside them, 7 and 23 ms, come on top of the delay
//! of the stream. The timestamps take that into account: sound and pictures stay together. AAC is
//! patented, Opus is free.
//!
//! Other codecs come from you, as an [`AudioEncoder`](crate::media::codec::sound::AudioEncoder)
//! that an [`AudioPlugin`](crate::media::codec::sound::AudioPlugin) makes, under a name that RTMP
//! can carry: `"mp3"`, `"flac"` or `"ac-3"`.
//!
//! Register the handler before the first viewer plays. Most players decide by their first
//! `onMetaData` whether there is sound.
//!
//! [`RenderLoop::register_sound_event_handler`]: crate::RenderLoop::register_sound_event_handler
//!
//! # Pictures from elsewhere
//!
//! [`RenderLoop::of_pictures`](crate::RenderLoop::of_pictures) has no renderer. The application
//! [publishes](crate::RenderLoop::publish) pictures from any thread.
//!
//! # A renderer on a graphics card
//!
//! A card draws while the render thread goes on. A renderer lets it draw a picture, and copy that
//! to one of a ring of buffers. Then it takes the newest picture that has arrived.
//! [`Canvas::borrowed_with_stride`](crate::media::Canvas::borrowed_with_stride) reads rows that are
//! aligned. If none has arrived, it [keeps the last picture](crate::LoopCanvas::keep_last). So no
//! thread waits for the card, and viewers see each picture one picture later.
//!
//! The repository's `examples/wgpu_scene` does so with `wgpu`. It is a package of its own:
//!
//! ```sh
//! cargo run --release --manifest-path examples/wgpu_scene/Cargo.toml -- --check 200
//! ```
