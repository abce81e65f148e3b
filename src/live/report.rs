//! What the log says of a publisher: its codecs, how much came, and how fast.

use std::fmt;
use std::time::Instant;

use crate::media::{AudioHeader, Tag, TagKind, VideoHeader, audio, video};

/// What came from one publisher so far.
#[derive(Debug)]
pub(super) struct Report {
    since: Instant,
    bytes: u64,
    frames: u64,
    video: Option<video::Codec>,
    audio: Option<audio::Codec>,
}

impl Report {
    pub(super) const fn new(since: Instant) -> Self {
        Self { since, bytes: 0, frames: 0, video: None, audio: None }
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
            TagKind::Script => false,
        }
    }

    /// Returns the codecs in words, such as `H.264 and AAC`.
    pub(super) fn codecs(&self) -> String {
        let video = self.video.map(|codec| codec.to_string());
        let audio = self.audio.map(|codec| codec.to_string());
        match (video, audio) {
            (Some(video), Some(audio)) => format!("{video} and {audio}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => "no media".to_owned(),
        }
    }
}

/// Writes how long it lasted, and how much came in that time.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.since.elapsed().as_secs_f64();
        let kilobits = self.bytes as f64 * 8.0 / 1000.0 / seconds.max(0.001);
        let (codecs, frames) = (self.codecs(), self.frames);
        write!(f, "{codecs}, {seconds:.1} s, {frames} pictures, {kilobits:.0} kbit/s")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::Report;
    use crate::media::{Tag, TagKind};
    use crate::protocol::Timestamp;

    #[test]
    fn each_codec_is_new_once() {
        let mut report = Report::new(Instant::now());
        assert_eq!(report.codecs(), "no media");
        let mut note = |kind, payload: &[u8]| {
            let payload = payload.to_vec().into();
            report.note(&Tag { kind, timestamp: Timestamp(0), payload })
        };
        assert!(note(TagKind::Video, &[0x17, 0, 0, 0, 0]));
        assert!(!note(TagKind::Video, &[0x27, 1, 0, 0, 0]));
        assert!(note(TagKind::Audio, &[0xaf, 0]));
        assert!(!note(TagKind::Audio, &[]));
        assert_eq!(report.codecs(), "H.264 and AAC");
        let mut note = |payload: &[u8]| {
            let payload = payload.to_vec().into();
            report.note(&Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload })
        };
        assert!(note(b"\x90hvc1\0"));
        assert_eq!(report.codecs(), "hvc1 and AAC");
    }
}
