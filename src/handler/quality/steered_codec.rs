//! An encoder whose parameters follow the line.

use std::time::Instant;

use super::adaptive_quality::AdaptiveQuality;
use super::quality_control::{Best, QualityControl};
use crate::handler::VideoCodec;
use crate::hub::Line;

/// An encoder whose parameters follow the line. It is told a share of what the application wants.
#[derive(Debug)]
pub(crate) struct SteeredCodec {
    control: QualityControl,
    bitrate: Wish,
    framerate: Wish,
}

/// What the encoder does not decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Steered {
    /// In frames/s.
    pub(crate) rate: f64,
    /// Whether the next frame is left out, because it would be late.
    pub(crate) leaves_out: bool,
}

/// A parameter of which the encoder is told less than the application wants.
#[derive(Debug)]
struct Wish {
    name: &'static str,
    /// The least change that is worth telling, as a share.
    step: f64,
    wanted: f64,
    /// What it was told last, in its own words.
    told: Option<String>,
}

impl SteeredCodec {
    pub(crate) fn new(config: AdaptiveQuality) -> Self {
        Self {
            control: QualityControl::new(config),
            bitrate: Wish::new("bitrate", 0.03),
            framerate: Wish::new("framerate", 0.1),
        }
    }

    /// Tells the encoder what the line takes. `rate` is how many frames/s are wanted.
    pub(crate) fn steer(
        &mut self,
        codec: &VideoCodec,
        now: Instant,
        line: Line,
        rate: f64,
    ) -> Steered {
        let wanted = self.bitrate.wanted(codec);
        let bitrate = wanted.unwrap_or(line.frame_bytes * 8.0 * rate).max(1.0);
        let best = Best { bitrate, rate, keeps_bitrate: wanted.is_some() };
        let decision = self.control.decide(now, line, best);
        if wanted.is_some() {
            self.bitrate.tell(codec, decision.bitrate);
        }
        if let Some(framerate) = self.framerate.wanted(codec) {
            self.framerate.tell(codec, framerate * decision.rate / rate);
        }
        Steered { rate: decision.rate, leaves_out: decision.leaves_out }
    }
}

impl Wish {
    const fn new(name: &'static str, step: f64) -> Self {
        Self { name, step, wanted: 0.0, told: None }
    }

    /// Returns what the application wants: the value, unless this has told it. Returns `None` if
    /// the encoder has no such parameter, or its value has no bound.
    fn wanted(&mut self, codec: &VideoCodec) -> Option<f64> {
        let value = codec.parameter(self.name)?;
        if self.told.as_ref() != Some(&value) {
            self.wanted = value.parse().ok()?;
            self.told = Some(value);
        }
        (self.wanted > 0.0).then_some(self.wanted)
    }

    fn tell(&mut self, codec: &VideoCodec, value: f64) {
        let present = self.told.as_ref().and_then(|told| told.parse::<f64>().ok());
        let is_same = |present: f64| {
            (present - value).abs() <= self.step * present && value < self.wanted
                || present == value
        };
        if present.is_some_and(is_same) {
            return;
        }
        let value = if self.name == "bitrate" { value.round() } else { value };
        if codec.set_parameter(self.name, &value.to_string()) {
            self.told = codec.parameter(self.name);
        }
    }
}
