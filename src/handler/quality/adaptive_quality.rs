//! The settings of a quality that follows the line.

use std::time::Duration;

/// The shortest delay that can be kept.
const SHORTEST: Duration = Duration::from_millis(20);

/// The settings of a quality that follows the line: what the bitrate and the frame rate may become,
/// and how fast. [`manual::quality`](crate::manual::quality) says what follows what.
///
/// The bitrate is at most the one that the encoder was given, and the frame rate at most that of
/// the stream or the loop.
///
/// ```
/// use std::time::Duration;
///
/// use rendercast::{AdaptiveQuality, RenderLoopConfig};
///
/// let quality = AdaptiveQuality::default().min_bitrate(300_000);
/// let quality = quality.max_delay(Duration::from_millis(150));
/// let config = RenderLoopConfig::new("scene").adaptive_quality(quality);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct AdaptiveQuality {
    pub(super) min_bitrate: u32,
    pub(super) min_rate: f64,
    pub(super) max_delay: Duration,
    pub(super) growth: f64,
}

impl Default for AdaptiveQuality {
    fn default() -> Self {
        Self {
            min_bitrate: 100_000,
            min_rate: 5.0,
            max_delay: Duration::from_millis(250),
            growth: 2.5,
        }
    }
}

impl AdaptiveQuality {
    /// Returns what a line must take to be followed, in bytes per second.
    pub(crate) const fn least_bytes_per_second(&self) -> f64 {
        self.min_bitrate as f64 / 8.0
    }

    /// Sets the lowest bitrate, in bit/s. Defaults to 100,000. An encoder may have a bound of its
    /// own above that.
    pub const fn min_bitrate(mut self, bits_per_second: u32) -> Self {
        self.min_bitrate = bits_per_second;
        self
    }

    /// Sets the lowest frame rate, in frames per second. Defaults to 5. A line that is slower even
    /// than that gets fewer frames, so that the delay holds.
    pub const fn min_rate(mut self, frames_per_second: f64) -> Self {
        self.min_rate = frames_per_second;
        self
    }

    /// Sets how long a frame may wait for the line, at least 20 ms. If the next one would wait
    /// longer, it is left out. Defaults to 250 ms. What the line takes at its best is not counted.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay.max(SHORTEST);
        self
    }

    /// Sets by which factor the bitrate grows in a second while the line is free, at least 1.01.
    /// Defaults to 2.5.
    pub fn growth(mut self, factor: f64) -> Self {
        self.growth = if factor >= 1.01 { factor } else { 1.01 };
        self
    }
}

/// What an application has set of a stream's own encoder. Few set their own, so those are apart.
#[derive(Debug, Default)]
pub(crate) enum OwnQuality {
    /// As [`AdaptiveQuality::default`] says.
    #[default]
    Default,
    Off,
    Own(Box<AdaptiveQuality>),
}

impl OwnQuality {
    /// Returns `None` if the quality does not follow the line.
    pub(crate) fn get(&self) -> Option<AdaptiveQuality> {
        match self {
            Self::Default => Some(AdaptiveQuality::default()),
            Self::Off => None,
            Self::Own(own) => Some(**own),
        }
    }
}

impl From<Option<AdaptiveQuality>> for OwnQuality {
    fn from(quality: Option<AdaptiveQuality>) -> Self {
        quality.map_or(Self::Off, |own| Self::Own(Box::new(own)))
    }
}
