//! What the server does not do, what it bounds, and what it does at each bound.
//!
//! # What is not there
//!
//! - **Codecs.** [`encoders`](super::encoders) lists those that there are. Other codecs come from
//!   you, as encoded frames or as a plugin. A codec that reorders pictures (B frames) must put
//!   whole tags.
//! - **Publishing without a handler.** A client that publishes is then refused with
//!   `NetStream.Publish.BadName`, in words that OBS and GStreamer show to their users.
//! - **RTMPE.** It is obsolete and insecure: it looks like encryption, and hides nothing from an
//!   attacker on the way.
//! - **Files.** FLV, and with the feature `mp4` MP4: H.264, HEVC or AV1 with AAC, MP3, Opus, AC-3
//!   or E-AC-3. One track of each kind is played. Edit lists are followed; of those of fragmented
//!   files, the start counts. Gaps of more than 10 s are closed, or of 10 minutes without sound.
//! - **Frames of more than 16 MiB.** The length fields of RTMP and FLV have 24 bits. A longer tag
//!   of a handler is left out and logged, and the video goes on at the next key frame. An MP4 file
//!   with such a frame is refused.
//! - **Many thousands of viewers.** A connection takes one thread, and two while it plays. With a
//!   render handler it takes three. A client that once did not keep up has one more until it
//!   leaves. That suits hundreds of viewers, not a hundred thousand.
//! - **Other systems than Linux.** They are not tested. On them each message passes through the
//!   sender thread, which costs about four times as much CPU (measured).
//!
//! # Frames that are dropped
//!
//! Each stream has a bounded channel to its client. When it is full, the frame handler gets
//! `outqueue_is_full`. It should then put nothing, or the old picture encoded again, which is a
//! tiny frame. If it puts a large frame all the same, the server drops all that this call put. The
//! video goes on at the next key frame. Sequence headers among the dropped messages are kept, and
//! sent before that key frame.
//!
//! With an encoder of its own, a stream is told so earlier: when a frame would be
//! [late](super::quality).
//!
//! ```
//! use rendercast::{FrameOut, HandlerResult, Stream};
//!
//! fn frame(_: &Stream, out: &mut FrameOut, outqueue_is_full: bool) -> HandlerResult {
//!     if outqueue_is_full {
//!         return Ok(true); // this client does not keep up; the others are not affected
//!     }
//!     out.video(vec![0x27, 1, 0, 0, 0 /* , the picture */]);
//!     Ok(true)
//! }
//! ```
//!
//! [`Stream::statistics`](crate::Stream::statistics) counts what was dropped.
//!
//! # What is bounded
//!
//! Each bound is a setting of [`ServerConfig`](crate::ServerConfig), which states its unit, its
//! default and what it costs at worst.
//!
//! | what | at the bound |
//! |---|---|
//! | connections, in all and per address | the server closes one more at once, and logs it |
//! | connections per second of one address | the server closes one more at once, and logs it |
//! | memory of all connections together | connections that hold the most are closed, see below |
//! | time for handshake and connect command | the connection ends |
//! | silence of a client | it is pinged; if it stays silent, the connection ends |
//! | time in which a client takes no bytes | the connection ends |
//! | bytes of a message, and of all unfinished messages | the connection ends |
//! | chunk streams of a connection | the connection ends |
//! | streams of a connection | `createStream` is answered with an error |
//! | depth, number and bytes of a command's values | the command is answered with an error |
//! | values of the connect command | the connection is refused |
//! | bytes of a stream's name | the play is refused with `NetStream.Play.Failed` |
//! | entries and bytes of a stream's queue | frames are dropped, as above |
//! | bytes of replies that wait | the server reads no more requests of that client |
//! | calls to a client that wait for an answer | the application's next call fails |
//! | requests and texts of browsers | see [`browser`](super::browser) |
//! | HTTP tunnels, in all, per address and per connection | an open is answered with 503 |
//! | bytes of a tunnel, heads and bodies of requests | see [`rtmpt`](super::rtmpt) |
//! | lines of log per address and per second, lines that wait | the rest is left out, and counted |
//!
//! How many plays may wait in a playlist is a setting of
//! [`vod::FileHandler`](crate::vod::FileHandler).
//!
//! # The stack of handlers
//!
//! Handlers run on threads of the server, whose stacks have 256 KiB. Only what a handler touches
//! becomes resident. A renderer or an encoder that recurses deeply, or keeps large arrays on the
//! stack, needs more: a stack overflow ends the process. [`ServerConfig`](crate::ServerConfig) has
//! the setting.
//!
//! # Memory
//!
//! A viewer of a file costs some 24 KiB of resident memory with glibc, before any queue fills
//! ([`performance`](super::performance#the-memory-of-a-viewer)). A stream's full queue adds up to
//! 4 MiB by default. Payloads are shared: a frame that waits for a hundred viewers is in memory
//! once.
//!
//! Files stay on disk. All viewers of a [`vod::Library`](crate::vod::Library) share a cache of
//! 64 MiB, a setting. The index of an FLV file takes less than 1 MiB, whatever its length;
//! that of an MP4 file takes 24 bytes per frame.
//!
//! [`memory_bytes`](crate::config::ConnectionLimits::memory_bytes) bounds what the buffers of all
//! connections take together: those of browsers and tunnels too, and what live streams, recordings
//! and pushes keep of what a client publishes. Beyond it, the server closes connections: the one
//! that holds the most at the address that holds the most, and so on. A closed client is told
//! nothing, because its buffers are full. The log says what it held, and
//! [`ServerFigures`](crate::ServerFigures) counts it.
//!
//! Not counted is what has bounds of its own:
//!
//! - A live stream that code, a render loop or a pull feeds:
//!   [`cached_bytes`](crate::LiveStreamConfig::cached_bytes) (4 MiB), a key frame, 1 MiB of
//!   headers, and what waits: 4 MiB.
//! - All live streams by name that have lost their publisher: 64 MiB and one stream. Beyond that
//!   the next one ends at once.
//! - A recording of such a stream:
//!   [`queued_bytes`](crate::record::RecordConfig::queued_bytes) (16 MiB). A push of it:
//!   [`queue`](crate::relay::RelayConfig::queue) (8 MiB).
//! - The files of a [`vod::Library`](crate::vod::Library): 64 MiB of blocks, and their indexes.
//!
//! The system holds up to [`socket_bytes`](crate::config::Queues::socket_bytes) more for a client
//! that does not read: 512 KiB are asked for, and Linux grants twice `net.core.wmem_max` at most,
//! usually 416 KiB. Left to itself it would hold up to 4 MB.
//!
//! # When the system gives no more
//!
//! - No descriptor for a connection: it is closed at once, and logged. For this purpose the server
//!   keeps one for each address, and one more.
//! - No thread for a connection: it is closed at once, and logged.
//! - No thread for a stream: the client is told `NetStream.Play.Stop`, and the handler `stop`.
//! - No memory for the index of an MP4 file: the play is refused, and logged.
//! - No memory for anything else: Rust ends the process when an allocation fails. So set
//!   [`memory_bytes`](crate::config::ConnectionLimits::memory_bytes), 1 GiB by default, below the
//!   limit of the process.
//!
//! **A limit of address space** (`ulimit -v`) counts what is mapped, used or not. The server starts
//! no thread on Linux unless enough is left for what all threads need later: 4 MiB, and 128 KiB for
//! each. Count 600 KiB for a viewer, of which each of its two stacks takes 256 KiB. The cache of a
//! [`vod::Library`](crate::vod::Library) is extra.
//!
//! The allocator of glibc reserves 64 MiB for each of the first threads, 8 per processor. So call
//! [`spare_address_space`](crate::spare_address_space) at the start of `main`, as the examples do,
//! or set `MALLOC_ARENA_MAX=1` in the environment. Otherwise the server serves fewer clients. It
//! also keeps some tens of MiB unused, so that no arena takes what others need.
//!
//! # A logger that blocks
//!
//! A thread of its own, `rtmp-log`, gives all lines of this crate and of its plugins to the logger.
//! While the logger blocks, up to 1024 lines wait, and further ones are counted. The shutdown waits
//! for the logger for one second. A program that only uses the [`client`](crate::client) may end
//! before its last lines are written.
