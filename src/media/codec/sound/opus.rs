//! Opus, by the crate `opus-pure` (feature `opus`).

use std::fmt;
use std::ops::RangeInclusive;

use bytes::{BufMut as _, Bytes, BytesMut};
use opus_pure::{Application, MAX_PACKET_BYTES};

use super::audio_data::within_range;
use super::{AudioData, AudioDataKind, AudioEncoder, AudioFormat};
use crate::media::codec::CodecError;
use crate::media::codec::life::Life;

/// What every decoder puts out, whatever was encoded.
const SAMPLE_RATE: u32 = 48_000;

/// The samples of a frame in one channel: 20 ms, as everywhere.
const FRAME: u32 = 960;

/// The bitrates that a stream of one or two channels can have (RFC 6716 §2.1.1).
const BITRATES: RangeInclusive<i32> = 6_000..=510_000;

/// The bit/s of a channel by default: music without audible loss.
const BITRATE_OF_CHANNEL: i32 = 64_000;

/// An encoder of Opus at 48 kHz, in one or two channels, 20 ms a frame. Its delay is 6.5 ms more.
///
/// Parameter: `"bitrate"` in bit/s, 6,000 to 510,000, which may change while it runs. Defaults to
/// 64,000 a channel. The rate is variable around it.
///
/// RTMP carries it by Enhanced RTMP, so players must know that: browsers with the page of this
/// crate, FFmpeg from 8 on, OBS.
pub struct OpusEncoder {
    bitrate: Option<i32>,
    life: Life<Running>,
}

struct Running {
    encoder: Box<opus_pure::OpusEncoder>,
    channels: usize,
    /// What does not fill a frame yet.
    pending: Vec<f32>,
    packet: Vec<u8>,
}

impl OpusEncoder {
    /// Makes an encoder.
    #[must_use]
    pub const fn new() -> Self {
        Self { bitrate: None, life: Life::New }
    }
}

impl Default for OpusEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl AudioEncoder for OpusEncoder {
    fn supported_format(&self, wanted: AudioFormat) -> AudioFormat {
        AudioFormat { sample_rate: SAMPLE_RATE, channels: wanted.channels.clamp(1, 2) }
    }

    fn init(&mut self, format: AudioFormat) -> Result<Option<AudioData>, CodecError> {
        if format != self.supported_format(format) {
            let reason = format!("{format:?} is not 48,000 Hz in one or two channels");
            return Err(CodecError::InvalidParameters(reason));
        }
        let bitrate = self.bitrate;
        self.life.begin(|| Running::new(format, bitrate))?;
        let bytes = opus_head(format, self.delay());
        Ok(Some(AudioData { kind: AudioDataKind::SequenceHeader, bytes, samples: 0 }))
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        let bitrate = value.parse().ok().filter(|bitrate| BITRATES.contains(bitrate));
        let ("bitrate", Some(bitrate)) = (name, bitrate) else { return false };
        self.bitrate = Some(bitrate);
        if let Ok(running) = self.life.running_mut() {
            running.encoder.bitrate_bps = bitrate;
        }
        true
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let running = self.life.running().ok().map(|running| running.encoder.bitrate_bps);
        let bitrate = running.or(self.bitrate).unwrap_or(BITRATE_OF_CHANNEL);
        (name == "bitrate").then(|| bitrate.to_string())
    }

    fn delay(&self) -> u32 {
        let delay = self.life.running().map(|running| running.encoder.lookahead());
        delay.ok().and_then(|delay| u32::try_from(delay).ok()).unwrap_or(0)
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<AudioData>, CodecError> {
        self.life.running_mut()?.encode(samples)
    }

    fn close(&mut self) -> Result<Vec<AudioData>, CodecError> {
        let delay = usize::try_from(self.delay()).unwrap_or(0);
        let rest = self.life.running_mut().and_then(|running| running.drain(delay));
        self.life.end()?;
        rest
    }

    fn identifier(&self) -> &str {
        "Opus (opus-pure)"
    }
}

impl Running {
    fn new(format: AudioFormat, bitrate: Option<i32>) -> Result<Self, CodecError> {
        let channels = i32::from(format.channels);
        let mut encoder = opus_pure::OpusEncoder::new(
            SAMPLE_RATE.cast_signed(),
            format.channels.into(),
            Application::Audio,
        )
        .map_err(failed)?;
        encoder.bitrate_bps =
            bitrate.unwrap_or_else(|| BITRATE_OF_CHANNEL.saturating_mul(channels));
        Ok(Self {
            encoder: Box::new(encoder),
            channels: format.channels.into(),
            pending: Vec::new(),
            packet: vec![0; MAX_PACKET_BYTES],
        })
    }

    const fn frame_values(&self) -> usize {
        (FRAME as usize).saturating_mul(self.channels)
    }

    fn encode(&mut self, samples: &[f32]) -> Result<Vec<AudioData>, CodecError> {
        self.pending.extend(samples.iter().copied().map(within_range));
        let pending = std::mem::take(&mut self.pending);
        let mut frames = pending.chunks_exact(self.frame_values());
        let data = frames.by_ref().map(|frame| self.encode_frame(frame)).collect();
        self.pending.extend_from_slice(frames.remainder());
        data
    }

    fn encode_frame(&mut self, frame: &[f32]) -> Result<AudioData, CodecError> {
        let length =
            self.encoder.encode(frame, FRAME as usize, &mut self.packet).map_err(failed)?;
        let bytes = Bytes::copy_from_slice(self.packet.get(..length).unwrap_or_default());
        Ok(AudioData { kind: AudioDataKind::Frame, bytes, samples: FRAME })
    }

    /// Encodes silence until all that came before is out.
    fn drain(&mut self, delay: usize) -> Result<Vec<AudioData>, CodecError> {
        let values = self.pending.len().saturating_add(delay.saturating_mul(self.channels));
        let frames = values.div_ceil(self.frame_values().max(1));
        let silence = frames.saturating_mul(self.frame_values()).saturating_sub(self.pending.len());
        self.encode(&vec![0.0; silence])
    }
}

impl fmt::Debug for OpusEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpusEncoder").field("bitrate", &self.bitrate).finish_non_exhaustive()
    }
}

/// Returns the `OpusHead` of RFC 7845 §5.1.
fn opus_head(format: AudioFormat, delay: u32) -> Bytes {
    let mut head = BytesMut::with_capacity(19);
    head.put_slice(b"OpusHead\x01");
    head.put_u8(u8::try_from(format.channels).unwrap_or(u8::MAX));
    head.put_u16_le(u16::try_from(delay).unwrap_or(u16::MAX));
    head.put_u32_le(format.sample_rate);
    // No gain, and the mapping of one or two channels.
    head.put_slice(&[0, 0, 0]);
    head.freeze()
}

fn failed(error: opus_pure::Error) -> CodecError {
    CodecError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use opus_pure::OpusDecoder;

    use super::super::tests::{assert_same_sound, tone};
    use super::*;

    #[test]
    fn a_decoder_gets_the_same_sound_back_later_by_the_delay() {
        for channels in [1u16, 2] {
            let format = AudioFormat { sample_rate: 48_000, channels };
            let mut encoder = OpusEncoder::new();
            assert_eq!(
                encoder.supported_format(AudioFormat { sample_rate: 8_000, ..format }),
                format
            );
            let header = encoder.init(format).unwrap().unwrap();
            let expected = [b"OpusHead\x01".as_slice(), &[channels as u8, 56, 1, 0x80, 0xbb]];
            assert_eq!(header.bytes, [&expected.concat()[..], &[0; 5]].concat());
            let sound = tone(format, 1.0);
            // In pieces of any length.
            let pieces = sound.chunks(1_766).map(|piece| encoder.encode(piece).unwrap());
            let mut data: Vec<AudioData> = pieces.flatten().collect();
            let delay = encoder.delay() as usize;
            data.extend(encoder.close().unwrap());
            assert_eq!(encoder.encode(&[]), Err(CodecError::NotInitialised));
            let mut decoder = OpusDecoder::new(48_000, channels.into()).unwrap();
            let mut decoded = Vec::new();
            for frame in data {
                assert_eq!((frame.kind, frame.samples), (AudioDataKind::Frame, 960));
                let mut output = vec![0.0; 960 * usize::from(channels)];
                decoder.decode(&frame.bytes, 960, &mut output).unwrap();
                decoded.extend(output);
            }
            assert_same_sound(&sound, &decoded[delay * usize::from(channels)..]);
        }
    }

    #[test]
    fn the_bitrate_is_what_was_asked_for() {
        for bitrate in [24_000, 96_000] {
            let format = AudioFormat { sample_rate: 48_000, channels: 2 };
            let mut encoder = OpusEncoder::new();
            for refused in ["", "5999", "510001", "fast"] {
                assert!(!encoder.set_parameter("bitrate", refused), "{refused}");
            }
            assert!(!encoder.set_parameter("quality", "9"));
            encoder.init(format).unwrap();
            assert_eq!(encoder.parameter("bitrate").as_deref(), Some("128000"));
            assert!(encoder.set_parameter("bitrate", &bitrate.to_string()));
            let noise: Vec<f32> = (0u32..192_000).map(noise).collect();
            let bytes: usize =
                encoder.encode(&noise).unwrap().iter().map(|frame| frame.bytes.len()).sum();
            let found = bytes as f64 * 8.0 / 2.0;
            assert!((found / f64::from(bitrate) - 1.0).abs() < 0.2, "{found} instead of {bitrate}");
        }
    }

    fn noise(number: u32) -> f32 {
        let mixed = number.wrapping_mul(2_654_435_761) ^ (number << 7);
        (mixed >> 16) as f32 / 65_536.0 - 0.5
    }

    #[test]
    fn what_is_no_sound_harms_nothing() {
        let mut encoder = OpusEncoder::new();
        let format = AudioFormat { sample_rate: 44_100, channels: 1 };
        assert!(matches!(encoder.init(format), Err(CodecError::InvalidParameters(_))));
        encoder.init(AudioFormat { sample_rate: 48_000, channels: 1 }).unwrap();
        let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30];
        assert_eq!(encoder.encode(&values.repeat(240)).unwrap().len(), 1);
        assert_eq!(encoder.close().unwrap().len(), 1);
    }
}
