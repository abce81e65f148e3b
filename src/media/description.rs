//! What a stream carries, as far as its metadata and headers say.

use std::fmt;

use super::enhanced::Track;
use super::on_metadata::{is_on_metadata, members};
use super::picture_size::picture_size;
use super::{AudioHeader, FourCc, Tag, TagKind, VideoHeader, audio, video};
use crate::protocol::amf::Value;
use crate::protocol::wire::Reader;

/// What a stream carries, as far as its metadata and the headers of its default tracks say.
///
/// ```
/// use rendercast::media::{MediaDescription, flv};
///
/// let reader = flv::Reader::new(std::fs::File::open("tests/assets/h264_aac.flv")?)?;
/// let tags = reader.collect::<Result<Vec<_>, _>>()?;
/// let description = MediaDescription::of(&tags);
/// assert_eq!(description.video.expect("it has pictures").codec.to_string(), "H.264");
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MediaDescription {
    /// The video, if there is any.
    pub video: Option<VideoDescription>,
    /// The audio, if there is any.
    pub audio: Option<AudioDescription>,
}

/// What is known of the video of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct VideoDescription {
    /// The codec. Its `Display` is a name for people.
    pub codec: video::Codec,
    /// Width and height in pixels, if a header or the metadata say so.
    pub size: Option<(u32, u32)>,
    /// The pictures in a second, if the metadata say so.
    pub frame_rate: Option<f64>,
}

/// What is known of the audio of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct AudioDescription {
    /// The codec. Its `Display` is a name for people.
    pub codec: audio::Codec,
    /// The number of channels, if the header or the metadata say so.
    pub channels: Option<u8>,
    /// The samples of a channel in a second, if the metadata say so.
    pub sample_rate: Option<u32>,
}

impl MediaDescription {
    /// Describes the stream of these tags. Metadata and headers suffice.
    #[must_use]
    pub fn of<'a>(tags: impl IntoIterator<Item = &'a Tag>) -> Self {
        let mut describer = Describer::default();
        for tag in tags {
            describer.note(tag);
        }
        describer.description()
    }
}

/// Writes the codecs and the pictures in words, such as `H.264 and AAC, 1280x720, 25 fps`.
impl fmt::Display for MediaDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.video, self.audio) {
            (None, None) => f.write_str("no media"),
            (None, Some(audio)) => audio.codec.fmt(f),
            (Some(video), audio) => {
                video.codec.fmt(f)?;
                if let Some(audio) = audio {
                    write!(f, " and {}", audio.codec)?;
                }
                if let Some((width, height)) = video.size {
                    write!(f, ", {width}x{height}")?;
                }
                if let Some(rate) = video.frame_rate {
                    write!(f, ", {} fps", (rate * 100.0).round() / 100.0)?;
                }
                Ok(())
            }
        }
    }
}

/// Describes a stream tag by tag.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Describer {
    /// The codec, and the size that its headers have.
    video: Option<(video::Codec, Option<(u32, u32)>)>,
    /// The codec, and the channels that its headers have.
    audio: Option<(audio::Codec, Option<u8>)>,
    told: Told,
}

/// What the metadata say.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    size: Option<(u32, u32)>,
    frame_rate: Option<f64>,
    channels: Option<u8>,
    sample_rate: Option<u32>,
}

impl Describer {
    /// Notes what a tag says. Returns whether it shows another codec.
    pub(crate) fn note(&mut self, tag: &Tag) -> bool {
        match tag.kind {
            TagKind::Script => {
                if is_on_metadata(&tag.payload) {
                    self.told = Told::read(&tag.payload).unwrap_or_default();
                }
                false
            }
            TagKind::Video => self.note_video(&tag.payload),
            TagKind::Audio => self.note_audio(&tag.payload),
        }
    }

    fn note_video(&mut self, payload: &[u8]) -> bool {
        let Some(header) = VideoHeader::parse(payload) else { return false };
        let Some(codec) = header.codec.filter(|_| is_default(header.track)) else { return false };
        let former = self.video.filter(|(former, _)| *former == codec);
        let data = payload.get(header.length..).unwrap_or_default();
        let size = picture_size(codec, header.packet, data);
        self.video = Some((codec, size.or_else(|| former?.1)));
        former.is_none()
    }

    fn note_audio(&mut self, payload: &[u8]) -> bool {
        let Some(header) = AudioHeader::parse(payload) else { return false };
        if !is_default(header.track) {
            return false;
        }
        let codec = header.codec;
        let former = self.audio.filter(|(former, _)| *former == codec);
        let channels = channels_of(&header, payload);
        self.audio = Some((codec, channels.or_else(|| former?.1)));
        former.is_none()
    }

    /// Returns what is known now. Headers count more than metadata.
    pub(crate) fn description(&self) -> MediaDescription {
        let Told { size, frame_rate, channels, sample_rate } = self.told;
        MediaDescription {
            video: self.video.map(|(codec, own)| VideoDescription {
                codec,
                size: own.or(size),
                frame_rate,
            }),
            audio: self.audio.map(|(codec, own)| AudioDescription {
                codec,
                channels: own.or(channels),
                sample_rate,
            }),
        }
    }
}

impl Told {
    fn read(payload: &[u8]) -> Option<Self> {
        let metadata = members(payload)?;
        let number = |name| metadata.get(name).and_then(Value::as_number).filter(|it| *it > 0.0);
        let whole = |name| number(name).map(|number| number as u32);
        let is_stereo = metadata.get("stereo").and_then(Value::as_bool);
        Some(Self {
            size: whole("width").zip(whole("height")),
            frame_rate: number("framerate"),
            channels: number("audiochannels")
                .map(|number| number as u8)
                .or_else(|| is_stereo.map(|stereo| if stereo { 2 } else { 1 })),
            sample_rate: whole("audiosamplerate"),
        })
    }
}

fn is_default(track: Option<Track>) -> bool {
    track.is_none_or(|track| track.id == 0)
}

/// Returns the number of channels that a header says.
fn channels_of(header: &AudioHeader, payload: &[u8]) -> Option<u8> {
    let data = payload.get(header.length..)?;
    let byte = |at: usize| data.get(at).copied();
    match (header.packet, header.codec) {
        (audio::Packet::MultichannelConfig, _) => byte(1),
        (audio::Packet::SequenceHeader, audio::Codec::Classic(audio::SoundFormat::AAC))
        | (audio::Packet::SequenceHeader, audio::Codec::Enhanced(FourCc::AAC)) => {
            aac_channels(data)
        }
        // The identification header of Opus: "OpusHead", the version, the channels.
        (audio::Packet::SequenceHeader, audio::Codec::Enhanced(FourCc::OPUS)) => byte(9),
        // "fLaC", the head of a block, and 20 bits of a sample rate stand before three bits.
        (audio::Packet::SequenceHeader, audio::Codec::Enhanced(FourCc::FLAC)) => {
            byte(4 + 4 + 12).map(|bits| ((bits >> 1) & 0x07).saturating_add(1))
        }
        // The lowest bit of a classic header says stereo.
        (_, audio::Codec::Classic(audio::SoundFormat::MP3 | audio::SoundFormat::PCM_LE)) => {
            payload.first().map(|first| (first & 1).saturating_add(1))
        }
        _ => None,
    }
}

/// Returns the channels of an AudioSpecificConfig: five bits of an object type, four of a rate, and
/// four of channels. 24 more bits follow the rate 15. Larger object types are left alone.
fn aac_channels(configuration: &[u8]) -> Option<u8> {
    let mut reader = Reader::new(configuration);
    let bits = reader.u16().ok()?;
    let (object_type, rate) = (bits >> 11, (bits >> 7) & 0x0f);
    if object_type == 31 || rate == 15 {
        return None;
    }
    match (bits >> 3) & 0x0f {
        0 => None,
        // The last layout is 7.1.
        7 => Some(8),
        channels => u8::try_from(channels).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Describer, MediaDescription, Tag, TagKind};
    use crate::media::on_metadata;
    use crate::protocol::Timestamp;
    use crate::protocol::amf::Object;

    fn tag(kind: TagKind, payload: &[u8]) -> Tag {
        Tag { kind, timestamp: Timestamp(0), payload: payload.to_vec().into() }
    }

    #[test]
    fn channels_are_read_from_headers() {
        let opus = [&b"\x90OpusOpusHead\x01"[..], &[6, 0, 0]].concat();
        let flac = [&b"\x90fLaCfLaC\x80\0\0\x22"[..], &[0; 12], &[0b0000_0010]].concat();
        let table: [(&str, &[u8], Option<u8>); 8] = [
            ("AAC", &[0xaf, 0, 0x12, 0x10], Some(2)),
            ("AAC 5.1", &[0xaf, 0, 0x11, 0xb0], Some(6)),
            ("AAC, cut off", &[0xaf, 0, 0x12], None),
            ("Opus", &opus, Some(6)),
            ("Opus without its header", b"\x90Opus", None),
            ("FLAC", &flac, Some(2)),
            ("channels of Enhanced RTMP", b"\x94mp4a\x01\x08\0\0\0\x3f", Some(8)),
            ("MP3", &[0x2f, 0xff], Some(2)),
        ];
        for (name, payload, channels) in table {
            let description = MediaDescription::of(&[tag(TagKind::Audio, payload)]);
            let audio = description.audio.expect(name);
            assert_eq!(audio.channels, channels, "{name}");
        }
    }

    #[test]
    fn metadata_and_headers_are_put_together_for_the_default_tracks() {
        let members = Object::new()
            .with("width", 1920)
            .with("height", 1080)
            .with("framerate", 29.97)
            .with("audiosamplerate", 48_000)
            .with("stereo", false);
        let metadata =
            Tag { kind: TagKind::Script, timestamp: Timestamp(0), payload: on_metadata(members) };
        let tags = [
            tag(TagKind::Video, b"\x96\x00hvc1\x00\x01"),
            metadata,
            tag(TagKind::Video, b"\x96\x00av01\x01\x01"),
            tag(TagKind::Audio, b"\x91Opus\x01"),
        ];
        let description = MediaDescription::of(&tags);
        let MediaDescription { video, audio } = description;
        let (video, audio) = (video.expect("video"), audio.expect("audio"));
        assert_eq!(video.codec.to_string(), "hvc1");
        assert_eq!((video.size, video.frame_rate), (Some((1920, 1080)), Some(29.97)));
        assert_eq!(audio.codec.to_string(), "Opus");
        assert_eq!((audio.channels, audio.sample_rate), (Some(1), Some(48_000)));
        assert_eq!(description.to_string(), "hvc1 and Opus, 1920x1080, 29.97 fps");
        assert_eq!(MediaDescription::of(&[]), MediaDescription::default());
        assert_eq!(MediaDescription::default().to_string(), "no media");
    }

    #[test]
    fn sizes_of_headers_count_more_than_those_of_metadata_until_the_codec_changes() {
        let metadata = on_metadata(Object::new().with("width", 1280).with("height", 720));
        let screen = |codec: u8| tag(TagKind::Video, &[0x10 | codec, 0x31, 0x40, 0x30, 0xf0]);
        let mut describer = Describer::default();
        let mut note = |tag: &Tag| {
            let is_new = describer.note(tag);
            let video = describer.description().video;
            (is_new, video.and_then(|video| video.size))
        };
        let metadata = Tag { kind: TagKind::Script, timestamp: Timestamp(0), payload: metadata };
        assert_eq!(note(&metadata), (false, None));
        assert_eq!(note(&screen(3)), (true, Some((320, 240))));
        assert_eq!(note(&tag(TagKind::Video, &[0x23])), (false, Some((320, 240))));
        assert_eq!(note(&tag(TagKind::Video, &[0x17, 1, 0, 0, 0])), (true, Some((1280, 720))));
    }
}
