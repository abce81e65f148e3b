//! Codecs from shared libraries: how an application loads a plugin, and how to write one in C or in
//! Rust.
//!
//! It needs the feature `plugins`. A library runs with all rights of the process, so loading one is
//! `unsafe`: only you can vouch for it.
//!
//! # Loading
//!
//! ```no_run
//! # #[cfg(feature = "plugins")]
//! # mod example {
//! use rendercast::Server;
//! use rendercast::plugin::PluginError;
//!
//! fn load_plugins(server: &Server) -> Result<(), PluginError> {
//!     let factory = server.video_codec_factory();
//!     // SAFETY: the libraries are our own.
//!     let vp6 = unsafe { factory.load_plugin_library("vp6.so")? };
//!     println!("streams may use_codec({:?})", vp6.name);
//!     let loaded = unsafe { factory.load_plugins_from_directory("plugins")? };
//!     for error in loaded.errors {
//!         println!("{error}"); // names the file; the other files are loaded all the same
//!     }
//!     Ok(())
//! }
//! # }
//! ```
//!
//! Encoders, decoders and servers keep their library loaded. After the last of them, the library's
//! `exit` is called once, and the library is unloaded. Loading one library in several servers calls
//! its `init` once.
//!
//! # A plugin in C
//!
//! A plugin exports one function, which the header `include/rendercast_plugin.h` of the repository
//! describes. The host keeps the order of calls and checks each canvas before the plugin gets it.
//! So a plugin need check neither.
//!
//! ```c
//! #include "rendercast_plugin.h"
//!
//! /* Every frame is the picture's bytes. There is nothing to keep from one to the next. */
//! struct rendercast_encoder { int unused; } the_encoder;
//!
//! static rendercast_encoder *create(void) { return &the_encoder; }
//! static void destroy(rendercast_encoder *encoder) { (void)encoder; }
//!
//! static uint32_t supported_type(rendercast_encoder *encoder, uint32_t index) {
//!     (void)encoder;
//!     return index == 0 ? RENDERCAST_PIXEL_RGB8 : 0;
//! }
//!
//! static int32_t init(rendercast_encoder *encoder, uint32_t width, uint32_t height,
//!                     const rendercast_output *output) {
//!     (void)encoder, (void)width, (void)height, (void)output;
//!     return RENDERCAST_OK;
//! }
//!
//! static int32_t encode_canvas(rendercast_encoder *encoder, const rendercast_canvas *canvas,
//!                              const rendercast_output *output, uint32_t *kind) {
//!     (void)encoder;
//!     *kind = RENDERCAST_DATA_KEY_FRAME;
//!     return output->write(output->context, canvas->data, canvas->size);
//! }
//!
//! static const rendercast_encoder_functions encoder = {
//!     .struct_size = sizeof encoder,
//!     .create = create,
//!     .destroy = destroy,
//!     .supported_type = supported_type,
//!     .init = init,
//!     .encode_canvas = encode_canvas,
//! };
//!
//! static const rendercast_video_plugin plugin = {
//!     .abi_version = RENDERCAST_PLUGIN_ABI_VERSION,
//!     .struct_size = sizeof plugin,
//!     .type = RENDERCAST_PLUGIN_TYPE,
//!     .name = "raw",
//!     .encoder = &encoder,
//! };
//!
//! const rendercast_video_plugin *rendercast_plugin(void) { return &plugin; }
//! ```
//!
//! This builds it:
//!
//! ```sh
//! cc -fPIC -shared -Iinclude -o raw.so raw.c
//! ```
//!
//! # FFmpeg's encoders, and those of the machine
//!
//! `examples/libavcodec_plugin/libavcodec.c` in the repository is a whole plugin in C. It encodes
//! with FFmpeg's libavcodec: with x264, and with NVENC, Quick Sync, AMF or V4L2 on a machine that
//! has them. This builds it on Debian:
//!
//! ```sh
//! apt-get install libavcodec-dev libavutil-dev libswscale-dev
//! cc -std=c99 -O2 -fPIC -shared -Iinclude -DENCODER='"h264_nvenc"' -o nvenc.so \
//!     examples/libavcodec_plugin/libavcodec.c -lavcodec -lavutil -lswscale
//! ```
//!
//! Its codec is `"h264"`, so the application must be built without the feature `h264`, which has
//! that name too. With `-DENCODER='"flv"' -DNAME='"sorenson"'` it is FLV's oldest codec. Its
//! parameters are `bitrate`, `keyframe_interval` and `force_keyframe`. Before `init` it also takes
//! `framerate`, `preset` and `bf`: how many B frames may follow each other, 0 by default. The
//! [quality](super::quality) of a stream follows its line by `bitrate`.
//!
//! Only `libx264` and `flv` are tested: mind the licence of x264, the GPL. The following is
//! **untried**, since no machine of ours has such an encoder:
//!
//! | encoder | what to type |
//! |---|---|
//! | NVENC; cards for data centres, as the H100, have none | `-DENCODER='"h264_nvenc"'` |
//! | Quick Sync, AMF | `-DENCODER='"h264_qsv"'`, `-DENCODER='"h264_amf"'` |
//! | V4L2 | `-DENCODER='"h264_v4l2m2m"'` |
//! | VAAPI, which takes no pictures from memory | an `ffmpeg` process instead, as below |
//!
//! ```sh
//! ffmpeg -encoders 2>/dev/null | grep h264 # what this machine's FFmpeg was built with
//! cargo run --example render_scene --features plugins -- --plugin ./nvenc.so --codec h264
//! cargo run --example external_encoder -- ffmpeg -vaapi_device /dev/dri/renderD128 -re \
//!     -f lavfi -i testsrc2=size=1280x720:rate=30 -vf format=nv12,hwupload \
//!     -c:v h264_vaapi -bf 0 -f flv -
//! ```
//!
//! The last is the example of an encoder in another process. Give it your pictures in place of
//! `testsrc2`: `-f rawvideo -pix_fmt bgra -video_size 1280x720 -i PIPE`.
//!
//! # A plugin in Rust
//!
//! Build a library with `crate-type = ["cdylib"]` in its `Cargo.toml`:
//!
//! ```
//! # #[cfg(feature = "plugins")]
//! # mod example {
//! use rendercast::media::codec::{VideoDecoder, VideoEncoder, VideoPlugin};
//!
//! struct Vp6 {/* what all encoders share */}
//!
//! impl VideoPlugin for Vp6 {
//!     fn name(&self) -> &str {
//!         "vp6"
//!     }
//!     fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
//!         None // your encoder
//!     }
//!     fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
//!         None // the plugin only encodes
//!     }
//! }
//!
//! rendercast::export_video_plugin!("vp6", Vp6 {});
//! # }
//! ```
//!
//! `examples/run_length_plugin.rs` in the repository is a whole plugin. A panic in a plugin in Rust
//! becomes an error of the call; it does not cross into the host.
//!
//! # Sound
//!
//! A plugin may encode sound instead. In Rust, [`export_audio_plugin`](crate::export_audio_plugin)
//! makes it of an [`AudioPlugin`](crate::media::codec::sound::AudioPlugin). In C, it exports
//! `rendercast_plugin_audio` instead of `rendercast_plugin`. `load_plugin_library` of
//! [`Server::audio_codec_factory`](crate::Server::audio_codec_factory) loads it. Keep such plugins
//! in a folder of their own.
//!
//! # Versions
//!
//! The header states the version of the interface. The host refuses a plugin of any other version
//! than its own, and its error says both. A plugin in Rust and its host need not be built by the
//! same compiler: they meet at the C interface.
