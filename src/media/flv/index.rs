//! The tags of a file, and which of them playing may start at.

use std::collections::BTreeMap;
use std::time::Duration;

use super::metadata;
use super::reader::Found;
use super::time_line::{Frames, TimeLine};
use crate::media::{AudioHeader, TagKind, VideoHeader, audio, video};
use crate::protocol::Timestamp;

/// The distance of noted sound tags, in milliseconds: how many are searched through by a seek.
const SOUND_POINT_DISTANCE: u32 = 500;

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
    /// The offset of its body in the file, in bytes.
    pub offset: u64,
    /// The length of its body, in bytes.
    pub length: u32,
    /// Its timestamp in the file.
    pub timestamp: Timestamp,
    /// Its time since the first frame. Follows the timestamps, except where those jump: two
    /// recordings in one file play one after the other, and a gap of hours is closed.
    pub position: Timestamp,
    /// The kind of its payload.
    pub kind: TagKind,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    KeyFrame,
    Frame,
    SequenceHeader,
    Metadata,
    /// Commands, ends of sequences, script data: neither shown nor needed to show a frame.
    Other,
}

impl Entry {
    /// Returns whether it is a video frame that can be decoded by itself.
    #[must_use]
    pub fn is_key_frame(&self) -> bool {
        self.role == Role::KeyFrame
    }

    /// Returns whether a decoder needs it before the first frame of its kind.
    #[must_use]
    pub fn is_sequence_header(&self) -> bool {
        self.role == Role::SequenceHeader
    }

    /// Returns whether it is an `onMetaData`.
    #[must_use]
    pub fn is_metadata(&self) -> bool {
        self.role == Role::Metadata
    }

    pub(super) fn is_frame_of(&self, kind: TagKind) -> bool {
        self.kind == kind && matches!(self.role, Role::KeyFrame | Role::Frame)
    }
}

/// A tag that playing may start at.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeekPoint {
    /// The end of the time line at this tag, in milliseconds. These ascend with the tags.
    pub(super) reached: u32,
    /// The position of the last frame that depends on this one, in milliseconds.
    pub(super) last: u32,
    pub(super) tag: u32,
    /// The number of frames from this one to the last one that depends on it.
    pub(super) frames: u32,
}

/// All tags of a file.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) entries: Vec<Entry>,
    /// The first tag that holds a frame.
    pub(super) first_media: Option<usize>,
    pub(super) video_codec: Option<video::Codec>,
    pub(super) audio_codec: Option<audio::Codec>,
    /// The sequence headers of each track.
    video_headers: BTreeMap<u8, Vec<u32>>,
    audio_headers: BTreeMap<u8, Vec<u32>>,
    pub(super) seek_points: Vec<SeekPoint>,
    /// Some of the sound tags, in case that a seek has to start at one.
    sound_points: Vec<SoundPoint>,
    time_line: TimeLine,
    video_span: Span,
    audio_span: Span,
    /// The track of the first picture, whose key frames are the seek points.
    main_track: Option<u8>,
    /// A key frame of another track since the last picture of the main track.
    early_key_frame: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct SoundPoint {
    reached: u32,
    tag: u32,
}

/// The frames of one kind, with positions in milliseconds.
#[derive(Debug, Default)]
struct Span {
    frames: u32,
    first: u32,
    last: u32,
    /// The tag of the latest frame, and its position.
    tag: usize,
    position: u32,
}

impl Span {
    fn add(&mut self, position: u32, tag: usize) {
        if self.frames == 0 {
            self.first = position;
        }
        self.last = self.last.max(position);
        self.frames = self.frames.saturating_add(1);
        self.tag = tag;
        self.position = position;
    }

    /// Returns the end of the last frame, taking it to be as long as frames are on average.
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
            TagKind::Script if metadata::is_metadata(body) => Role::Metadata,
            TagKind::Script => Role::Other,
        };
        let position = match role {
            Role::KeyFrame | Role::Frame if found.kind == TagKind::Video => {
                self.video_span.position
            }
            Role::KeyFrame | Role::Frame => self.audio_span.position,
            Role::SequenceHeader | Role::Metadata | Role::Other => {
                let is_audio = found.kind == TagKind::Audio;
                let frames = if is_audio { Frames::Audio } else { Frames::Video };
                self.time_line.position_of_other(frames, found.header.timestamp)
            }
        };
        self.entries.push(Entry {
            offset: found.body_offset(),
            length: found.header.body_length,
            timestamp: found.header.timestamp,
            position: Timestamp(position),
            kind: found.kind,
            role,
        });
    }

    fn add_video(&mut self, found: &Found, body: &[u8]) -> Role {
        let Some(header) = VideoHeader::parse(body) else {
            return Role::Other;
        };
        let tag = self.next_tag();
        let track = header.track.map_or(0, |track| track.id);
        self.video_codec = self.video_codec.or(header.codec);
        match header.packet {
            video::Packet::SequenceHeader => {
                self.video_headers.entry(track).or_default().push(tag);
                Role::SequenceHeader
            }
            video::Packet::Frames => {
                if self.video_span.frames == 0 {
                    // The sound before the first picture was noted in case that there is none.
                    self.seek_points.clear();
                }
                let position = self.place(Frames::Video, found.header.timestamp);
                self.note_picture(tag, track, position, header.is_key_frame());
                if header.is_key_frame() { Role::KeyFrame } else { Role::Frame }
            }
            _ => Role::Other,
        }
    }

    fn note_picture(&mut self, tag: u32, track: u8, position: u32, is_key_frame: bool) {
        let is_main = *self.main_track.get_or_insert(track) == track;
        if is_main && is_key_frame {
            let tag = self.early_key_frame.take().unwrap_or(tag);
            let reached = self.time_line.end();
            self.seek_points.push(SeekPoint { reached, last: position, tag, frames: 1 });
            return;
        }
        if is_main {
            self.early_key_frame = None;
        } else if is_key_frame && self.early_key_frame.is_none() {
            self.early_key_frame = Some(tag);
        }
        if let Some(point) = self.seek_points.last_mut() {
            point.last = point.last.max(position);
            point.frames = point.frames.saturating_add(1);
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
                let track = header.track.map_or(0, |track| track.id);
                self.audio_headers.entry(track).or_default().push(tag);
                Role::SequenceHeader
            }
            audio::Packet::Frames => {
                let position = self.place(Frames::Audio, found.header.timestamp);
                let reached = self.time_line.end();
                if self.video_span.frames == 0 {
                    self.seek_points.push(SeekPoint { reached, last: position, tag, frames: 1 });
                }
                let is_far = self.sound_points.last().is_none_or(|last| {
                    reached.saturating_sub(last.reached) >= SOUND_POINT_DISTANCE
                });
                if is_far {
                    self.sound_points.push(SoundPoint { reached, tag });
                }
                Role::Frame
            }
            _ => Role::Other,
        }
    }

    /// Gives the frame that is about to be added its position, in milliseconds.
    fn place(&mut self, frames: Frames, timestamp: Timestamp) -> u32 {
        let tag = self.entries.len();
        self.first_media.get_or_insert(tag);
        let placed = self.time_line.place(frames, timestamp);
        let span = match frames {
            Frames::Audio => &mut self.audio_span,
            Frames::Video => &mut self.video_span,
        };
        if let Some(previous) = placed.previous {
            span.last = previous;
            if let Some(entry) = self.entries.get_mut(span.tag) {
                entry.position = Timestamp(previous);
            }
        }
        span.add(placed.position, tag);
        if let Some(previous) = placed.previous {
            self.take_back(previous);
        }
        placed.position
    }

    /// Corrects what the wrong timestamp of the frame before had moved too far.
    fn take_back(&mut self, previous: u32) {
        let end = self.time_line.end();
        for point in self.seek_points.iter_mut().rev().take_while(|point| point.reached > end) {
            point.reached = end;
        }
        for point in self.sound_points.iter_mut().rev().take_while(|point| point.reached > end) {
            point.reached = end;
        }
        if let Some(point) = self.seek_points.last_mut() {
            point.last = point.last.min(end.max(previous));
        }
    }

    /// Returns the timestamp of the first frame. Sequence headers do not count: they are stamped 0
    /// even in files whose frames start hours later.
    pub(super) fn start(&self) -> Timestamp {
        self.first_media
            .and_then(|tag| self.entries.get(tag))
            .map(|entry| entry.timestamp)
            .unwrap_or_default()
    }

    /// Returns the time from the first frame to the end of the last.
    pub(super) fn duration(&self) -> Duration {
        let milliseconds = self.video_span.end().max(self.audio_span.end());
        Duration::from_millis(milliseconds.into())
    }

    /// Returns the last seek point at or before `position`, in milliseconds.
    pub(super) fn seek_point(&self, position: u32) -> Option<SeekPoint> {
        let after = self.seek_points.partition_point(|point| point.reached <= position);
        self.seek_points.get(after.checked_sub(1)?).copied()
    }

    /// Returns the first seek point at or after `position`, in milliseconds.
    pub(super) fn next_seek_point(&self, position: u32) -> Option<SeekPoint> {
        let before = self.seek_points.partition_point(|point| point.reached < position);
        self.seek_points.get(before).copied()
    }

    pub(super) const fn has_pictures_and_sound(&self) -> bool {
        self.video_span.frames > 0 && self.audio_span.frames > 0
    }

    /// Returns the first tag with sound at or after `position`, in milliseconds.
    pub(super) fn sound_at(&self, position: u32) -> Option<usize> {
        let after = self.sound_points.partition_point(|point| point.reached <= position);
        let from = match after.checked_sub(1) {
            Some(before) => self.sound_points.get(before)?.tag as usize,
            None => self.first_media?,
        };
        let found =
            self.entries.get(from..)?.iter().position(|entry| {
                entry.is_frame_of(TagKind::Audio) && entry.position.0 >= position
            })?;
        Some(from.saturating_add(found))
    }

    /// Returns the latest sequence header of each track before a tag, in the file's order: those of
    /// video, then those of audio.
    pub(super) fn headers_before(&self, tag: usize) -> [Vec<usize>; 2] {
        [&self.video_headers, &self.audio_headers].map(|tracks| {
            let mut headers: Vec<usize> =
                tracks.values().filter_map(|headers| latest_before(headers, tag)).collect();
            headers.sort_unstable();
            headers
        })
    }

    /// Returns the sequence header that a decoder has when the one at `tag` comes: the one before
    /// it of the same track. If the file `has_wrapped`, that may be the last one of the file.
    pub(super) fn header_in_effect(&self, tag: usize, has_wrapped: bool) -> Option<usize> {
        let tag = u32::try_from(tag).ok()?;
        let tracks = self.video_headers.values().chain(self.audio_headers.values());
        tracks
            .filter_map(|headers| Some((headers, headers.binary_search(&tag).ok()?)))
            .find_map(|(headers, at)| match at.checked_sub(1) {
                Some(before) => headers.get(before),
                None => headers.last().filter(|_| has_wrapped),
            })
            .map(|&header| header as usize)
    }

    /// Returns the number of the tag that is about to be added. It fits: more tags than 32 bits can
    /// count would be more than 47 GB of headers.
    fn next_tag(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }
}

fn latest_before(headers: &[u32], tag: usize) -> Option<usize> {
    let after = headers.partition_point(|&header| (header as usize) < tag);
    headers.get(after.checked_sub(1)?).map(|&header| header as usize)
}

#[cfg(test)]
mod tests {
    use super::Entry;

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Entry>() <= 24);
    }
}
