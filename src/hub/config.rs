//! The settings of a stream of media.

use std::sync::Arc;
use std::time::Duration;

use super::gop_cache::CacheLimits;
use super::key_frame_requests::MinIntervals;
use super::timeline::Replay;

/// The settings of a [`LiveStream`](crate::LiveStream).
///
/// ```
/// use rendercast::{LiveStreamConfig, Replay};
///
/// // A renderer that can make a key frame at any time.
/// let config = LiveStreamConfig::default().replay(Replay::CatchUp).makes_key_frames(true);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct LiveStreamConfig {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) replay: Replay,
    pub(crate) makes_key_frames: bool,
    pub(crate) latency: Duration,
    pub(crate) cache: CacheLimits,
    pub(crate) intervals: MinIntervals,
    /// `None` for as many as there are processors.
    pub(crate) sending_threads: Option<usize>,
}

impl LiveStreamConfig {
    /// The default of [`cached_frames`](Self::cached_frames).
    pub(crate) const CACHED_FRAMES: usize = 1024;
    /// The default of [`cached_bytes`](Self::cached_bytes).
    pub(crate) const CACHED_BYTES: usize = 4 << 20;
    /// The default of [`key_frame_interval`](Self::key_frame_interval).
    pub(crate) const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(500);
    /// The default of [`late_key_frame_interval`](Self::late_key_frame_interval).
    pub(crate) const LATE_KEY_FRAME_INTERVAL: Duration = Duration::from_secs(4);

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets how the frames are timed that a new subscriber is sent first. Defaults to
    /// [`Replay::OwnTimes`].
    pub const fn replay(mut self, replay: Replay) -> Self {
        self.replay = replay;
        self
    }

    /// Sets whether the source can make a key frame when it is asked for one. A source that cannot
    /// is never asked. Defaults to `false`.
    pub const fn makes_key_frames(mut self, makes_key_frames: bool) -> Self {
        self.makes_key_frames = makes_key_frames;
        self
    }

    /// Sets how long frames may wait for others, so that they leave together. Defaults to 0.
    ///
    /// With 0 only sound waits, and only with more than 32 subscribers. It waits up to 25 ms, if a
    /// picture is expected within 23 ms, and leaves with it. With more than 512 these are 42 and 40
    /// ms.
    ///
    /// What a publisher sends by RTMP or RTMPS over TCP to a server on Linux is read a few times
    /// within the latency, the last time when it leaves. So its commands, and what it answers, may
    /// wait up to 500 ms. While a handler of that connection works, nothing leaves.
    ///
    /// Most of what a viewer costs is its system calls, one for each time that something leaves. At
    /// 68 audio and video messages a second, 40 ms more than halve the processor time, and 350 ms
    /// leave a tenth.
    pub const fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets how many frames of audio and video may follow a key frame that is cached. A new
    /// subscriber is sent the last key frame and all that followed it. If more followed, it waits
    /// for the next key frame. Defaults to 1024.
    pub const fn cached_frames(mut self, frames: usize) -> Self {
        self.cache.frames = frames;
        self
    }

    /// Sets how many bytes may follow a key frame that is cached. The stream uses up to this much
    /// memory, and that of the key frame and of the headers.
    ///
    /// Defaults to 4 MiB. That is enough for 6 Mbit/s with a key frame every 4 s (3 MB).
    pub const fn cached_bytes(mut self, bytes: usize) -> Self {
        self.cache.bytes = bytes;
        self
    }

    /// Sets the least time between a key frame and the request for another, on behalf of new
    /// subscribers. Key frames are large, and all subscribers are sent them. Defaults to 500 ms.
    pub const fn key_frame_interval(mut self, interval: Duration) -> Self {
        self.intervals.joined = interval;
        self
    }

    /// Sets the same on behalf of subscribers that fell behind, once they have room again. Defaults
    /// to 4 s.
    pub const fn late_key_frame_interval(mut self, interval: Duration) -> Self {
        self.intervals.fell_behind = interval;
        self
    }

    /// Sets how many threads send to very many subscribers at a time, at least 1. Each has at least
    /// 256 of them. With a latency, others help only if one would need more than a quarter of it,
    /// or than 100 ms. Defaults to the number of processors.
    pub const fn sending_threads(mut self, threads: usize) -> Self {
        self.sending_threads = Some(if threads == 0 { 1 } else { threads });
        self
    }
}

impl Default for LiveStreamConfig {
    fn default() -> Self {
        Self {
            name: None,
            replay: Replay::default(),
            makes_key_frames: false,
            latency: Duration::ZERO,
            cache: CacheLimits { frames: Self::CACHED_FRAMES, bytes: Self::CACHED_BYTES },
            intervals: MinIntervals {
                joined: Self::KEY_FRAME_INTERVAL,
                fell_behind: Self::LATE_KEY_FRAME_INTERVAL,
            },
            sending_threads: None,
        }
    }
}
