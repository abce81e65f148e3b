//! What the log says of a publisher: its codecs, how much came, and how fast.

use std::fmt;
use std::time::Instant;

use crate::media::{Describer, MediaDescription, Tag, TagKind};

/// What came from one publisher so far.
#[derive(Debug)]
pub(super) struct Report {
    since: Instant,
    bytes: u64,
    frames: u64,
    describer: Describer,
}

impl Report {
    pub(super) fn new(since: Instant) -> Self {
        Self { since, bytes: 0, frames: 0, describer: Describer::default() }
    }

    /// Counts a tag. Returns whether it shows a codec that was not known.
    pub(super) fn note(&mut self, tag: &Tag) -> bool {
        self.bytes = self.bytes.saturating_add(tag.payload.len() as u64);
        if tag.kind == TagKind::Video {
            self.frames = self.frames.saturating_add(1);
        }
        self.describer.note(tag)
    }

    /// Returns what the publisher sends.
    pub(super) fn media(&self) -> MediaDescription {
        self.describer.description()
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
        assert_eq!(report.media().to_string(), "no media");
        let mut note = |kind, payload: &[u8]| {
            let payload = payload.to_vec().into();
            report.note(&Tag { kind, timestamp: Timestamp(0), payload })
        };
        assert!(note(TagKind::Video, &[0x17, 0, 0, 0, 0]));
        assert!(!note(TagKind::Video, &[0x27, 1, 0, 0, 0]));
        assert!(note(TagKind::Audio, &[0xaf, 0]));
        assert!(!note(TagKind::Audio, &[]));
        assert_eq!(report.media().to_string(), "H.264 and AAC");
        let mut note = |payload: &[u8]| {
            let payload = payload.to_vec().into();
            report.note(&Tag { kind: TagKind::Video, timestamp: Timestamp(0), payload })
        };
        assert!(note(b"\x90hvc1\0"));
        assert_eq!(report.media().to_string(), "hvc1 and AAC");
        let members = Object::new().with("width", 1280).with("height", 720.5).with("framerate", 25);
        let payload = on_metadata(members);
        report.note(&Tag { kind: TagKind::Script, timestamp: Timestamp(0), payload });
        assert_eq!(report.media().to_string(), "hvc1 and AAC, 1280x720, 25 fps");
    }
}
