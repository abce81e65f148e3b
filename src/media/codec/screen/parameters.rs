//! The parameters of both encoders.

use super::block_choice::BlockChoice;
use super::grid::BlockSize;
use super::precision::Precision;

/// The effort of compression. It trades speed against size and never changes the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Preset {
    Ultrafast,
    Fast,
    #[default]
    Medium,
    Slow,
    Veryslow,
}

impl Preset {
    const NAMES: [(Self, &str); 5] = [
        (Self::Ultrafast, "ultrafast"),
        (Self::Fast, "fast"),
        (Self::Medium, "medium"),
        (Self::Slow, "slow"),
        (Self::Veryslow, "veryslow"),
    ];

    fn parse(text: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, name)| *name == text).map(|(preset, _)| *preset)
    }

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(preset, _)| *preset == self).map_or("", |(_, name)| *name)
    }

    /// Returns zlib's level. Frames in which most has changed take the most time and gain the least
    /// from a higher level.
    pub(super) const fn level(self, most_has_changed: bool) -> i32 {
        match self {
            Self::Ultrafast => 1,
            Self::Fast => 5,
            Self::Medium if most_has_changed => 6,
            Self::Medium => 7,
            Self::Slow => 8,
            Self::Veryslow => 9,
        }
    }
}

/// The rates of frames by which a bitrate can be kept.
const FRAMERATES: std::ops::RangeInclusive<f64> = 0.001..=1000.0;

/// The parameters, by name.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) preset: Preset,
    pub(super) block_size: BlockChoice,
    pub(super) key_frames: KeyFrames,
    pub(super) precision: Precision,
}

impl Parameters {
    pub(super) fn new(block_size: BlockChoice) -> Self {
        Self {
            preset: Preset::default(),
            block_size,
            key_frames: KeyFrames::default(),
            precision: Precision::default(),
        }
    }

    pub(super) fn set(&mut self, name: &str, value: &str) -> bool {
        self.try_set(name, value).is_some()
    }

    fn try_set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "preset" => self.preset = Preset::parse(value)?,
            "block_size" if value == "auto" => self.block_size.set(None),
            "block_size" => self.block_size.set(Some(BlockSize::parse(value)?)),
            "keyframe_interval" => self.key_frames.interval = value.parse().ok()?,
            "force_keyframe" => self.key_frames.forced = parse_switch(value)?,
            "bitrate" => self.precision.bitrate = value.parse().ok()?,
            "framerate" => {
                let framerate = value.parse().ok();
                let fits = |framerate: &f64| FRAMERATES.contains(framerate);
                self.precision.framerate = framerate.filter(fits)?;
            }
            "refine" => self.precision.refine = parse_switch(value)?,
            _ => return None,
        }
        Some(())
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        Some(match name {
            "preset" => self.preset.name().to_owned(),
            "block_size" => self.block_size.to_string(),
            "keyframe_interval" => self.key_frames.interval.to_string(),
            "force_keyframe" => self.key_frames.forced.to_string(),
            "bitrate" => self.precision.bitrate.to_string(),
            "framerate" => self.precision.framerate.to_string(),
            "refine" => self.precision.refine.to_string(),
            _ => return None,
        })
    }
}

/// Reads `true` or `1`, `false` or `0`.
pub(super) fn parse_switch(value: &str) -> Option<bool> {
    match value {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Four seconds at 25 frames/s: the longest wait of a viewer that has missed a frame.
const DEFAULT_INTERVAL: u32 = 100;

/// Decides when a key frame is due.
#[derive(Debug)]
pub(super) struct KeyFrames {
    /// In frames. 0 if only the first frame and requested ones are key frames.
    interval: u32,
    forced: bool,
    /// The frames since the last key frame, including it. `None` before the first.
    since: Option<u32>,
}

impl Default for KeyFrames {
    fn default() -> Self {
        Self { interval: DEFAULT_INTERVAL, forced: false, since: None }
    }
}

impl KeyFrames {
    /// Returns whether the next frame must be a key frame.
    pub(super) fn is_due(&self) -> bool {
        let is_over = |since| self.interval != 0 && since >= self.interval;
        self.forced || self.since.is_none_or(is_over)
    }

    /// Counts a frame that was encoded.
    pub(super) fn note(&mut self, is_key_frame: bool) {
        if is_key_frame {
            self.forced = false;
            self.since = Some(1);
        } else {
            self.since = self.since.map(|since| since.saturating_add(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused_and_changes_nothing() {
        let mut parameters = Parameters::new(BlockChoice::auto());
        for (name, good, bad) in [
            ("preset", "slow", &["", "Slow", "9"][..]),
            ("block_size", "128x64", &["17", "256x256", "-16", "64x"]),
            ("block_size", "auto", &["Auto"]),
            ("keyframe_interval", "50", &["-1", "4294967296", "often", ""]),
            ("force_keyframe", "true", &["", "2", "yes"]),
            ("bitrate", "500000", &["-1", "2 Mbit", ""]),
            ("framerate", "29.97", &["0", "-25", "nan", "inf", ""]),
            ("refine", "true", &["", "2", "yes"]),
        ] {
            assert!(parameters.set(name, good), "{name}");
            for bad in bad {
                assert!(!parameters.set(name, bad), "{name} {bad}");
            }
            assert_eq!(parameters.get(name).as_deref(), Some(good));
        }
        assert!(!parameters.set("crf", "1"));
        assert_eq!(parameters.get("crf"), None);
    }

    #[test]
    fn key_frames_come_first_at_their_interval_and_on_demand() {
        let mut parameters = Parameters::new(BlockChoice::auto());
        parameters.set("keyframe_interval", "4");
        let mut kinds = String::new();
        for frame in 0..12 {
            if frame == 6 {
                parameters.set("force_keyframe", "1");
            }
            let is_due = parameters.key_frames.is_due();
            parameters.key_frames.note(is_due);
            kinds.push(if is_due { 'K' } else { '.' });
        }
        assert_eq!(kinds, "K...K.K...K.");
        assert_eq!(parameters.get("force_keyframe").as_deref(), Some("false"));

        parameters.set("keyframe_interval", "0");
        assert!((0..1000).all(|_| {
            parameters.key_frames.note(false);
            !parameters.key_frames.is_due()
        }));
    }
}
