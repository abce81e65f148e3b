//! What is known of a file's tags, in memory that does not grow with the file.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::breaks::{Breaks, Segment};
use super::pictures::{KeyFrameTag, Picture, Pictures};
use super::time_line::{Frames, TimeLine};
use crate::media::{AudioHeader, TagKind, VideoHeader, audio, video};
use crate::protocol::Timestamp;

/// The least distance of two checkpoints, in bytes. A seek reads so much of the file at most,
/// unless the file is so long that there are fewer.
const LEAST_DISTANCE: u64 = 64 * 1024;
/// The most checkpoints of a file. If there are more, every other one is dropped.
const MAX_CHECKPOINTS: usize = 8192;
/// The most changes of sequence headers in a file.
const MAX_HEADERS: usize = 8192;

/// What is known of a file's tags.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) tags: u64,
    /// The number of key frames that playing may start at.
    pub(super) key_frames: u64,
    /// The offset and the timestamp of the first tag that holds a frame.
    pub(super) first_frame: Option<(u64, Timestamp)>,
    pub(super) first_key_frame: Option<KeyFrameTag>,
    pub(super) video_codec: Option<video::Codec>,
    pub(super) audio_codec: Option<audio::Codec>,
    /// The offset and the length of the body of the first `onMetaData`.
    pub(super) metadata: Option<(u64, u32)>,
    /// The offset of the first tag's header.
    pub(super) first_tag: u64,
    /// The offset behind the last tag that is indexed.
    pub(super) frontier: u64,
    breaks: Breaks,
    headers: Vec<Header>,
    checkpoints: Vec<Checkpoint>,
    /// The distance of checkpoints, in bytes.
    distance: u64,
    time_line: TimeLine,
    video_span: Span,
    audio_span: Span,
    pictures: Pictures,
}

/// A tag to index.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewTag<'a> {
    /// The offset of its header.
    pub(super) offset: u64,
    /// The offset of the next tag's header.
    pub(super) next: u64,
    pub(super) kind: TagKind,
    pub(super) timestamp: Timestamp,
    /// The start of its body, and all of a sequence header's.
    pub(super) body: &'a [u8],
    pub(super) body_length: u32,
}

/// A sequence header that differs from the one before it on its track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// The offset of its tag's header.
    pub(super) offset: u64,
    pub(super) kind: TagKind,
    track: u8,
    digest: u64,
}

/// What is so before the tag at an offset.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Checkpoint {
    pub(super) offset: u64,
    /// The end of the time line, in milliseconds.
    pub(super) reached: u32,
    pub(super) pictures: Pictures,
}

/// The frames of one kind, with positions in milliseconds.
#[derive(Debug, Default)]
struct Span {
    frames: u32,
    last: u32,
    first: u32,
    /// The latest frame: the offset of its tag's header, that of the next one, and its timestamp.
    tag: (u64, u64, Timestamp),
}

impl Span {
    fn add(&mut self, position: u32, tag: &NewTag<'_>) {
        if self.frames == 0 {
            self.first = position;
        }
        self.last = self.last.max(position);
        self.frames = self.frames.saturating_add(1);
        self.tag = (tag.offset, tag.next, tag.timestamp);
    }

    /// Returns the end of the last frame, taking it to be as long as frames are on average.
    fn end(&self) -> u32 {
        let length = self.last.saturating_sub(self.first);
        let average = length.checked_div(self.frames.saturating_sub(1)).unwrap_or(0);
        self.last.saturating_add(average)
    }
}

impl Index {
    /// Appends a tag.
    pub(super) fn add(&mut self, tag: &NewTag<'_>) {
        if self.tags == 0 {
            self.first_tag = tag.offset;
        }
        self.add_checkpoint(tag.offset);
        match tag.kind {
            TagKind::Video => self.add_video(tag),
            TagKind::Audio => self.add_audio(tag),
            TagKind::Script => {
                if self.metadata.is_none() && super::metadata::is_metadata(tag.body) {
                    let body = tag.offset.saturating_add(super::header::TAG_HEADER_LENGTH.into());
                    self.metadata = Some((body, tag.body_length));
                }
            }
        }
        self.tags = self.tags.saturating_add(1);
        self.frontier = tag.next;
    }

    /// Notes that tags go on at `resume`, behind what is damaged at `offset`.
    pub(super) fn add_gap(&mut self, offset: u64, resume: u64) {
        self.breaks.add_gap(offset, resume);
        self.frontier = resume;
    }

    /// Returns whether the file has more changes of its clock or its headers than are noted.
    pub(super) const fn is_full(&self) -> bool {
        self.breaks.is_full() || self.headers.len() >= MAX_HEADERS
    }

    fn add_checkpoint(&mut self, offset: u64) {
        self.distance = self.distance.max(LEAST_DISTANCE);
        let last = self.checkpoints.last();
        if last.is_some_and(|last| offset.saturating_sub(last.offset) < self.distance) {
            return;
        }
        let (reached, pictures) = (self.time_line.end(), self.pictures);
        self.checkpoints.push(Checkpoint { offset, reached, pictures });
        if self.checkpoints.len() >= MAX_CHECKPOINTS {
            let mut number = 0_usize;
            self.checkpoints.retain(|_| {
                number = number.saturating_add(1);
                number % 2 == 1
            });
            self.distance = self.distance.saturating_mul(2);
        }
    }

    fn add_video(&mut self, tag: &NewTag<'_>) {
        let Some(header) = VideoHeader::parse(tag.body) else { return };
        let track = header.track.map_or(0, |track| track.id);
        self.video_codec = self.video_codec.or(header.codec);
        match header.packet {
            video::Packet::SequenceHeader => self.add_header(tag, track),
            video::Packet::Frames => {
                let position = self.place(Frames::Video, tag);
                let picture = Picture {
                    offset: tag.offset,
                    track,
                    is_key_frame: header.is_key_frame(),
                    position,
                    reached: self.time_line.end(),
                };
                if self.pictures.note(picture) {
                    self.key_frames = self.key_frames.saturating_add(1);
                    self.first_key_frame = self.first_key_frame.or(self.pictures.key_frame);
                }
            }
            _ => {}
        }
    }

    fn add_audio(&mut self, tag: &NewTag<'_>) {
        let Some(header) = AudioHeader::parse(tag.body) else { return };
        self.audio_codec = self.audio_codec.or(Some(header.codec));
        match header.packet {
            audio::Packet::SequenceHeader => {
                self.add_header(tag, header.track.map_or(0, |track| track.id));
            }
            audio::Packet::Frames => {
                self.place(Frames::Audio, tag);
            }
            _ => {}
        }
    }

    fn add_header(&mut self, tag: &NewTag<'_>, track: u8) {
        let mut hasher = DefaultHasher::new();
        tag.body.hash(&mut hasher);
        tag.body_length.hash(&mut hasher);
        let digest = hasher.finish();
        let of_track = |header: &&Header| header.kind == tag.kind && header.track == track;
        let is_new = self.headers.iter().rev().find(of_track).is_none_or(|it| it.digest != digest);
        if is_new && self.headers.len() < MAX_HEADERS {
            self.headers.push(Header { offset: tag.offset, kind: tag.kind, track, digest });
        }
    }

    /// Gives a frame its position, in milliseconds.
    fn place(&mut self, frames: Frames, tag: &NewTag<'_>) -> u32 {
        self.first_frame.get_or_insert((tag.offset, tag.timestamp));
        let placed = self.time_line.place(frames, tag.timestamp);
        let span = match frames {
            Frames::Audio => &mut self.audio_span,
            Frames::Video => &mut self.video_span,
        };
        if let Some(previous) = placed.previous {
            span.last = previous;
            let (offset, next, timestamp) = span.tag;
            self.breaks.correct(offset, next, frames, previous.wrapping_sub(timestamp.0));
        }
        span.add(placed.position, tag);
        let shift = placed.position.wrapping_sub(tag.timestamp.0);
        self.breaks.set_shift(tag.offset, frames, shift);
        if let Some(previous) = placed.previous {
            self.take_back(previous);
        }
        placed.position
    }

    /// Corrects what the wrong timestamp of the frame before had moved too far.
    fn take_back(&mut self, previous: u32) {
        let end = self.time_line.end();
        for point in self.checkpoints.iter_mut().rev().take_while(|point| point.reached > end) {
            point.reached = end;
            point.pictures.limit(end.max(previous));
        }
        self.pictures.limit(end.max(previous));
    }

    /// Returns the timestamp of the first frame. Sequence headers do not count: they are stamped 0
    /// even in files whose frames start hours later.
    pub(super) fn start(&self) -> Timestamp {
        self.first_frame.map(|(_, timestamp)| timestamp).unwrap_or_default()
    }

    /// Returns the time from the first frame to the end of the last.
    pub(super) fn duration(&self) -> Duration {
        let milliseconds = self.video_span.end().max(self.audio_span.end());
        Duration::from_millis(milliseconds.into())
    }

    /// Returns the end of the time line so far, in milliseconds.
    pub(super) fn reached(&self) -> u32 {
        self.time_line.end()
    }

    /// Returns the position that a frame with that timestamp would have now, in milliseconds.
    pub(super) fn position_of(&self, frames: Frames, timestamp: Timestamp) -> u32 {
        timestamp.0.wrapping_add(self.breaks.latest().of(frames))
    }

    pub(super) fn segment(&self, offset: u64) -> Segment {
        self.breaks.segment(offset, self.frontier)
    }

    pub(super) const fn has_pictures(&self) -> bool {
        self.video_span.frames > 0
    }

    pub(super) const fn has_sound(&self) -> bool {
        self.audio_span.frames > 0
    }

    /// Returns the last checkpoint before the time line gets beyond `position`, in milliseconds.
    pub(super) fn checkpoint_at(&self, position: u32) -> Checkpoint {
        let after = self.checkpoints.partition_point(|point| point.reached <= position);
        self.checkpoint_before(after)
    }

    /// Returns the last checkpoint before a key frame at or behind `position`, in milliseconds. If
    /// there are no pictures, before sound there.
    pub(super) fn checkpoint_before_key_frame(&self, position: u32) -> Checkpoint {
        let is_before = |point: &Checkpoint| match point.pictures.key_frame {
            Some(key_frame) => key_frame.reached < position,
            None => self.has_pictures() || point.reached < position,
        };
        self.checkpoint_before(self.checkpoints.partition_point(is_before))
    }

    fn checkpoint_before(&self, number: usize) -> Checkpoint {
        let before = self.checkpoints.get(number.saturating_sub(1));
        before.copied().unwrap_or_default()
    }

    /// Returns the latest sequence header of each track before the tag at `offset`, in the file's
    /// order.
    pub(super) fn headers_before(&self, offset: u64) -> Vec<Header> {
        let before = self.headers.partition_point(|header| header.offset < offset);
        let mut found: Vec<Header> = Vec::new();
        for header in self.headers.iter().take(before).rev() {
            if !found.iter().any(|it| (it.kind, it.track) == (header.kind, header.track)) {
                found.push(*header);
            }
        }
        found.reverse();
        found
    }

    /// Returns whether the sequence header at `offset` repeats the one that decoders have. If the
    /// file `has_wrapped`, that may be the last one of the file.
    pub(super) fn repeats_header(&self, offset: u64, has_wrapped: bool) -> bool {
        let at = self.headers.binary_search_by_key(&offset, |header| header.offset);
        let Some(header) = at.ok().and_then(|at| self.headers.get(at)) else { return true };
        let of_track = |it: &&Header| (it.kind, it.track) == (header.kind, header.track);
        let is_first = self.headers.iter().find(of_track).is_some_and(|it| it.offset == offset);
        let last = self.headers.iter().rev().find(of_track);
        has_wrapped && is_first && last.is_some_and(|last| last.digest == header.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_takes_no_more_memory_for_a_longer_file() {
        let mut index = Index::default();
        // 40 GB: a key frame of 64 KiB every second.
        for second in 0..600_000_u64 {
            let offset = second * (LEAST_DISTANCE + 100);
            index.add(&NewTag {
                offset,
                next: offset + LEAST_DISTANCE + 100,
                kind: TagKind::Video,
                timestamp: Timestamp(second as u32 * 1000),
                body: &[0x13],
                body_length: LEAST_DISTANCE as u32,
            });
        }
        assert!(index.checkpoints.len() <= MAX_CHECKPOINTS);
        assert!(index.checkpoints.len() > MAX_CHECKPOINTS / 4);
        assert!(size_of::<Checkpoint>() * MAX_CHECKPOINTS <= 640 * 1024);
        let found = index.checkpoint_at(300_000_000);
        assert!((290_000_000..300_000_000).contains(&found.reached), "{found:?}");
        assert_eq!(index.duration(), Duration::from_secs(600_000));
    }
}
