//! The names of codecs, for people.

use std::fmt;

use super::audio::{self, SoundFormat};
use super::video::{self, CodecId};

/// Writes the name that people use, such as `H.264`, or the four characters of Enhanced RTMP.
impl fmt::Display for video::Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enhanced(four_cc) => return four_cc.fmt(f),
            Self::Classic(CodecId::SORENSON) => "Sorenson H.263",
            Self::Classic(CodecId::SCREEN | CodecId::SCREEN_2) => "screen video",
            Self::Classic(CodecId::VP6 | CodecId::VP6_ALPHA) => "VP6",
            Self::Classic(CodecId::AVC) => "H.264",
            Self::Classic(CodecId::HEVC) => "H.265",
            Self::Classic(CodecId(number)) => return write!(f, "video codec {number}"),
        })
    }
}

/// Writes the name that people use, such as `AAC`, or the four characters of Enhanced RTMP.
impl fmt::Display for audio::Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enhanced(four_cc) => return four_cc.fmt(f),
            Self::Classic(SoundFormat::PCM | SoundFormat::PCM_LE) => "PCM",
            Self::Classic(SoundFormat::MP3 | SoundFormat::MP3_8K) => "MP3",
            Self::Classic(SoundFormat::A_LAW | SoundFormat::MU_LAW) => "G.711",
            Self::Classic(SoundFormat::AAC) => "AAC",
            Self::Classic(SoundFormat::SPEEX) => "Speex",
            Self::Classic(SoundFormat(number)) => return write!(f, "audio codec {number}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::media::{FourCc, audio, video};

    #[test]
    fn codecs_have_names() {
        use video::{Codec, CodecId};
        for (codec, name) in [
            (Codec::Classic(CodecId::AVC), "H.264"),
            (Codec::Classic(CodecId(15)), "video codec 15"),
            (Codec::Enhanced(FourCc::AV1), "av01"),
        ] {
            assert_eq!(codec.to_string(), name);
        }
        use audio::SoundFormat;
        for (codec, name) in [
            (audio::Codec::Classic(SoundFormat::AAC), "AAC"),
            (audio::Codec::Classic(SoundFormat(12)), "audio codec 12"),
            (audio::Codec::Enhanced(FourCc::OPUS), "Opus"),
        ] {
            assert_eq!(codec.to_string(), name);
        }
    }
}
