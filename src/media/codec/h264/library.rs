//! OpenH264's encoder: the one place that calls what its crate has no safe words for.
#![allow(unsafe_code, reason = "rates are changed through a C interface that takes pointers")]

use std::ffi::c_void;

use openh264::encoder::{
    BitRate, Complexity, EncodedBitStream, Encoder, EncoderConfig, FrameRate, FrameType,
    IntraFramePeriod, RateControlMode, UsageType, VuiConfig,
};
use openh264::{OpenH264API, Timestamp};
use openh264_sys2::{
    ENCODER_OPTION, ENCODER_OPTION_BITRATE, ENCODER_OPTION_COMPLEXITY, ENCODER_OPTION_FRAME_RATE,
    ENCODER_OPTION_MAX_BITRATE, HIGH_COMPLEXITY, LOW_COMPLEXITY, MEDIUM_COMPLEXITY, SBitrateInfo,
    SPATIAL_LAYER_0,
};

use super::annex_b::without_start_code;
use super::parameters::{Parameters, Preset};
use super::picture::Picture;
use crate::media::codec::CodecError;
use crate::media::{ColourMatrix, ColourRange, ColourSpace};

/// OpenH264's encoder, and what it has been told.
pub(super) struct Library {
    encoder: Encoder,
    told: Parameters,
    /// It is set up by its first picture, and can be told nothing before.
    has_begun: bool,
}

/// What became of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Key,
    Inter,
    /// It was left out, for the sake of the bitrate.
    Skipped,
}

impl Library {
    pub(super) fn new(parameters: &Parameters) -> Result<Self, CodecError> {
        let config = EncoderConfig::new()
            .usage_type(UsageType::CameraVideoRealTime)
            .rate_control_mode(RateControlMode::Bitrate)
            // Without it the bitrate is not kept.
            .skip_frames(true)
            // Both cost pictures that were drawn, not filmed, between 0.2 and 4 dB (measured).
            .adaptive_quantization(false)
            .background_detection(false)
            .bitrate(BitRate::from_bps(parameters.bitrate))
            .max_frame_rate(FrameRate::from_hz(parameters.framerate))
            .complexity(complexity(parameters.preset))
            // Key frames are where they are asked for. We count ourselves, since the interval may
            // change.
            .scene_change_detect(false)
            .intra_frame_period(IntraFramePeriod::auto())
            .vui(vui(parameters.colour_space))
            // Encodes on the caller's thread, so that every thread of a server has a name.
            .num_threads(1);
        let api = OpenH264API::from_source();
        let encoder = Encoder::with_api_config(api, config).map_err(failed)?;
        Ok(Self { encoder, told: parameters.clone(), has_begun: false })
    }

    /// Encodes a picture, `milliseconds` after the first. Calls `unit` with each of its NAL units.
    pub(super) fn encode(
        &mut self,
        picture: &Picture<'_>,
        milliseconds: u64,
        unit: impl FnMut(&[u8]),
    ) -> Result<Outcome, CodecError> {
        let at = Timestamp::from_millis(milliseconds);
        let stream = self.encoder.encode_at(picture, at).map_err(failed)?;
        self.has_begun = true;
        let outcome = match stream.frame_type() {
            FrameType::IDR => Outcome::Key,
            FrameType::I | FrameType::P | FrameType::IPMixed => Outcome::Inter,
            FrameType::Skip => Outcome::Skipped,
            FrameType::Invalid => return Err(CodecError::Failed("OpenH264 was not ready".into())),
        };
        units_of(&stream, unit);
        Ok(outcome)
    }

    /// Makes the next picture a key frame.
    pub(super) fn force_key_frame(&mut self) {
        if self.has_begun {
            self.encoder.force_intra_frame();
        }
    }

    /// Uses other parameters from the next picture on.
    pub(super) fn tell(&mut self, parameters: &Parameters) -> Result<(), CodecError> {
        if !self.has_begun {
            *self = Self::new(parameters)?;
            return Ok(());
        }
        if parameters.framerate != self.told.framerate {
            self.set(ENCODER_OPTION_FRAME_RATE, parameters.framerate)?;
        }
        if parameters.preset != self.told.preset {
            let complexity = match parameters.preset {
                Preset::Fast => LOW_COMPLEXITY,
                Preset::Medium => MEDIUM_COMPLEXITY,
                Preset::Slow => HIGH_COMPLEXITY,
            };
            self.set(ENCODER_OPTION_COMPLEXITY, complexity)?;
        }
        if parameters.bitrate != self.told.bitrate {
            let bitrate = i32::try_from(parameters.bitrate).unwrap_or(i32::MAX);
            let rate = SBitrateInfo { iLayer: SPATIAL_LAYER_0, iBitrate: bitrate };
            // The maximum must never be below the target.
            let mut options = [ENCODER_OPTION_MAX_BITRATE, ENCODER_OPTION_BITRATE];
            if parameters.bitrate < self.told.bitrate {
                options.reverse();
            }
            for option in options {
                self.set(option, rate)?;
            }
        }
        self.told = parameters.clone();
        Ok(())
    }

    /// `value` must be of the type that OpenH264's `codec_app_def.h` has for `option`.
    fn set<T>(&mut self, option: ENCODER_OPTION, mut value: T) -> Result<(), CodecError> {
        let value: *mut c_void = (&raw mut value).cast();
        // SAFETY: the encoder was initialised by its first picture. OpenH264 reads a value of the
        // option's type from the pointer and keeps no pointer. The callers above pass that type.
        // The crate does not rely on any option that they set.
        let status = unsafe { self.encoder.raw_api().set_option(option, value) };
        match status {
            0 => Ok(()),
            status => {
                Err(CodecError::Failed(format!("OpenH264 refused option {option}: {status}")))
            }
        }
    }
}

/// Returns what the stream says of its colours (ITU-T H.264, annex E).
fn vui(ColourSpace { matrix, range }: ColourSpace) -> VuiConfig {
    let vui = match matrix {
        ColourMatrix::Bt601 => VuiConfig::bt601(),
        ColourMatrix::Bt709 => VuiConfig::bt709(),
        ColourMatrix::Bt2020 => VuiConfig::bt2020(),
    };
    vui.full_range(range == ColourRange::Full)
}

fn complexity(preset: Preset) -> Complexity {
    match preset {
        Preset::Fast => Complexity::Low,
        Preset::Medium => Complexity::Medium,
        Preset::Slow => Complexity::High,
    }
}

fn units_of(stream: &EncodedBitStream<'_>, mut unit: impl FnMut(&[u8])) {
    for layer in (0..stream.num_layers()).filter_map(|layer| stream.layer(layer)) {
        for bytes in (0..layer.nal_count()).filter_map(|number| layer.nal_unit(number)) {
            unit(without_start_code(bytes));
        }
    }
}

fn failed(error: openh264::Error) -> CodecError {
    CodecError::Failed(format!("OpenH264: {error}"))
}
