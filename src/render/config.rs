//! The settings of a shared render loop.

use std::time::Duration;

use super::loop_property::{LoopProperties, LoopProperty};
use super::watching::IdleTimes;
use crate::handler::AdaptiveQuality;
use crate::hub::{LiveStreamConfig, Replay};
use crate::media::{ColourSpace, PixelType, ToneMap};

/// The slowest and the fastest rate of a loop, in frames per second.
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
    pub(crate) idle_rate: f64,
    pub(crate) quality: Option<AdaptiveQuality>,
    pub(crate) size: (u32, u32),
    pub(crate) pixel_type: Option<PixelType>,
    pub(crate) tone_map: ToneMap,
    pub(crate) colour_space: ColourSpace,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) sound_parameters: Vec<(String, String)>,
    pub(crate) idle_times: IdleTimes,
    pub(crate) waiting_commands: usize,
    pub(crate) properties: LoopProperties,
    live_stream: LiveStreamConfig,
}

impl RenderLoopConfig {
    /// Returns the default settings. The name appears in logs and in the names of the threads.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rate: 25.0,
            idle_rate: 1.0,
            quality: None,
            size: (640, 360),
            pixel_type: None,
            tone_map: ToneMap::default(),
            colour_space: ColourSpace::default(),
            parameters: Vec::new(),
            sound_parameters: Vec::new(),
            idle_times: IdleTimes::default(),
            waiting_commands: 1024,
            properties: LoopProperties::default(),
            live_stream: LiveStreamConfig::default()
                .replay(Replay::CatchUp)
                .makes_key_frames(true)
                .cached_frames(120),
        }
    }

    /// Sets how many frames are made per second, and how many pictures are rendered at most. Values
    /// outside 0.001 to 1000 are brought into that range. Defaults to 25.
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = in_range(rate);
        self
    }

    /// Sets how many frames are made per second while the picture stands still, at most those of
    /// [`rate`](Self::rate). Defaults to 1. Without effect if the application encodes by itself.
    ///
    /// A picture stands still if it has not changed for 300 ms, and no render is under way. It is
    /// then encoded once more as well as possible. What changes it, a command that waits for its
    /// frame and a new viewer are served at the rate of the loop.
    pub fn idle_rate(mut self, rate: f64) -> Self {
        self.idle_rate = in_range(rate);
        self
    }

    /// Lets the bitrate and the frame rate of the encoder follow what the viewers' lines take. The
    /// slowest line decides for all. Only one that takes less than the lowest bitrate of `quality`
    /// does not: its viewer misses frames. By default no line is followed. Without effect if the
    /// application encodes by itself.
    pub const fn adaptive_quality(mut self, quality: AdaptiveQuality) -> Self {
        self.quality = Some(quality);
        self
    }

    /// Sets width and height of the canvas for the renderer, in pixels. Three such canvases go
    /// round. Without effect if the application encodes by itself. Defaults to 640 and 360.
    /// [`RenderLoop::set_size`](crate::RenderLoop::set_size) changes it later.
    pub const fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    /// Sets the pixel type of the canvas for the renderer. Defaults to what costs the encoder
    /// least, of those with one plane.
    pub const fn pixel_type(mut self, pixel_type: PixelType) -> Self {
        self.pixel_type = Some(pixel_type);
        self
    }

    /// Sets how the floats of the renderer become what a display shows. Without effect on other
    /// pixel types. Defaults to the curve of sRGB.
    ///
    /// ```
    /// use rendercast::RenderLoopConfig;
    /// use rendercast::media::{PixelType, ToneMap};
    ///
    /// let reinhard = ToneMap::new(|row: &mut [[f32; 4]]| {
    ///     for pixel in row {
    ///         *pixel = pixel.map(|light| light / (1.0 + light));
    ///     }
    /// });
    /// let config = RenderLoopConfig::new("scene").pixel_type(PixelType::RgbaF16);
    /// let config = config.tone_map(reinhard);
    /// ```
    pub fn tone_map(mut self, tone_map: ToneMap) -> Self {
        self.tone_map = tone_map;
        self
    }

    /// Sets what Y, U and V of the renderer mean. Defaults to BT.709 in limited range.
    ///
    /// An encoder that has the parameters `"colour_matrix"` and `"colour_range"` is told the same,
    /// unless [`parameter`](Self::parameter) sets them. So H.264 is in that colour space too, even
    /// if the renderer draws red, green and blue. With the default, an encoder of red, green and
    /// blue keeps its own. Further encodings have the colour space of their loop.
    ///
    /// Planes are encoded as they are. A parameter that says something else of them is refused when
    /// the loop is made, with [`RenderLoopError::ColourSpace`](crate::RenderLoopError).
    pub const fn colour_space(mut self, colour_space: ColourSpace) -> Self {
        self.colour_space = colour_space;
        self
    }

    /// Adds a parameter that the encoder is given before it begins. The usual ones are at
    /// [`VideoEncoder::set_parameter`](crate::media::codec::VideoEncoder::set_parameter). Without
    /// it, the encoder uses its own default.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter that the encoder of the sound is given before it begins, such as
    /// `"bitrate"` in bit/s. Without it, the encoder uses its own default.
    pub fn sound_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.sound_parameters.push((name.into(), value.into()));
        self
    }

    /// Sets whether the loop runs while no stream shows it. Otherwise it waits, and the next viewer
    /// begins with a picture that is rendered then. Defaults to `false`.
    pub const fn runs_without_viewers(mut self, runs: bool) -> Self {
        self.idle_times.runs_without_viewers = runs;
        self
    }

    /// Sets how long the loop still runs when no stream shows it any more. Defaults to zero: it
    /// rests at once.
    pub const fn rests_after(mut self, duration: Duration) -> Self {
        self.idle_times.rests_after = duration;
        self
    }

    /// Sets after how long the loop ends if no stream shows it, even if it rests. The time begins
    /// anew with [`RenderLoop::keep_alive`](crate::RenderLoop::keep_alive). By default the loop
    /// never ends by itself.
    pub const fn ends_after(mut self, duration: Duration) -> Self {
        self.idle_times.ends_after = Some(duration);
        self
    }

    /// Adds a property that viewers can list and set while the loop runs, in place of one of the
    /// same name. The renderer reads it by [`LoopCanvas::property`](crate::LoopCanvas::property).
    pub fn property(mut self, property: LoopProperty) -> Self {
        self.properties.add(property);
        self
    }

    /// Sets how many lists of [commands](crate::LoopCommands) may wait for their turn, and as many
    /// for the frame that shows them. Further ones are refused. Defaults to 1024.
    pub const fn waiting_commands(mut self, lists: usize) -> Self {
        self.waiting_commands = lists;
        self
    }

    /// Sets how many frames may follow a key frame that is cached. A new viewer is sent the last
    /// key frame and all frames since, at once, so that the others are sent no further key frame.
    /// If more followed, the encoder is asked for a key frame: the viewer has to decode all.
    /// Defaults to 120.
    pub fn cached_frames(mut self, frames: usize) -> Self {
        self.live_stream = self.live_stream.cached_frames(frames);
        self
    }

    /// Sets how many bytes may follow a key frame that is cached. A new viewer must receive them
    /// before the first frame of the present. The loop uses up to this much memory, and that of the
    /// key frame. Defaults to 4 MiB, which is 4 s at 8 Mbit/s.
    pub fn cached_bytes(mut self, bytes: usize) -> Self {
        self.live_stream = self.live_stream.cached_bytes(bytes);
        self
    }

    /// Sets how long frames may wait for others, so that they leave together. Defaults to 0. See
    /// [`LiveStreamConfig::latency`].
    pub fn latency(mut self, latency: Duration) -> Self {
        self.live_stream = self.live_stream.latency(latency);
        self
    }

    /// Sets the least time between a key frame and the request for another, on behalf of new
    /// viewers. Key frames are large, and all viewers are sent them. Defaults to 500 ms.
    pub fn key_frame_interval(mut self, interval: Duration) -> Self {
        self.live_stream = self.live_stream.key_frame_interval(interval);
        self
    }

    /// Sets the same on behalf of viewers that fell behind, once they have room again. A viewer
    /// that does not read at all causes no request. Defaults to 4 s.
    pub fn late_key_frame_interval(mut self, interval: Duration) -> Self {
        self.live_stream = self.live_stream.late_key_frame_interval(interval);
        self
    }

    pub(crate) fn live_stream(&self) -> LiveStreamConfig {
        self.live_stream.clone()
    }
}

/// Brings a rate into the range in which a loop can run.
pub(crate) fn in_range(rate: f64) -> f64 {
    if rate.is_nan() { *RATES.start() } else { rate.clamp(*RATES.start(), *RATES.end()) }
}
