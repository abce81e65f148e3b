//! The players that the tests run against the server, with their versions and what each test
//! checks.
//!
//! All tests ran on Debian 12, and check the outcome: each payload received, pictures shown, no
//! line of error, the exit in order.
//!
//! # Players and tools
//!
//! | player | version | what is checked |
//! |---|---|---|
//! | ffmpeg | 5.1.9 | a copy to FLV holds every payload of a pass in order, across the loop too |
//! | | | it decodes without a line of error, and in real time |
//! | | | it accepts stream names and URLs in every spelling |
//! | ffmpeg over RTMPS, RTMPT, RTMPTS | 5.1.9 | a copy to FLV holds every payload in order |
//! | ffmpeg as a decoder | 5.1.9 | each picture of both screen videos equals the canvas |
//! | | | H.264 is above 35 dB |
//! | ffplay | 5.1.9 | shows every picture, and exits at the end |
//! | mpv | 0.35.1 | plays to the end, and exits |
//! | VLC | 3.0.24 | shows every picture, receives every payload, and exits |
//! | GStreamer's `rtmp2src`, `rtmpsrc` | 1.22.0 | every payload; each frame reaches the demuxer |
//! | `rtmp2src` over RTMPS | 1.22.0 | every payload |
//! | rtmpdump, over RTMPT and RTMPS too | 2.4 | every payload; it says that it is complete |
//!
//! `tests/run.sh` installs them on Debian and runs the tests. `cargo test --test clients` runs
//! those whose player is installed, and names the rest.
//!
//! # Behind HAProxy
//!
//! HAProxy 2.6.12 in front of the server is tested too. It announces its clients in both versions
//! of the PROXY protocol, over TCP and over a Unix socket. It ends their TLS, and checks the health
//! of the server. ffmpeg receives every payload through it, and the logs of HAProxy and of the
//! server name the same client.
//!
//! # Habits to know
//!
//! - **FFmpeg** studies a video without sound for 5 seconds before it shows it, and stays that
//!   late. Give ffplay `-analyzeduration 100000`.
//! - **mpv** pauses by not reading. So the write timeout of the server is minutes long, and a
//!   paused mpv keeps its place.
//! - **ffplay** gets out of a pause only if its buffer is filled. So the file handlers send on
//!   during a pause, and
//!   [`FrameEventHandler::runs_while_paused`](crate::FrameEventHandler::runs_while_paused) lets
//!   yours do the same.
//! - **GStreamer's `rtmpsrc`** reconnects in a loop at the end of its stream. The accept rate
//!   bounds what that costs.
//! - **rtmpdump** announces a buffer of 10 hours, ffmpeg one of 3 s.
//!   [`Stream::buffer_length`](crate::Stream::buffer_length) says what a player announced.
//! - **RTMPS with a self-signed certificate** needs an option of each player;
//!   [`rtmps`](super::rtmps) lists them.
//!
//! # A client in Rust
//!
//! The module [`client`](crate::client) is a blocking player, for tools and tests. It plays RTMP
//! and, with the feature `tls`, RTMPS.
//!
//! ```no_run
//! use rendercast::client::Player;
//!
//! for tag in Player::open("rtmp://localhost/live/scene")? {
//!     let tag = tag?;
//!     println!("{:?} at {}: {} bytes", tag.kind, tag.timestamp, tag.payload.len());
//! }
//! # Ok::<(), rendercast::client::Error>(())
//! ```
//!
//! To call a procedure of a server from a shell, use the example:
//!
//! ```sh
//! cargo run --release --example call -- rtmp://127.0.0.1/live/scene statistics
//! ```
