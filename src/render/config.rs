//! Every setting of a shared render loop.

use std::time::Duration;

use crate::hub::CacheLimits;
use crate::hub::MinIntervals;
use crate::media::PixelType;

/// The slowest and the fastest that a loop runs, in frames per second.
const RATES: std::ops::RangeInclusive<f64> = 0.001..=1000.0;

/// The settings of a [`RenderLoop`](crate::RenderLoop).
///
/// ```
/// use rendercast::RenderLoopConfig;
///
/// let config = RenderLoopConfig::new("scene").rate(30.0).size(1280, 720);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RenderLoopConfig {
    pub(crate) name: String,
    pub(crate) rate: f64,
    pub(crate) size: (u32, u32),
    pub(crate) pixel_type: Option<PixelType>,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) runs_without_viewers: bool,
    cached_frames: usize,
    cached_bytes: usize,
    key_frame_distance: Duration,
    laggard_key_frame_distance: Duration,
}

impl RenderLoopConfig {
    /// The default settings. The name is for logs, and for the names of the threads.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rate: 25.0,
            size: (640, 360),
            pixel_type: None,
            parameters: Vec::new(),
            runs_without_viewers: false,
            cached_frames: 120,
            cached_bytes: 256 << 10,
            key_frame_distance: Duration::from_millis(500),
            laggard_key_frame_distance: Duration::from_secs(4),
        }
    }

    /// How many frames are made per second, and how many pictures rendered at most; from 0.001 to
    /// 1000, and brought into that range where it lies outside. Defaults to 25.
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = in_range(rate);
        self
    }

    /// Width and height of the canvas that is rendered on, in pixels; without meaning to a loop whose
    /// application encodes by itself. Three such canvases go round. Defaults to 640 and 360.
    pub const fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    /// What the canvas that is rendered on is made of. Defaults to what costs the encoder least.
    pub const fn pixel_type(mut self, pixel_type: PixelType) -> Self {
        self.pixel_type = Some(pixel_type);
        self
    }

    /// A parameter that the encoder is given before it begins; see
    /// [`VideoEncoder::set_parameter`](crate::media::codec::VideoEncoder::set_parameter) for the
    /// usual ones. Defaults to what the encoder does without.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Whether the loop runs also while nobody watches. Defaults to false: it waits then, and
    /// whoever comes begins with a picture rendered for him.
    pub const fn runs_without_viewers(mut self, runs: bool) -> Self {
        self.runs_without_viewers = runs;
        self
    }

    /// Whoever comes begins with the last key frame and the frames that followed it, all at once, so
    /// that nobody else notices that somebody has come. Where more than so many followed, the
    /// encoder is asked for another key frame: all of them have to be decoded. Defaults to 120.
    pub const fn cached_frames(mut self, frames: usize) -> Self {
        self.cached_frames = frames;
        self
    }

    /// The same in bytes: all of them have to be on their way before the first frame of now, and
    /// the loop keeps them in memory, with the key frame itself. Defaults to 256 KiB, a quarter of a second
    /// at 8 Mbit/s.
    pub const fn cached_bytes(mut self, bytes: usize) -> Self {
        self.cached_bytes = bytes;
        self
    }

    /// How long after a key frame the encoder is asked for another at the soonest, on behalf of
    /// viewers that come. Key frames are large, and all viewers get them. Defaults to 500 ms.
    pub const fn key_frame_distance(mut self, distance: Duration) -> Self {
        self.key_frame_distance = distance;
        self
    }

    /// The same on behalf of viewers that did not keep up, once they do again. One that does not
    /// read at all asks for nothing. Defaults to 4 s.
    pub const fn laggard_key_frame_distance(mut self, distance: Duration) -> Self {
        self.laggard_key_frame_distance = distance;
        self
    }

    pub(crate) const fn cache_limits(&self) -> CacheLimits {
        CacheLimits { frames: self.cached_frames, bytes: self.cached_bytes }
    }

    pub(crate) const fn distances(&self) -> MinIntervals {
        MinIntervals { newcomer: self.key_frame_distance, laggard: self.laggard_key_frame_distance }
    }
}

/// A rate that a loop can run at.
pub(crate) fn in_range(rate: f64) -> f64 {
    if rate.is_nan() { *RATES.start() } else { rate.clamp(*RATES.start(), *RATES.end()) }
}
