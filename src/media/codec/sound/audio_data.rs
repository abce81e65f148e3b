//! The data that audio encoders return, and FLV's header in front of them.

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::media::FourCc;
use crate::media::audio::{Codec, SoundFormat};

/// The form of sound: its samples are floats from -1 to 1, those of all channels side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioFormat {
    /// The samples of one channel in a second.
    pub sample_rate: u32,
    /// The number of channels.
    pub channels: u16,
}

/// The kind of an audio encoder's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudioDataKind {
    /// The configuration that a decoder needs before the first frame (AAC's `AudioSpecificConfig`).
    SequenceHeader,
    /// Sound.
    Frame,
}

/// An audio codec's data without FLV's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioData {
    /// The kind of the data.
    pub kind: AudioDataKind,
    /// The codec's bytes.
    pub bytes: Bytes,
    /// The number of samples of one channel. 0 for a sequence header.
    pub samples: u32,
}

/// The audio codecs that RTMP can carry.
const CARRIED: &[(&str, Codec)] = &[
    ("pcm", Codec::Classic(SoundFormat::PCM_LE)),
    ("mp3", Codec::Classic(SoundFormat::MP3)),
    ("aac", Codec::Classic(SoundFormat::AAC)),
    ("opus", Codec::Enhanced(FourCc::OPUS)),
    ("flac", Codec::Enhanced(FourCc::FLAC)),
    ("ac-3", Codec::Enhanced(FourCc::AC3)),
];

/// The sample rates that a classic header can name, by their bits. Codecs whose data name the rate
/// themselves have the nearest.
const RATES: [u32; 4] = [5_512, 11_025, 22_050, 44_100];

/// Returns how RTMP carries the audio codec of this name. Ignores case. Returns `None` if RTMP
/// cannot carry it.
///
/// - By FLV's numbers: `"pcm"`, `"mp3"`, `"aac"`.
/// - By Enhanced RTMP's names, which recent players support: `"opus"`, `"flac"`, `"ac-3"`.
///
/// ```
/// use rendercast::media::audio::{Codec, SoundFormat};
/// use rendercast::media::codec::sound::audio_carried_as;
///
/// assert_eq!(audio_carried_as("PCM"), Some(Codec::Classic(SoundFormat::PCM_LE)));
/// assert_eq!(audio_carried_as("vorbis"), None);
/// ```
#[must_use]
pub fn audio_carried_as(codec_name: &str) -> Option<Codec> {
    let carried = CARRIED.iter().find(|(name, _)| name.eq_ignore_ascii_case(codec_name));
    carried.map(|(_, codec)| *codec)
}

impl AudioData {
    /// Makes the body of an audio tag: FLV's header with the codec and `format`, then a copy of the
    /// data. Returns `None` for a sequence header of a codec that has none in FLV.
    ///
    /// ```
    /// use rendercast::media::audio::{Codec, SoundFormat};
    /// use rendercast::media::codec::sound::{AudioData, AudioDataKind, AudioFormat};
    ///
    /// let format = AudioFormat { sample_rate: 44_100, channels: 2 };
    /// let data =
    ///     AudioData { kind: AudioDataKind::Frame, bytes: vec![1, 0, 2, 0].into(), samples: 1 };
    /// let body = data.to_tag_body(Codec::Classic(SoundFormat::PCM_LE), format);
    /// assert_eq!(body.as_deref(), Some(&[0x3f, 1, 0, 2, 0][..]));
    /// ```
    #[must_use]
    pub fn to_tag_body(&self, codec: Codec, format: AudioFormat) -> Option<Bytes> {
        let is_header = self.kind == AudioDataKind::SequenceHeader;
        let packet_type = u8::from(!is_header);
        let mut body = BytesMut::with_capacity(self.bytes.len().saturating_add(5));
        match codec {
            Codec::Enhanced(four_cc) => {
                body.put_u8(SoundFormat::ENHANCED.0 << 4 | packet_type);
                body.put_slice(&four_cc.0);
            }
            // FLV has AAC always as 44 kHz, 16 bits and stereo (FLV 10.1 §E.4.2.1).
            Codec::Classic(SoundFormat::AAC) => body.put_slice(&[0xaf, packet_type]),
            Codec::Classic(_) if is_header => return None,
            Codec::Classic(sound_format) => {
                let distance = |rate: &u32| rate.abs_diff(format.sample_rate);
                let rates = (0u8..).zip(RATES);
                let nearest = rates.min_by_key(|(_, rate)| distance(rate));
                let rate = nearest.map_or(3, |(bits, _)| bits);
                let is_stereo = u8::from(format.channels > 1);
                body.put_u8(sound_format.0 << 4 | rate << 2 | 1 << 1 | is_stereo);
            }
        }
        body.put_slice(&self.bytes);
        Some(body.freeze())
    }
}

/// Returns a sample that encoders take: from -1 to 1. What is no number is silence.
#[cfg(any(feature = "aac", feature = "opus"))]
pub(super) const fn within_range(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::AudioHeader;

    fn body(kind: AudioDataKind, name: &str, format: AudioFormat) -> Option<Vec<u8>> {
        let data = AudioData { kind, bytes: Bytes::from_static(b"data"), samples: 1 };
        Some(data.to_tag_body(audio_carried_as(name).unwrap(), format)?.to_vec())
    }

    #[test]
    fn each_codec_has_its_header() {
        let stereo = AudioFormat { sample_rate: 44_100, channels: 2 };
        let mono = AudioFormat { sample_rate: 22_050, channels: 1 };
        let low = AudioFormat { sample_rate: 8_000, channels: 1 };
        for (name, format, header, frame) in [
            ("pcm", stereo, None, &b"\x3fdata"[..]),
            ("PCM", mono, None, b"\x3adata"),
            ("mp3", stereo, None, b"\x2fdata"),
            ("mp3", low, None, b"\x22data"),
            ("aac", mono, Some(&b"\xaf\x00data"[..]), b"\xaf\x01data"),
            ("opus", stereo, Some(b"\x90Opusdata"), b"\x91Opusdata"),
        ] {
            let found = body(AudioDataKind::SequenceHeader, name, format);
            assert_eq!(found.as_deref(), header, "{name}");
            assert_eq!(body(AudioDataKind::Frame, name, format).as_deref(), Some(frame), "{name}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let format = AudioFormat { sample_rate: 44_100, channels: 2 };
        for (name, codec) in CARRIED {
            for kind in [AudioDataKind::SequenceHeader, AudioDataKind::Frame] {
                let Some(body) = body(kind, name, format) else { continue };
                let header = AudioHeader::parse(&body).unwrap();
                assert_eq!(header.codec, *codec);
                assert_eq!(header.is_sequence_header(), kind == AudioDataKind::SequenceHeader);
                assert_eq!(body[header.length..], *b"data");
            }
        }
    }
}
