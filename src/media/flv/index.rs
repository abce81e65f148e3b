//! Where the tags of a file lie, and which of them playing may start at.

use std::time::Duration;

use super::reader::Found;
use crate::media::{AudioHeader, TagKind, VideoHeader, audio, video};
use crate::protocol::Timestamp;

/// What is known of a tag without its payload.
///
/// ```
/// # use rendercast::media::flv;
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// let entries = (0..file.len()).filter_map(|index| file.entry(index));
/// let key_frames = entries.filter(|entry| entry.is_key_frame()).count();
/// println!("{key_frames} key frames");
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where its body starts in the file, in bytes.
    pub offset: u64,
    /// The length of its body, in bytes.
    pub length: u32,
    /// Its timestamp, as it stands in the file.
    pub timestamp: Timestamp,
    /// What it carries.
    pub kind: TagKind,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    KeyFrame,
    Frame,
    SequenceHeader,
    /// Neither is shown nor needed to show: commands, ends of sequences, script data.
    Other,
}

impl Entry {
    /// Whether it is a video frame that can be decoded by itself.
    #[must_use]
    pub fn is_key_frame(&self) -> bool {
        self.role == Role::KeyFrame
    }

    /// Whether a decoder must have been given it before a frame of its kind.
    #[must_use]
    pub fn is_sequence_header(&self) -> bool {
        self.role == Role::SequenceHeader
    }
}

/// A tag that playing may start at.
#[derive(Clone, Copy, Debug)]
struct SeekPoint {
    /// The latest point of the file's time line that has been reached with this tag, so that
    /// these ascend, whatever the timestamps do. In milliseconds since the start.
    reached: u32,
    tag: u32,
}

/// All tags of a file.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) entries: Vec<Entry>,
    /// The first tag that holds a frame.
    pub(super) first_media: Option<usize>,
    pub(super) video_codec: Option<video::Codec>,
    pub(super) audio_codec: Option<audio::Codec>,
    video_headers: Vec<u32>,
    audio_headers: Vec<u32>,
    seek_points: Vec<SeekPoint>,
    video_span: Span,
    audio_span: Span,
    reached: u32,
}

/// How far the frames of one kind reach, in milliseconds since the file's start.
#[derive(Debug, Default)]
struct Span {
    frames: u32,
    first: u32,
    last: u32,
}

impl Span {
    fn add(&mut self, position: u32) {
        if self.frames == 0 {
            self.first = position;
        }
        self.last = self.last.max(position);
        self.frames = self.frames.saturating_add(1);
    }

    /// Where the last frame ends, if it is as long as frames are on average.
    fn end(&self) -> u32 {
        let length = self.last.saturating_sub(self.first);
        let average = length.checked_div(self.frames.saturating_sub(1)).unwrap_or(0);
        self.last.saturating_add(average)
    }
}

impl Index {
    /// Appends a tag with that body.
    pub(super) fn add(&mut self, found: &Found, body: &[u8]) {
        let role = match found.kind {
            TagKind::Video => self.add_video(found, body),
            TagKind::Audio => self.add_audio(found, body),
            TagKind::Script => Role::Other,
        };
        self.entries.push(Entry {
            offset: found.body_offset(),
            length: found.header.body_length,
            timestamp: found.header.timestamp,
            kind: found.kind,
            role,
        });
    }

    fn add_video(&mut self, found: &Found, body: &[u8]) -> Role {
        let Some(header) = VideoHeader::parse(body) else {
            return Role::Other;
        };
        let tag = self.next_tag();
        self.video_codec = self.video_codec.or(header.codec);
        match header.packet {
            video::Packet::SequenceHeader => {
                self.video_headers.push(tag);
                Role::SequenceHeader
            }
            video::Packet::Frames => {
                if self.video_span.frames == 0 {
                    // The sound before the first frame was noted in case that there is no video.
                    self.seek_points.clear();
                }
                let position = self.position(found.header.timestamp);
                self.video_span.add(position);
                if !header.is_key_frame() {
                    return Role::Frame;
                }
                self.seek_points.push(SeekPoint { reached: self.reached, tag });
                Role::KeyFrame
            }
            _ => Role::Other,
        }
    }

    fn add_audio(&mut self, found: &Found, body: &[u8]) -> Role {
        let Some(header) = AudioHeader::parse(body) else {
            return Role::Other;
        };
        let tag = self.next_tag();
        self.audio_codec = self.audio_codec.or(Some(header.codec));
        match header.packet {
            audio::Packet::SequenceHeader => {
                self.audio_headers.push(tag);
                Role::SequenceHeader
            }
            audio::Packet::Frames => {
                let position = self.position(found.header.timestamp);
                self.audio_span.add(position);
                if self.video_span.frames == 0 {
                    self.seek_points.push(SeekPoint { reached: self.reached, tag });
                }
                Role::Frame
            }
            _ => Role::Other,
        }
    }

    /// Where the file's time line starts: at its first frame, since sequence headers are stamped 0
    /// even in files whose frames start hours later.
    pub(super) fn start(&self) -> Timestamp {
        self.first_media
            .and_then(|tag| self.entries.get(tag))
            .map(|entry| entry.timestamp)
            .unwrap_or_default()
    }

    /// From the first frame to the end of the last.
    pub(super) fn duration(&self) -> Duration {
        let milliseconds = self.video_span.end().max(self.audio_span.end());
        Duration::from_millis(milliseconds.into())
    }

    /// The last tag that playing may start at to show what is at `timestamp`; where there is none
    /// before, the first; where there is none at all, the first frame.
    pub(super) fn seek_point(&self, timestamp: Timestamp) -> usize {
        let position = timestamp.since(self.start()).max(0).unsigned_abs();
        let after = self.seek_points.partition_point(|point| point.reached <= position);
        self.seek_points
            .get(after.saturating_sub(1))
            .map_or_else(|| self.first_media.unwrap_or(0), |point| point.tag as usize)
    }

    /// The first tag at `timestamp` or later that playing may start at.
    pub(super) fn next_seek_point(&self, timestamp: Timestamp) -> Option<usize> {
        let position = timestamp.since(self.start()).max(0).unsigned_abs();
        let before = self.seek_points.partition_point(|point| point.reached < position);
        self.seek_points.get(before).map(|point| point.tag as usize)
    }

    /// How many tags there are that playing may start at.
    pub(super) const fn seek_points(&self) -> usize {
        self.seek_points.len()
    }

    /// The latest sequence headers before a tag: of video, and of audio.
    pub(super) fn headers_before(&self, tag: usize) -> (Option<usize>, Option<usize>) {
        let latest = |headers: &[u32]| {
            let after = headers.partition_point(|&header| (header as usize) < tag);
            headers.get(after.checked_sub(1)?).map(|&header| header as usize)
        };
        (latest(&self.video_headers), latest(&self.audio_headers))
    }

    /// Where a frame that is about to be added lies on the file's time line, in milliseconds.
    fn position(&mut self, timestamp: Timestamp) -> u32 {
        let start = match self.first_media {
            Some(_) => self.start(),
            None => {
                self.first_media = Some(self.entries.len());
                timestamp
            }
        };
        let position = timestamp.since(start).max(0).unsigned_abs();
        self.reached = self.reached.max(position);
        position
    }

    /// The number of the tag that is about to be added. More than 32 bits can count would be more
    /// than 47 GB of headers.
    fn next_tag(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Entry;

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Entry>() <= 24);
    }
}
