//! Reads tags where a file is played.

use super::Error;
use super::breaks::Segment;
use super::contents::{Contents, Frontier};
use super::header::{TAG_HEADER_LENGTH, TagHeader};
use super::resync::BACK_POINTER;
use super::time_line::Frames;
use crate::media::source::Window;
use crate::media::{AudioHeader, Tag, TagKind, VideoHeader, audio, video};
use crate::protocol::{Timestamp, wire};
use crate::sync::read;

/// A tag without a frame is where its timestamp says if that is so near to the frames around it, in
/// milliseconds.
const NEAR: u32 = 1_000;

/// A place between two tags of a file, to go on reading from.
///
/// ```
/// # use rendercast::media::flv;
/// use rendercast::media::flv::Place;
///
/// let file = flv::File::open("tests/assets/h264_aac.flv")?;
/// assert_eq!(file.tags_from(Place::START).count() as u64, file.len());
/// # Ok::<(), flv::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The offset of the next tag's header. Other formats have their own numbers here.
    pub(crate) offset: u64,
    /// The latest position of the frames before, in milliseconds.
    pub(crate) reached: u32,
}

impl Place {
    /// The place before the first tag.
    pub const START: Self = Self { offset: 0, reached: 0 };
}

/// A tag, and where it is in the file.
#[derive(Clone, Debug)]
pub(crate) struct PlacedTag {
    pub(crate) tag: Tag,
    pub(crate) role: Role,
    /// Its time since the first frame. Follows the timestamps, except where those jump: two
    /// recordings in one file play one after the other, and a gap of hours is closed.
    pub(crate) position: Timestamp,
    /// The place before it.
    pub(crate) place: Place,
    /// The place behind it.
    pub(crate) next: Place,
}

/// What a tag is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    KeyFrame,
    Frame,
    SequenceHeader,
    Metadata,
    /// Commands, ends of sequences, script data: neither shown nor needed to show a frame.
    Other,
}

impl Role {
    pub(super) const fn is_frame(self) -> bool {
        matches!(self, Self::KeyFrame | Self::Frame)
    }

    fn of(kind: TagKind, body: &[u8]) -> Self {
        match kind {
            TagKind::Video => {
                match VideoHeader::parse(body) {
                    Some(header) if header.packet == video::Packet::SequenceHeader => {
                        Self::SequenceHeader
                    }
                    Some(header) if header.packet == video::Packet::Frames => {
                        if header.is_key_frame() { Self::KeyFrame } else { Self::Frame }
                    }
                    _ => Self::Other,
                }
            }
            TagKind::Audio => match AudioHeader::parse(body).map(|header| header.packet) {
                Some(audio::Packet::SequenceHeader) => Self::SequenceHeader,
                Some(audio::Packet::Frames) => Self::Frame,
                _ => Self::Other,
            },
            TagKind::Script if super::metadata::is_metadata(body) => Self::Metadata,
            TagKind::Script => Self::Other,
        }
    }
}

/// What there is at a place.
#[derive(Debug)]
pub(crate) enum Next {
    Tag(PlacedTag),
    /// Maybe a tag, later: the file is being recorded, or its index is not there yet.
    Pending,
    End,
}

/// Reads the tags of a file one after the other.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    contents: &'a Contents,
    window: Window<'a>,
    segment: Option<Segment>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(contents: &'a Contents) -> Self {
        Self { contents, window: contents.source.window(), segment: None }
    }

    /// Returns the tag at `place`. May block for as long as the disk needs.
    ///
    /// # Errors
    /// [`Error::Io`]. [`Error::Truncated`] and [`Error::Corrupt`] if the file has changed since it
    /// was indexed.
    pub(crate) fn tag_at(&mut self, place: Place) -> Result<Next, Error> {
        let mut offset = place.offset;
        loop {
            let Some(segment) = self.find_segment(offset) else {
                match self.contents.move_on()? {
                    Frontier::Moved => continue,
                    Frontier::Pending => return Ok(Next::Pending),
                    Frontier::End => return Ok(Next::End),
                }
            };
            offset = offset.max(segment.from);
            let header = self.read(offset, offset, TAG_HEADER_LENGTH)?;
            let truncated = |_| Error::Truncated { offset };
            let header = TagHeader::read(&mut wire::Reader::new(&header)).map_err(truncated)?;
            let body = offset.saturating_add(TAG_HEADER_LENGTH.into());
            let next =
                body.saturating_add(header.body_length.into()).saturating_add(BACK_POINTER.into());
            if next > segment.until {
                return Err(Error::Corrupt { offset });
            }
            if let Some(kind) = header.kind() {
                let payload = self.read(offset, body, header.body_length)?;
                let tag = Tag { kind, timestamp: header.timestamp, payload };
                return Ok(Next::Tag(placed(tag, place, offset, next, segment)));
            }
            offset = next;
        }
    }

    /// Returns the segment that holds the tag at `offset`, or the next tag. Returns `None` if
    /// there is none yet.
    fn find_segment(&mut self, mut offset: u64) -> Option<Segment> {
        let holds = |segment: &Segment| (segment.from..segment.until).contains(&offset);
        if let Some(segment) = self.segment.filter(holds) {
            return Some(segment);
        }
        let index = read(&self.contents.index);
        offset = offset.max(index.first_tag);
        while offset < index.frontier {
            let segment = index.segment(offset);
            if segment.from < segment.until {
                self.segment = Some(segment);
                return self.segment;
            }
            offset = segment.from;
        }
        None
    }

    /// Reads a part of the tag at `tag`.
    fn read(&mut self, tag: u64, offset: u64, length: u32) -> Result<bytes::Bytes, Error> {
        let bytes = self.window.read(offset, length as usize)?;
        if bytes.len() < length as usize {
            return Err(Error::Truncated { offset: tag });
        }
        Ok(bytes)
    }
}

fn placed(tag: Tag, before: Place, offset: u64, next: u64, segment: Segment) -> PlacedTag {
    let role = Role::of(tag.kind, &tag.payload);
    let frames = if tag.kind == TagKind::Audio { Frames::Audio } else { Frames::Video };
    let told = tag.timestamp.0.wrapping_add(segment.shifts.of(frames));
    let is_right = role.is_frame() || told.abs_diff(before.reached) <= NEAR;
    let position = if is_right { told } else { before.reached };
    let reached = if role.is_frame() { before.reached.max(position) } else { before.reached };
    PlacedTag {
        role,
        position: Timestamp(position),
        place: Place { offset, reached: before.reached },
        next: Place { offset: next, reached },
        tag,
    }
}
