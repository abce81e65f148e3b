//! What the log says of a publisher: its codecs, how much came, and how fast.

use std::fmt;
use std::time::Instant;

use crate::media::flv::members_of_metadata;
use crate::media::{AudioHeader, Tag, TagKind, VideoHeader, audio, video};
use crate::protocol::amf::Value;

/// What came from one publisher so far.
#[derive(Debug)]
pub(super) struct Report {
    since: Instant,
    bytes: u64,
    frames: u64,
    video: Option<video::Codec>,
    audio: Option<audio::Codec>,
    picture: Option<Picture>,
}

/// What the metadata say of the pictures.
#[derive(Clone, Copy, Debug)]
struct Picture {
    width: f64,
    height: f64,
    /// In pictures per second. 0 if the metadata do not say.
    rate: f64,
}

impl Report {
    pub(super) const fn new(since: Instant) -> Self {
        Self { since, bytes: 0, frames: 0, video: None, audio: None, picture: None }
    }

    /// Counts a tag. Returns whether it shows a codec that was not known.
    pub(super) fn note(&mut self, tag: &Tag) -> bool {
        self.bytes = self.bytes.saturating_add(tag.payload.len() as u64);
        match tag.kind {
            TagKind::Video => {
                self.frames = self.frames.saturating_add(1);
                let codec = VideoHeader::parse(&tag.payload).and_then(|header| header.codec);
                let is_new = codec.is_some() && codec != self.video;
                self.video = codec.or(self.video);
                is_new
            }
            TagKind::Audio => {
                let codec = AudioHeader::parse(&tag.payload).map(|header| header.codec);
                let is_new = codec.is_some() && codec != self.audio;
                self.audio = codec.or(self.audio);
                is_new
            }
            TagKind::Script => {
                self.picture = Picture::read(&tag.payload).or(self.picture);
                false
            }
        }
    }

    /// Returns the codecs and the pictures in words, such as `H.264 and AAC, 1280x720, 25 fps`.
    pub(super) fn media(&self) -> String {
        let video = self.video.map(|codec| codec.to_string());
        let audio = self.audio.map(|codec| codec.to_string());
        let codecs = match (video, audio) {
            (Some(video), Some(audio)) => format!("{video} and {audio}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return "no media".to_owned(),
        };
        match self.picture.filter(|_| self.video.is_some()) {
            Some(picture) => format!("{codecs}, {picture}"),
            None => codecs,
        }
    }
}

/// Writes how long it lasted, and how much came in that time.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.since.elapsed().as_secs_f64();
        let kilobits = self.bytes as f64 * 8.0 / 1000.0 / seconds.max(0.001);
        let (media, frames) = (self.media(), self.frames);
        write!(f, "{media}, {seconds:.1} s, {frames} pictures, {kilobits:.0} kbit/s")
    }
}

impl Picture {
    fn read(metadata: &[u8]) -> Option<Self> {
        let members = members_of_metadata(metadata)?;
        let number = |name| members.get(name).and_then(Value::as_number);
        let (width, height) = (number("width")?, number("height")?);
        Some(Self { width, height, rate: number("framerate").unwrap_or_default() })
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width as u32, self.height as u32)?;
        if self.rate > 0.0 {
            write!(f, ", {} fps", (self.rate * 100.0).round() / 100.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::Report;
    use crate::media::{Tag, TagKind, on_metadata};
    use crate::protocol::Timestamp;
    use crate::protocol::amf::Object;

    #[test]
    fn each_codec_is_new_once() {
        let mut report = Report::new(Instant::now());
        assert_eq!(report.media(), "no media");
        let mut note = |kind, payload: &[u8]| {
            let payload = payload.to_vec().into();
            report.note(&Tag { kind, timestamp: Timestamp(0), payload })
        };
        assert!(note(TagKind::Video, &[0x17, 0, 0, 0, 0]));
        assert!(!note(TagKind::Video, &[0x27, 1, 0, 0, 0]));
        assert!(note(TagKind::Audio, &[0xaf, 0]));
        assert!(!note(TagKind::Audio, &[]));
        assert_eq!(report.media(), "H.264 and AAC");
        let mut note = |payload: &[u8]| {
            let payload = payload.to_vec().into();
            report.note(&Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload })
        };
        assert!(note(b"\x90hvc1\0"));
        assert_eq!(report.media(), "hvc1 and AAC");
        let members = Object::new().with("width", 1280).with("height", 720.5).with("framerate", 25);
        let payload = on_metadata(members);
        report.note(&Tag { kind: TagKind::Script, timestamp: Timestamp(0), payload });
        assert_eq!(report.media(), "hvc1 and AAC, 1280x720, 25 fps");
    }
}
