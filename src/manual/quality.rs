//! Quality that follows the line: slow lines get coarser and fewer pictures, and a picture that
//! stands still becomes exact.
//!
//! # What follows what
//!
//! Before each frame, the server looks at what was sent to a viewer and has not arrived: in the
//! stream's outqueue, and in the system (Linux's SIOCOUTQ, which counts what is not acknowledged).
//! If the oldest byte becomes older than the line needs at its best, the line is full. So a long
//! line that keeps up is not taken for a slow one. Linux says what it needs (TCP_INFO). Elsewhere
//! it is measured frame by frame, and a full line is known a frame later.
//!
//! | the line | the encoder |
//! |---|---|
//! | has just become full | the next frame is left out, until the rate of the line is known |
//! | would hold the next frame for half of [`max_delay`] | `bitrate` falls to 80 % of that rate |
//! | would hold it for `max_delay` | that frame is left out |
//! | is free for 400 ms | `bitrate` grows by [`growth`] a second, up to what it was |
//!
//! The frame rate follows the bitrate: a quarter of the bitrate is half as many frames, each twice
//! as fine. It stays above [`min_rate`], and the bitrate above [`min_bitrate`]. An encoder without
//! a bitrate makes fewer frames instead.
//!
//! The bitrate that you set is the highest. You may change it at any time.
//!
//! [`max_delay`]: crate::AdaptiveQuality::max_delay
//! [`growth`]: crate::AdaptiveQuality::growth
//! [`min_rate`]: crate::AdaptiveQuality::min_rate
//! [`min_bitrate`]: crate::AdaptiveQuality::min_bitrate
//!
//! # For whom
//!
//! **A stream with an encoder of its own** ([`Stream::use_codec`](crate::Stream::use_codec))
//! follows its line unless you say otherwise. A frame is left out by telling the frame handler that
//! the outqueue is full.
//!
//! ```
//! use std::time::Duration;
//!
//! use rendercast::amf::Value;
//! use rendercast::{AdaptiveQuality, HandlerResult, Stream};
//!
//! fn create(stream: &Stream, _command_arguments: &Value) -> HandlerResult {
//!     let quality = AdaptiveQuality::default().max_delay(Duration::from_millis(150));
//!     stream.set_adaptive_quality(Some(quality)); // None: the encoder stays as it is
//!     Ok(stream.use_codec("h264"))
//! }
//! ```
//!
//! **A render loop** is shared, so it follows no line by default. With
//! [`RenderLoopConfig::adaptive_quality`](crate::RenderLoopConfig::adaptive_quality) the slowest
//! viewer decides for all. One whose line takes less than the lowest bitrate is left to miss
//! frames. Each [encoding](crate::RenderLoop::add_encoding) has a setting of its own: follow lines
//! in one, and keep the other as it is for those who can take it.
//!
//! ```
//! use rendercast::{AdaptiveQuality, RenderLoopConfig};
//!
//! let config = RenderLoopConfig::new("scene")
//!     .parameter("bitrate", "8000000")
//!     .adaptive_quality(AdaptiveQuality::default().min_bitrate(1_000_000))
//!     .idle_rate(0.5);
//! ```
//!
//! [`LoopFigures::late_frames`](crate::LoopFigures::late_frames) counts what was left out.
//!
//! # A bound for one viewer
//!
//! [`Stream::set_max_bitrate`](crate::Stream::set_max_bitrate) treats a stream as if its line took
//! no more than that. An encoder that follows the line then keeps to it. A viewer of a loop that
//! does not is sent what fits, from key frame to key frame. It asks for one when there is room
//! again, but at most every 4 s
//! ([`late_key_frame_interval`](crate::RenderLoopConfig::late_key_frame_interval)).
//!
//! # A picture that stands still
//!
//! If the picture of a render loop has not changed for 300 ms, it is encoded once more as well as
//! possible. Then it is repeated at the [`idle_rate`](crate::RenderLoopConfig::idle_rate), once a
//! second by default. That holds with and without adaptive quality. What moves it, a command
//! that waits for its frame and a new viewer are served at once.
//!
//! So does a stream with an encoder of its own, if that keeps a bitrate and follows the line. Your
//! frame handler gives each picture to
//! [`VideoCodec::encode_canvas`](crate::VideoCodec::encode_canvas) as ever. That returns `None` for
//! a picture that the viewer has refined, and encodes it once a second. Without adaptive quality,
//! the handler must ask for it: `codec.set_parameter("refine", "1")` before the last picture.
//!
//! A picture of a loop stands still if the renderer draws the same bytes again, says
//! [`keep_last`](crate::LoopCanvas::keep_last) or [`finish`](crate::LoopCanvas::finish), or
//! publishes nothing new. While a renderer works on the next picture, the last one is repeated at
//! the rate of the loop.
//!
//! | codec | while it moves | when it stands still |
//! |---|---|---|
//! | `"screen video"`, `"screen video 2"` | exact; with `bitrate`, 8 to 3 bits a channel | exact |
//! | `"h264"` | as fine as the bitrate allows | a key frame with the bits of a second |
//!
//! An encoder of your own is asked by the parameter `refine`, which is `1` before that frame.
