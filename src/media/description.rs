//! What a stream carries, as far as its metadata and headers say.

use super::on_metadata::is_on_metadata;
use super::{AudioHeader, FourCc, Tag, TagKind, VideoHeader, audio, video};
use crate::protocol::amf::{Limits, Value, amf0};
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
    /// Width and height in pixels, if the metadata say so.
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
        let mut this = Self::default();
        let mut metadata = Value::Null;
        let mut channels = None;
        for tag in tags {
            match tag.kind {
                TagKind::Script if is_on_metadata(&tag.payload) => {
                    metadata = metadata_of(&tag.payload).unwrap_or(Value::Null);
                }
                TagKind::Script => {}
                TagKind::Video => {
                    if let Some(codec) = default_video(&tag.payload) {
                        this.video = Some(VideoDescription { codec, size: None, frame_rate: None });
                    }
                }
                TagKind::Audio => {
                    if let Some(header) = default_audio(&tag.payload) {
                        let codec = header.codec;
                        channels = channels_of(&header, &tag.payload).or(channels);
                        this.audio =
                            Some(AudioDescription { codec, channels: None, sample_rate: None });
                    }
                }
            }
        }
        this.note_metadata(&metadata);
        if let Some(audio) = &mut this.audio {
            audio.channels = channels.or(audio.channels);
        }
        this
    }

    fn note_metadata(&mut self, metadata: &Value) {
        let number = |name| metadata.get(name).and_then(Value::as_number).filter(|it| *it > 0.0);
        let whole = |name| number(name).map(|number| number as u32);
        if let Some(video) = &mut self.video {
            video.size = whole("width").zip(whole("height"));
            video.frame_rate = number("framerate");
        }
        if let Some(audio) = &mut self.audio {
            audio.sample_rate = whole("audiosamplerate");
            let is_stereo = metadata.get("stereo").and_then(Value::as_bool);
            let channels = number("audiochannels").map(|number| number as u8);
            audio.channels =
                channels.or_else(|| is_stereo.map(|stereo| if stereo { 2 } else { 1 }));
        }
    }
}

/// Returns the members of an `onMetaData`.
fn metadata_of(payload: &[u8]) -> Option<Value> {
    let mut values = amf0::Decoder::new(payload, Limits::default());
    values.decode().ok()??;
    values.decode().ok()?
}

fn default_video(payload: &[u8]) -> Option<video::Codec> {
    let header = VideoHeader::parse(payload)?;
    if header.track.is_some_and(|track| track.id != 0) { None } else { header.codec }
}

fn default_audio(payload: &[u8]) -> Option<AudioHeader> {
    let header = AudioHeader::parse(payload)?;
    (header.track.is_none_or(|track| track.id == 0)).then_some(header)
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
    use super::{MediaDescription, Tag, TagKind};
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
        let MediaDescription { video, audio } = MediaDescription::of(&tags);
        let (video, audio) = (video.expect("video"), audio.expect("audio"));
        assert_eq!(video.codec.to_string(), "hvc1");
        assert_eq!((video.size, video.frame_rate), (Some((1920, 1080)), Some(29.97)));
        assert_eq!(audio.codec.to_string(), "Opus");
        assert_eq!((audio.channels, audio.sample_rate), (Some(1), Some(48_000)));
        assert_eq!(MediaDescription::of(&[]), MediaDescription::default());
    }
}
