//! The encoder's parameters.

use crate::media::codec::{COLOUR_MATRIX, COLOUR_RANGE};
use crate::media::{ColourMatrix, ColourRange, ColourSpace};

/// OpenH264's highest frame rate.
const MAX_FRAMERATE: f32 = 60.0;
/// The highest bitrate of H.264's highest level that OpenH264 knows, in bit/s.
const MAX_BITRATE: u32 = 288_000_000;

const PRESETS: [(Preset, &str); 3] =
    [(Preset::Fast, "fast"), (Preset::Medium, "medium"), (Preset::Slow, "slow")];
const MATRICES: [ColourMatrix; 3] =
    [ColourMatrix::Bt601, ColourMatrix::Bt709, ColourMatrix::Bt2020];
const RANGES: [ColourRange; 2] = [ColourRange::Limited, ColourRange::Full];

/// The encoder's parameters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameters {
    /// In bit/s.
    pub(super) bitrate: u32,
    /// In frames/s.
    pub(super) framerate: f32,
    /// In frames. 0 if only the first frame and requested ones are key frames.
    pub(super) keyframe_interval: u32,
    pub(super) force_keyframe: bool,
    /// Whether the next frame is a key frame as good as can be.
    pub(super) refine: bool,
    pub(super) preset: Preset,
    /// It cannot change once the encoder is initialised.
    pub(super) colour_space: ColourSpace,
}

/// Speed against quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preset {
    Fast,
    Medium,
    Slow,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            bitrate: 2_000_000,
            framerate: 25.0,
            keyframe_interval: 100,
            force_keyframe: false,
            refine: false,
            preset: Preset::Fast,
            colour_space: ColourSpace::default(),
        }
    }
}

impl Parameters {
    /// Returns those for a key frame that takes a line of the bitrate one second. OpenH264 gives a
    /// key frame four times the bits of others.
    pub(super) fn refining(&self) -> Self {
        let bitrate = f64::from(self.bitrate) * f64::from(self.framerate) / 4.0;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let bitrate = (bitrate as u32).clamp(self.bitrate, MAX_BITRATE);
        Self { bitrate, ..self.clone() }
    }

    /// Returns false if there is no such parameter or the value is invalid.
    pub(super) fn set(&mut self, name: &str, value: &str) -> bool {
        self.try_set(name, value).is_some()
    }

    pub(super) fn value(&self, name: &str) -> Option<String> {
        Some(match name {
            "bitrate" => self.bitrate.to_string(),
            "framerate" => self.framerate.to_string(),
            "keyframe_interval" => self.keyframe_interval.to_string(),
            "force_keyframe" => self.force_keyframe.to_string(),
            "refine" => self.refine.to_string(),
            "preset" => name_of(&PRESETS, &self.preset).to_owned(),
            COLOUR_MATRIX => self.colour_space.matrix.name().to_owned(),
            COLOUR_RANGE => self.colour_space.range.name().to_owned(),
            _ => return None,
        })
    }

    fn try_set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "bitrate" => {
                let bitrate = value.parse().ok();
                self.bitrate = bitrate.filter(|bitrate| (1000..=MAX_BITRATE).contains(bitrate))?;
            }
            "framerate" => {
                let framerate = value.parse().ok();
                let fits = |framerate: &f32| (1.0..=MAX_FRAMERATE).contains(framerate);
                self.framerate = framerate.filter(fits)?;
            }
            "keyframe_interval" => self.keyframe_interval = value.parse().ok()?,
            "force_keyframe" => self.force_keyframe = parse_switch(value)?,
            "refine" => self.refine = parse_switch(value)?,
            "preset" => self.preset = parse(&PRESETS, value)?,
            COLOUR_MATRIX => {
                self.colour_space.matrix = MATRICES.into_iter().find(|it| it.name() == value)?;
            }
            COLOUR_RANGE => {
                self.colour_space.range = RANGES.into_iter().find(|it| it.name() == value)?;
            }
            _ => return None,
        }
        Some(())
    }
}

fn parse<T: Copy>(names: &[(T, &str)], text: &str) -> Option<T> {
    names.iter().find(|(_, name)| *name == text).map(|(value, _)| *value)
}

fn name_of<T: PartialEq>(names: &[(T, &'static str)], value: &T) -> &'static str {
    names.iter().find(|(named, _)| named == value).map_or("", |(_, name)| *name)
}

/// Reads `true` or `1`, `false` or `0`.
fn parse_switch(value: &str) -> Option<bool> {
    match value {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_take_what_fits_and_keep_what_they_were_otherwise() {
        let mut parameters = Parameters::default();
        for (name, good, bad) in [
            ("bitrate", "500000", &["", "0", "-1", "2 Mbit", "999", "300000000"][..]),
            ("framerate", "29.97", &["", "0", "nan", "inf", "61", "-25"]),
            ("keyframe_interval", "0", &["", "-1", "2s"]),
            ("force_keyframe", "true", &["", "2", "yes"]),
            ("refine", "true", &["", "2", "yes"]),
            ("preset", "slow", &["", "Slow", "placebo"]),
            ("colour_matrix", "bt601", &["", "BT.601", "rgb"]),
            ("colour_range", "full", &["", "pc"]),
        ] {
            assert_ne!(parameters.value(name).as_deref(), Some(good), "{name}");
            assert!(parameters.set(name, good), "{name}");
            for bad in bad {
                assert!(!parameters.set(name, bad), "{name} {bad:?}");
            }
            assert_eq!(parameters.value(name).as_deref(), Some(good), "{name}");
        }
        assert!(!parameters.set("crf", "23"));
        assert_eq!(parameters.value("crf"), None);
    }
}
