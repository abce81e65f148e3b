//! AAC, by the crate `syom` (feature `aac`).

use std::fmt;
use std::ops::RangeInclusive;

use bytes::Bytes;
use syom::{AacError, EncodeOptions, EncodedFrame};

use super::audio_data::within_range;
use super::{AudioData, AudioDataKind, AudioEncoder, AudioFormat};
use crate::media::codec::CodecError;
use crate::media::codec::life::Life;

/// The sample rates of AAC up to what players need, the lowest first.
const RATES: [u32; 9] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/// The samples of a frame in one channel. A decoder puts each out one frame later.
const FRAME: u32 = 1_024;

/// The bitrates for any format. A frame has at most six bits a sample.
const BITRATES: RangeInclusive<u32> = 8_000..=576_000;
const MOST_BITS_PER_SAMPLE: u32 = 6;

/// The bit/s of a channel by default: music without audible loss.
const BITRATE_OF_CHANNEL: u32 = 64_000;

/// An encoder of AAC-LC at 8 to 48 kHz, in one or two channels, 1,024 samples a frame. Its delay is
/// one frame more.
///
/// Parameter: `"bitrate"` in bit/s, 8,000 to 576,000, which must be set before
/// [`init`](AudioEncoder::init). Defaults to 64,000 a channel. More than the format allows becomes
/// what it allows: 6 bits a sample.
///
/// Every player of RTMP plays it. AAC is patented; ask what that means for your product.
pub struct AacEncoder {
    bitrate: Option<u32>,
    life: Life<Running>,
}

struct Running {
    encoder: Box<syom::Encoder>,
    bitrate: u32,
    channels: usize,
    has_begun: bool,
}

impl AacEncoder {
    /// Makes an encoder.
    #[must_use]
    pub const fn new() -> Self {
        Self { bitrate: None, life: Life::New }
    }
}

impl Default for AacEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl AudioEncoder for AacEncoder {
    fn supported_format(&self, wanted: AudioFormat) -> AudioFormat {
        let sample_rate = RATES.into_iter().find(|rate| *rate >= wanted.sample_rate);
        AudioFormat {
            sample_rate: sample_rate.unwrap_or(48_000),
            channels: wanted.channels.clamp(1, 2),
        }
    }

    fn init(&mut self, format: AudioFormat) -> Result<Option<AudioData>, CodecError> {
        if format != self.supported_format(format) {
            let reason = format!("{format:?} is not a rate of AAC in one or two channels");
            return Err(CodecError::InvalidParameters(reason));
        }
        let bitrate = self.bitrate;
        self.life.begin(|| Running::new(format, bitrate))?;
        let bytes = Bytes::copy_from_slice(self.life.running()?.encoder.asc());
        Ok(Some(AudioData { kind: AudioDataKind::SequenceHeader, bytes, samples: 0 }))
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        let bitrate = value.parse().ok().filter(|bitrate| BITRATES.contains(bitrate));
        let ("bitrate", Some(_), Ok(())) = (name, bitrate, self.life.check_new()) else {
            return false;
        };
        self.bitrate = bitrate;
        true
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let running = self.life.running().ok().map(|running| running.bitrate);
        let bitrate = running.or(self.bitrate).unwrap_or(BITRATE_OF_CHANNEL);
        (name == "bitrate").then(|| bitrate.to_string())
    }

    fn delay(&self) -> u32 {
        FRAME
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<AudioData>, CodecError> {
        self.life.running_mut()?.encode(samples)
    }

    fn close(&mut self) -> Result<Vec<AudioData>, CodecError> {
        let rest = self.life.running_mut().and_then(Running::drain);
        self.life.end()?;
        rest
    }

    fn identifier(&self) -> &str {
        "AAC-LC (syom)"
    }
}

impl Running {
    fn new(format: AudioFormat, bitrate: Option<u32>) -> Result<Self, CodecError> {
        let channels = u32::from(format.channels);
        let most = format.sample_rate.saturating_mul(MOST_BITS_PER_SAMPLE).saturating_mul(channels);
        let bitrate = bitrate.unwrap_or_else(|| BITRATE_OF_CHANNEL.saturating_mul(channels));
        let bitrate = bitrate.min(most);
        let options = EncodeOptions::raw().with_bitrate_bps(bitrate);
        let channels = usize::from(format.channels);
        let encoder = syom::Encoder::new(format.sample_rate, channels, &options).map_err(failed)?;
        Ok(Self { encoder: Box::new(encoder), bitrate, channels, has_begun: false })
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<AudioData>, CodecError> {
        let mut planes = vec![Vec::new(); self.channels];
        for frame in samples.chunks_exact(self.channels) {
            for (plane, sample) in planes.iter_mut().zip(frame) {
                plane.push(within_range(*sample));
            }
        }
        let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        self.has_begun |= !samples.is_empty();
        let mut data = Vec::new();
        self.encoder.feed(&planes, collect_into(&mut data)).map_err(failed)?;
        Ok(data)
    }

    fn drain(&mut self) -> Result<Vec<AudioData>, CodecError> {
        let mut data = Vec::new();
        // It is an error to end without a sample.
        if self.has_begun {
            self.encoder.finish(collect_into(&mut data)).map_err(failed)?;
        }
        Ok(data)
    }
}

fn collect_into(data: &mut Vec<AudioData>) -> impl FnMut(EncodedFrame<'_>) -> Result<(), AacError> {
    |frame| {
        let bytes = Bytes::copy_from_slice(frame.payload);
        data.push(AudioData { kind: AudioDataKind::Frame, bytes, samples: FRAME });
        Ok(())
    }
}

impl fmt::Debug for AacEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AacEncoder").field("bitrate", &self.bitrate).finish_non_exhaustive()
    }
}

fn failed(error: AacError) -> CodecError {
    CodecError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use syom::{DecodeOptions, wrap_adts_au};

    use super::super::tests::{assert_same_sound, tone};
    use super::*;

    #[test]
    fn a_decoder_gets_the_same_sound_back_later_by_the_delay() {
        for (sample_rate, channels, config) in
            [(44_100, 2u16, [0x12, 0x10]), (48_000, 1, [0x11, 0x88]), (8_000, 1, [0x15, 0x88])]
        {
            let format = AudioFormat { sample_rate, channels };
            let mut encoder = AacEncoder::new();
            let header = encoder.init(format).unwrap().unwrap();
            assert_eq!(header.bytes[..], config);
            let sound = tone(format, 1.0);
            // In pieces of any length.
            let pieces = sound.chunks(1_766).map(|piece| encoder.encode(piece).unwrap());
            let mut data: Vec<AudioData> = pieces.flatten().collect();
            let delay = encoder.delay() as usize;
            data.extend(encoder.close().unwrap());
            assert_eq!(encoder.encode(&[]), Err(CodecError::NotInitialised));
            let frames = data.iter().map(|frame| {
                assert_eq!((frame.kind, frame.samples), (AudioDataKind::Frame, 1_024));
                wrap_adts_au(&frame.bytes, sample_rate, channels.into()).unwrap()
            });
            let stream: Vec<u8> = frames.flatten().collect();
            let decoded = syom::decode_with(&stream, &DecodeOptions::audio()).unwrap().channels;
            assert_eq!(decoded.len(), usize::from(channels));
            let length = decoded[0].len();
            let decoded: Vec<f32> =
                (delay..length).flat_map(|n| decoded.iter().map(move |plane| plane[n])).collect();
            assert_same_sound(&sound, &decoded);
        }
    }

    #[test]
    fn formats_and_bitrates_that_it_has_not_become_those_that_it_has() {
        let format = |sample_rate, channels| AudioFormat { sample_rate, channels };
        for (wanted, taken) in [
            (format(44_100, 2), format(44_100, 2)),
            (format(44_000, 6), format(44_100, 2)),
            (format(96_000, 1), format(48_000, 1)),
            (format(1, 0), format(8_000, 1)),
        ] {
            assert_eq!(AacEncoder::new().supported_format(wanted), taken);
        }
        let error = AacEncoder::new().init(format(44_000, 1));
        assert!(matches!(error, Err(CodecError::InvalidParameters(_))));
        let mut encoder = AacEncoder::new();
        assert!(!encoder.set_parameter("bitrate", "7999"));
        assert!(encoder.set_parameter("bitrate", "500000"));
        encoder.init(format(8_000, 1)).unwrap();
        assert_eq!(encoder.parameter("bitrate").as_deref(), Some("48000"));
        assert!(!encoder.set_parameter("bitrate", "9000"));
    }

    #[test]
    fn what_is_no_sound_harms_nothing() {
        let mut encoder = AacEncoder::new();
        encoder.init(AudioFormat { sample_rate: 48_000, channels: 1 }).unwrap();
        let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30];
        assert_eq!(encoder.encode(&values.repeat(256)).unwrap().len(), 1);
        assert_eq!(encoder.close().unwrap().len(), 1);
        let mut silent = AacEncoder::new();
        silent.init(AudioFormat { sample_rate: 48_000, channels: 1 }).unwrap();
        assert_eq!(silent.close(), Ok(Vec::new()));
    }
}
