//! More viewers than one machine can serve: push to an origin, and let edges serve.
//!
//! A program renders and encodes once. [`Push`](crate::relay::Push) publishes the stream to an
//! origin: nginx-rtmp, SRS, or a program with [`live::LiveHandler`](crate::live::LiveHandler).
//! Edges pull it from there and serve the viewers.
//!
//! ```text
//!   render loop -> Push --RTMP--> origin --RTMP--> edge --> viewers
//!                                        \-------> edge --> viewers
//! ```
//!
//! # The program that renders
//!
//! A render loop runs while a push subscribes to it, as it does for a viewer.
//!
//! ```no_run
//! use rendercast::relay::{Push, RelayConfig, RelayEvent};
//! use rendercast::{HandlerResult, LoopFrameOut, RenderLoop, RenderLoopConfig};
//!
//! let frames = |out: &mut LoopFrameOut, key_frame_is_wanted: bool| -> HandlerResult {
//!     out.video(vec![if key_frame_is_wanted { 0x17 } else { 0x27 }, 1, 0, 0, 0]);
//!     Ok(true)
//! };
//! let scene = RenderLoop::of_frames(RenderLoopConfig::new("scene").rate(30.0), frames)?;
//! let config = RelayConfig::default().on_event(|event| {
//!     if let RelayEvent::Lost { error: Some(error), retry_in } = event {
//!         eprintln!("{error}; tries again in {retry_in:?}");
//!     }
//! });
//! let origins = ["rtmp://a.example/live/scene", "rtmps://b.example/live/scene"];
//! let pushes = origins.map(|origin| Push::start(scene.live_stream(), origin, config.clone()));
//! # drop(pushes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each push has a thread, a queue and a connection of its own: an origin that is slow or gone
//! disturbs no other. A slow origin skips to the next key frame. After a loss the push connects
//! again, within 4 s of the origin's return, and begins with the headers and the last key frame.
//!
//! The example `live` does the same for what clients publish:
//! `cargo run --example live -- --push rtmp://a.example/live/key`.
//!
//! # An origin of nginx-rtmp
//!
//! The tests start nginx with this configuration, beside the lines that load the module. nginx-rtmp
//! keeps the streams of each worker process apart, so there must be one.
//!
//! ```nginx
#![doc = include_str!("origin.nginx.conf")]
//! ```
//!
//! # An origin of SRS
//!
//! `tests/srs.sh` builds SRS 7.0.18, starts it with this configuration, and tests pushes, pulls and
//! edges. `min_latency` and `mw_latency` turn off the merging of writes, which is 350 ms by
//! default.
//!
//! ```nginx
#![doc = include_str!("origin.srs.conf")]
//! ```
//!
//! - SRS 7 takes H.264 and HEVC, and drops screen video. A scene for SRS must be H.264.
//! - SRS shortens each gap of more than 250 ms between two frames to 10 ms. A scene without sound
//!   that rests, or has fewer than four pictures a second, needs `time_jitter off;` in `play`.
//! - SRS does not answer a publisher that it refuses, or whose stream another one publishes. It
//!   closes the connection.
//! - SRS ends a push that sends nothing for 5 s. The push connects again when there is media.
//! - SRS sends no pings, and does not tell players that a stream has ended. It answers the pings of
//!   a pull, so a pull without media stays connected.
//!
//! # An edge
//!
//! - An edge of nginx-rtmp has `pull rtmp://origin.example/live;` in its application.
//! - An edge of SRS has `cluster { mode remote; origin origin.example:1935; }` in its vhost. When a
//!   stream of this crate has ended, the edge asks for the next one after 8 s at most.
//! - An edge of this crate is [`Pull`](crate::relay::Pull) in a program, or the example `live`:
//!   `cargo run --example live -- --pull rtmp://origin.example/live/key`.
//!
//! # How many machines
//!
//! The network is the limit. At 1.6 Mbit/s a line of 10 Gbit/s carries some 5,000 viewers at 80 %
//! of its capacity. A viewer of a live stream with sound is sent 68 messages a second. That takes
//! about 0.5 ms of CPU a second, and 19 KiB from 5,000 viewers on. Both are
//! [measured](super::performance#live-streams) on 16 cores, of which the server has two. So 5,000
//! viewers take 2.5 cores and 95 MiB. A [latency](crate::LiveStreamConfig::latency) of 100 ms
//! divides the CPU by more than five. In that version sound did not leave with pictures, which
//! takes about half of the CPU now.
//!
//! | viewers | at 1.6 Mbit/s | edges of 10 Gbit/s | cores in all | origins |
//! |---|---|---|---|---|
//! | 5,000 | 8 Gbit/s | 1 | 2.5 | none: push to the edge |
//! | 100,000 | 160 Gbit/s | 20 | 50 | 1 |
//! | 1,000,000 | 1.6 Tbit/s | 200 | 500 | 2, each with half of the edges |
//!
//! An origin sends the stream once to each edge: 200 edges are 320 Mbit/s, less than a tenth of a
//! core. Two origins are for the loss of one: the program pushes to both.
//!
//! Each level adds the time of a connection and no buffer: a few milliseconds in one data centre.
