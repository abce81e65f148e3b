//! Linear PCM: sound as it is.

use bytes::{BufMut as _, BytesMut};

use super::{AudioData, AudioDataKind, AudioEncoder, AudioFormat};
use crate::media::codec::CodecError;
use crate::media::codec::life::Life;

/// The only rate of FLV's PCM that is good for music.
const SAMPLE_RATE: u32 = 44_100;

/// An encoder of linear PCM of 16 bits at 44.1 kHz, in one or two channels: 1.4 Mbit/s in stereo.
/// It loses nothing and adds no delay. For LANs.
#[derive(Debug)]
pub struct PcmEncoder {
    /// The number of channels.
    life: Life<u16>,
}

impl PcmEncoder {
    /// Makes an encoder.
    #[must_use]
    pub const fn new() -> Self {
        Self { life: Life::New }
    }
}

impl Default for PcmEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl AudioEncoder for PcmEncoder {
    fn supported_format(&self, wanted: AudioFormat) -> AudioFormat {
        AudioFormat { sample_rate: SAMPLE_RATE, channels: wanted.channels.clamp(1, 2) }
    }

    fn init(&mut self, format: AudioFormat) -> Result<Option<AudioData>, CodecError> {
        self.life.check_new()?;
        if format != self.supported_format(format) {
            let reason = format!("{format:?} is not 44,100 Hz in one or two channels");
            return Err(CodecError::InvalidParameters(reason));
        }
        self.life.begin(|| Ok(format.channels))?;
        Ok(None)
    }

    fn set_parameter(&mut self, _: &str, _: &str) -> bool {
        false
    }

    fn parameter(&self, _: &str) -> Option<String> {
        None
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<AudioData>, CodecError> {
        let channels = *self.life.running()?;
        let mut bytes = BytesMut::with_capacity(samples.len().saturating_mul(2));
        for sample in samples {
            bytes.put_i16_le(quantized(*sample));
        }
        let count = samples.len().checked_div(channels.into()).unwrap_or(0);
        let samples = u32::try_from(count).map_err(|_| CodecError::Allocation)?;
        if samples == 0 {
            return Ok(Vec::new());
        }
        Ok(vec![AudioData { kind: AudioDataKind::Frame, bytes: bytes.freeze(), samples }])
    }

    fn close(&mut self) -> Result<Vec<AudioData>, CodecError> {
        self.life.end()?;
        Ok(Vec::new())
    }

    fn identifier(&self) -> &str {
        "linear PCM"
    }
}

/// Returns a sample of 16 bits. What is beyond -1 to 1 is cut off, and not a number is silence.
#[allow(clippy::cast_possible_truncation, reason = "it is brought into the range before")]
fn quantized(sample: f32) -> i16 {
    (sample * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_become_sixteen_bits_and_what_is_too_loud_is_cut_off() {
        let mut encoder = PcmEncoder::new();
        let format = AudioFormat { sample_rate: 44_100, channels: 2 };
        assert_eq!(encoder.encode(&[0.0; 2]), Err(CodecError::NotInitialised));
        assert_eq!(encoder.init(format), Ok(None));
        assert_eq!(encoder.init(format), Err(CodecError::AlreadyInitialised));
        let data = encoder.encode(&[0.0, 1.0, -1.0, 3.0, -3.0, f32::NAN]).unwrap();
        assert_eq!(data.len(), 1);
        assert_eq!(data[0].samples, 3);
        assert_eq!(*data[0].bytes, [0, 0, 0xff, 0x7f, 1, 0x80, 0xff, 0x7f, 0, 0x80, 0, 0]);
        assert_eq!(encoder.encode(&[]), Ok(Vec::new()));
        assert_eq!(encoder.close(), Ok(Vec::new()));
        assert_eq!(encoder.close(), Err(CodecError::NotInitialised));
    }

    #[test]
    fn other_formats_are_converted_before() {
        let mut encoder = PcmEncoder::new();
        let wanted = AudioFormat { sample_rate: 48_000, channels: 6 };
        let taken = AudioFormat { sample_rate: 44_100, channels: 2 };
        assert_eq!(encoder.supported_format(wanted), taken);
        assert!(matches!(encoder.init(wanted), Err(CodecError::InvalidParameters(_))));
        assert_eq!(encoder.init(taken), Ok(None));
    }
}
